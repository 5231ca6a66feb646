//! Keeps a thread from reporting errors while it reports one: `Display` and `Debug` of an error, and a
//! sink, may call tracked functions, which would never end.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<bool> = const { Cell::new(false) };
}

/// Until it is dropped, errors of this thread are not reported.
#[derive(Debug)]
pub(crate) struct ReentrancyGuard(());

impl ReentrancyGuard {
    /// `None` if this thread has one already.
    pub(crate) fn enter() -> Option<Self> {
        // Not `then_some`: dropping an unused second guard would end the first one.
        (!ACTIVE.replace(true)).then(|| ReentrancyGuard(()))
    }

    /// Whether this thread has one.
    pub(crate) fn is_active() -> bool {
        ACTIVE.get()
    }
}

impl Drop for ReentrancyGuard {
    fn drop(&mut self) {
        ACTIVE.set(false);
    }
}

/// From now on errors of this thread are not reported: for the thread that writes them.
pub(crate) fn ignore_this_thread() {
    ACTIVE.set(true);
}

/// Runs code that may call tracked functions, and does not report their errors.
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
