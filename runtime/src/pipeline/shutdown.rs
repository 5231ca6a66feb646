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

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::holding::{self, with_held};
use super::process::{self, PATIENCE, TRIES};
use super::worker::Worker;
use super::{Pipeline, flush, writer};
use crate::base::reentrancy::ReentrancyGuard;
use crate::diagnostics;
#[cfg(unix)]
use crate::output::sink;

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

/// Whether a worker thread runs in this process.
fn has_worker() -> bool {
    Pipeline::worker().is_some_and(Worker::is_running)
}

/// Whether this thread works with the writer at this moment: it would wait for itself.
fn is_writing() -> bool {
    let is_in_own_sink =
        ReentrancyGuard::is_active() && writer::in_sink_for().is_some() && !has_worker();
    process::is_worker() || is_in_own_sink
}

/// Logs what boundaries hold, and flushes.
fn release_and_flush() {
    // An exit in the middle of a write: everything here would wait for that write.
    if is_writing() {
        return;
    }
    process::as_exit_handler(|| {
        with_held(|held| (held.release_all)());
        holding::finish();
    });
    flush_patiently();
}

/// Installs the handlers and the hook, once in a process.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    static HAS_HOOK: AtomicBool = AtomicBool::new(false);
    ONCE.call_once(system::register);
    // A panicking thread cannot set a hook; the next error tries again.
    if HAS_HOOK.load(Ordering::Relaxed)
        || std::thread::panicking()
        || HAS_HOOK.swap(true, Ordering::Relaxed)
    {
        return;
    }
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

extern "C" fn at_exit() {
    // First: later errors are not held, and the thread that logs one flushes it.
    process::begin_end();
    release_and_flush();
    diagnostics::at_exit();
    #[cfg(unix)]
    sink::flush_buffer();
}

#[cfg(unix)]
mod system {
    use std::cell::Cell;
    use std::sync::MutexGuard;
    use std::time::Duration;

    use super::{Pipeline, at_exit, diagnostics, has_worker, holding, process, sink};
    use crate::model::id;
    use crate::stack;

    thread_local! {
        /// The lock by which the forking thread stops the worker.
        static WORKER: Cell<Option<MutexGuard<'static, ()>>> = const { Cell::new(None) };
    }

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
        let guard = Pipeline::worker().and_then(|worker| worker.hold(Duration::from_millis(200)));
        let _: Result<(), _> = WORKER.try_with(|worker| worker.set(guard));
        sink::before_fork();
        diagnostics::before_fork();
        holding::before_fork();
        stack::before_fork();
    }

    extern "C" fn after_fork() {
        stack::after_fork(false);
        holding::after_fork();
        diagnostics::after_fork(false);
        sink::after_fork(false);
        drop(WORKER.try_with(Cell::take));
    }

    extern "C" fn in_child() {
        stack::after_fork(true);
        let guard = WORKER.try_with(Cell::take).unwrap_or_default();
        if guard.is_none() && has_worker() {
            stack::give_up_native_frames();
        }
        holding::in_child();
        id::in_child();
        diagnostics::after_fork(true);
        sink::after_fork(true);
        drop(guard);
        process::set_forked();
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
