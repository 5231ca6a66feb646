//! Exit, panic and fork: errors that were logged before are written.
//!
//! * **Exit handler.** When `main` returns and when `exit` is called, it logs what boundaries hold, and
//!   flushes. A thread that logs an error after that flushes by itself.
//! * **Panic hook.** It logs what the boundary of its thread holds, before the previous hook prints the panic.
//!   With `panic = "abort"` it does so for all boundaries, and flushes: no other code will run. (Where panics
//!   unwind, most are caught, and none should have to wait.)
//! * **Fork.** The child has no worker thread, and the parent writes what waits in the queue. So the child
//!   makes a pipeline of its own with its first error. The fork waits until the worker is between two batches,
//!   at most 200 ms; if its sink or its symbols take longer, the child resolves no native frames: their locks
//!   may never open there.
//!
//! All are installed with the first error of the process. They give up on a sink that has been in one call for
//! 2 seconds ([`PATIENCE`]), and after 10 seconds on one that is slow.

use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once};
use std::time::{Duration, Instant};

use super::holding::{self, with_held};
use super::{flush, worker, writer};
use crate::base::lock::lock_within;
use crate::base::reentrancy::ReentrancyGuard;
use crate::diagnostics;

/// How long the end of the program waits for the sink.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How often it waits for a sink that is slow and makes progress.
const TRIES: u32 = 5;
const PATIENCE_WITH_SLOW: Duration = Duration::from_secs(PATIENCE.as_secs() * TRIES as u64);

static OVER: AtomicBool = AtomicBool::new(false);
static FORKED: AtomicBool = AtomicBool::new(false);

/// Whether the exit handler has begun.
pub(crate) fn is_over() -> bool {
    // `SeqCst`, like the count of deciding threads (`holding`): one side sees the other.
    OVER.load(Ordering::SeqCst)
}

/// Whether this process is a child that has not made a pipeline of its own yet.
pub(super) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// The same, and takes the flag: the calling thread makes the child's pipeline.
pub(super) fn take_forked() -> bool {
    FORKED.swap(false, Ordering::AcqRel)
}

/// Flushes, and gives up early only on a sink that hangs. A worker that reads the symbols of a large program
/// for the first time may need longer than [`PATIENCE`]; so may a slow sink with many batches to write.
fn flush_patiently() {
    /// A call of the sink that lasts as long as the flush hangs; with a margin for the clocks.
    const HANGS: Duration = Duration::from_millis(1_900);
    for _ in 0..TRIES {
        if flush(PATIENCE) || writer::in_sink_for().is_some_and(|time| time >= HANGS) {
            break;
        }
    }
}

/// Whether this thread works with the writer at this moment: it would wait for itself.
fn is_writing() -> bool {
    let is_in_own_sink =
        ReentrancyGuard::is_active() && writer::in_sink_for().is_some() && !super::has_worker();
    worker::is_worker() || is_in_own_sink
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

/// Logs what boundaries hold, and flushes.
fn release_and_flush() {
    // An exit in the middle of a write: everything here would wait for that write.
    if is_writing() {
        return;
    }
    DEADLINE.set(Instant::now().checked_add(PATIENCE_WITH_SLOW));
    with_held(|held| (held.release_all)());
    holding::finish();
    DEADLINE.set(None);
    flush_patiently();
}

/// Installs the handlers and the hook, once in a process.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    static HAS_HOOK: AtomicBool = AtomicBool::new(false);
    ONCE.call_once(system::register);
    // A panicking thread cannot set a hook; the next error tries again.
    if HAS_HOOK.load(Ordering::Relaxed) || std::thread::panicking() {
        return;
    }
    if !HAS_HOOK.swap(true, Ordering::Relaxed) {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if cfg!(panic = "abort") {
                release_and_flush();
            } else {
                with_held(|held| (held.release_at_panic)());
            }
            before(info);
        }));
    }
}

extern "C" fn at_exit() {
    // First: later errors are not held, and the thread that logs one flushes it.
    OVER.store(true, Ordering::SeqCst);
    release_and_flush();
    diagnostics::at_exit();
}

thread_local! {
    /// The lock by which the forking thread stops the worker.
    static HELD: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

#[cfg(unix)]
mod system {
    use std::time::Duration;

    use super::super::holding::{self, with_held};
    use super::super::{has_worker, hold_worker};
    use super::{FORKED, HELD, Ordering, at_exit};
    use crate::model::id;
    use crate::{diagnostics, stack};

    pub(super) fn register() {
        // SAFETY: `atexit` and `pthread_atfork` only keep the function pointers, which are
        // functions of this program with the required signature. None of them unwinds: what they
        // call catches the panics of user code. A library that is unloaded would leave the
        // pointers behind; Rust libraries with thread-locals are not unloaded.
        unsafe {
            libc::atexit(at_exit);
            libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child));
        }
    }

    /// Waits until the worker is between two batches; not for long, as its sink may hang.
    extern "C" fn before_fork() {
        if let Some(guard) = hold_worker(Duration::from_millis(200)) {
            let _: Result<(), _> = HELD.try_with(|held| {
                if let Ok(mut held) = held.try_borrow_mut() {
                    *held = Some(guard);
                }
            });
        }
        diagnostics::before_fork();
        with_held(|held| (held.before_fork)());
    }

    extern "C" fn after_fork() {
        with_held(|held| (held.after_fork)());
        diagnostics::after_fork(false);
        release_worker();
    }

    fn release_worker() {
        let _: Result<(), _> = HELD.try_with(|held| {
            if let Ok(mut held) = held.try_borrow_mut() {
                *held = None;
            }
        });
    }

    extern "C" fn in_child() {
        let was_held = HELD.try_with(|held| held.try_borrow().is_ok_and(|held| held.is_some()));
        if was_held != Ok(true) && has_worker() {
            stack::give_up_native_frames();
        }
        with_held(|held| (held.in_child)());
        holding::in_child();
        id::in_child();
        diagnostics::after_fork(true);
        release_worker();
        FORKED.store(true, Ordering::Release);
    }
}

#[cfg(windows)]
mod system {
    use super::at_exit;

    pub(super) fn register() {
        // SAFETY: as on unix.
        unsafe {
            libc::atexit(at_exit);
        }
    }
}

#[cfg(not(any(unix, windows)))]
mod system {
    pub(super) fn register() {
        let _: extern "C" fn() = super::at_exit;
    }
}
