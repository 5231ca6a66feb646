//! `fork`: the debug mode of a child process.
//!
//! The thread that forks holds the state. Otherwise a thread that does not exist in the child could have
//! locked it. The child opens its own log: the parent's log may stay locked for ever.

use std::cell::Cell;
use std::mem;
use std::sync::MutexGuard;

use super::abandoned;
use super::aggregate::Failures;
use super::state::{STATE, State, state};
use crate::base::lock::try_lock;

thread_local! {
    static HELD: Cell<Option<MutexGuard<'static, State>>> = const { Cell::new(None) };
}

/// Waits until no other thread holds the state. They hold it for moments only.
pub(crate) fn before_fork() {
    let state = state();
    let _: Result<(), _> = HELD.try_with(|held| held.set(Some(state)));
}

pub(crate) fn after_fork(in_child: bool) {
    let held = HELD.try_with(Cell::take).ok().flatten();
    if !in_child {
        return;
    }
    // A thread that forks during its exit has no place for the guard.
    if let Some(mut state) = held.or_else(|| try_lock(&STATE)) {
        // Leaked, because its locks may never open.
        mem::forget(state.log.take());
        // The parent reports its own failures.
        state.failures = Failures::new();
    }
    abandoned::in_child();
}
