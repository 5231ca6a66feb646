//! The rule "one error, one log": which errors of this thread were seen before.
//!
//! The process has an *epoch*, a number that goes up with every `Err` that leaves a tracked call; each
//! thread has a short list of *entries*, one for each such `Err` of its own, with the epoch at which it
//! was made. A call knows the epoch at which it began ([`call`](super::call)). When it fails, only entries
//! of its thread that are newer come from calls that ran inside it, and only with these is its error
//! compared. Siblings never see each other's entries: a loop that fails a hundred times logs a hundred
//! times, and `join!`, `select!` and streams of futures work.
//!
//! A future may be polled on one thread and finish on another. So if the epoch has moved during a poll,
//! the future takes the entries that are newer with it ([`Carried`]).
//!
//! A thread that is ending has no list any more: see [`ending_threads`].
//!
//! All of it is cold. Never panics. Bounded: 16 entries a thread; 16 entries and 8 KiB a future.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::time::Duration;

use super::ending_threads;
use super::likeness::{Candidate, Known, Likeness};
use super::scope::{self, ScopeRef};
use super::span_path::SpanPath;
use crate::base::clock;
use crate::describe::TypeAndVariant;
use crate::diagnostics::open_calls::{self, OpenCall};
use crate::model::epoch::{self, Began};
use crate::model::{Decision, ErrorId, Site};
use crate::pipeline::LateSteps;

/// Entries of a thread, and of a future between two polls. An error that climbs past more failures than
/// that inside one call is logged again.
pub(super) const MAX_ENTRIES: usize = 16;
/// Bytes that a future keeps between two polls.
const MAX_CARRIED: usize = 8 * 1024;

/// An error that left a tracked call.
#[derive(Debug, Clone)]
pub(crate) struct RecentError {
    pub(crate) id: ErrorId,
    pub(super) epoch: u64,
    pub(crate) known: Known,
    pub(crate) fate: Fate,
    /// Its first kind, for functions of policy `every`, which log it again; `None` if a boundary decided.
    pub(crate) root: Option<TypeAndVariant>,
    /// The boundary around the function that it left last; none if that is the boundary.
    pub(super) scope: ScopeRef,
    /// When it left that, in nanoseconds of [`clock::now`].
    pub(super) since: u64,
    /// Whether it was reported by hand: each error is, once at most.
    pub(super) is_reported: bool,
    /// Of an event with less than an attribute knows: an attribute that sees the error logs it in its place.
    pub(super) is_replaceable: bool,
    pub(super) spans: Option<SpanPath>,
}

/// What became of an error.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// It is decided. With the steps of its log, if that waits for the worker.
    Decided(Decision, Option<LateSteps>),
    /// A boundary holds it.
    Held(ScopeRef),
}

impl RecentError {
    pub(crate) fn new(id: ErrorId, known: Known, fate: Fate) -> Self {
        RecentError {
            id,
            epoch: 0,
            known,
            fate,
            root: None,
            scope: scope::NONE,
            since: 0,
            is_reported: false,
            is_replaceable: false,
            spans: SpanPath::current(),
        }
    }

    pub(crate) fn decision(&self) -> Decision {
        match self.fate {
            Fate::Decided(decision, _) => decision,
            Fate::Held(_) => Decision::Held,
        }
    }

    /// Whether it left its last call within a second.
    pub(super) fn is_fresh(&self) -> bool {
        const SECOND: Duration = Duration::from_secs(1);
        Duration::from_nanos(clock::now().saturating_sub(self.since)) < SECOND
    }

    /// How much memory it takes.
    fn bytes(&self) -> usize {
        let steps = match &self.fate {
            Fate::Decided(_, Some(_)) => LateSteps::BYTES,
            _ => 0,
        };
        let spans = self.spans.as_ref().map_or(0, SpanPath::bytes);
        size_of::<Self>() - size_of::<Known>() + self.known.bytes() + steps + spans
    }
}

thread_local! {
    static RECENT: RefCell<VecDeque<RecentError>> = const { RefCell::new(VecDeque::new()) };
}

/// The entries of calls that ran on this thread since the call began, taken off the thread's list.
pub(crate) fn take_since(began: Began) -> Vec<RecentError> {
    let take = |recent: &RefCell<VecDeque<RecentError>>| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let is_before = |entry: &RecentError| entry.epoch <= began.epoch();
        if recent.back().is_none_or(is_before) {
            return None;
        }
        let first = recent.partition_point(is_before);
        Some(recent.drain(first..).collect())
    };
    match RECENT.try_with(take) {
        Ok(taken) => taken.unwrap_or_default(),
        Err(_) => ending_threads::take_since(began.epoch()),
    }
}

/// Adds an entry to the list of this thread, for the calls further out. `scope`: the boundary around them.
pub(crate) fn remember(mut entry: RecentError, scope: ScopeRef) {
    entry.epoch = epoch::next_epoch();
    entry.scope = scope;
    entry.since = clock::now();
    if RECENT.try_with(|_| ()).is_err() {
        return ending_threads::remember(entry);
    }
    let _: Result<(), _> = RECENT.try_with(|recent| {
        if let Ok(mut recent) = recent.try_borrow_mut() {
            if recent.len() == MAX_ENTRIES {
                recent.pop_front();
            }
            recent.push_back(entry);
        }
    });
}

/// Puts an entry that was taken off the list of this thread back to its place: it stays one of the calls around it,
/// and of no newer ones.
pub(super) fn put_back(mut entry: RecentError, scope: ScopeRef) {
    if entry.epoch == 0 {
        return remember(entry, scope);
    }
    entry.scope = scope;
    entry.since = clock::now();
    let _: Result<(), _> = RECENT.try_with(|recent| {
        let Ok(mut recent) = recent.try_borrow_mut() else { return };
        let at = recent.partition_point(|other| other.epoch < entry.epoch);
        recent.insert(at, entry);
    });
}

/// Takes the newest entry of this thread that counts.
pub(super) fn take_newest(counts: impl Fn(&RecentError) -> bool) -> Option<RecentError> {
    let take = |recent: &RefCell<VecDeque<RecentError>>| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let at = recent.iter().rposition(counts)?;
        recent.remove(at)
    };
    RECENT.try_with(take).ok()?
}

/// Whether any entry of this thread counts.
pub(super) fn any(counts: impl Fn(&RecentError) -> bool) -> bool {
    let any = |recent: &RefCell<VecDeque<RecentError>>| {
        recent.try_borrow().is_ok_and(|recent| recent.iter().any(counts))
    };
    RECENT.try_with(any).unwrap_or(false)
}

/// The entry of this thread that is most like an error, among those that count: calls `then` with the list, how
/// alike they are, and its place in the list.
pub(super) fn most_alike<T>(
    new: &Candidate<'_>,
    counts: impl Fn(&RecentError) -> bool,
    then: impl FnOnce(&mut VecDeque<RecentError>, Likeness, usize) -> T,
) -> Option<T> {
    let find = |recent: &RefCell<VecDeque<RecentError>>| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let entries = recent.iter().enumerate().filter(|(_, entry)| counts(entry));
        let alike = entries.filter_map(|(at, entry)| Some((entry.known.likeness(new)?, at)));
        let (likeness, at) = alike.max()?;
        Some(then(&mut recent, likeness, at))
    };
    RECENT.try_with(find).ok()?
}

/// Errors that were seen during the polls of a future that is not ready yet.
///
/// Null until something fails. `ManuallyDrop`, so that dropping it is an inlined test and not a call for
/// every future that completes; `dropped` takes out what it holds.
#[derive(Debug, Default)]
pub struct Carried(ManuallyDrop<Option<Box<BetweenPolls>>>);

#[derive(Debug, Default)]
struct BetweenPolls {
    recent: Vec<RecentError>,
    /// Set while the debug mode follows the future.
    open: Option<Box<OpenCall>>,
    /// Whether following it was tried: too many calls may be open.
    is_followed: bool,
}

impl Carried {
    /// After a pending poll: takes the entries of the poll off the thread's list.
    pub(crate) fn take(&mut self, began: Began) {
        let newer = take_since(began);
        // Another thread may have moved the epoch.
        if newer.is_empty() {
            return;
        }
        let recent = &mut self.0.get_or_insert_default().recent;
        recent.reserve_exact(newer.len());
        recent.extend(newer);
        let mut bytes = 0;
        let kept = recent.iter().rev().take(MAX_ENTRIES).take_while(|entry| {
            bytes += entry.bytes();
            bytes <= MAX_CARRIED
        });
        let surplus = recent.len() - kept.count();
        recent.drain(..surplus);
    }

    /// After a pending poll: has the debug mode follow the future.
    pub(crate) fn follow(&mut self, site: &'static Site) {
        // A boundary is followed from its beginning, by its scope.
        if site.boundary {
            return;
        }
        let kept = self.0.get_or_insert_default();
        if !std::mem::replace(&mut kept.is_followed, true) {
            kept.open = open_calls::follow_future(site).map(Box::new);
        }
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The future is ready.
    #[cold]
    #[inline(never)]
    pub(crate) fn finish(&mut self) {
        if let Some(open) = self.0.as_mut().and_then(|kept| kept.open.take()) {
            open.finish();
        }
    }

    /// Takes all entries, the oldest first: the polls of a future are one call.
    pub(crate) fn take_recent(&mut self) -> Vec<RecentError> {
        self.0.take().map(|kept| kept.recent).unwrap_or_default()
    }

    #[cold]
    fn dropped(&mut self) {
        drop(self.0.take());
    }
}

/// The future was dropped before it was ready.
impl Drop for Carried {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.dropped();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Description, Probe, describe};
    use crate::report::likeness::most_alike;

    fn described(message: &str) -> Description {
        let error = Probe::new(&message).track_errors_view();
        Description { message: message.into(), ..describe(&error, None) }
    }

    /// An error leaves a call that began then; returns its id and whether it is new.
    fn fail(began: Began, type_name: &'static str, message: &str) -> (ErrorId, bool) {
        fail_after(take_since(began), type_name, message)
    }

    /// The same, where these were seen inside.
    fn fail_after(
        inside: Vec<RecentError>,
        type_name: &'static str,
        message: &str,
    ) -> (ErrorId, bool) {
        let description = described(message);
        let candidate = Candidate::new([type_name; 2], &description);
        let found = most_alike(inside.iter().map(|entry| &entry.known), &candidate);
        let id = found.map_or_else(ErrorId::next, |(_, at)| inside[at].id);
        let fate = Fate::Decided(Decision::Logged, None);
        remember(RecentError::new(id, Known::new(type_name, &description), fate), scope::NONE);
        (id, found.is_none())
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
    fn an_error_that_climbs_is_as_old_as_its_last_step() {
        let start = Began::now();
        fail(Began::now(), "a::E", "no such file");
        let mut inner = take_since(start).remove(0);
        inner.since = 0;
        let before = clock::now();
        remember(inner, scope::NONE);
        assert!(take_since(start)[0].since >= before);
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
        let second =
            std::thread::spawn(move || fail_after(carried.take_recent(), "a::E", "no such file").0);
        assert_eq!(second.join().expect("no panic"), first);
        assert!(fail(before, "a::E", "no such file").1, "nothing stayed on the first thread");
    }

    #[test]
    fn no_more_than_sixteen_errors_of_a_thread_are_kept() {
        let start = Began::now();
        for number in 0..100 {
            fail(Began::now(), "a::E", &format!("number {number}"));
        }
        assert_eq!(take_since(start).len(), MAX_ENTRIES);
    }

    #[test]
    fn a_future_keeps_at_most_a_kilobyte_an_error_and_eight_in_all() {
        let mut carried = Carried::default();
        for number in 0..20 {
            let before = Began::now();
            fail(before, "a::E", &format!("{number}: {}", "x".repeat(8000)));
            carried.take(before);
        }
        let kept = &carried.0.as_ref().expect("there are some").recent;
        assert!(kept.iter().all(|entry| entry.bytes() <= 1024));
        assert!(kept.iter().map(RecentError::bytes).sum::<usize>() <= MAX_CARRIED);
        assert!(kept.len() >= 8, "{}", kept.len());
    }
}
