//! `options`: the debug mode's settings in code, and their values.

use std::path::PathBuf;
use std::time::Duration;

use super::logger::{DebugLogger, SharedLogger};
use crate::base::named::named;
use crate::config::Builder;

/// Settings of the [debug mode](crate::debug), for [`Builder::debug`].
///
/// All are optional. Missing settings come from the environment, else from a default.
///
/// ```
/// use std::time::Duration;
/// use track_errors::debug::{DebugLayout, DebugOptions};
///
/// let options = DebugOptions::new()
///     .enabled(true)
///     .layout(DebugLayout::Json)
///     .file("track_errors.log")
///     .file_size(1024 * 1024)
///     .abandoned(Duration::from_secs(60));
/// let builder = track_errors::builder().debug(options);
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "options do nothing until `Builder::debug` gets them"]
pub struct DebugOptions {
    pub(super) enabled: Option<bool>,
    pub(super) level: Option<DebugLevel>,
    pub(super) layout: Option<DebugLayout>,
    pub(super) logger: Option<SharedLogger>,
    pub(super) file: Option<PathBuf>,
    pub(super) file_size: Option<u64>,
    pub(super) directory: Option<PathBuf>,
    pub(super) retention_days: Option<u64>,
    pub(super) startup_logs: Option<bool>,
    pub(super) logging_rate: Option<Duration>,
    /// `Some(None)` is off, and overrides the variables.
    pub(super) abandoned: Option<Option<Duration>>,
}

impl DebugOptions {
    /// No setting at all.
    pub fn new() -> Self {
        DebugOptions::default()
    }

    /// Whether debug mode is on. Overrides `DD_TRACE_DEBUG`. Default: off.
    ///
    /// [`debug::set_enabled`](crate::debug::set_enabled) changes it later. Source: "Tracer Debug Logs",
    /// sections "Java" and "Go".
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// The level of lines while debug mode is off. Overrides `DD_TRACE_LOG_LEVEL`. Default:
    /// [`DebugLevel::Warn`], or [`DebugLevel::Info`] with [`abandoned`](DebugOptions::abandoned) calls.
    ///
    /// [`DebugLevel::Debug`] switches debug mode on, unless [`enabled`](DebugOptions::enabled) or
    /// `DD_TRACE_DEBUG` says otherwise. While debug mode is off, this level counts as [`DebugLevel::Info`].
    pub fn level(mut self, level: DebugLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// The shape of a line. Overrides `DD_TRACE_LOG_FORMAT`. Default: [`DebugLayout::Text`].
    pub fn layout(mut self, layout: DebugLayout) -> Self {
        self.layout = Some(layout);
        self
    }

    /// The application's own logger. It gets all lines, instead of the file or stderr.
    ///
    /// [`debug::set_logger`](crate::debug::set_logger) replaces it later. Source: "Tracer Debug Logs",
    /// sections "Ruby" and "Node.js".
    pub fn logger(mut self, logger: impl DebugLogger + 'static) -> Self {
        self.logger = Some(SharedLogger::new(logger));
        self
    }

    /// The file for all lines, opened for appending. Overrides `DD_TRACE_LOG_FILE`. Default: none, and lines
    /// go to stderr.
    ///
    /// A relative path is relative to the process's working directory at the first call of this crate. The
    /// directory must exist. Source: "Tracer Debug Logs", section "Python".
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The size of the file in bytes. Overrides `DD_TRACE_LOG_FILE_SIZE_BYTES`. Default: 15,728,640; 0 for no
    /// limit.
    ///
    /// A line that would bring the file to this size or more first renames the file to `<file>.1`, replacing
    /// the previous one, and begins a new file.
    pub fn file_size(mut self, bytes: u64) -> Self {
        self.file_size = Some(bytes);
        self
    }

    /// The directory for this process's file `track_errors-<process>-<pid>.log`. Overrides
    /// `DD_TRACE_LOG_DIRECTORY`; a named [`file`](DebugOptions::file) overrides the directory. Default: none.
    ///
    /// It must exist, else lines go to stderr. Source: "Tracer Debug Logs", section ".NET".
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// The age in days at which start-up deletes files of that name in that directory. Overrides
    /// `DD_TRACE_LOGFILE_RETENTION_DAYS`. Default: 31; 0 for never.
    pub fn retention_days(mut self, days: u64) -> Self {
        self.retention_days = Some(days);
        self
    }

    /// Whether debug mode writes the start-up line. Overrides `DD_TRACE_STARTUP_LOGS`. Default: yes.
    pub fn startup_logs(mut self, enabled: bool) -> Self {
        self.startup_logs = Some(enabled);
        self
    }

    /// The time between two lines about the same failure of this crate, such as a broken sink. The next line
    /// has the number of skipped ones. Overrides `DD_LOGGING_RATE` (seconds). Default: a minute; zero for a
    /// line each time.
    ///
    /// Source: "Tracer Debug Logs", section "Review debug logs", "Go".
    pub fn logging_rate(mut self, rate: Duration) -> Self {
        self.logging_rate = Some(rate);
        self
    }

    /// Reports tracked calls that are open for longer than this, and futures that are dropped before they
    /// finish. Overrides `DD_TRACE_DEBUG_ABANDONED_SPANS` and `DD_TRACE_ABANDONED_SPAN_TIMEOUT`. Default:
    /// off. Zero counts as one nanosecond; `None` is off, and overrides the variables.
    ///
    /// Source: "Tracer Debug Logs", section "Go", "Abandoned span logs".
    pub fn abandoned(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        let timeout = timeout.into();
        self.abandoned = Some(timeout.map(|timeout| timeout.max(Duration::from_nanos(1))));
        self
    }
}

/// Sets [`DebugOptions::enabled`] only.
impl From<bool> for DebugOptions {
    fn from(enabled: bool) -> Self {
        DebugOptions::new().enabled(enabled)
    }
}

impl Builder {
    /// Sets up the [debug mode](crate::debug), or only switches it on or off. Replaces the settings of an
    /// earlier call. Default: the environment's settings; see [`DebugOptions`].
    ///
    /// ```
    /// track_errors::builder().debug(false).init();
    /// assert!(!track_errors::debug::is_enabled());
    /// ```
    pub fn debug(mut self, options: impl Into<DebugOptions>) -> Self {
        self.debug = options.into();
        self
    }
}

/// How important a line of the [debug mode](crate::debug) is.
///
/// A level admits lines of itself and of more important levels.
///
/// ```
/// use track_errors::debug::DebugLevel;
///
/// assert!(DebugLevel::Error < DebugLevel::Debug);
/// assert_eq!("warning".parse(), Ok(DebugLevel::Warn));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum DebugLevel {
    /// No line at all. A line of this level is never written.
    Off,
    /// This crate cannot do its work: for example, a sink fails.
    Error,
    /// A setting cannot be used, or a sink cannot be opened. The default.
    #[default]
    Warn,
    /// Abandoned calls, and in debug mode the start-up line.
    Info,
    /// Debug mode: a line for each error and for each batch.
    Debug,
}

named!(DebugLevel parsed as "debug level" {
    Off = "off",
    Error = "error",
    Warn = "warn",
    Info = "info",
    Debug = "debug",
} or "warning" => Warn);

/// The shape of a line of the [debug mode](crate::debug).
///
/// `DD_TRACE_LOG_FORMAT` accepts the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DebugLayout {
    /// `2026-11-20 17:44:45,001 DEBUG [track_errors] [pipeline/writer.rs:128] - message`, in UTC. The
    /// default. Source: "Tracer Debug Logs", section "Review debug logs", "Python".
    #[default]
    Text,
    /// A JSON object with the keys `timestamp` (RFC 3339), `level`, `logger`, `file`, `line` and
    /// `message`.
    Json,
}

named!(DebugLayout parsed as "debug layout" {
    Text = "text",
    Json = "json",
});
