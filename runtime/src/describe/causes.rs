//! The causes of an error: its `source()` chain, or the errors that a list has behind the first one.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write};

use super::error_list::{ErrorList, MAX_PARTS, errors};
use super::known_types::known_type;
use super::probe::{MessageSource, View};
use crate::base::guarded::guarded;
use crate::base::text::written;
use crate::model::Cause;

/// Maximum number of causes: the first ones, and the last one, which is the root cause.
const MAX_CAUSES: usize = 32;
/// Bytes of one cause's message, and of all messages together.
const CAUSE_LIMIT: usize = 2 * 1024;
const CAUSES_LIMIT: usize = 8 * 1024;
/// Maximum length of a chain; one whose `source()` makes a new error each time has no end.
const MAX_CHAIN: usize = 1024;

/// The causes, nearest first. Of a chain that is too long it has the first causes and the last one, with the number of
/// those between them.
pub(super) fn causes(view: &View<'_>) -> Vec<Cause> {
    match view.message {
        MessageSource::Error(error) | MessageSource::Erased(error) => sources(error),
        MessageSource::List(list) => behind_first(list),
        MessageSource::Display(_) | MessageSource::None => Vec::new(),
    }
}

/// Every `source()`. Ends at a cycle, and if `source()` panics.
fn sources(error: &dyn Error) -> Vec<Cause> {
    let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = guarded(|| error.source()).flatten();
    while let Some(cause) = next.take_if(|_| chain.len() < MAX_CHAIN) {
        // By address and type: zero-sized types may share an address.
        if chain.iter().any(|earlier| std::ptr::eq(*earlier, cause)) {
            break;
        }
        chain.push(cause);
        next = guarded(|| cause.source()).flatten();
    }
    let mut causes = bounded(&chain, described);
    if next.is_some() {
        note_more(&mut causes, format_args!("more than {MAX_CHAIN} causes"));
    }
    causes
}

/// The errors of a list behind the first one.
fn behind_first(list: &dyn ErrorList) -> Vec<Cause> {
    let parts = list.parts();
    let is_cut = parts.len() == MAX_PARTS;
    // With the error of unknown type, the one that knows its type.
    let mut chain: Vec<(&(dyn Error + 'static), Option<&(dyn Error + 'static)>)> = Vec::new();
    let mut source: Option<&(dyn Error + 'static)> = None;
    let text = |error: &dyn Error| written(CAUSE_LIMIT, |out| write!(out, "{error}"));
    for error in errors(parts) {
        // A list may have the `source()`s of an error as texts of their own, or not at all.
        if source.is_some_and(|source| text(source) != text(error)) {
            push_sources(&mut chain, source.take());
        }
        chain.push((error, source));
        source = guarded(|| error.source().or_else(|| source?.source())).flatten();
    }
    push_sources(&mut chain, source);
    let mut causes = bounded(chain.get(1..).unwrap_or_default(), |(error, source), room| {
        let cause = described(error, room);
        let kind = || known_type(source?).map(Cow::Borrowed);
        Cause { kind: cause.kind.or_else(kind), ..cause }
    });
    if is_cut {
        note_more(&mut causes, format_args!("more than {MAX_PARTS} contexts and attachments"));
    }
    causes
}

/// Adds an error with its `source()`s.
fn push_sources<'a>(
    chain: &mut Vec<(&'a (dyn Error + 'static), Option<&'a (dyn Error + 'static)>)>,
    mut source: Option<&'a (dyn Error + 'static)>,
) {
    while let Some(error) = source.take_if(|_| chain.len() < MAX_CHAIN) {
        chain.push((error, None));
        source = guarded(|| error.source()).flatten();
    }
}

/// The last known cause is not the root.
fn note_more(causes: &mut [Cause], more: fmt::Arguments<'_>) {
    if let Some(last) = causes.last_mut() {
        let _: fmt::Result = write!(last.message, " [{more}]");
    }
}

fn described(cause: &(dyn Error + 'static), room: usize) -> Cause {
    Cause {
        kind: known_type(cause).map(Cow::Borrowed),
        message: written(room, |out| write!(out, "{cause}")),
        is_presumed: false,
        left_out_before: 0,
    }
}

/// Describes the first causes, and the last one, which is the root cause. `described` has the room for a message.
fn bounded<T: Copy>(chain: &[T], described: impl Fn(T, usize) -> Cause) -> Vec<Cause> {
    let Some((root, chain)) = chain.split_last() else { return Vec::new() };
    let mut causes: Vec<Cause> = Vec::new();
    let mut room = CAUSES_LIMIT - CAUSE_LIMIT;
    for cause in chain.iter().take(MAX_CAUSES - 1) {
        if room == 0 {
            break;
        }
        let cause = described(*cause, CAUSE_LIMIT.min(room));
        room = room.saturating_sub(cause.message.len());
        causes.push(cause);
    }
    let mut root = described(*root, CAUSE_LIMIT);
    root.left_out_before = number(chain.len() - causes.len());
    causes.push(root);
    causes
}

/// Bounds the number of causes after more were added: the first ones and the last one stay.
pub(crate) fn bound_causes(causes: &mut Vec<Cause>) {
    if causes.len() <= MAX_CAUSES {
        return;
    }
    let left_out = causes.drain(MAX_CAUSES - 1..causes.len() - 1);
    let left_out = left_out.map(|cause| cause.left_out_before.saturating_add(1));
    let left_out = left_out.fold(0, u32::saturating_add);
    if let Some(root) = causes.last_mut() {
        root.left_out_before = root.left_out_before.saturating_add(left_out);
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::Probe;

    #[derive(Debug)]
    struct Link(String, Option<Box<Link>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|link| link as _)
        }
    }

    /// The causes of an error with this many: `1` is the nearest one, and every message has `bytes` bytes.
    fn causes_of(number: usize, bytes: usize) -> Vec<Cause> {
        let links = (0..=number).rev().map(|at| format!("{at:<bytes$}"));
        let chain = links.fold(None, |next, text| Some(Box::new(Link(text, next))));
        let error = chain.expect("the error itself");
        causes(&Probe::new(&*error).track_errors_view())
    }

    fn numbers(causes: &[Cause]) -> Vec<&str> {
        causes.iter().map(|cause| cause.message.split_whitespace().next().unwrap_or("")).collect()
    }

    #[test]
    fn a_long_chain_keeps_the_first_causes_and_the_root_cause_and_counts_those_between() {
        for (number, kept, left_out) in [(1, 1, 0), (32, 32, 0), (33, 32, 1), (100, 32, 68)] {
            let causes = causes_of(number, 1);
            let shown = numbers(&causes);
            assert_eq!((shown.len(), shown[0]), (kept, "1"), "{number}");
            assert_eq!(shown[kept - 1], number.to_string());
            assert_eq!(causes[kept - 1].left_out_before, left_out);
            assert!(causes[..kept - 1].iter().all(|cause| cause.left_out_before == 0));
        }
    }

    #[test]
    fn long_messages_leave_room_for_the_root_cause() {
        let causes = causes_of(20, 3_000);
        assert_eq!(numbers(&causes), ["1", "2", "3", "20"]);
        assert_eq!(causes[3].left_out_before, 16);
        let bytes: usize = causes.iter().map(|cause| cause.message.len()).sum();
        assert!(bytes <= CAUSES_LIMIT + 4 * 32, "{bytes}");
    }

    #[test]
    fn a_chain_without_an_end_is_bounded_and_says_so() {
        #[derive(Debug)]
        struct Endless(usize);
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(Box::leak(Box::new(Endless(self.0 + 1))))
            }
        }
        let causes = causes(&Probe::new(&Endless(0)).track_errors_view());
        assert_eq!(causes[31].message, "1024 [more than 1024 causes]");
        assert_eq!(causes[31].left_out_before, 1024 - 32);
    }

    #[test]
    fn joined_causes_keep_the_root_cause_and_the_numbers_of_both() {
        let mut joined = causes_of(20, 1);
        joined.extend(causes_of(100, 1));
        bound_causes(&mut joined);
        assert_eq!((joined.len(), numbers(&joined)[31]), (32, "100"));
        assert_eq!(joined[31].left_out_before, 120 - 32);
    }
}
