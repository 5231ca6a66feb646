//! Flushing: everything that was logged before is written.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::installed::installed;
use super::{Pipeline, process};
use crate::diagnostics::say;

/// Waits until every error that was logged before is written, and writes the counts of those that were not
/// logged.
///
/// Returns whether that was done within `timeout`. If not, nothing is lost: the worker goes on. A program
/// that ends in an ordinary way (`main` returns, `std::process::exit`, a panic) is flushed without this
/// call, for up to 2 seconds. Call it before something else reads the output, or before the program ends in
/// another way (`_exit`, `exec`). Errors that boundaries hold are not logged by it.
///
/// ```
/// use std::time::Duration;
///
/// assert!(track_errors::flush(Duration::from_secs(1)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    // A child that has not failed yet has nothing to flush, and no worker.
    if installed().is_none() {
        return true;
    }
    let start = Instant::now();
    let left = || timeout.saturating_sub(start.elapsed());
    let mut in_time = true;
    let mut pipelines: Vec<_> = Pipeline::all()
        .enumerate()
        .filter(|(age, pipeline)| *age == 0 || pipeline.has_unwritten())
        .collect();
    // From the oldest to the newest. One whose destination is away may take all the time.
    pipelines.sort_by_cached_key(|(age, pipeline)| (pipeline.is_away(), Reverse(*age)));
    for (_, pipeline) in pipelines {
        in_time &= pipeline.flush(left());
    }
    let how = if in_time { "done" } else { "not done" };
    say!(Debug, "flush: {how} after {} µs", start.elapsed().as_micros());
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
        flush(process::PATIENCE);
    }
}
