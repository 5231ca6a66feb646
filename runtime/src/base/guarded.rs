//! The user's code, which may panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a piece of the user's code; `None` if it panicked.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Dropping the payload would run the user's code again. The leak is small and rare.
            std::mem::forget(payload);
            None
        }
    }
}
