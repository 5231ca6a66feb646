//! `fork`: which locks of the system a forked child may take.
//!
//! Walking a stack and naming its frames takes locks: the loader's, that of `backtrace`, those of the caches
//! here. Another thread of the parent, or of its other libraries, may have held one during the fork; the child
//! would wait for it for ever. So the child has no native frames until a thread of its own, which may hang, had
//! each of these locks once. The thread that fails never waits for it; the one that writes the line does, for
//! at most a second.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::{application, cache, clean, loader, unwind};
use crate::base::reentrancy::ignore_this_thread;
use crate::base::signals;

/// Relaxed: no other memory depends on it. It changes in a child with one thread, or says that locks are free,
/// which order the memory that they guard.
static LOCKS: AtomicU8 = AtomicU8::new(FREE);
const FREE: u8 = 0;
const UNKNOWN: u8 = 1;
const TESTED: u8 = 2;

/// How long the first line of a child waits for the test.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the locks may be taken.
pub(super) fn are_locks_free() -> bool {
    LOCKS.load(Ordering::Relaxed) == FREE
}

/// The same; the first call in a child tests it.
pub(super) fn are_locks_free_now() -> bool {
    if are_locks_free() {
        return true;
    }
    if LOCKS.compare_exchange(UNKNOWN, TESTED, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        let (free, is_free) = channel();
        let test = move || {
            ignore_this_thread();
            take_each();
            LOCKS.store(FREE, Ordering::Relaxed);
            // The receiver may have given up.
            let _: Result<(), _> = free.send(());
        };
        if signals::spawn("track_errors_fork", test).is_ok() {
            let _: Result<(), _> = is_free.recv_timeout(PATIENCE);
        }
    }
    are_locks_free()
}

/// `was_alone`: no other thread of the parent could hold a lock.
#[cfg(unix)]
pub(crate) fn in_child(was_alone: bool) {
    let before = LOCKS.load(Ordering::Relaxed);
    if before != FREE || !was_alone {
        LOCKS.store(UNKNOWN, Ordering::Relaxed);
    }
}

fn take_each() {
    loader::take_lock();
    unwind::take_lock();
    // No symbol is at this address: debug info is not read.
    backtrace::resolve(std::ptr::null_mut(), |_| ());
    application::take_lock();
    clean::take_lock();
    cache::take_lock();
}
