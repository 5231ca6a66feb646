//! The rule "one error, one log": which errors of this thread were seen before.
//!
//! Each thread has an *epoch*, a number that goes up with every `Err` that leaves a tracked call,
//! and a short list of *entries*, one for each such `Err`, with the epoch it was made at. A call
//! reads the epoch when it begins, which is one load. When it fails, only entries that are newer
//! than that come from calls that ran inside it, and only with these is its error compared.
//! Siblings never see each other's entries: so a loop that fails a hundred times logs a hundred
//! times, and `join!`, `select!` and streams of futures work.
//!
//! A future may be polled on one thread and finish on another. So it reads the epoch before each
//! poll, and if it has moved after the poll it takes the newer entries with it ([`Carried`]).
//!
//! What comes in: the description of an error, and the epoch at which its call began. What goes
//! out: the entry of the same error, if it was seen inside that call. Cold, but for [`epoch`].
//! Never panics; bounded: 16 entries a thread and a future.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;

use crate::counters;
use crate::describe::{Description, ErrorKind};
use crate::id::ErrorId;
use crate::site::Site;
use crate::stack::Frame;

/// Entries kept for a thread, and for a future between two polls. An error that climbs past more
/// failures than that inside one call is logged again.
const MAX_ENTRIES: usize = 16;
/// Steps of a return trail that are kept: the first ones, where the error came from.
const MAX_STEPS: usize = 32;

/// An error that left a tracked call.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) id: ErrorId,
    epoch: u64,
    /// As it was when it last left a call: conversions on the way change both.
    type_name: &'static str,
    message: Arc<str>,
    /// What it was when it was first seen.
    pub(crate) root: ErrorKind,
    /// Whether a line was logged for it.
    pub(crate) logged: bool,
    /// The tracked functions that it left.
    pub(crate) trail: Trail,
}

/// One tracked function that an error left, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) site: &'static Site,
    pub(crate) location: &'static Location<'static>,
}

thread_local! {
    static EPOCH: Cell<u64> = const { Cell::new(0) };
    static RECENT: RefCell<VecDeque<Seen>> = const { RefCell::new(VecDeque::new()) };
}

/// The epoch of this thread.
#[inline(always)]
pub(crate) fn epoch() -> u64 {
    EPOCH.get()
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
        let epoch = EPOCH.get() + 1;
        EPOCH.set(epoch);
        entry.epoch = epoch;
        // While the thread ends there is no list any more; the error is logged again if it climbs.
        let _: Result<(), _> = RECENT.try_with(|recent| {
            if let Ok(mut recent) = recent.try_borrow_mut() {
                if recent.len() == MAX_ENTRIES {
                    recent.pop_front();
                }
                recent.push_back(entry);
            }
        });
    }
}

/// Looks for the error among those that were seen since the epoch, and takes all of them off the
/// list: the call is over. [`remember`] puts the one that goes on back.
pub(crate) fn find(epoch: u64, type_name: &'static str, new: &Description) -> Seen {
    let mut inside = take_since(epoch).unwrap_or_default();
    // The newest first: of retries that all failed alike, the last one is returned.
    let same = inside.iter().rposition(|seen| is_same(seen, type_name, new));
    let known = same.map(|at| inside.remove(at));
    counters::handled(count_handled(&inside));
    match known {
        Some(seen) => Seen { type_name, message: Arc::clone(&new.message), ..seen },
        None => Seen {
            id: ErrorId::next(),
            epoch: 0,
            type_name,
            message: Arc::clone(&new.message),
            root: new.kind,
            logged: false,
            trail: Trail::default(),
        },
    }
}

/// Keeps an error that goes on climbing, for the call around this one.
pub(crate) fn remember(seen: Seen) {
    put([seen]);
}

/// The tracked functions that an error left, the innermost first. Most have one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    first: Option<Step>,
    more: Vec<Step>,
}

impl Trail {
    pub(crate) fn push(&mut self, step: Step) {
        if self.first.is_none() {
            self.first = Some(step);
        } else if self.more.len() + 1 < MAX_STEPS {
            self.more.push(step);
        }
    }

    pub(crate) fn first(&self) -> Option<Step> {
        self.first
    }

    pub(crate) fn last(&self) -> Option<Step> {
        self.more.last().copied().or(self.first)
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.first.iter().chain(&self.more)
    }
}

impl Step {
    pub(crate) fn frame(&self) -> Frame {
        Frame::new(self.site.function(), self.location)
    }
}

/// The outermost linked call ended: what failed inside it since the epoch and was not logged was
/// handled. Returns how many errors that were.
///
/// What was logged stays: calls that began before calls were linked may be around this one.
#[cold]
pub(crate) fn end_of_outermost(epoch: u64) -> u64 {
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
/// * It has the same type and the same message.
/// * The seen message stands in the new error's `source()` chain.
/// * The new message holds the seen one. Short texts (`timeout`) stand in many messages by
///   chance, so the shorter the text, the more it has to look like a wrapped one.
///
/// When in doubt it is another error: a duplicate is a nuisance, a loss is a defect.
fn is_same(seen: &Seen, type_name: &'static str, new: &Description) -> bool {
    let old = &*seen.message;
    if old.is_empty() {
        return false;
    }
    (seen.type_name == type_name && *old == *new.message)
        || new.causes.iter().any(|cause| *cause.message == *old)
        || holds(&new.message, old)
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
/// Empty, and without memory of its own, as long as nothing fails.
#[derive(Debug, Default)]
pub(crate) struct Carried(Vec<Seen>);

impl Carried {
    /// After a poll that is not the last: takes what was seen during the poll off the thread.
    #[cold]
    pub(crate) fn take(&mut self, epoch: u64) {
        self.0.extend(take_since(epoch).unwrap_or_default());
        let surplus = self.0.len().saturating_sub(MAX_ENTRIES);
        self.0.drain(..surplus);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Before the future hands out its value: makes what it carried the newest of the thread, as
    /// if all its polls had been one call.
    #[cold]
    pub(crate) fn put_back(&mut self) -> PutBack {
        put(std::mem::take(&mut self.0));
        PutBack { epoch: EPOCH.get() }
    }
}

/// The future was dropped before it was ready: what failed inside it was handled.
impl Drop for Carried {
    fn drop(&mut self) {
        counters::handled(count_handled(&self.0));
    }
}

/// What a future carried is back on its thread, from this epoch on.
#[derive(Debug)]
pub(crate) struct PutBack {
    epoch: u64,
}

impl PutBack {
    /// The future has handed out its value. If that was no error, what it had put back was
    /// handled, and nobody is to find it again.
    #[cold]
    pub(crate) fn end_of_call(self, began: u64) {
        if EPOCH.get() == self.epoch {
            counters::handled(count_handled(&take_since(began).unwrap_or_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Probe, describe};

    static SITE: Site = Site::new("here", 0, || ());

    fn described(message: &str) -> Description {
        let error = Probe::new(message).track_errors_view();
        Description { message: message.into(), ..describe(&error, None) }
    }

    /// An error leaves a call that began at `epoch`; returns its id and whether it is new.
    fn fail(epoch: u64, type_name: &'static str, message: &str) -> (ErrorId, bool) {
        let mut seen = find(epoch, type_name, &described(message));
        let new = seen.trail.first().is_none();
        seen.trail.push(Step { site: &SITE, location: SITE.location });
        let id = seen.id;
        remember(seen);
        (id, new)
    }

    #[test]
    fn an_error_that_climbs_keeps_its_id() {
        let start = epoch();
        let (first, new) = fail(epoch(), "a::E", "no such file");
        assert!(new);
        let (second, new) = fail(start, "b::E", "reading settings: no such file");
        assert!(!new);
        assert_eq!(first, second);
    }

    #[test]
    fn siblings_do_not_see_each_other() {
        let start = epoch();
        let (first, _) = fail(epoch(), "a::E", "no such file");
        let (second, new) = fail(epoch(), "a::E", "no such file");
        assert!(new && first != second);
        let (last, new) = fail(start, "a::E", "no such file");
        assert!(!new);
        assert_eq!(last, second, "the newest of equal ones");
    }

    #[test]
    fn a_future_carries_what_it_saw_to_another_thread() {
        let mut carried = Carried::default();
        let before = epoch();
        let (first, _) = fail(epoch(), "a::E", "no such file");
        carried.take(before);
        let second = std::thread::spawn(move || {
            let before = epoch();
            carried.put_back();
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
        let start = epoch();
        for number in 0..100 {
            fail(epoch(), "a::E", &format!("number {number}"));
        }
        assert_eq!(take_since(start).expect("the thread runs").len(), MAX_ENTRIES);
    }
}
