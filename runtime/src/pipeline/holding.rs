//! What the pipeline knows of errors that boundaries hold.
//!
//! In: the functions by which the room that holds them lets them go, registered before anything is held;
//! and threads that take records out of its list and hand them on. Out: held errors are logged when they
//! are held for too long, when the program ends, and when a thread panics; a fork finds their list
//! unlocked; and the end of the program waits for threads that decide, at most a second.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::shutdown::is_over;

/// How long the end of the program waits for boundaries that decide at that moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// How held errors are let go. None of these functions panics.
#[derive(Debug)]
pub(crate) struct HeldErrors {
    /// Whether anything is held.
    pub(crate) is_any: fn() -> bool,
    /// Logs what is held for too long at this time.
    pub(crate) release_old: fn(Instant),
    /// The program ends: logs all that is held.
    pub(crate) release_all: fn(),
    /// This thread panics: logs what its scope holds.
    pub(crate) release_at_panic: fn(),
    /// Locks the list, so that no other thread is in it while the process forks.
    #[cfg(unix)]
    pub(crate) before_fork: fn(),
    /// Unlocks the list in the parent.
    #[cfg(unix)]
    pub(crate) after_fork: fn(),
    /// Unlocks the list in the child, which holds nothing.
    #[cfg(unix)]
    pub(crate) in_child: fn(),
}

static HELD_ERRORS: AtomicPtr<HeldErrors> = AtomicPtr::new(ptr::null_mut());

/// Errors are held from now on.
pub(crate) fn register(errors: &'static HeldErrors) {
    HELD_ERRORS.store(ptr::from_ref(errors).cast_mut(), Ordering::Release);
}

/// Calls one of the functions, if anything was ever held.
pub(super) fn with_held<T: Default>(call: impl FnOnce(&HeldErrors) -> T) -> T {
    // SAFETY: null, or made from a `&'static` in `register`, and never written through.
    unsafe { HELD_ERRORS.load(Ordering::Acquire).as_ref() }.map(call).unwrap_or_default()
}

/// Threads that took records and have not handed them on yet. `SeqCst`, like [`SWEPT`]: a thread that sees
/// that flag unset is seen by the exit handler.
static DECIDING: AtomicUsize = AtomicUsize::new(0);
/// The exit handler has taken all that was on the list, and nothing is added any more.
static SWEPT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether the end of the program waits for this thread.
    static IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Between taking records and handing them on: the end of the program waits for it.
#[derive(Debug)]
pub(crate) struct Deciding {
    counts: bool,
    was_awaited: bool,
}

impl Deciding {
    pub(crate) fn begin() -> Self {
        DECIDING.fetch_add(1, Ordering::SeqCst);
        // A thread that begins later finds nothing, and must not keep the end waiting.
        let counts = !SWEPT.load(Ordering::SeqCst);
        if !counts {
            DECIDING.fetch_sub(1, Ordering::SeqCst);
        }
        Deciding { counts, was_awaited: IS_AWAITED.replace(counts || IS_AWAITED.get()) }
    }

    /// Whether the end of the program waits for this thread, and then flushes.
    pub(crate) fn is_awaited() -> bool {
        IS_AWAITED.get()
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        IS_AWAITED.set(self.was_awaited);
        if self.counts {
            // A child that forked meanwhile began at zero.
            let less = |deciding: usize| Some(deciding.saturating_sub(1));
            let _: Result<_, _> = DECIDING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        }
    }
}

/// All that was on the list is taken: waits for the threads that took records before.
pub(super) fn finish() {
    SWEPT.store(is_over(), Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while DECIDING.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
        thread::yield_now();
    }
}

/// This is a child process, in which no other thread runs.
#[cfg(unix)]
pub(super) fn in_child() {
    DECIDING.store(0, Ordering::SeqCst);
}
