//! Exit and panic: errors that were logged before are written.
//!
//! * **Exit handler.** When `main` returns and when `exit` is called, it logs what boundaries hold, and
//!   flushes. A thread that logs an error after that flushes by itself.
//! * **Panic hook.** It logs the panic, if the settings say so, and what the boundary of its thread holds, before
//!   the previous hook prints the panic. If the program aborts then, it does so for all boundaries, and
//!   flushes: no other code will run. (Where panics unwind, most are caught, and none should have to wait.)
//!
//! Both are installed with the first error of the process, or with settings that need them. They give up on a sink that
//! has been in one call for 2 seconds ([`PATIENCE`]) or whose destination is away for as long, and after 10 seconds on
//! one that is slow. What is left goes to stderr ([`rescue`]).

use std::panic::{self, PanicHookInfo};
use std::time::Duration;

use super::holding::{self, with_held};
use super::process::{self, PATIENCE, TRIES};
use super::worker::Worker;
use super::{Pipeline, flush, rescue, sink_call};
use crate::base::lock::lock_within;
use crate::base::once_box::OnceBox;
use crate::base::reentrancy::ReentrancyGuard;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Mutex, MutexGuard};
use crate::diagnostics;
#[cfg(unix)]
use crate::output::sink;
use crate::stack::StackMarker;

/// Flushes, and gives up early only on a sink that hangs or whose destination is away. A worker that reads the symbols
/// of a large program for the first time may need longer than [`PATIENCE`]; so may a slow sink with many batches to
/// write. Returns whether all was written.
fn flush_patiently() -> bool {
    /// A call of the sink that lasts as long as the flush hangs; with a margin for the clocks.
    const HANGS: Duration = Duration::from_millis(1_900);
    for _ in 0..TRIES {
        if flush(PATIENCE) {
            return true;
        }
        let hangs = sink_call::in_sink_for().is_some_and(|time| time >= HANGS);
        let is_slow = |it: &Pipeline| it.has_unwritten() && !it.is_away();
        if hangs || (Pipeline::all().any(Pipeline::is_away) && !Pipeline::all().any(is_slow)) {
            break;
        }
    }
    false
}

/// Whether a worker thread runs in this process.
fn has_worker() -> bool {
    Pipeline::worker().is_some_and(Worker::is_running)
}

/// Whether this thread works with the writer at this moment: it would wait for itself.
fn is_writing() -> bool {
    let is_in_own_sink =
        ReentrancyGuard::is_active() && sink_call::in_sink_for().is_some() && !has_worker();
    process::is_worker() || is_in_own_sink
}

/// Logs what boundaries hold, and flushes. What the sink does not take goes to stderr.
pub(super) fn release_and_flush() {
    // An exit in the middle of a write: everything here would wait for that write.
    if is_writing() {
        return;
    }
    process::as_exit_handler(|| {
        with_held(|held| (held.release_all)());
        holding::finish();
    });
    let is_flushed = flush_patiently();
    rescue::to_stderr(is_flushed);
}

/// Held while the handler or the hook is installed: both change lists of the system's, under its locks, which a
/// fork must not copy in the middle of it.
static INSTALLING: OnceBox<Mutex<()>> = OnceBox::new();
static HAS_HANDLER: AtomicBool = AtomicBool::new(false);
/// Whether the hook is installed, or is not to be.
static HAS_HOOK: AtomicBool = AtomicBool::new(false);

/// Installs the handler and the hook, once in a process.
pub(crate) fn prepare() {
    if !(HAS_HANDLER.load(Ordering::Acquire) && HAS_HOOK.load(Ordering::Relaxed)) {
        install();
    }
}

#[cold]
fn install() {
    /// The thread that installs may be this one, interrupted by a signal; or it may wait for a thread whose
    /// panic is being printed.
    const SHORT: Duration = Duration::from_millis(200);

    #[cfg(unix)]
    super::fork::register();
    let Some(_guard) = lock_within(INSTALLING.get_or_init(Mutex::default), SHORT) else { return };
    if !HAS_HANDLER.load(Ordering::Relaxed) {
        // SAFETY: `atexit` only keeps the function pointer, which is a function of this program with the
        // required signature. It does not unwind: what it calls catches the panics of user code. If it is in a
        // library, the C library calls and forgets it when it unloads that.
        #[cfg(any(unix, windows))]
        unsafe {
            libc::atexit(at_exit);
        }
        HAS_HANDLER.store(true, Ordering::Release);
    }
    // A panicking thread cannot set a hook; the next error tries again.
    if std::thread::panicking() || HAS_HOOK.load(Ordering::Relaxed) {
        return;
    }
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        at_panic(info);
        before(info);
    }));
    HAS_HOOK.store(true, Ordering::Relaxed);
}

/// Logs a panic, on its thread, if the settings say so. The stack begins at the marker.
type OnPanic = fn(&PanicHookInfo<'_>, StackMarker);

static ON_PANIC: OnceBox<OnPanic> = OnceBox::new();

/// Registers the function that logs panics.
pub(crate) fn on_panic(log: OnPanic) {
    ON_PANIC.get_or_init(|| log);
}

/// A panic in here would abort the program.
#[inline(never)]
fn at_panic(info: &PanicHookInfo<'_>) {
    let aborts = cfg!(panic = "abort") || !can_unwind(info);
    // Code that describes or writes an error may panic: that is caught, and counts for nothing. The writer's own
    // thread would wait for itself.
    let is_ignored = is_writing() || (ReentrancyGuard::is_active() && !aborts);
    if let Some(log) = ON_PANIC.get().filter(|_| !is_ignored) {
        StackMarker::here(|marker| log(info, marker));
    }
    if aborts {
        release_and_flush();
    } else {
        with_held(|held| (held.release_at_panic)());
    }
}

/// Whether the thread unwinds after its hook. The compiler's own panics that do not unwind have one of these texts:
/// a panic while another one unwinds a destructor, a panic in a function with an ABI that cannot unwind, a check for
/// undefined behaviour.
fn can_unwind(info: &PanicHookInfo<'_>) -> bool {
    const TEXTS: [&str; 3] = [
        "panic in a destructor during cleanup",
        "panic in a function that cannot unwind",
        "unsafe precondition(s) violated",
    ];
    let text = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
    !TEXTS.iter().any(|prefix| text.starts_with(prefix))
}

/// Waits until no thread installs anything; not beyond this time.
#[cfg(unix)]
pub(super) fn before_fork(deadline: std::time::Instant) -> Option<MutexGuard<'static, ()>> {
    let installing = INSTALLING.get()?;
    crate::base::lock::lock_until(installing, Some(deadline))
}

/// `is_held`: the forking thread has locked it.
#[cfg(unix)]
pub(super) fn in_child(was_alone: bool, is_held: bool) {
    if !is_held {
        INSTALLING.forget();
    }
    // A thread of the parent that panicked during the fork keeps the hook locked here: no hook can be set.
    if !was_alone {
        HAS_HOOK.store(true, Ordering::Relaxed);
    }
}

#[cfg_attr(not(any(unix, windows)), expect(dead_code, reason = "no handler is installed there"))]
extern "C" fn at_exit() {
    // First: later errors are not held, and the thread that logs one flushes it.
    if process::begin_end() {
        release_and_flush();
        diagnostics::at_exit();
        #[cfg(unix)]
        sink::flush_buffer();
    }
}
