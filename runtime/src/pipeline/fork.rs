//! `fork`: the parent writes what it logged, and the child can log.
//!
//! A child process is a copy of the thread that forks: no other thread, no worker, and locks as they were at
//! that moment.
//!
//! * **Before the fork** the worker writes what was logged, because the parent may end without an exit handler
//!   (a daemon's `_exit`). The forking thread waits for it, but not for a sink that hangs. Then it takes the
//!   locks of this crate's lists and settings, so that the child has them whole.
//! * **In the child** a lock that could not be taken in time is left behind, with what it guards. With its first
//!   error the child makes a pipeline of its own. Its parent writes what waits in the parent's queue.
//!
//! The handlers are registered when the program is loaded: later, another thread could be in this crate while
//! the process forks. They allocate nothing: an allocator may already be locked for the fork.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::worker::Worker;
use super::{Pipeline, holding, installed, process, shutdown, sink_call};
use crate::base::lock::{WhileForking, lock_within};
use crate::base::once_box::OnceBox;
use crate::base::sync::MutexGuard;
use crate::diagnostics;
use crate::model::id;
use crate::output::sink;
use crate::stack;

/// How long the forking thread waits for all locks but the worker's.
const PATIENCE: Duration = Duration::from_millis(200);

/// Calls [`register`] before `main`, or when the library is loaded.
#[cfg(not(any(miri, target_os = "aix")))]
#[used]
// SAFETY: the loader calls each function of this section once. `register` takes no argument, which the C calling
// convention allows, needs nothing that `main` sets up, and does not panic.
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static AT_LOAD: extern "C" fn() = register;

/// Registers the handlers, once.
pub(super) extern "C" fn register() {
    static IS_REGISTERED: AtomicBool = AtomicBool::new(false);
    if IS_REGISTERED.swap(true, Ordering::Relaxed) {
        return;
    }
    // The handler that was registered last runs first before a fork. An allocator registers its own with its
    // first allocation: it has to be locked after ours, which waits for the worker.
    drop(std::hint::black_box(Box::new(0_u8)));
    // SAFETY: `pthread_atfork` only keeps the function pointers, which are functions of this program with the
    // required signature. None of them unwinds: they run no user code. If they are in a library, the C library
    // forgets them when it unloads that.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) };
}

/// What the forking thread knows and holds.
#[derive(Default)]
struct Before {
    /// No other thread can hold a lock.
    is_alone: bool,
    /// The worker is between two batches.
    _worker: Option<MutexGuard<'static, ()>>,
    installing: Option<MutexGuard<'static, ()>>,
    diagnostics: diagnostics::Locked,
}

/// Locks of a later room.
#[derive(Debug)]
pub(crate) struct LocksAtFork {
    /// Takes them, unless that takes until then.
    pub(crate) before: fn(Instant),
    /// Frees them. `true` in the child, which leaves behind what could not be locked. Neither allocates.
    pub(crate) after: fn(bool),
}

static LOCKS_OF_LATER_ROOMS: OnceBox<LocksAtFork> = OnceBox::new();

/// Has a fork take these locks too.
#[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "an integration calls it"))]
pub(crate) fn lock_at_fork(locks: LocksAtFork) {
    LOCKS_OF_LATER_ROOMS.get_or_init(|| locks);
}

fn free_locks_of_later_rooms(is_child: bool) {
    if let Some(locks) = LOCKS_OF_LATER_ROOMS.get() {
        (locks.after)(is_child);
    }
}

thread_local! {
    static BEFORE: WhileForking<Before> = const { WhileForking::new() };
}

/// Waits until what was logged is written, and keeps the worker from working. Does not wait for a sink that hangs, or
/// whose destination is away. `None` if the sink hangs, or if this thread is the worker.
fn settle(worker: &'static Worker) -> Option<MutexGuard<'static, ()>> {
    /// How long a call of the sink lasts that hangs, and how often to test for one.
    const HANGS: Duration = Duration::from_millis(200);
    const LOOK: Duration = Duration::from_millis(20);

    if process::is_worker() {
        return None;
    }
    let hangs = || {
        worker.writer.in_sink.is_away()
            || sink_call::in_sink_for().is_some_and(|time| time >= HANGS)
    };
    let deadline = Instant::now() + process::PATIENCE;
    while worker.is_running() && worker.queue.is_unsettled(deadline) && !hangs() {
        if worker.queue.flush(LOOK) {
            break;
        }
    }
    lock_within(&worker.at_work, if hangs() { Duration::ZERO } else { HANGS })
}

extern "C" fn before_fork() {
    let worker = Pipeline::worker().and_then(settle);
    let deadline = Instant::now() + PATIENCE;
    let installing = shutdown::before_fork(deadline);
    let threads_of_sinks = sink::before_fork(deadline);
    let diagnostics = diagnostics::before_fork(deadline);
    holding::before_fork(deadline);
    if let Some(locks) = LOCKS_OF_LATER_ROOMS.get() {
        (locks.before)(deadline);
    }
    let is_alone = has_threads_at_most(1 + u64::from(worker.is_some()) + threads_of_sinks);
    BEFORE.with(|before| {
        before.keep(Before { is_alone, _worker: worker, installing, diagnostics });
    });
}

extern "C" fn after_fork() {
    free_locks_of_later_rooms(false);
    holding::after_fork();
    sink::after_fork(false);
    drop(BEFORE.with(WhileForking::take));
}

extern "C" fn in_child() {
    let before = BEFORE.with(WhileForking::take).unwrap_or_default();
    free_locks_of_later_rooms(true);
    stack::in_child(before.is_alone);
    shutdown::in_child(before.is_alone, before.installing.is_some());
    installed::in_child();
    sink_call::in_child();
    sink::after_fork(true);
    id::in_child();
    holding::in_child();
    before.diagnostics.in_child();
    process::begin_generation();
}

/// Whether the process has so few threads; `false` if that is not known.
fn has_threads_at_most(number: u64) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::unix::fs::MetadataExt as _;

        // The links of this folder: a folder for each thread, itself, and the one around it. A file system that
        // does not count them has fewer.
        let links = std::fs::metadata("/proc/self/task").map_or(0, |task| task.nlink());
        (3..=2 + number).contains(&links)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = number;
        false
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn threads_of_the_process_are_counted() {
        let (end, ends) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || assert!(ends.recv().is_err()));
            // The test runner has at least one thread beside these two.
            assert!(!has_threads_at_most(2));
            assert!(has_threads_at_most(10_000));
            drop(end);
        });
    }
}
