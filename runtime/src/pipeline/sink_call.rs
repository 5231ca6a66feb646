//! Calls of a sink, which may be a user's, may block, and may panic.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::guarded::guarded;
use crate::base::reentrancy::ignoring;
use crate::output::sink::Problem;

/// When the call of a sink that is running began, in milliseconds of the system's clock; 0 without one.
/// (`Instant` has no number, and a base for it would need a lock, which a fork may leave taken.)
static IN_SINK_SINCE: AtomicU64 = AtomicU64::new(0);

/// No sink is running in a forked child.
#[cfg(unix)]
pub(super) fn in_child() {
    IN_SINK_SINCE.store(0, Ordering::Relaxed);
}

/// Milliseconds since 1970, and at least 1.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// How long the running call of a sink has lasted; `None` without one. A hint, as the clock may be set.
pub(super) fn in_sink_for() -> Option<Duration> {
    match IN_SINK_SINCE.load(Ordering::Relaxed) {
        0 => None,
        since => Some(Duration::from_millis(now().saturating_sub(since))),
    }
}

/// Calls a sink. It may call tracked functions, whose errors must not come to it again.
pub(super) fn in_sink<T>(f: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    /// Ends with the call, also by a panic.
    struct InSink;
    impl Drop for InSink {
        fn drop(&mut self) {
            IN_SINK_SINCE.store(0, Ordering::Relaxed);
        }
    }
    IN_SINK_SINCE.store(now(), Ordering::Relaxed);
    let _in_sink = InSink;
    guarded(|| ignoring(f)).unwrap_or_else(|| Err(io::Error::other(Panicked)))
}

/// Why a sink failed, without its own text, which may hold parts of the batch. In debug mode the line of the
/// batch has that text.
pub(super) struct Reason<'a>(pub(super) &'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `NotConnected` wraps.
        let inner = self.0.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
        let error = inner.unwrap_or(self.0);
        match error.raw_os_error() {
            Some(code) => write!(f, "{}", io::Error::from_raw_os_error(code)),
            None if is_panic(error) => write!(f, "{Panicked}"),
            None => match error.get_ref().and_then(|inner| inner.downcast_ref::<Problem>()) {
                Some(problem) => write!(f, "{problem}"),
                None => write!(f, "{}", error.kind()),
            },
        }
    }
}

/// The error of a sink that panicked.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sink panicked")
    }
}

impl std::error::Error for Panicked {}

pub(super) fn is_panic(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Panicked>)
}
