//! Locks without poisoning, and without an endless wait for the user's code.

#[cfg(unix)]
use std::cell::Cell;
#[cfg(unix)]
use std::mem::ManuallyDrop;
use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::base::sync::{Condvar, Mutex, MutexGuard, is_past, sleep, yield_now};

/// Locks. Ignores poisoning: a panic under a lock of this crate leaves no half-done state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lock, if no thread holds it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The lock, unless another thread holds it for longer than `patience`.
pub(crate) fn lock_within<T>(mutex: &Mutex<T>, patience: Duration) -> Option<MutexGuard<'_, T>> {
    // Most often the lock is free, and reading the clock costs more than taking it.
    try_lock(mutex).or_else(|| lock_until(mutex, Instant::now().checked_add(patience)))
}

/// The lock, unless another thread holds it until then; `None`: waits for ever.
pub(crate) fn lock_until<T>(
    mutex: &Mutex<T>,
    deadline: Option<Instant>,
) -> Option<MutexGuard<'_, T>> {
    /// Most locks are held for less than a microsecond.
    const YIELDS: u32 = 100;
    let mut tries = 0;
    loop {
        if let Some(guard) = try_lock(mutex) {
            return Some(guard);
        }
        if deadline.is_some_and(is_past) {
            return None;
        }
        if tries < YIELDS {
            tries += 1;
            yield_now();
        } else {
            sleep(Duration::from_millis(1));
        }
    }
}

/// What a thread holds while it forks, in a thread-local. It has no destructor, as a thread may fork in the
/// destructor of another thread-local.
#[cfg(unix)]
pub(crate) struct WhileForking<T>(Cell<ManuallyDrop<Option<T>>>);

#[cfg(unix)]
impl<T> WhileForking<T> {
    pub(crate) const fn new() -> Self {
        WhileForking(Cell::new(ManuallyDrop::new(None)))
    }

    pub(crate) fn keep(&self, value: T) {
        self.0.set(ManuallyDrop::new(Some(value)));
    }

    pub(crate) fn take(&self) -> Option<T> {
        ManuallyDrop::into_inner(self.0.replace(ManuallyDrop::new(None)))
    }
}

/// Waits until the condition is notified.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// The same, for at most `time`; `true` if it timed out.
pub(crate) fn wait_for<'a, T>(
    condition: &Condvar,
    guard: MutexGuard<'a, T>,
    time: Duration,
) -> (MutexGuard<'a, T>, bool) {
    let waited = condition.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner);
    (waited.0, waited.1.timed_out())
}
