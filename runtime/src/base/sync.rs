//! Locks, atomics and threads: the standard library's, or with `cfg(shuttle)` those of a checker, which chooses
//! the order in which threads run. `tests/models` builds this crate with them.

#[cfg(not(shuttle))]
use std::time::Instant;
#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, Once, atomic, mpsc},
    thread::{sleep, yield_now},
    thread_local,
};

/// Whether a thread that waits for a lock gives up.
#[cfg(not(shuttle))]
pub(crate) fn is_past(deadline: Instant) -> bool {
    Instant::now() >= deadline
}

/// Starts a thread with this name.
///
/// # Errors
///
/// The system has no room for another thread.
#[cfg(not(shuttle))]
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

#[cfg(shuttle)]
pub(crate) use checked::{
    Condvar, GIVES_UP, Local, Mutex, MutexGuard, Once, atomic, is_past, mpsc, sleep, spawn,
    thread_local, yield_now,
};

#[cfg(shuttle)]
mod checked {
    use std::cell::Cell;
    use std::io;
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
    use std::time::{Duration, Instant};

    use shuttle::rand::Rng;
    use shuttle::thread::{AccessError, LocalKey};

    pub(crate) use shuttle::sync::{Once, atomic, mpsc};
    pub(crate) use shuttle::thread::{sleep, yield_now};

    /// The checker has no clock. A wait as short as a look of the worker ends at any moment. A longer one never
    /// does: without a notification, the checker reports a deadlock.
    const SHORT: Duration = Duration::from_millis(20);

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

    /// Knows its mutex, for waits that time out.
    #[derive(Debug)]
    pub(crate) struct MutexGuard<'a, T> {
        guard: shuttle::sync::MutexGuard<'a, T>,
        mutex: &'a Mutex<T>,
    }

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Mutex(shuttle::sync::Mutex::new(value))
        }

        /// Ignores poisoning, as all of the crate does.
        pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(MutexGuard { guard, mutex: self })
        }

        pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
            let guard = match self.0.try_lock() {
                Ok(guard) => guard,
                Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
                Err(TryLockError::WouldBlock) => return Err(TryLockError::WouldBlock),
            };
            Ok(MutexGuard { guard, mutex: self })
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.guard
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.guard
        }
    }

    #[derive(Debug, Default)]
    pub(crate) struct Condvar(shuttle::sync::Condvar);

    /// Whether a wait timed out.
    #[derive(Debug)]
    pub(crate) struct TimedOut(bool);

    impl TimedOut {
        pub(crate) fn timed_out(&self) -> bool {
            self.0
        }
    }

    impl Condvar {
        pub(crate) const fn new() -> Self {
            Condvar(shuttle::sync::Condvar::new())
        }

        pub(crate) fn wait<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
        ) -> LockResult<MutexGuard<'a, T>> {
            let MutexGuard { guard, mutex } = guard;
            let guard = self.0.wait(guard).unwrap_or_else(PoisonError::into_inner);
            Ok(MutexGuard { guard, mutex })
        }

        pub(crate) fn wait_timeout<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            time: Duration,
        ) -> LockResult<(MutexGuard<'a, T>, TimedOut)> {
            if time > SHORT {
                return Ok((
                    self.wait(guard).unwrap_or_else(PoisonError::into_inner),
                    TimedOut(false),
                ));
            }
            let mutex = guard.mutex;
            drop(guard);
            yield_now();
            let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
            // If not, it was woken for no reason, as real ones may be.
            Ok((guard, TimedOut(shuttle::rand::thread_rng().r#gen())))
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    /// Whether a thread gives up at any moment, else never: the checker has no clock.
    pub(crate) static GIVES_UP: AtomicBool = AtomicBool::new(false);

    pub(crate) fn is_past(_: Instant) -> bool {
        GIVES_UP.load(Ordering::Relaxed) && shuttle::rand::thread_rng().gen_ratio(1, 4)
    }

    /// Starts a thread that the model does not wait for.
    pub(crate) fn spawn(_: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        drop(shuttle::future::spawn(async { work() }));
        Ok(())
    }

    /// The checker's thread-locals, with the methods of the standard library's that this crate uses.
    pub(crate) struct Local<T: 'static>(pub(crate) &'static LocalKey<T>);

    impl<T> Local<T> {
        pub(crate) fn try_with<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
            self.0.try_with(f)
        }
    }

    impl<T> Local<Cell<T>> {
        pub(crate) fn get(&self) -> T
        where
            T: Copy,
        {
            self.0.with(Cell::get)
        }

        pub(crate) fn set(&self, value: T) {
            self.0.with(|cell| cell.set(value));
        }

        pub(crate) fn replace(&self, value: T) -> T {
            self.0.with(|cell| cell.replace(value))
        }
    }

    macro_rules! local {
        ($($(#[$attr:meta])* static $name:ident: $type:ty = const { $init:expr };)+) => {$(
            $(#[$attr])*
            static $name: $crate::base::sync::Local<$type> = {
                shuttle::thread_local! { static KEY: $type = $init; }
                $crate::base::sync::Local(&KEY)
            };
        )+};
    }
    pub(crate) use local as thread_local;
}
