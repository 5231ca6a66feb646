//! `fork`: the debug mode of a child process.
//!
//! The thread that forks holds the state, so that the child does not find it locked by a thread that it does
//! not have. The child makes a log of its own: the file of its parent's may be locked for ever.

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

/// Waits until no other thread holds the state, which is a matter of moments.
pub(crate) fn before_fork() {
    let state = state();
    let _: Result<(), _> = HELD.try_with(|held| held.set(Some(state)));
}

pub(crate) fn after_fork(in_child: bool) {
    let held = HELD.try_with(Cell::take).ok().flatten();
    if !in_child {
        return;
    }
    // A thread that forks while it ends has no place for the guard.
    if let Some(mut state) = held.or_else(|| try_lock(&STATE)) {
        // Leaked, as its locks may never open.
        mem::forget(state.log.take());
        // The parent reports its own.
        state.failures = Failures::new();
    }
    abandoned::in_child();
}
