//! What the pipeline knows of errors that boundaries hold.
//!
//! The room `report` holds them, and registers its functions here before it holds the first one: the worker
//! asks for errors that are held for too long, the exit handler and the panic hook for all, and a fork for
//! the locks. [`Deciding`] is for threads that take records out of the list: the end of the program waits
//! for them, at most a second.

use std::cell::Cell;
use std::ptr;
use std::time::{Duration, Instant};

use super::process::is_over;
use crate::base::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use crate::base::sync::{thread_local, yield_now};

/// How long the exit handler waits for boundaries that decide at that moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the pipeline may ask of held errors. None of these functions panics.
#[derive(Debug)]
pub(crate) struct HeldErrors {
    /// Whether anything is held.
    pub(crate) is_any: fn() -> bool,
    /// Logs errors that are held for too long at this time.
    pub(crate) release_old: fn(Instant),
    /// Logs all held errors: the program ends.
    pub(crate) release_all: fn(),
    /// Logs what the scope of this thread holds: the thread panics.
    pub(crate) release_at_panic: fn(),
    /// Locks the list, unless that takes until then, so that no other thread changes it while the process forks.
    #[cfg(unix)]
    pub(crate) before_fork: fn(Instant),
    /// Unlocks the list in the parent.
    #[cfg(unix)]
    pub(crate) after_fork: fn(),
    /// Unlocks the list in the child, which holds nothing.
    #[cfg(unix)]
    pub(crate) in_child: fn(),
}

static HELD_ERRORS: AtomicPtr<HeldErrors> = AtomicPtr::new(ptr::null_mut());

/// Registers the functions; called before the first scope is opened.
pub(crate) fn register(errors: &'static HeldErrors) {
    HELD_ERRORS.store(ptr::from_ref(errors).cast_mut(), Ordering::Release);
}

/// Calls one of the functions, if any are registered.
pub(super) fn with_held<T: Default>(call: impl FnOnce(&HeldErrors) -> T) -> T {
    // SAFETY: null, or made from a `&'static` in `register`, and never written through.
    unsafe { HELD_ERRORS.load(Ordering::Acquire).as_ref() }.map(call).unwrap_or_default()
}

/// Threads that took records and have not queued them yet. `SeqCst`, like [`SWEPT`]: the exit handler sees
/// a thread that sees the flag unset.
static DECIDING: AtomicUsize = AtomicUsize::new(0);
/// The exit handler has taken all held errors; no more are added.
static SWEPT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether the exit handler waits for this thread.
    static IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Exists while a thread takes records and queues them: the exit handler waits for it.
#[derive(Debug)]
pub(crate) struct Deciding {
    counts: bool,
    was_awaited: bool,
}

impl Deciding {
    pub(crate) fn begin() -> Self {
        DECIDING.fetch_add(1, Ordering::SeqCst);
        // A thread that begins later finds no records: the exit handler need not wait for it.
        let counts = !SWEPT.load(Ordering::SeqCst);
        if !counts {
            DECIDING.fetch_sub(1, Ordering::SeqCst);
        }
        Deciding { counts, was_awaited: IS_AWAITED.replace(counts || IS_AWAITED.get()) }
    }

    /// Whether the exit handler waits for this thread, and then flushes.
    pub(crate) fn is_awaited() -> bool {
        IS_AWAITED.get()
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        IS_AWAITED.set(self.was_awaited);
        if self.counts {
            // Saturating: a child that forked meanwhile began at zero.
            let less = |deciding: usize| Some(deciding.saturating_sub(1));
            let _: Result<_, _> = DECIDING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        }
    }
}

/// Waits for the threads that took records before the exit handler took the rest.
pub(super) fn finish() {
    SWEPT.store(is_over(), Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while DECIDING.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
        yield_now();
    }
}

/// Locks the list.
#[cfg(unix)]
pub(super) fn before_fork(deadline: Instant) {
    with_held(|held| (held.before_fork)(deadline));
}

#[cfg(unix)]
pub(super) fn after_fork() {
    with_held(|held| (held.after_fork)());
}

/// Unlocks the list in the child, in which no other thread decides.
#[cfg(unix)]
pub(super) fn in_child() {
    with_held(|held| (held.in_child)());
    DECIDING.store(0, Ordering::SeqCst);
}
