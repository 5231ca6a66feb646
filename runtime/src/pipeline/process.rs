//! What the pipeline knows of the process: whether it ends or forked, and what this thread does.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::base::lock::lock_within;
use crate::base::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::base::sync::{Mutex, MutexGuard, thread_local};

/// How long the end of the program waits for the sink.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How often it waits for a sink that is slow and makes progress.
pub(super) const TRIES: u32 = 5;
const PATIENCE_WITH_SLOW: Duration = Duration::from_secs(PATIENCE.as_secs() * TRIES as u64);

static OVER: AtomicBool = AtomicBool::new(false);
/// How many forks lie between this process and the one that was started.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Whether the exit handler has begun.
pub(crate) fn is_over() -> bool {
    // `SeqCst`, like the count of deciding threads (`holding`): one side sees the other.
    OVER.load(Ordering::SeqCst)
}

/// Tells a forked child from its parent: what was made in another generation belongs to an ancestor.
pub(super) fn generation() -> u32 {
    // Relaxed: it changes only while the process has one thread.
    GENERATION.load(Ordering::Relaxed)
}

/// Called first by the exit handler. Returns whether it has not run before.
pub(super) fn begin_end() -> bool {
    !OVER.swap(true, Ordering::SeqCst)
}

/// The next model is a process of its own.
#[cfg(all(test, shuttle))]
pub(super) fn begin_again() {
    OVER.store(false, Ordering::SeqCst);
}

/// Called in a child process. Its thread may be a copy of the worker, if a sink forks.
#[cfg(unix)]
pub(super) fn begin_generation() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    IS_WORKER.set(false);
}

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is a worker: it must not wait for itself.
pub(crate) fn is_worker() -> bool {
    IS_WORKER.get()
}

/// Makes this thread a worker.
pub(super) fn become_worker() {
    IS_WORKER.set(true);
}

thread_local! {
    /// Set while this thread runs the exit handler: when that stops writing.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Whether this thread runs the exit handler.
pub(super) fn is_exit_handler() -> bool {
    DEADLINE.get().is_some()
}

/// The writer, for a thread that writes by itself, unless another thread keeps it for [`PATIENCE`]. The exit
/// handler waits only once, and writes for [`PATIENCE_WITH_SLOW`] in all; records that are late are dropped.
pub(super) fn lock_in_time<T>(writer: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    let Some(deadline) = DEADLINE.get() else { return lock_within(writer, PATIENCE) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return None;
    }
    let guard = lock_within(writer, left.min(PATIENCE));
    if guard.is_none() {
        DEADLINE.set(Some(Instant::now()));
    }
    guard
}

/// Runs the part of the exit handler that logs; a thread that writes by itself has a deadline in it.
pub(super) fn as_exit_handler(work: impl FnOnce()) {
    DEADLINE.set(Instant::now().checked_add(PATIENCE_WITH_SLOW));
    work();
    DEADLINE.set(None);
}
