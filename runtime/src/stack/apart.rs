//! Work that takes much memory for a moment, on a thread of its own.
//!
//! To name an address, the symbols of the whole program are read: tens of megabytes in small pieces. A C library
//! gives a thread memory of its own, and returns it to the system from the end only: one name that was made in
//! between, and is kept, or one freed piece that the thread keeps for itself, and all of it stays. So the pieces
//! are made and freed on threads that end, and what is kept is made by the caller.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crate::base::lock::{lock, wait};
use crate::base::reentrancy::ignore_this_thread;
use crate::base::signals::spawn_scoped;
use crate::base::sync::{Condvar, Mutex};

/// What the thread has made, and who frees it.
enum Made<T> {
    NotYet,
    ByThread(thread::Result<T>),
    /// The thread may free it.
    Used(T),
}

/// Runs `work` on a thread that ends. What it returns is freed there, after `keep`, on this thread, has made of it
/// what is kept. Without room for another thread all of it happens here.
pub(super) fn apart<T: Send, R>(
    mut work: impl FnMut() -> T + Send,
    mut keep: impl FnMut(&T) -> R,
) -> R {
    // A channel that waits makes memory on one thread, and frees it on the other one.
    let (made, changed) = &(Mutex::new(Made::NotYet), Condvar::new());
    let kept = thread::scope(|scope| {
        let on_thread = &mut work;
        let thread = spawn_scoped(scope, move || {
            ignore_this_thread();
            let result = catch_unwind(AssertUnwindSafe(on_thread));
            let is_used = result.is_ok();
            let mut made = lock(made);
            *made = Made::ByThread(result);
            changed.notify_all();
            while is_used && !matches!(*made, Made::Used(_)) {
                made = wait(changed, made);
            }
            if is_used {
                *made = Made::NotYet;
            }
        });
        let thread = thread.ok()?;
        let mut value = lock(made);
        let kept = loop {
            match std::mem::replace(&mut *value, Made::NotYet) {
                Made::ByThread(Ok(made)) => {
                    let kept = catch_unwind(AssertUnwindSafe(|| keep(&made)));
                    *value = Made::Used(made);
                    changed.notify_all();
                    break kept;
                }
                Made::ByThread(Err(panic)) => break Err(panic),
                Made::NotYet | Made::Used(_) => value = wait(changed, value),
            }
        };
        drop(value);
        // The system has its memory when it has ended.
        let _: thread::Result<()> = thread.join();
        Some(kept)
    });
    match kept {
        Some(Ok(kept)) => kept,
        Some(Err(panic)) => resume_unwind(panic),
        None => keep(&work()),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;
    use crate::base::reentrancy::ReentrancyGuard;

    /// Tells where it is dropped.
    struct Value<'a>(&'a std::sync::Mutex<Vec<thread::ThreadId>>);

    impl Drop for Value<'_> {
        fn drop(&mut self) {
            self.0.lock().expect("no panic").push(thread::current().id());
        }
    }

    #[test]
    fn what_the_other_thread_makes_is_freed_there_and_what_is_kept_is_made_here() {
        let dropped = std::sync::Mutex::default();
        let made = apart(
            || (thread::current().id(), Value(&dropped)),
            |(made, _)| (*made, thread::current().id()),
        );
        let here = thread::current().id();
        assert_ne!(made.0, here);
        assert_eq!((made.1, &**dropped.lock().expect("no panic")), (here, &[made.0][..]));
    }

    #[test]
    fn errors_of_the_work_are_not_reported() {
        assert!(apart(ReentrancyGuard::is_active, |is_active| *is_active));
    }

    #[test]
    fn a_panic_of_the_work_is_one_of_the_caller() {
        let caught = catch_unwind(|| apart(|| panic!("on purpose"), |(): &()| ()));
        assert_eq!(caught.expect_err("a panic").downcast_ref(), Some(&"on purpose"));
    }
}
