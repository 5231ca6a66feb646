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

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::boundary::{self, ScopeRef};
use super::explain;
use super::likeness::{Change, Known, Likeness};
use crate::base::lock::lock;
use crate::base::reentrancy::ignoring;
use crate::describe::Description;
use crate::diagnostics;
use crate::diagnostics::open_calls::OpenCall;
use crate::model::{
    BoundaryEnd, BoundaryNote, Class, Decision, ErrorId, Level, LossCounts, Site, Step, counters,
};
use crate::pipeline::{self, CapturedError, Current, Deciding, HeldErrors, LateSteps};

/// Errors and bytes that a scope holds, and bytes of all scopes.
const MAX_HELD: usize = 64;
const MAX_BYTES: usize = 64 * 1024;
const MAX_BYTES_OF_ALL: usize = 16 * 1024 * 1024;
/// Errors of a scope that are decided and kept to be recognised, and their bytes in all scopes.
const MAX_DECIDED: usize = 16;
const MAX_DECIDED_BYTES_OF_ALL: usize = 4 * 1024 * 1024;
/// How long an error is held.
const MAX_AGE: Duration = Duration::from_secs(30);

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

impl Held {
    pub(crate) fn new(
        id: ErrorId,
        known: Known,
        pipeline: Current,
        record: Box<CapturedError>,
    ) -> Self {
        Held { id, known, record: Some((pipeline, record)), bytes: 0, since: Instant::now() }
    }

    pub(crate) fn is_decided(&self) -> bool {
        self.record.is_none()
    }

    pub(crate) fn record(&mut self) -> Option<&mut CapturedError> {
        self.record.as_mut().map(|(_, record)| &mut **record)
    }

    /// How much memory it takes, roughly.
    fn size(&self) -> usize {
        let record = self.record.as_ref().map_or(0, |(_, record)| record.bytes());
        size_of::<Held>() + self.known.bytes() + record
    }

    /// Counts what it takes now towards the bounds.
    fn charge(&mut self) {
        let bytes = self.size();
        let sum = self.sum();
        sum.fetch_add(bytes, Ordering::SeqCst);
        sum.fetch_sub(std::mem::replace(&mut self.bytes, bytes), Ordering::SeqCst);
    }

    fn discharge(&mut self) {
        self.sum().fetch_sub(std::mem::take(&mut self.bytes), Ordering::SeqCst);
    }

    fn sum(&self) -> &'static AtomicUsize {
        if self.is_decided() { &DECIDED_BYTES } else { &BYTES }
    }

    /// Takes what is to be logged out, and leaves the rest, by which the boundary recognises it.
    pub(crate) fn take(&mut self) -> Option<Held> {
        if self.is_decided() {
            return None;
        }
        self.discharge();
        let record = self.record.take()?;
        self.charge();
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

    /// Notes how its boundary ended, for the log.
    pub(crate) fn ended(
        mut self,
        scope: ScopeRef,
        boundary: Option<&'static Site>,
        end: BoundaryEnd,
    ) -> Self {
        if let Some(record) = self.record() {
            record.notes.boundary = Some(BoundaryNote { scope: scope.number(), boundary, end });
        }
        self
    }

    /// Logs it, unless it is expected or one too many.
    pub(crate) fn log(self) -> (Decision, Option<LateSteps>) {
        let Some((pipeline, record)) = self.record else { return (Decision::NotHere, None) };
        if record.is_expected() {
            counters::expected();
            return (Decision::Expected, None);
        }
        let class = Class::of(record.level);
        log_within_budget(&pipeline.renewed(), record, class)
    }

    /// Logs it; the debug mode says how its boundary ended.
    pub(crate) fn release(self) {
        let explain = diagnostics::is_on().then(|| self.explanation()).flatten();
        let (decision, _) = self.log();
        if let Some(explanation) = explain {
            explanation.say(decision);
        }
    }

    /// What the debug mode has to say of it.
    fn explanation(&self) -> Option<explain::Resolved> {
        let (_, record) = self.record.as_ref()?;
        let note = record.notes.boundary?;
        Some(explain::Resolved { id: self.id, kind: record.kind_name(), note })
    }

    /// Its boundary returned something else. It is counted, and logged at this level, if there is one.
    fn handled(self, level: Option<Level>) {
        let explain = diagnostics::is_on().then(|| self.explanation()).flatten();
        let decision = self.handle(level);
        if let Some(explanation) = explain {
            explanation.say(decision);
        }
    }

    fn handle(self, level: Option<Level>) -> Decision {
        let Some((pipeline, mut record)) = self.record else { return Decision::NotHere };
        if record.is_expected() {
            counters::expected();
            return Decision::Expected;
        }
        counters::handled();
        let Some(level) = level else {
            let key = record.kind_key.of_class(Class::Ordinary);
            record.site.count(key, LossCounts::HANDLED, || record.kind_name());
            return Decision::NotHere;
        };
        record.level = level;
        log_within_budget(&pipeline.renewed(), record, Class::Handled).0
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
        push(all, Held { id, known, record: None, bytes: 0, since: Instant::now() });
    }
}

/// Adds an error to those of a scope.
fn push(all: &mut Vec<Held>, held: Held) {
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
fn take_surplus(all: &mut [Held]) -> Vec<Held> {
    let mut surplus = Vec::new();
    loop {
        let undecided = || all.iter().filter(|held| !held.is_decided());
        if undecided().count() <= MAX_HELD
            && undecided().map(|held| held.bytes).sum::<usize>() <= MAX_BYTES
        {
            return surplus;
        }
        surplus.extend(all.iter_mut().find_map(Held::take));
    }
}

/// Changes a held error; `false` if it is not on the list.
pub(crate) fn update(scope: ScopeRef, id: ErrorId, change: impl FnOnce(&mut Held)) -> bool {
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
    let mut contents = shard(scope).remove(&scope.number()).unwrap_or_default();
    contents.held.iter_mut().for_each(Held::discharge);
    contents
}

/// What a boundary did not return: it was handled.
pub(crate) fn handled(scope: ScopeRef, all: Vec<Held>, boundary: &'static Site) {
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
type Taken = Vec<(u64, Held)>;

fn take_undecided<'a>(
    scopes: impl Iterator<Item = (u64, &'a mut Contents)>,
    which: impl Fn(&Held) -> bool,
) -> Taken {
    let mut taken = Vec::new();
    for (scope, contents) in scopes {
        let held = contents.held.iter_mut().filter(|held| which(held));
        taken.extend(held.filter_map(Held::take).map(|held| (scope, held)));
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

fn release_where(end: BoundaryEnd, which: impl Fn(&Held) -> bool) {
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
    release_at_panic: boundary::release_at_panic,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::describe::{Probe, describe};
    use crate::report::boundary::ScopeRef;

    static SITE: Site = Site::new("held", 0, || ());

    /// An error of the pipeline of this thread.
    fn held() -> Held {
        let record = Box::new(CapturedError::for_test(&SITE));
        let error = std::fmt::Error;
        let description = describe(&Probe::new(&error).track_errors_view(), None);
        let known = Known::new("core::fmt::Error", &description);
        let pipeline = pipeline::current().expect("one of a test");
        Held::new(record.id, known, pipeline, record)
    }

    #[test]
    fn an_error_that_is_held_for_thirty_seconds_is_logged_and_stays_known() {
        let before = Instant::now();
        let (all, records) = pipeline::with_records(Builder::new(), || {
            let scope = ScopeRef::for_test(open_scope());
            hold(scope, held()).expect("there is room");
            let count = || {
                shard(scope)
                    .get(&scope.number())
                    .map_or(0, |all| all.held.iter().filter(|held| !held.is_decided()).count())
            };
            release_old(before + MAX_AGE - Duration::from_nanos(1));
            assert_eq!(count(), 1, "it is not old yet");
            release_old(Instant::now() + MAX_AGE);
            assert_eq!(count(), 0);
            release_old(Instant::now() + MAX_AGE);
            take_all(scope)
        });
        assert_eq!(records.len(), 1, "once");
        let boundary = records[0].boundary.as_ref().expect("one held it");
        assert_eq!((&boundary.function, boundary.end), (&None, BoundaryEnd::TooLong), "it runs");
        assert!(matches!(&all[..], [held] if held.is_decided() && held.id == records[0].id));
    }

    #[test]
    fn of_thousands_of_errors_that_are_decided_a_scope_keeps_the_newest_sixteen() {
        let scope = ScopeRef::for_test(open_scope());
        let ((), records) = pipeline::with_records(Builder::new(), || {
            hold(scope, held()).expect("there is room");
            let mut newest = Vec::new();
            for _ in 0..5_000 {
                let Held { id, known, .. } = held();
                note(scope, id, known);
                newest.push(id);
            }
            let kept: Vec<_> = shard(scope)[&scope.number()]
                .held
                .iter()
                .filter(|held| held.is_decided())
                .map(|held| (held.id, held.bytes))
                .collect();
            let ids: Vec<_> = kept.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids, newest[newest.len() - MAX_DECIDED..]);
            assert!(kept.iter().all(|(_, bytes)| *bytes > 0), "they count");
            assert!(kept.iter().map(|(_, bytes)| bytes).sum::<usize>() < MAX_BYTES / 2);
            let all = take_all(scope);
            assert_eq!(all.len(), 1 + MAX_DECIDED);
            assert!(!all[0].is_decided(), "it is not pushed out by those that are");
        });
        assert!(records.is_empty());
    }

    #[test]
    fn an_error_that_is_decided_pushes_out_none_that_is_held() {
        let scope = ScopeRef::for_test(open_scope());
        let (held_ones, records) = pipeline::with_records(Builder::new(), || {
            let room = |all: &[Held]| {
                let bytes: usize = all.iter().map(|held| held.bytes).sum();
                MAX_BYTES - bytes
            };
            // As full as can be.
            loop {
                let mut next = held();
                let limit = room(&shard(scope)[&scope.number()].held);
                if let Some(record) = next.record() {
                    record.message = "x".repeat(2_000).into();
                }
                if next.size() > limit {
                    break;
                }
                hold(scope, next).expect("there is room");
            }
            for _ in 0..MAX_DECIDED {
                let Held { id, known, .. } = held();
                note(scope, id, known);
            }
            take_all(scope).into_iter().filter(|held| !held.is_decided()).count()
        });
        assert!(held_ones > 10, "{held_ones} of 64 KiB");
        assert!(records.is_empty());
    }
}
