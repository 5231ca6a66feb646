//! Functions whose attempts fail, for tests of boundaries.

#![allow(dead_code, reason = "each test program uses a part")]

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use track_errors::track_errors;

#[track_errors(service = "store", fields(attempt))]
pub(crate) fn store(attempt: i64) -> io::Result<()> {
    Err(io::Error::other(format!("attempt number {attempt} was refused")))
}

/// Succeeds at attempt `last`.
#[track_errors(service = "store", fields(attempt))]
pub(crate) fn store_at_last(attempt: i64, last: i64) -> io::Result<()> {
    if attempt < last { store(attempt) } else { Ok(()) }
}

/// Runs `f`, which must panic.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "it panics");
}

/// The same functions for async code.
pub(crate) mod later {
    use std::io;

    use tokio::task::yield_now;
    use track_errors::track_errors;

    #[track_errors(service = "store", fields(attempt))]
    pub(crate) async fn store(attempt: i64) -> io::Result<()> {
        yield_now().await;
        Err(io::Error::other(format!("attempt number {attempt} was refused")))
    }
}
