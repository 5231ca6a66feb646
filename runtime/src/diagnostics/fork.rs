//! `fork`: the debug mode of a child process.
//!
//! The thread that forks holds the state. Otherwise a thread that does not exist in the child could have
//! locked it. The child opens its own log: the parent's log may stay locked for ever.

use std::mem;
use std::time::Instant;

use super::aggregate::Failures;
use super::state::{STATE, State, state_until};
use super::{abandoned, switch};
use crate::base::sync::MutexGuard;

/// The state, while a process forks.
#[derive(Debug, Default)]
pub(crate) struct Locked(Option<MutexGuard<'static, State>>);

/// Locks the state, unless that takes until then. Threads hold it for moments only.
pub(crate) fn before_fork(deadline: Instant) -> Locked {
    Locked(state_until(deadline))
}

impl Locked {
    /// Unlocks it in the child.
    pub(crate) fn in_child(self) {
        if let Some(mut state) = self.0 {
            // Leaked, because its locks may never open.
            mem::forget(state.log.take());
            // The parent reports its own failures.
            state.failures = Failures::default();
        } else {
            STATE.forget();
            switch::forget();
        }
        abandoned::in_child();
    }
}
