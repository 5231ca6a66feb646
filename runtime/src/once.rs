//! The rule "one error, one log": which errors of this thread were seen before.
//!
//! The process has an *epoch*, a number that goes up with every `Err` that leaves a tracked call;
//! each thread has a short list of *entries*, one for each such `Err` of its own, with the epoch
//! it was made at. A call knows the epoch at which it began ([`call`](crate::call)). When it
//! fails, only entries of its thread that are newer come from calls that ran inside it, and only
//! with these is its error compared. Siblings never see each other's entries: so a loop that fails
//! a hundred times logs a hundred times, and `join!`, `select!` and streams of futures work.
//!
//! A future may be polled on one thread and finish on another. So if the epoch has moved during a
//! poll, the future takes the entries that are newer with it ([`Carried`]).
//!
//! What comes in: the description of an error, and what its call knew when it began. What goes
//! out: the entry of the same error, if it was seen inside that call. All of it is cold. Never
//! panics; bounded: 16 entries a thread and a future.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::call::{self, Began};
use crate::counters;
use crate::debug::Decision;
use crate::debug::abandoned::OpenFuture;
use crate::describe::{Description, MAX_CAUSES, TypeAndVariant};
use crate::id::ErrorId;
use crate::keys::Verdict;
use crate::record::Cause;
use crate::site::Site;
use crate::trail::Trail;

/// Entries kept for a thread, and for a future between two polls. An error that climbs past more
/// failures than that inside one call is logged again.
const MAX_ENTRIES: usize = 16;

/// An error that left a tracked call.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) id: ErrorId,
    epoch: u64,
    /// As it was when it last left a call: conversions on the way change both.
    type_name: &'static str,
    message: Arc<str>,
    /// What it was when it was first seen.
    pub(crate) root: TypeAndVariant,
    /// What the attribute and the type said about it where it was first seen.
    pub(crate) verdict: Option<Box<Verdict>>,
    /// Whether a line was logged for it, or it was decided that none is.
    pub(crate) logged: bool,
    /// Which of these it was.
    pub(crate) decision: Option<Decision>,
    /// What lay behind it, as long as it is not logged.
    causes: Vec<Cause>,
    /// The tracked functions that it left.
    pub(crate) trail: Trail,
}

thread_local! {
    static RECENT: RefCell<VecDeque<Seen>> = const { RefCell::new(VecDeque::new()) };
}

/// The entries of calls that ran on this thread since the epoch, taken out of the thread's list.
///
/// `None` where the thread is ending and has no list any more.
fn take_since(epoch: u64) -> Option<Vec<Seen>> {
    RECENT
        .try_with(|recent| {
            let mut recent = recent.try_borrow_mut().ok()?;
            let first = recent.partition_point(|seen| seen.epoch <= epoch);
            Some(recent.split_off(first).into())
        })
        .ok()
        .flatten()
}

/// Adds entries to the list of the thread, each at an epoch of its own.
fn put(entries: impl IntoIterator<Item = Seen>) {
    for mut entry in entries {
        entry.epoch = call::next_epoch();
        // While the thread ends there is no list any more; the error is logged again if it climbs.
        let _: Result<(), _> = RECENT.try_with(|recent| {
            if let Ok(mut recent) = recent.try_borrow_mut() {
                if recent.len() == MAX_ENTRIES {
                    counters::handled(count_handled(recent.pop_front().as_slice()));
                }
                recent.push_back(entry);
            }
        });
    }
}

/// Looks for the error among those that were seen since the epoch, and takes all of them off the
/// list: the call is over. [`remember`] puts the one that goes on back.
///
/// `types` are the names of its types: what it is now, and what it was at the `?` that it left by.
/// Causes that a conversion dropped are added to the description.
pub(crate) fn find(began: Began, types: [&'static str; 2], new: &mut Description) -> Seen {
    let [type_name, _] = types;
    let mut inside = take_since(began.epoch()).unwrap_or_default();
    // The newest first: of retries that all failed alike, the last one is returned.
    let same = inside.iter().rposition(|seen| is_same(seen, types, new));
    let known = same.map(|at| inside.remove(at));
    counters::handled(count_handled(&inside));
    match known {
        Some(mut seen) => {
            seen.add_causes(new);
            Seen { type_name, message: Arc::clone(&new.message), ..seen }
        }
        None => Seen {
            id: ErrorId::next(),
            epoch: 0,
            type_name,
            message: Arc::clone(&new.message),
            root: new.kind,
            verdict: None,
            logged: false,
            decision: None,
            causes: Vec::new(),
            trail: Trail::default(),
        },
    }
}

/// Keeps an error that goes on climbing, for the call around this one.
pub(crate) fn remember(seen: Seen) {
    put([seen]);
}

impl Seen {
    /// The error is not logged here. If it was not logged before, it may be further out.
    pub(crate) fn keep(&mut self, description: Description) {
        if !self.logged {
            self.causes = description.causes;
        }
    }

    /// Adds what lay behind the error to a description whose own causes end with it: it became a
    /// text.
    fn add_causes(&mut self, new: &mut Description) {
        let ends = new.causes.last().is_none_or(|last| is_same_text(&last.message, &self.message));
        if ends {
            let room = MAX_CAUSES.saturating_sub(new.causes.len());
            new.causes.extend(self.causes.drain(..).take(room));
        }
    }
}

/// The outermost linked call ended: what failed inside it since the epoch and was not logged was
/// handled. Returns how many errors that were.
///
/// What was logged stays: calls that began before calls were linked may be around this one.
#[cold]
pub(crate) fn end_of_outermost(began: Began) -> u64 {
    let epoch = began.epoch();
    let forget = |recent: &RefCell<VecDeque<Seen>>| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let before = recent.len();
        recent.retain(|seen| seen.logged || seen.epoch <= epoch);
        Some((before - recent.len()) as u64)
    };
    RECENT.try_with(forget).ok().flatten().unwrap_or(0)
}

fn count_handled(entries: &[Seen]) -> u64 {
    entries.iter().filter(|seen| !seen.logged).count() as u64
}

/// Whether the new error is one that was seen before, whatever conversions lie in between.
///
/// * It has the same message, and the same type, or had it before the `?` converted it.
/// * The seen message stands in the new error's `source()` chain.
/// * The new message holds the seen one. Short texts (`timeout`) stand in many messages by
///   chance, so the shorter the text, the more it has to look like a wrapped one.
///
/// When in doubt it is another error: a duplicate is a nuisance, a loss is a defect.
fn is_same(seen: &Seen, types: [&'static str; 2], new: &Description) -> bool {
    let old = &*seen.message;
    if old.is_empty() {
        return false;
    }
    (types.contains(&seen.type_name) && *old == *new.message)
        || new.causes.iter().any(|cause| is_same_text(&cause.message, old))
        || holds(&new.message, old)
        || uncut(&new.message).is_some_and(|new| holds(new, beginning(old)))
}

/// Whether two texts are the same as far as they were kept. A cause is cut earlier than a message.
fn is_same_text(one: &str, other: &str) -> bool {
    match (uncut(one), uncut(other)) {
        (None, None) => one == other,
        (Some(one), None) => other.starts_with(one),
        (None, Some(other)) => one.starts_with(other),
        (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
    }
}

/// What was kept of a text that was cut; `None` if it was not.
fn uncut(text: &str) -> Option<&str> {
    let (kept, note) = text.rsplit_once("… [cut at ")?;
    note.ends_with(" bytes]").then_some(kept)
}

/// So much of a text that what was cut off behind it does not matter.
fn beginning(text: &str) -> &str {
    const ENOUGH: usize = 1024;
    let end = (0..=ENOUGH.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

/// Whether `message` holds `part` in a way that is no accident: anywhere if `part` is at least 16
/// bytes long; as the whole of it from 8 bytes on; set off by punctuation, as in `reading: part`
/// and `failed (part)`, from 4 bytes on.
fn holds(message: &str, part: &str) -> bool {
    const ANYWHERE: usize = 16;
    const WHOLE: usize = 8;
    const SET_OFF: usize = 4;

    message.match_indices(part).any(|(at, _)| {
        let (before, after) = (&message[..at], &message[at + part.len()..]);
        let opens = before.trim_end().ends_with([':', '(', '[', '"', '`', '\'', '-']);
        let closes =
            after.is_empty() || after.starts_with([',', ';', ')', ']', '"', '`', '\'', '\n']);
        part.len() >= ANYWHERE
            || (part.len() >= WHOLE && part.len() == message.len())
            || (part.len() >= SET_OFF && opens && closes)
    })
}

/// Errors that were seen during the polls of a future that is not ready yet.
///
/// Null as long as nothing fails. `ManuallyDrop`, so that dropping it is a test in line and not a
/// call in every completion of a future; what it holds is taken out, never left to it.
#[derive(Debug, Default)]
pub(crate) struct Carried(ManuallyDrop<Option<Box<CarriedEntries>>>);

#[derive(Debug, Default)]
struct CarriedEntries {
    seen: Vec<Seen>,
    /// The future itself, where the debug mode follows it.
    open: Option<OpenFuture>,
}

impl Carried {
    /// After a poll that is not the last: takes what was seen during the poll off the thread.
    #[cold]
    pub(crate) fn take(&mut self, began: Began) {
        let newer = take_since(began.epoch()).unwrap_or_default();
        // The epoch is that of all threads; it may have been another.
        if newer.is_empty() {
            return;
        }
        let carried = &mut self.0.get_or_insert_default().seen;
        carried.extend(newer);
        let surplus = carried.len().saturating_sub(MAX_ENTRIES);
        counters::handled(count_handled(&carried[..surplus]));
        carried.drain(..surplus);
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Before the future hands out its value: puts what it carried back on the thread, in front of
    /// what was seen since its last poll began, as if all its polls had been one call.
    #[cold]
    pub(crate) fn put_back(&mut self, began: Began) -> Option<PutBack> {
        let CarriedEntries { seen: carried, open } = *self.0.take()?;
        if let Some(open) = open {
            open.finish();
        }
        if carried.is_empty() {
            return None;
        }
        let newer = take_since(began.epoch()).unwrap_or_default();
        put(carried.into_iter().chain(newer));
        newest().map(|newest| PutBack { newest })
    }

    #[cold]
    fn dropped(&mut self) {
        if let Some(carried) = self.0.take() {
            counters::handled(count_handled(&carried.seen));
        }
    }
}

/// Where the debug mode follows futures.
impl Carried {
    /// A poll of a linked future begins or ends.
    #[cold]
    pub(crate) fn set_polled(&mut self, site: &'static Site, is_polled: bool) {
        match self.0.as_mut().and_then(|carried| carried.open.as_mut()) {
            Some(open) => open.set_polled(is_polled),
            None if is_polled => {
                if let Some(open) = OpenFuture::begin(site) {
                    self.0.get_or_insert_default().open = Some(open);
                }
            }
            None => {}
        }
    }
}

/// The future was dropped before it was ready: what failed inside it was handled.
impl Drop for Carried {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.dropped();
        }
    }
}

/// The epoch of the newest entry of this thread.
fn newest() -> Option<u64> {
    let newest = |recent: &RefCell<VecDeque<Seen>>| Some(recent.try_borrow().ok()?.back()?.epoch);
    RECENT.try_with(newest).ok().flatten()
}

/// What a future carried is back on its thread.
#[derive(Debug)]
pub(crate) struct PutBack {
    newest: u64,
}

impl PutBack {
    /// The future has handed out its value. If that was no error, what it had put back was
    /// handled, and nobody is to find it again.
    #[cold]
    pub(crate) fn end_of_call(self, began: Began) {
        if newest() == Some(self.newest) {
            let inside = take_since(began.epoch()).unwrap_or_default();
            counters::handled(count_handled(&inside));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Probe, describe};
    use crate::trail::Step;

    static SITE: Site = Site::new("here", 0, || ());

    fn described(message: &str) -> Description {
        let error = Probe::new(message).track_errors_view();
        Description { message: message.into(), ..describe(&error, None) }
    }

    /// An error leaves a call that began then; returns its id and whether it is new.
    fn fail(began: Began, type_name: &'static str, message: &str) -> (ErrorId, bool) {
        let mut seen = find(began, [type_name; 2], &mut described(message));
        let new = seen.trail.first().is_none();
        seen.trail.push(Step { site: &SITE, location: SITE.location });
        let id = seen.id;
        remember(seen);
        (id, new)
    }

    #[test]
    fn an_error_that_climbs_keeps_its_id() {
        let start = Began::now();
        let (first, new) = fail(Began::now(), "a::E", "no such file");
        assert!(new);
        let (second, new) = fail(start, "b::E", "reading settings: no such file");
        assert!(!new);
        assert_eq!(first, second);
    }

    #[test]
    fn siblings_do_not_see_each_other() {
        let start = Began::now();
        let (first, _) = fail(Began::now(), "a::E", "no such file");
        let (second, new) = fail(Began::now(), "a::E", "no such file");
        assert!(new && first != second);
        let (last, new) = fail(start, "a::E", "no such file");
        assert!(!new);
        assert_eq!(last, second, "the newest of equal ones");
    }

    #[test]
    fn a_future_carries_what_it_saw_to_another_thread() {
        let mut carried = Carried::default();
        let before = Began::now();
        let (first, _) = fail(Began::now(), "a::E", "no such file");
        carried.take(before);
        let second = std::thread::spawn(move || {
            let before = Began::now();
            let _: Option<PutBack> = carried.put_back(before);
            fail(before, "a::E", "no such file").0
        });
        assert_eq!(second.join().expect("no panic"), first);
        assert!(fail(before, "a::E", "no such file").1, "nothing stayed on the first thread");
    }

    #[test]
    fn short_texts_have_to_look_wrapped() {
        assert!(holds("reading: timeout", "timeout"));
        assert!(holds("failed (timeout)", "timeout"));
        assert!(!holds("the timeout was too long", "timeout"));
        assert!(!holds("user not found", "not found"));
        assert!(holds("not found", "not found"));
        assert!(!holds("eof", "eof"));
        assert!(holds(
            "at line 3 invalid digit found in string, sorry",
            "invalid digit found in string"
        ));
    }

    #[test]
    fn no_more_than_sixteen_errors_of_a_thread_are_kept() {
        let start = Began::now();
        for number in 0..100 {
            fail(Began::now(), "a::E", &format!("number {number}"));
        }
        assert_eq!(take_since(start.epoch()).expect("the thread runs").len(), MAX_ENTRIES);
    }
}
