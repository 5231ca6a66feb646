//! Errors that boundaries hold: a list of the process, by the number of the scope.
//!
//! A thread-local or a future has the number of its scope and nothing else: thread-locals are destroyed
//! before exit handlers run, and a future stays `Send`. The thread that takes a record out of the list,
//! under the lock of its shard, decides what becomes of it; so an exit handler and a boundary that
//! returns never both log it. A number that is not in the list is over.
//!
//! Bounded: 64 undecided errors and 64 KiB a scope, 16 MiB a process, 30 seconds an error; what is beyond
//! is logged, through the limiter. Locks are held for moments, never while code of the user runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::boundary::ScopeRef;
use super::likeness::{Change, Known, Likeness};
use crate::counters;
use crate::debug::Decision;
use crate::describe::Description;
use crate::id::ErrorId;
use crate::level::Level;
use crate::limit::{Class, LossCounts};
use crate::open_calls::OpenCall;
use crate::pipeline::{self, CapturedError, Current};
use crate::reentrancy::ignoring;
use crate::trail::{LateSteps, Step};

/// Errors and bytes that a scope holds, and bytes of all scopes.
const MAX_HELD: usize = 64;
const MAX_BYTES: usize = 64 * 1024;
const MAX_BYTES_OF_ALL: usize = 16 * 1024 * 1024;
/// Errors of a scope that are kept to be recognised, those that are decided included.
const MAX_KNOWN: usize = 2 * MAX_HELD;
/// How long an error is held.
const MAX_AGE: Duration = Duration::from_secs(30);
/// How long the end of the program waits for boundaries that decide at that moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// An error that left tracked functions in a scope.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: ErrorId,
    pub(crate) known: Known,
    /// What is to be logged, and where; `None` if that is decided.
    record: Option<(Current, Box<CapturedError>)>,
    bytes: usize,
    since: Instant,
}

/// What a scope has.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    held: Vec<Held>,
    /// Where the debug mode follows the boundary.
    open: Option<Box<OpenCall>>,
}

const SHARDS: usize = 16;
type Shard = MutexGuard<'static, BTreeMap<u64, Contents>>;

static SCOPES: [Mutex<BTreeMap<u64, Contents>>; SHARDS] =
    [const { Mutex::new(BTreeMap::new()) }; SHARDS];
/// Bytes of all that is held. Relaxed: the sum stands for itself.
static BYTES: AtomicUsize = AtomicUsize::new(0);

fn lock(shard: usize) -> Shard {
    // Nothing in here panics while a lock is held.
    SCOPES[shard].lock().unwrap_or_else(PoisonError::into_inner)
}

fn shard(scope: ScopeRef) -> Shard {
    lock(scope.number() as usize % SHARDS)
}

/// A number for a scope, which is on the list from now on.
pub(crate) fn open_scope() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    lock(number as usize % SHARDS).insert(number, Contents::default());
    number
}

/// The debug mode follows the boundary of the scope until that is over.
pub(crate) fn follow(scope: ScopeRef, open: Option<OpenCall>) {
    let open = open.map(Box::new);
    if let Some(contents) = shard(scope).get_mut(&scope.number()) {
        contents.open = open;
    }
}

impl Held {
    pub(crate) fn new(
        id: ErrorId,
        known: Known,
        pipeline: Current,
        record: Box<CapturedError>,
    ) -> Self {
        let bytes = size_of::<Held>() + known.bytes() + record.bytes();
        Held { id, known, record: Some((pipeline, record)), bytes, since: Instant::now() }
    }

    pub(crate) fn is_decided(&self) -> bool {
        self.record.is_none()
    }

    pub(crate) fn record(&mut self) -> Option<&mut CapturedError> {
        self.record.as_mut().map(|(_, record)| &mut **record)
    }

    /// Takes what is to be logged out, and leaves the rest, by which the boundary recognises it.
    fn take(&mut self) -> Option<Held> {
        let record = self.record.take()?;
        BYTES.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
        let (id, known, since) = (self.id, self.known.clone(), self.since);
        Some(Held { id, known, record: Some(record), bytes: 0, since })
    }

    /// It left a further function, or its boundary.
    pub(crate) fn climb(
        &mut self,
        likeness: Likeness,
        types: [&'static str; 2],
        new: Description,
        step: Step,
    ) {
        let change = self.known.update(types, &new);
        let Some((_, record)) = &mut self.record else { return };
        record.trail.push(step);
        match change {
            Change::KnowsLess => return,
            Change::NewMessage => record.trail.add_context(step, &new.message),
            Change::KnowsMore | Change::None => {}
        }
        record.redescribe(likeness == Likeness::ByText, change == Change::KnowsMore, new);
    }

    /// Logs it, unless it is expected or one too many.
    pub(crate) fn log(self) -> (Decision, Option<LateSteps>) {
        let Some((pipeline, record)) = self.record else { return (Decision::NotHere, None) };
        if record.is_expected() {
            counters::expected();
            return (Decision::Expected, None);
        }
        let class = if record.level >= Level::Critical { Class::Critical } else { Class::Ordinary };
        log_within_budget(&pipeline, record, class)
    }

    /// Its boundary returned something else. It is counted, and logged at this level, if there is one.
    fn handled(self, level: Option<Level>) {
        let Some((pipeline, mut record)) = self.record else { return };
        if record.is_expected() {
            counters::expected();
            return;
        }
        counters::handled();
        let Some(level) = level else {
            let key = record.kind_key.of_class(Class::Ordinary);
            record.site.count(key, LossCounts::HANDLED, || record.kind_name());
            return;
        };
        record.level = level;
        record.notes.handled = true;
        log_within_budget(&pipeline, record, Class::Handled);
    }
}

/// Logs a record if the budget of its function, kind and class allows it.
pub(crate) fn log_within_budget(
    pipeline: &Current,
    record: Box<CapturedError>,
    class: Class,
) -> (Decision, Option<LateSteps>) {
    let key = record.kind_key.of_class(class);
    if record.site.admits(key, pipeline.rate_limit(record.site.rate_limit)) {
        return pipeline.submit(record, class);
    }
    if class != Class::Handled {
        counters::suppressed();
        record.site.count(key, LossCounts::SUPPRESSED, || record.kind_name());
    } else {
        record.site.count(key, LossCounts::HANDLED, || record.kind_name());
    }
    (Decision::Limited, None)
}

/// Holds an error, or gives it back: the scope is over, the program is, or there is no room.
pub(crate) fn hold(scope: ScopeRef, held: Held) -> Result<(), Held> {
    if let Some((pipeline, _)) = &held.record {
        pipeline.prepare_to_hold();
    }
    if BYTES.load(Ordering::Relaxed) + held.bytes > MAX_BYTES_OF_ALL {
        return Err(held);
    }
    let surplus = {
        let mut shard = shard(scope);
        let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) else {
            return Err(held);
        };
        // The end of the program takes all that is on the list; what comes later is not held.
        if pipeline::is_over() {
            return Err(held);
        }
        BYTES.fetch_add(held.bytes, Ordering::Relaxed);
        push(all, held)
    };
    surplus.into_iter().for_each(|held| {
        held.log();
    });
    Ok(())
}

/// An error of the scope whose fate was decided elsewhere: the boundary is to recognise it.
pub(crate) fn note(scope: ScopeRef, id: ErrorId, known: Known) {
    let mut shard = shard(scope);
    if let Some(Contents { held: all, .. }) = shard.get_mut(&scope.number()) {
        push(all, Held { id, known, record: None, bytes: 0, since: Instant::now() });
    }
}

/// Adds an error to those of a scope; returns what there is no room for, to be logged.
fn push(all: &mut Vec<Held>, held: Held) -> Vec<Held> {
    // Most scopes hold one.
    if all.is_empty() {
        all.reserve_exact(1);
    }
    all.push(held);
    let mut surplus = Vec::new();
    while all.iter().filter(|held| !held.is_decided()).count() > MAX_HELD
        || all.iter().map(|held| held.bytes).sum::<usize>() > MAX_BYTES
    {
        match all.iter_mut().find_map(Held::take) {
            Some(oldest) => surplus.push(oldest),
            None => break,
        }
    }
    while all.len() > MAX_KNOWN {
        match all.iter().position(Held::is_decided) {
            Some(at) => drop(all.remove(at)),
            None => break,
        }
    }
    surplus
}

/// Changes a held error; `false` if it is not on the list.
pub(crate) fn update(scope: ScopeRef, id: ErrorId, change: impl FnOnce(&mut Held)) -> bool {
    let mut shard = shard(scope);
    let contents = shard.get_mut(&scope.number());
    let held = contents.and_then(|all| all.held.iter_mut().rfind(|held| held.id == id));
    held.is_some_and(|held| {
        change(held);
        if let Some((_, record)) = &held.record {
            let bytes = size_of::<Held>() + held.known.bytes() + record.bytes();
            BYTES.fetch_add(bytes, Ordering::Relaxed);
            BYTES.fetch_sub(std::mem::replace(&mut held.bytes, bytes), Ordering::Relaxed);
        }
        true
    })
}

/// Takes one of them out, to be logged by the caller.
pub(crate) fn take_one(scope: ScopeRef, id: ErrorId) -> Option<Held> {
    let mut taken = None;
    update(scope, id, |held| taken = held.take());
    taken
}

/// Takes all of a scope, which is over from now on: its boundary hands out a value.
pub(crate) fn take_all(scope: ScopeRef) -> Vec<Held> {
    let Contents { held, open } = remove(scope);
    if let Some(open) = open {
        open.finish();
    }
    held
}

fn remove(scope: ScopeRef) -> Contents {
    let contents = shard(scope).remove(&scope.number()).unwrap_or_default();
    BYTES.fetch_sub(contents.held.iter().map(|held| held.bytes).sum(), Ordering::Relaxed);
    contents
}

/// What a boundary did not return: it was handled.
pub(crate) fn handled(all: Vec<Held>, level: Option<Level>) {
    all.into_iter().for_each(|held| held.handled(level));
}

/// Takes all undecided errors of a scope, which goes on, and logs them.
pub(crate) fn release(scope: ScopeRef) {
    let _deciding = Deciding::begin();
    let taken = take_undecided(shard(scope).get_mut(&scope.number()).into_iter(), |_| true);
    log_all(taken);
}

/// Takes all errors of a scope, which is over, and logs those that are undecided.
pub(crate) fn release_and_close(scope: ScopeRef) {
    let _deciding = Deciding::begin();
    let Contents { held, open } = remove(scope);
    log_all(held);
    drop(open);
}

fn take_undecided<'a>(
    scopes: impl Iterator<Item = &'a mut Contents>,
    which: impl Fn(&Held) -> bool,
) -> Vec<Held> {
    let held = scopes.flat_map(|contents| &mut contents.held);
    held.filter(|held| which(held)).filter_map(Held::take).collect()
}

fn log_all(taken: Vec<Held>) {
    ignoring(|| {
        taken.into_iter().for_each(|held| {
            held.log();
        });
    });
}

fn release_where(which: impl Fn(&Held) -> bool) {
    let _deciding = Deciding::begin();
    for at in 0..SHARDS {
        let taken = take_undecided(lock(at).values_mut(), &which);
        log_all(taken);
    }
}

/// The program ends: what is held is logged.
pub(crate) fn release_at_exit() {
    release_where(|_| true);
    // A boundary of another thread may have taken its errors and not have handed them on yet.
    let deadline = Instant::now() + PATIENCE;
    while DECIDING.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

/// Logs what is held for too long.
pub(crate) fn release_old() {
    release_where(|held| held.since.elapsed() >= MAX_AGE);
}

/// Whether anything is held.
pub(crate) fn is_any() -> bool {
    BYTES.load(Ordering::Relaxed) > 0
}

/// Threads that took records and have not handed them on yet. `SeqCst`, like the flag that the program is
/// over: a thread that sees the flag unset is seen by the exit handler.
static DECIDING: AtomicUsize = AtomicUsize::new(0);

/// Between taking records and handing them on: the end of the program waits for it.
#[derive(Debug)]
pub(crate) struct Deciding {
    counts: bool,
}

impl Deciding {
    pub(crate) fn begin() -> Self {
        DECIDING.fetch_add(1, Ordering::SeqCst);
        // A thread that begins later finds nothing, and must not keep the end waiting.
        let counts = !pipeline::is_over();
        if !counts {
            DECIDING.fetch_sub(1, Ordering::SeqCst);
        }
        Deciding { counts }
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        if self.counts {
            DECIDING.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Before a fork: no other thread is in the list.
#[cfg(unix)]
pub(crate) fn lock_all() -> Vec<Shard> {
    (0..SHARDS).map(lock).collect()
}

/// The list, while a process forks.
#[cfg(unix)]
pub(crate) type Shards = Vec<Shard>;

/// In a child process: what the parent holds is the parent's. Not dropped, as locks that it needs may be
/// closed for ever.
#[cfg(unix)]
pub(crate) fn in_child(shards: Shards) {
    for mut shard in shards {
        std::mem::forget(std::mem::take(&mut *shard));
    }
    BYTES.store(0, Ordering::Relaxed);
    DECIDING.store(0, Ordering::SeqCst);
}
