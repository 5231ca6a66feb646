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
        // Made only if it is handed out: dropping it ends the other one.
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
    fn a_guard_lasts_until_it_is_dropped_however_often_another_one_is_refused() {
        let guard = ReentrancyGuard::enter().expect("the first");
        assert!(ReentrancyGuard::enter().is_none());
        assert!(ReentrancyGuard::enter().is_none());
        ignoring(|| assert!(ReentrancyGuard::is_active()));
        assert!(ReentrancyGuard::is_active());
        drop(guard);
        assert!(!ReentrancyGuard::is_active());
    }
}
