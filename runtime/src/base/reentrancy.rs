//! While one error of a thread is described, no other is: `Display` and `Debug` of an error, and a sink,
//! may call tracked functions, and would never come to an end.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<bool> = const { Cell::new(false) };
}

/// Until it is dropped, errors of this thread are not reported.
#[derive(Debug)]
pub(crate) struct ReentrancyGuard(());

impl ReentrancyGuard {
    /// `None` if there is one already.
    pub(crate) fn enter() -> Option<Self> {
        // Not `then_some`: a guard that is made and not returned would end the one that there is.
        (!ACTIVE.replace(true)).then(|| ReentrancyGuard(()))
    }

    /// Whether there is one on this thread.
    pub(crate) fn is_active() -> bool {
        ACTIVE.get()
    }
}

impl Drop for ReentrancyGuard {
    fn drop(&mut self) {
        ACTIVE.set(false);
    }
}

/// Errors of this thread are not reported from now on: it is the one that writes them.
pub(crate) fn ignore_this_thread() {
    ACTIVE.set(true);
}

/// Runs code that may call tracked functions, whose errors are not reported.
pub(crate) fn ignoring<T>(f: impl FnOnce() -> T) -> T {
    let _guard = ReentrancyGuard::enter();
    f()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_guard_of_a_thread_leaves_the_first_one_in_place() {
        let first = ReentrancyGuard::enter().expect("there is none");
        assert!(ReentrancyGuard::enter().is_none());
        ignoring(|| assert!(ReentrancyGuard::is_active()));
        assert!(ReentrancyGuard::is_active());
        drop(first);
        assert!(!ReentrancyGuard::is_active());
    }
}
