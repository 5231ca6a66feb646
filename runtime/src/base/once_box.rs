//! `OnceBox`: a value that is made at its first use, without a lock.
//!
//! For all process state that a tracked call can reach. A fork copies one thread: with `OnceLock` and
//! `LazyLock` the child would wait for ever for a value that another thread was making. Here each thread that
//! comes first makes a value; one of them is kept. A mutex in a `OnceBox` can be replaced in the child.

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that never changes and is never freed, once it is there. All threads share it.
pub(crate) struct OnceBox<T: 'static>(AtomicPtr<T>);

impl<T: Send + Sync> OnceBox<T> {
    pub(crate) const fn new() -> Self {
        OnceBox(AtomicPtr::new(ptr::null_mut()))
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        // Acquire: a thread that sees the pointer sees its target.
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: null, or from `Box::into_raw` in `publish`: never freed, and only shared from then on.
        unsafe { value.as_ref() }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &'static T {
        self.get().unwrap_or_else(|| self.publish(make()).unwrap_or_else(|kept| kept))
    }

    /// Keeps this value, or drops it and returns the one that another thread published before.
    #[cold]
    pub(crate) fn publish(&self, value: T) -> Result<&'static T, &'static T> {
        let new = Box::into_raw(Box::new(value));
        let null = ptr::null_mut();
        match self.0.compare_exchange(null, new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as in `get`.
            Ok(_) => Ok(unsafe { &*new }),
            Err(kept) => {
                // SAFETY: `new` comes from `Box::into_raw` above and was not published.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: as in `get`; it is not null.
                Err(unsafe { &*kept })
            }
        }
    }

    /// Leaks the value; the next use makes a new one. For a forked child, in which a lock of its parent's may
    /// never open.
    #[cfg(unix)]
    pub(crate) fn forget(&self) {
        self.0.store(ptr::null_mut(), Ordering::Release);
    }
}

impl<T: fmt::Debug + Send + Sync> fmt::Debug for OnceBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceBox").field(&self.get()).finish()
    }
}

impl<T: Send + Sync> Default for OnceBox<T> {
    fn default() -> Self {
        OnceBox::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn threads_that_come_first_together_all_get_the_one_value_that_is_kept() {
        static VALUE: OnceBox<usize> = OnceBox::new();
        let begin = Barrier::new(4);
        let seen = thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|number| {
                let begin = &begin;
                scope.spawn(move || {
                    begin.wait();
                    ptr::from_ref(VALUE.get_or_init(|| number)).addr()
                })
            });
            threads.map(|thread| thread.join().expect("no panic"))
        });
        let kept = VALUE.get().expect("it is there");
        assert_eq!(seen, [ptr::from_ref(kept).addr(); 4]);
        assert_eq!(VALUE.publish(7), Err(kept));
    }

    #[cfg(unix)]
    #[test]
    fn a_forgotten_value_is_made_anew() {
        static VALUE: OnceBox<String> = OnceBox::new();
        let first = VALUE.get_or_init(|| "parent".to_owned());
        VALUE.forget();
        assert!(VALUE.get().is_none());
        assert_eq!(VALUE.get_or_init(|| "child".to_owned()), "child");
        assert_eq!(first, "parent", "references to the old value stay valid");
    }
}
