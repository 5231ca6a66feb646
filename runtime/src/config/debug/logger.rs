//! `logger`: the application's logger, which gets the lines instead of a file or stderr.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::options::DebugLevel;
use crate::base::guarded::guarded;
use crate::base::reentrancy::ignoring;

/// The application's logger, which takes the lines of the [debug mode](crate::debug).
///
/// Each line comes without its line break, and has the marker `[track_errors]` and its place in the source.
/// The logger adds time and level; with [`DebugLayout::Json`](crate::debug::DebugLayout) a line is an object
/// that has both.
///
/// Any thread may call it, also a thread whose function fails. Lines that it writes through
/// [`debug::log`](crate::debug::log), and errors of tracked functions that it calls, are ignored: they would
/// call it again. If it panics, this crate reports that once on stderr and never calls it again. That line
/// and all later ones go to stderr.
///
/// Source: Datadog, "Tracer Debug Logs", sections "Ruby" and "Node.js".
///
/// ```
/// use track_errors::debug::{DebugLogger, DebugOptions};
///
/// /// Sends lines to the `log` crate, with a target for filters.
/// struct ToLog;
/// # mod log { pub fn debug(_: &str, _: &str) {} pub fn error(_: &str, _: &str) {} }
///
/// impl DebugLogger for ToLog {
///     fn debug(&self, line: &str) {
///         log::debug("track_errors", line); // log::debug!(target: "track_errors", "{line}")
///     }
///
///     fn error(&self, line: &str) {
///         log::error("track_errors", line);
///     }
/// }
///
/// track_errors::builder().debug(DebugOptions::new().logger(ToLog)).init();
/// # track_errors::debug::reset_logger();
/// ```
pub trait DebugLogger: Send + Sync {
    /// A line of [`DebugLevel::Debug`].
    fn debug(&self, line: &str);

    /// A line of [`DebugLevel::Error`].
    fn error(&self, line: &str);

    /// A line of [`DebugLevel::Info`]. The default calls [`debug`](DebugLogger::debug).
    fn info(&self, line: &str) {
        self.debug(line);
    }

    /// A line of [`DebugLevel::Warn`]. The default calls [`error`](DebugLogger::error).
    fn warn(&self, line: &str) {
        self.error(line);
    }
}

/// A logger that several threads call.
#[derive(Clone)]
pub(crate) struct SharedLogger(Arc<Shared<dyn DebugLogger>>);

struct Shared<L: ?Sized> {
    has_panicked: AtomicBool,
    logger: L,
}

impl SharedLogger {
    pub(crate) fn new(logger: impl DebugLogger + 'static) -> Self {
        SharedLogger(Arc::new(Shared { has_panicked: AtomicBool::new(false), logger }))
    }

    pub(crate) fn has_panicked(&self) -> bool {
        self.0.has_panicked.load(Ordering::Relaxed)
    }

    /// Hands a line over, unless the logger has panicked. Returns whether it took the line. Calls `at_panic`
    /// at the first panic.
    pub(crate) fn write(&self, level: DebugLevel, line: &str, at_panic: impl FnOnce()) -> bool {
        let Shared { has_panicked, logger } = &*self.0;
        // Relaxed, as below: it may take effect a little later; the thread that sets it reports it.
        if has_panicked.load(Ordering::Relaxed) {
            return false;
        }
        let call = || match level {
            DebugLevel::Off => {}
            DebugLevel::Error => logger.error(line),
            DebugLevel::Warn => logger.warn(line),
            DebugLevel::Info => logger.info(line),
            DebugLevel::Debug => logger.debug(line),
        };
        let is_written = guarded(|| ignoring(call)).is_some();
        if !is_written && !has_panicked.swap(true, Ordering::Relaxed) {
            at_panic();
        }
        is_written
    }
}

impl fmt::Debug for SharedLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedLogger(..)")
    }
}
