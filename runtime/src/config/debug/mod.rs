//! `debug`: the settings of the debug mode, from [`DebugOptions`], the environment and `datadog.json`.
//!
//! Source: Datadog, "Tracer Debug Logs"; each setter names the section.

mod logger;
mod options;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use logger::DebugLogger;
pub(crate) use logger::SharedLogger;
pub use options::{DebugLayout, DebugLevel, DebugOptions};

use super::Output;
use super::env;
use super::precedence::Settings;
use crate::base::once_box::OnceBox;

const FILE_SIZE: u64 = 15_728_640;
const RETENTION_DAYS: u64 = 31;
const ABANDONED: Duration = Duration::from_secs(10 * 60);

/// The resolved settings of the debug mode.
#[derive(Debug, Clone)]
pub(crate) struct DebugConfig {
    pub(crate) enabled: bool,
    /// The setting that decided `enabled`, as named in the start-up line.
    pub(crate) decided_by: &'static str,
    /// The level of lines while debug mode is off; never [`DebugLevel::Debug`].
    pub(crate) level: DebugLevel,
    pub(crate) layout: DebugLayout,
    /// The application's logger.
    pub(crate) logger: Option<SharedLogger>,
    pub(crate) destination: Destination,
    pub(crate) startup_logs: bool,
    /// The time between two lines about the same failure; zero for a line each time.
    pub(crate) logging_rate: Duration,
    /// How long a tracked call may be open; `None` if calls are not followed.
    pub(crate) abandoned: Option<Duration>,
}

/// Where lines go, unless the application has a logger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Standard error: no setting names a place.
    Console,
    /// A standard stream that a setting names as a file. It may be a pipe, which cannot be opened again.
    Stream(Output),
    /// A file with rotation at this size in bytes; 0 for never.
    File { path: PathBuf, size: u64 },
    /// A file of this process in a directory. Older files are deleted at an age in days; 0 for never.
    Directory { path: PathBuf, size: u64, retention_days: u64 },
}

impl DebugConfig {
    /// The time between two lines about the same failure, by default.
    pub(crate) const LOGGING_RATE: Duration = Duration::from_secs(60);
    /// Code decided whether debug mode is on.
    pub(crate) const BUILDER: &str = "Builder::debug";
}

impl Default for DebugConfig {
    fn default() -> Self {
        let settings = &mut Settings { lookup: &|_| None, rejected: &mut Vec::new() };
        DebugOptions::new().resolve(settings)
    }
}

impl DebugOptions {
    /// Reads the whole environment too: a wrong value is reported even if it has no effect.
    pub(super) fn resolve(self, settings: &mut Settings<'_>) -> DebugConfig {
        let built = self.enabled.unwrap_or(false);
        let by_variable = settings.read("DD_TRACE_DEBUG", env::switch, None, built);
        let default = self.level.unwrap_or_default();
        let level = settings.read("DD_TRACE_LOG_LEVEL", env::setting, self.level, default);
        let is_debug = level == Some(DebugLevel::Debug);
        let (enabled, decided_by) = match (self.enabled, by_variable) {
            (Some(enabled), _) => (enabled, DebugConfig::BUILDER),
            (None, Some(enabled)) => (enabled, "DD_TRACE_DEBUG"),
            (None, None) if is_debug && self.level.is_some() => (true, "DebugOptions::level"),
            (None, None) if is_debug => (true, "DD_TRACE_LOG_LEVEL"),
            (None, None) => (false, "default"),
        };

        let layout = settings.setting("DD_TRACE_LOG_FORMAT", self.layout);
        let mut path = |name, built: Option<PathBuf>| {
            let instead = built.as_ref().map_or("stderr".into(), |path| path.to_string_lossy());
            let instead = instead.into_owned();
            settings.read(name, env::path, built, instead).map(at_start)
        };
        let file = path("DD_TRACE_LOG_FILE", self.file);
        let directory = path("DD_TRACE_LOG_DIRECTORY", self.directory);
        let mut whole = |name, built, default| settings.read_or(name, env::whole, built, default);
        let size = whole("DD_TRACE_LOG_FILE_SIZE_BYTES", self.file_size, FILE_SIZE);
        let retention_days =
            whole("DD_TRACE_LOGFILE_RETENTION_DAYS", self.retention_days, RETENTION_DAYS);
        let destination = match (file, directory) {
            (Some(path), _) => match Output::at_path(path) {
                Output::File(path) => Destination::File { path, size },
                stream => Destination::Stream(stream),
            },
            (None, Some(path)) => Destination::Directory { path, size, retention_days },
            (None, None) => Destination::Console,
        };

        let startup_logs =
            settings.read_or("DD_TRACE_STARTUP_LOGS", env::switch, self.startup_logs, true);
        let rate = self.logging_rate.unwrap_or(DebugConfig::LOGGING_RATE);
        let seconds = settings.read("DD_LOGGING_RATE", env::whole, None, rate.as_secs());
        let logging_rate = self.logging_rate.or(seconds.map(Duration::from_secs)).unwrap_or(rate);

        let built = self.abandoned.map(|timeout| timeout.is_some());
        let follows = settings.read_or("DD_TRACE_DEBUG_ABANDONED_SPANS", env::switch, built, false);
        let built = self.abandoned.flatten();
        let instead = humantime::format_duration(built.unwrap_or(ABANDONED));
        let timeout =
            settings.read("DD_TRACE_ABANDONED_SPAN_TIMEOUT", env::duration, built, instead);
        let default_level = if follows { DebugLevel::Info } else { DebugLevel::default() };
        DebugConfig {
            enabled,
            decided_by,
            // Else "off" would mean "on".
            level: level.unwrap_or(default_level).min(DebugLevel::Info),
            layout,
            logger: self.logger,
            destination,
            startup_logs,
            logging_rate,
            abandoned: follows.then(|| timeout.unwrap_or(ABANDONED)),
        }
    }
}

/// The process's working directory at the first call of this crate.
pub(super) fn start_directory() -> Option<&'static Path> {
    static START: OnceBox<Option<PathBuf>> = OnceBox::new();
    START.get_or_init(|| std::env::current_dir().ok()).as_deref()
}

/// The path, relative to the working directory of the start.
pub(super) fn at_start(path: PathBuf) -> PathBuf {
    match start_directory() {
        Some(start) if path.is_relative() => start.join(path),
        _ => path,
    }
}

#[cfg(test)]
mod tests;
