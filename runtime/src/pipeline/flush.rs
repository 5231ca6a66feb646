//! Flushing: everything that was logged before is written.

use std::time::{Duration, Instant};

use super::installed::installed;
use super::shutdown;
use crate::diagnostics;

/// Waits until everything that was logged before is written, and what was held back is said.
///
/// Returns whether that was done within `timeout`. Nothing is lost if it was not: the worker goes
/// on. A program that ends in an ordinary way (`main` returns, `std::process::exit`, a panic) is
/// flushed by itself, with a timeout of 2 seconds; this is for the moment before something else
/// reads the output, or ends the program in another way. What boundaries hold is not logged by this.
///
/// ```
/// use std::time::Duration;
///
/// assert!(track_errors::flush(Duration::from_secs(1)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    // A child that has not failed yet has nothing of its own, and not the parent's thread.
    if shutdown::is_forked() {
        return true;
    }
    let Some(pipeline) = installed() else { return true };
    let start = Instant::now();
    let in_time = pipeline.flush(timeout);
    if diagnostics::is_on() {
        let how = if in_time { "done" } else { "not done" };
        diagnostics::debug(&format_args!("flush: {how} after {} µs", start.elapsed().as_micros()));
    }
    in_time
}

/// Flushes when it is dropped, for at most 2 seconds; see [`flush`].
///
/// ```
/// let _flush = track_errors::flush_guard();
/// // … the program …
/// ```
#[derive(Debug)]
#[must_use = "dropping the guard flushes: bind it to a name that lives to the end of the scope"]
pub struct FlushGuard(());

/// Makes a [`FlushGuard`].
pub fn flush_guard() -> FlushGuard {
    FlushGuard(())
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        flush(shutdown::PATIENCE);
    }
}
