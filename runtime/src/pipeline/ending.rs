//! The end of the program, and its doubling: what was logged before is written before.
//!
//! * An exit handler flushes when `main` returns and when `exit` is called; errors after that are
//!   written on the thread that brings them.
//! * A panic hook flushes before the hook that was there prints the panic: with
//!   `panic = "abort"` nothing else runs.
//! * After `fork`, the child has neither the worker thread nor a right to what waits in the
//!   queue: it gets a pipeline of its own with its first error. The fork waits until the worker
//!   is between two batches, so no lock of the worker's stays closed in the child.
//!
//! All of them are set up with the first error of the process, and wait no longer than
//! [`PATIENCE`], 2 seconds, for a sink that hangs.

use std::cell::RefCell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use super::{flush, worker, writer};

/// How long the end of the program waits for the sink.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

static OVER: AtomicBool = AtomicBool::new(false);
static FORKED: AtomicBool = AtomicBool::new(false);
/// Held by a worker while it works.
static AT_WORK: Mutex<()> = Mutex::new(());

/// Whether the exit handler has run: nobody flushes any more.
pub(super) fn is_over() -> bool {
    OVER.load(Ordering::Acquire)
}

/// Whether this process is a child that has not made a pipeline of its own yet.
pub(super) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// Called by the one who makes the child's pipeline.
pub(super) fn take_forked() -> bool {
    FORKED.swap(false, Ordering::AcqRel)
}

/// Flushes, and gives up only on a sink that hangs: a worker that reads the symbols of a large
/// program for the first time may need longer than [`PATIENCE`], and gets there.
fn flush_patiently() {
    /// Thirty seconds in all.
    const TRIES: u32 = 15;
    for _ in 0..TRIES {
        if flush(PATIENCE) || writer::is_in_sink() {
            break;
        }
    }
}

/// What the worker holds while it works.
pub(super) fn at_work() -> MutexGuard<'static, ()> {
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets everything up, once in a process.
pub(super) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        system::register();
        // A hook cannot be set by a thread that panics; the exit handler still runs.
        if !std::thread::panicking() {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if !worker::is_worker() {
                    flush_patiently();
                }
                before(info);
            }));
        }
    });
}

extern "C" fn at_exit() {
    flush_patiently();
    OVER.store(true, Ordering::Release);
}

thread_local! {
    /// The forking thread's hold on [`AT_WORK`].
    static HELD: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

#[cfg(unix)]
mod system {
    use std::thread;

    use super::{AT_WORK, Duration, FORKED, HELD, Ordering, at_exit};

    pub(super) fn register() {
        // SAFETY: `atexit` and `pthread_atfork` only keep the function pointers, which are
        // functions of this program with the signature that is asked for. None of them unwinds:
        // what they call catches the panics of user code. A library that is unloaded would leave
        // the pointers behind; Rust libraries with thread-locals are not unloaded.
        unsafe {
            libc::atexit(at_exit);
            libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child));
        }
    }

    /// Waits until the worker is between two batches; not for long, its sink may hang.
    extern "C" fn before_fork() {
        for _ in 0..200 {
            if let Ok(guard) = AT_WORK.try_lock() {
                let _: Result<(), _> = HELD.try_with(|held| {
                    if let Ok(mut held) = held.try_borrow_mut() {
                        *held = Some(guard);
                    }
                });
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    extern "C" fn after_fork() {
        let _: Result<(), _> = HELD.try_with(|held| {
            if let Ok(mut held) = held.try_borrow_mut() {
                *held = None;
            }
        });
    }

    extern "C" fn in_child() {
        after_fork();
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
