//! Errors that boundaries hold: a list of the process, by the number of the scope.
//!
//! A thread-local or a future has the number of its scope and nothing else: thread-locals are destroyed
//! before exit handlers run, and a future stays `Send`. The thread that takes a record out of the list,
//! under the lock of its shard, decides what becomes of it; so an exit handler and a boundary that
//! returns never both log it. A number that is not in the list is over.
//!
//! Bounded: 64 undecided errors and 64 KiB a scope, 16 MiB a process, 30 seconds an error; what is beyond
//! is logged, through the limiter. Of errors that are decided and kept to be recognised: 16 a scope, 4 MiB a
//! process; what is beyond is forgotten. Locks are held for moments, never while code of the user runs.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use entry::HeldError;

use super::likeness::Known;
use super::scope::{self, ScopeRef};
use crate::base::lock::lock;
use crate::base::reentrancy::ignoring;
use crate::diagnostics::open_calls::OpenCall;
use crate::model::{BoundaryEnd, ErrorId, Site};
use crate::pipeline::{self, Deciding, HeldErrors};

/// Errors and bytes that a scope holds, and bytes of all scopes.
const MAX_HELD: usize = 64;
const MAX_BYTES: usize = 64 * 1024;
const MAX_BYTES_OF_ALL: usize = 16 * 1024 * 1024;
/// Errors of a scope that are decided and kept to be recognised, and their bytes in all scopes.
const MAX_DECIDED: usize = 16;
const MAX_DECIDED_BYTES_OF_ALL: usize = 4 * 1024 * 1024;
/// How long an error is held.
const MAX_AGE: Duration = Duration::from_secs(30);

/// What a scope has.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    held: Vec<HeldError>,
    /// Where the debug mode follows the boundary.
    open: Option<Box<OpenCall>>,
}

const SHARDS: usize = 16;
type Shard = MutexGuard<'static, BTreeMap<u64, Contents>>;

static SCOPES: [Mutex<BTreeMap<u64, Contents>>; SHARDS] =
    [const { Mutex::new(BTreeMap::new()) }; SHARDS];
/// Bytes of all that is held. `SeqCst`, with the queue's flag that the worker looks for it: when the worker
/// stops looking, it sees what is held, or the thread that holds it sees that it has stopped.
static BYTES: AtomicUsize = AtomicUsize::new(0);
/// Bytes of all that is decided and kept. Relaxed: the sum stands for itself.
static DECIDED_BYTES: AtomicUsize = AtomicUsize::new(0);

fn lock_shard(at: usize) -> Shard {
    lock(&SCOPES[at])
}

fn shard(scope: ScopeRef) -> Shard {
    lock_shard(scope.number() as usize % SHARDS)
}

/// A number for a scope, which is on the list from now on.
pub(crate) fn open_scope() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    pipeline::register(&LETTING_GO);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    lock_shard(number as usize % SHARDS).insert(number, Contents::default());
    number
}

/// The debug mode follows the boundary of the scope until that is over.
pub(crate) fn follow(scope: ScopeRef, open: Option<OpenCall>) {
    let open = open.map(Box::new);
    if let Some(contents) = shard(scope).get_mut(&scope.number()) {
        contents.open = open;
    }
}

/// Holds an error, or gives it back: the scope is over, the program is, or there is no room.
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
        // The end of the program takes all that is on the list; what comes later is not held.
        if pipeline::is_over() {
            return Err(held);
        }
        push(all, held);
        let surplus = take_surplus(all);
        // Before the lock opens: the exit handler finds each of them on the list or with this thread.
        let deciding = (!surplus.is_empty()).then(Deciding::begin);
        (surplus, deciding)
    };
    // Behind the push: a worker that is about to look no more finds it.
    if let Some(pipeline) = pipeline {
        pipeline.watch_held();
    }
    for held in surplus {
        held.ended(scope, None, BoundaryEnd::Full).release();
    }
    Ok(())
}

/// An error of the scope whose fate was decided elsewhere: the boundary is to recognise it.
pub(crate) fn note(scope: ScopeRef, id: ErrorId, known: Known) {
    if DECIDED_BYTES.load(Ordering::Relaxed) > MAX_DECIDED_BYTES_OF_ALL {
        return;
    }
    let mut shard = shard(scope);
    if let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) {
        push(all, HeldError { id, known, record: None, bytes: 0, since: Instant::now() });
    }
}

/// Adds an error to those of a scope.
fn push(all: &mut Vec<HeldError>, held: HeldError) {
    // Most scopes hold one.
    if all.is_empty() {
        all.reserve_exact(1);
    }
    all.push(held);
    if let Some(held) = all.last_mut() {
        held.charge();
    }
    // Those that are decided are kept to be recognised; the newest of them suffice.
    let decided = all.iter().filter(|held| held.is_decided()).count();
    let mut too_many = decided.saturating_sub(MAX_DECIDED);
    all.retain_mut(|held| {
        let is_kept = too_many == 0 || !held.is_decided();
        if !is_kept {
            too_many -= 1;
            held.discharge();
        }
        is_kept
    });
}

/// What a scope has no room for, the oldest first: to be logged.
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

/// Takes one of them out, to be logged by the caller.
pub(crate) fn take_one(scope: ScopeRef, id: ErrorId) -> Option<HeldError> {
    let mut taken = None;
    update(scope, id, |held| taken = held.take());
    taken
}

/// Takes all of a scope, which is over from now on: its boundary hands out a value.
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

/// What a boundary did not return: it was handled.
pub(crate) fn handled(scope: ScopeRef, all: Vec<HeldError>, boundary: &'static Site) {
    ignoring(|| {
        for held in all {
            held.ended(scope, Some(boundary), BoundaryEnd::Handled).handled(boundary.handled);
        }
    });
}

/// Takes all undecided errors of a scope, whose thread panics, and logs them. The scope goes on.
pub(crate) fn release_at_panic(scope: ScopeRef) {
    let _deciding = Deciding::begin();
    let taken = {
        let mut shard = shard(scope);
        let scopes = shard.get_mut(&scope.number()).into_iter();
        take_undecided(scopes.map(|contents| (scope.number(), contents)), |_| true)
    };
    if taken.is_empty() {
        return;
    }
    // In a panic hook. A sink or a logger of the application's that panicked there would abort the program;
    // on another thread it does not.
    let mut taken = Some(taken);
    let mut log = || log_all(taken.take().unwrap_or_default(), None, BoundaryEnd::Panicked);
    let logged = thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, &mut log).map(|thread| thread.join().is_ok())
    });
    if logged.is_err() {
        log();
    }
}

/// Takes all errors of a scope, whose boundary will never hand out a value, and logs those that are
/// undecided.
pub(crate) fn abandon(scope: ScopeRef, boundary: &'static Site, end: BoundaryEnd) {
    let _deciding = Deciding::begin();
    let Contents { held, open } = remove(scope);
    let held = held.into_iter().map(|held| (scope.number(), held)).collect();
    log_all(held, Some(boundary), end);
    drop(open);
}

/// Errors, with the numbers of their scopes.
type Taken = Vec<(u64, HeldError)>;

fn take_undecided<'a>(
    scopes: impl Iterator<Item = (u64, &'a mut Contents)>,
    which: impl Fn(&HeldError) -> bool,
) -> Taken {
    let mut taken = Vec::new();
    for (scope, contents) in scopes {
        let held = contents.held.iter_mut().filter(|held| which(held));
        taken.extend(held.filter_map(HeldError::take).map(|held| (scope, held)));
    }
    taken
}

fn log_all(taken: Taken, boundary: Option<&'static Site>, end: BoundaryEnd) {
    ignoring(|| {
        for (scope, held) in taken {
            held.ended(ScopeRef::of_number(scope), boundary, end).release();
        }
    });
}

fn release_where(end: BoundaryEnd, which: impl Fn(&HeldError) -> bool) {
    let _deciding = Deciding::begin();
    for at in 0..SHARDS {
        let taken = {
            let mut shard = lock_shard(at);
            take_undecided(shard.iter_mut().map(|(scope, contents)| (*scope, contents)), &which)
        };
        log_all(taken, None, end);
    }
}

/// How the pipeline lets held errors go.
static LETTING_GO: HeldErrors = HeldErrors {
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

/// Logs what is held for too long at this time.
fn release_old(now: Instant) {
    release_where(BoundaryEnd::TooLong, |held| {
        now.saturating_duration_since(held.since) >= MAX_AGE
    });
}

/// The list, while a process forks.
#[cfg(unix)]
mod fork {
    use std::cell::RefCell;

    use super::{BYTES, DECIDED_BYTES, Ordering, SHARDS, Shard, lock_shard};

    thread_local! {
        /// The forking thread's hold on the list.
        static LOCKED: RefCell<Vec<Shard>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn before() {
        let shards = (0..SHARDS).map(lock_shard).collect();
        drop(LOCKED.try_with(|locked| locked.replace(shards)));
    }

    pub(super) fn after() {
        drop(LOCKED.try_with(RefCell::take));
    }

    /// What the parent holds is the parent's to log. Here it is decided, and recognised if the child
    /// returns it. The records are not dropped, as locks that they need may be closed for ever.
    pub(super) fn in_child() {
        for mut shard in LOCKED.try_with(RefCell::take).unwrap_or_default() {
            for held in shard.values_mut().flat_map(|contents| &mut contents.held) {
                std::mem::forget(held.record.take());
                held.bytes = 0;
            }
        }
        BYTES.store(0, Ordering::SeqCst);
        DECIDED_BYTES.store(0, Ordering::Relaxed);
    }
}
