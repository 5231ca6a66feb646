//! The list of errors that boundaries hold, by the number of their scope.
//!
//! A thread-local or a future stores only the number of its scope: thread-locals are destroyed before exit
//! handlers run, and futures stay `Send`. The thread that takes a record out of the list, under the lock of
//! its shard, decides it; so an exit handler and a returning boundary never both log it. A number that is
//! not in the list is over: what comes later, from a task that outlives its boundary, is logged at its
//! origin. A decided error leaves an entry without a record, by which its boundary recognises it.
//!
//! * **Panic hook.** It logs what the scope of its thread holds, on another thread: a sink or logger that
//!   panics inside a hook aborts the program.
//! * **Exit.** The exit handler queues all that is held, whether the queue is full or not. After it has begun
//!   nothing is held. It waits, at most a second, for threads that took records and have not queued them yet.
//! * **Fork.** The child does not log what its parent holds. The entries stay, as decided. Their records are
//!   leaked and not dropped: locks that they need may stay locked in the child.
//!
//! Bounds: 64 undecided errors and 64 KiB a scope, 16 MiB a process, 30 seconds an error; beyond them errors
//! are logged, through the limiter. Decided entries: 16 a scope, 4 MiB a process; older ones are forgotten.
//! Locks are held for moments, never while the user's code runs.

mod entry;
#[cfg(all(test, shuttle))]
mod models;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use entry::HeldError;

use super::likeness::{Candidate, Likeness};
use super::recent::RecentError;
use super::scope::{self, ScopeRef};
use crate::base::lock::lock;
use crate::base::once_box::OnceBox;
use crate::base::reentrancy::ignoring;
use crate::base::signals;
use crate::base::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::base::sync::{Mutex, MutexGuard};
use crate::diagnostics::open_calls::OpenCall;
use crate::model::{BoundaryEnd, ErrorId, Site};
use crate::pipeline::{self, Deciding, HeldErrors};

/// Errors and bytes that a scope holds, and bytes of all scopes.
const MAX_HELD: usize = 64;
const MAX_BYTES: usize = 64 * 1024;
const MAX_BYTES_OF_ALL: usize = 16 * 1024 * 1024;
/// Decided entries of a scope, and their bytes in all scopes.
const MAX_DECIDED: usize = 16;
const MAX_DECIDED_BYTES_OF_ALL: usize = 4 * 1024 * 1024;
/// How long an error is held.
const MAX_AGE: Duration = Duration::from_secs(30);

/// What a scope has.
#[derive(Default)]
struct Contents {
    held: Vec<HeldError>,
    /// Set while the debug mode follows the boundary.
    open: Option<Box<OpenCall>>,
}

const SHARDS: usize = 16;
type Shard = MutexGuard<'static, BTreeMap<u64, Contents>>;

static SCOPES: [OnceBox<Mutex<BTreeMap<u64, Contents>>>; SHARDS] =
    [const { OnceBox::new() }; SHARDS];
/// Bytes of all undecided errors. `SeqCst`, like the queue's flag for the worker's look: either the worker
/// sees the error before it stops looking, or the thread that holds it sees that the worker has stopped.
static BYTES: AtomicUsize = AtomicUsize::new(0);
/// Bytes of all decided entries. Relaxed: no other memory depends on the sum.
static DECIDED_BYTES: AtomicUsize = AtomicUsize::new(0);

fn shard(scope: ScopeRef) -> Shard {
    lock(SCOPES[scope.number() as usize % SHARDS].get_or_init(Mutex::default))
}

/// Puts a new scope on the list, and returns its number.
pub(crate) fn open_scope() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    pipeline::register(&HELD_ERRORS);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    shard(ScopeRef::of_number(number)).insert(number, Contents::default());
    number
}

/// Has the debug mode follow the boundary until its scope ends.
pub(crate) fn follow(scope: ScopeRef, open: Option<OpenCall>) {
    let open = open.map(Box::new);
    if let Some(contents) = shard(scope).get_mut(&scope.number()) {
        contents.open = open;
    }
}

/// Holds an error. Returns it if the scope or the program has ended, or if there is no room.
pub(crate) fn hold(scope: ScopeRef, held: HeldError) -> Result<(), HeldError> {
    if let Some((pipeline, _)) = &held.record {
        pipeline.prepare_to_hold();
    }
    if BYTES.load(Ordering::SeqCst) + held.size() > MAX_BYTES_OF_ALL {
        return Err(held);
    }
    let pipeline = held.record.as_ref().map(|(pipeline, _)| pipeline.clone());
    let (surplus, _deciding) = {
        let mut shard = shard(scope);
        let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) else {
            return Err(held);
        };
        // The exit handler takes all that is on the list; errors that come later are not held.
        if pipeline::is_over() {
            return Err(held);
        }
        push(all, held);
        let surplus = take_surplus(all);
        // Before the lock opens, so that the exit handler finds each on the list or with this thread.
        let deciding = (!surplus.is_empty()).then(Deciding::begin);
        (surplus, deciding)
    };
    // After the push, so that a worker that is about to stop looking finds it.
    if let Some(pipeline) = pipeline {
        pipeline.watch_held();
    }
    for held in surplus {
        held.ended(scope, None, BoundaryEnd::Full).release();
    }
    Ok(())
}

/// Adds an entry for an error that was decided elsewhere, so that the boundary recognises it.
/// `is_reported`: by hand.
pub(crate) fn note(scope: ScopeRef, entry: &RecentError, is_reported: bool) {
    if DECIDED_BYTES.load(Ordering::Relaxed) > MAX_DECIDED_BYTES_OF_ALL {
        return;
    }
    let mut shard = shard(scope);
    if let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) {
        push(all, HeldError::decided(entry, is_reported));
    }
}

/// Adds an error to those of a scope.
fn push(all: &mut Vec<HeldError>, mut held: HeldError) {
    // Most scopes hold one.
    if all.is_empty() {
        all.reserve_exact(1);
    }
    held.charge();
    all.push(held);
    // Decided entries only serve to recognise errors: the newest suffice.
    let decided = all.iter().filter(|held| held.is_decided()).count();
    let too_many = decided.saturating_sub(MAX_DECIDED);
    let oldest = all.extract_if(.., |held| held.is_decided()).take(too_many);
    oldest.for_each(|mut held| held.discharge());
}

/// Takes errors that the scope has no room for, the oldest first; the caller logs them.
#[must_use]
fn take_surplus(all: &mut [HeldError]) -> Vec<HeldError> {
    let mut surplus = Vec::new();
    loop {
        let undecided = || all.iter().filter(|held| !held.is_decided());
        if undecided().count() <= MAX_HELD
            && undecided().map(|held| held.bytes).sum::<usize>() <= MAX_BYTES
        {
            return surplus;
        }
        surplus.extend(all.iter_mut().find_map(HeldError::take));
    }
}

/// Changes a held error; `false` if it is not on the list.
pub(crate) fn update(scope: ScopeRef, id: ErrorId, change: impl FnOnce(&mut HeldError)) -> bool {
    let mut shard = shard(scope);
    let contents = shard.get_mut(&scope.number());
    let held = contents.and_then(|all| all.held.iter_mut().rfind(|held| held.id == id));
    held.is_some_and(|held| {
        change(held);
        held.charge();
        true
    })
}

/// The error of a scope that is most like a new one, among those that count: calls `then` with it, and with how
/// alike they are.
pub(crate) fn most_alike<T>(
    scope: ScopeRef,
    new: &Candidate<'_>,
    counts: impl Fn(&HeldError) -> bool,
    then: impl FnOnce(&mut HeldError, Likeness) -> T,
) -> Option<T> {
    if !scope.has_number() {
        return None;
    }
    let mut shard = shard(scope);
    let all = &mut shard.get_mut(&scope.number())?.held;
    let counting = all.iter().enumerate().filter(|(_, held)| counts(held));
    let alike = counting.filter_map(|(at, held)| Some((held.known.likeness(new)?, at)));
    let (likeness, at) = alike.max()?;
    Some(then(&mut all[at], likeness))
}

/// The entry of the newest error of a scope that counts. It then counts as reported.
pub(crate) fn use_up_newest(
    scope: ScopeRef,
    counts: impl Fn(&mut HeldError) -> bool,
) -> Option<RecentError> {
    if !scope.has_number() {
        return None;
    }
    let mut shard = shard(scope);
    let all = &mut shard.get_mut(&scope.number())?.held;
    let held = all.iter_mut().rev().find_map(|held| counts(held).then_some(held))?;
    held.is_reported = true;
    Some(held.entry(scope))
}

/// Notes that an entry of a thread, whose error a scope has as well, was reported by hand.
pub(crate) fn use_up_twin(scope: ScopeRef, entry: &RecentError) {
    if !scope.has_number() {
        return;
    }
    let mut shard = shard(scope);
    let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) else { return };
    // Errors that are not logged may have no id of their own.
    let is_twin = |held: &&mut HeldError| {
        held.id == entry.id
            && !held.is_reported
            && (held.id != ErrorId::NONE || held.known.is_equal(&entry.known))
    };
    if let Some(held) = all.iter_mut().rfind(is_twin) {
        held.is_reported = true;
    }
}

/// Takes one error out; the caller logs it.
pub(crate) fn take_one(scope: ScopeRef, id: ErrorId) -> Option<HeldError> {
    let mut taken = None;
    update(scope, id, |held| taken = held.take());
    taken
}

/// Removes the entry of a decided error: another log takes the place of its own.
pub(crate) fn forget(scope: ScopeRef, id: ErrorId) {
    if !scope.has_number() {
        return;
    }
    let mut shard = shard(scope);
    let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) else { return };
    let is_it = |held: &mut HeldError| held.id == id && held.is_decided();
    all.extract_if(.., is_it).for_each(|mut held| held.discharge());
}

/// Ends a scope whose boundary returns a value, and takes all that it holds.
pub(crate) fn take_all(scope: ScopeRef) -> Vec<HeldError> {
    let Contents { held, open } = remove(scope);
    if let Some(open) = open {
        open.finish();
    }
    held
}

fn remove(scope: ScopeRef) -> Contents {
    let mut contents = shard(scope).remove(&scope.number()).unwrap_or_default();
    contents.held.iter_mut().for_each(HeldError::discharge);
    contents
}

/// Counts or logs errors that a boundary did not return.
pub(crate) fn handled(scope: ScopeRef, all: Vec<HeldError>, boundary: &'static Site) {
    ignoring(|| {
        for held in all {
            held.ended(scope, Some(boundary), BoundaryEnd::Handled).handled(boundary.handled);
        }
    });
}

/// Logs all undecided errors of a scope whose thread panics. The scope goes on.
pub(crate) fn release_at_panic(scope: ScopeRef) {
    let _deciding = Deciding::begin();
    let mut taken = Vec::new();
    if let Some(contents) = shard(scope).get_mut(&scope.number()) {
        taken.extend(take_undecided(scope, contents, BoundaryEnd::Panicked, |_| true));
    }
    if taken.is_empty() {
        return;
    }
    // This is a panic hook, in which a panic of the user's sink or logger would abort the program.
    let mut log = || log_all(mem::take(&mut taken));
    let logged = thread::scope(|scope| {
        signals::spawn_scoped(scope, &mut log).map(|thread| thread.join().is_ok())
    });
    if logged.is_err() {
        log();
    }
}

/// Ends a scope whose boundary will never return a value, and logs its undecided errors.
pub(crate) fn abandon(scope: ScopeRef, boundary: &'static Site, end: BoundaryEnd) {
    let _deciding = Deciding::begin();
    let Contents { held, open } = remove(scope);
    log_all(held.into_iter().map(|held| held.ended(scope, Some(boundary), end)));
    drop(open);
}

/// Takes undecided errors of a scope whose boundary ended like this, or still runs.
fn take_undecided(
    scope: ScopeRef,
    contents: &mut Contents,
    end: BoundaryEnd,
    which: impl Fn(&HeldError) -> bool,
) -> impl Iterator<Item = HeldError> {
    let held = contents.held.iter_mut().filter(move |held| which(held));
    held.filter_map(HeldError::take).map(move |held| held.ended(scope, None, end))
}

fn log_all(all: impl IntoIterator<Item = HeldError>) {
    ignoring(|| all.into_iter().for_each(HeldError::release));
}

fn release_where(end: BoundaryEnd, which: impl Fn(&HeldError) -> bool) {
    let _deciding = Deciding::begin();
    for shard in SCOPES.iter().filter_map(OnceBox::get) {
        let mut taken = Vec::new();
        for (number, contents) in lock(shard).iter_mut() {
            taken.extend(take_undecided(ScopeRef::of_number(*number), contents, end, &which));
        }
        log_all(taken);
    }
}

/// The functions by which the pipeline has held errors logged.
static HELD_ERRORS: HeldErrors = HeldErrors {
    is_any: || BYTES.load(Ordering::SeqCst) > 0,
    release_old,
    release_all: || release_where(BoundaryEnd::Exited, |_| true),
    release_at_panic: scope::release_at_panic,
    #[cfg(unix)]
    before_fork: fork::before,
    #[cfg(unix)]
    after_fork: fork::after,
    #[cfg(unix)]
    in_child: fork::in_child,
};

/// Logs errors that are held for too long at this time.
fn release_old(now: Instant) {
    release_where(BoundaryEnd::TooLong, |held| {
        now.saturating_duration_since(held.since) >= MAX_AGE
    });
}

/// The list, while a process forks.
#[cfg(unix)]
mod fork {
    use std::time::Instant;

    use super::{BYTES, DECIDED_BYTES, Ordering, SCOPES, SHARDS, Shard, mem};
    use crate::base::lock::{WhileForking, lock_until};

    thread_local! {
        /// The locks that the forking thread holds.
        static LOCKED: WhileForking<[Option<Shard>; SHARDS]> = const { WhileForking::new() };
    }

    pub(super) fn before(deadline: Instant) {
        let lock = |at: usize| lock_until(SCOPES[at].get()?, Some(deadline));
        LOCKED.with(|locked| locked.keep(std::array::from_fn(lock)));
    }

    pub(super) fn after() {
        drop(LOCKED.with(WhileForking::take));
    }

    /// Decides what the parent holds: the parent logs it. The records are leaked, as locks that dropping them
    /// needs may stay locked. So is a part of the list that was not locked in time.
    pub(super) fn in_child() {
        let locked = LOCKED.with(WhileForking::take).unwrap_or_default();
        for (shard, locked) in SCOPES.iter().zip(locked) {
            let Some(mut locked) = locked else {
                shard.forget();
                continue;
            };
            for held in locked.values_mut().flat_map(|contents| &mut contents.held) {
                mem::forget(held.record.take());
                held.bytes = 0;
            }
        }
        BYTES.store(0, Ordering::SeqCst);
        DECIDED_BYTES.store(0, Ordering::Relaxed);
    }
}
