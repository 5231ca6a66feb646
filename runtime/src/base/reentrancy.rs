//! Keeps a thread from reporting errors while it reports one. The error's `Display` and `Debug`, and a sink,
//! may call tracked functions: reports would never end.

use std::cell::Cell;

use crate::base::sync::thread_local;

thread_local! {
    static ACTIVE: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, errors of this thread are not reported.
#[derive(Debug)]
pub(crate) struct ReentrancyGuard(());

impl ReentrancyGuard {
    /// `None` if this thread already has a guard.
    pub(crate) fn enter() -> Option<Self> {
        // Not `then_some`: dropping an unused second guard would end the first one.
        (!ACTIVE.replace(true)).then(|| ReentrancyGuard(()))
    }

    /// Whether this thread has a guard.
    pub(crate) fn is_active() -> bool {
        ACTIVE.get()
    }
}

impl Drop for ReentrancyGuard {
    fn drop(&mut self) {
        ACTIVE.set(false);
    }
}

/// Ignores all further errors of this thread: for the threads of this crate.
pub(crate) fn ignore_this_thread() {
    ACTIVE.set(true);
}

/// Runs code that may call tracked functions, without reporting their errors.
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
