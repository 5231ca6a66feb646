//! `debug`: the settings of the debug mode, from the builder, the environment and `datadog.json`.
//!
//! Source: Datadog, "Tracer Debug Logs"; each setter names the section.

mod logger;
mod words;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub use logger::DebugLogger;
pub(crate) use logger::{Handed, SharedLogger};
pub use words::{DebugLayout, DebugLevel};

use super::builder::Builder;
use super::env;
use super::resolve::Settings;

/// The resolved settings of the debug mode.
#[derive(Debug, Clone)]
pub(crate) struct DebugConfig {
    pub(crate) enabled: bool,
    /// Who decided that.
    pub(crate) decided_by: DecidedBy,
    /// What is written while debug mode is off; never everything.
    pub(crate) level: Option<DebugLevel>,
    pub(crate) layout: DebugLayout,
    /// A logger of the application's.
    pub(crate) logger: Option<SharedLogger>,
    pub(crate) destination: Destination,
    /// Bytes at which the file is rotated; 0 for never.
    pub(crate) file_size: u64,
    /// Age in days at which files in the directory are deleted; 0 for never.
    pub(crate) retention_days: u64,
    pub(crate) startup_logs: bool,
    /// How often the same failure is written; zero for each time.
    pub(crate) logging_rate: Duration,
    /// How long a tracked call may be open.
    pub(crate) abandoned: Option<Duration>,
}

/// Who said whether debug mode is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecidedBy {
    Builder,
    /// `DD_TRACE_DEBUG`, as a variable or in `datadog.json`.
    Variable,
    /// Neither of them; the level that was asked for is that of debug mode.
    Level,
    Default,
}

/// Where lines go, if the application has no logger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Standard error.
    Console,
    /// This file, which is rotated.
    File(PathBuf),
    /// A file of this process in this directory.
    Directory(PathBuf),
}

/// What the builder says.
#[derive(Debug, Clone, Default)]
pub(super) struct DebugSettings {
    enabled: Option<bool>,
    level: Option<DebugLevel>,
    layout: Option<DebugLayout>,
    logger: Option<SharedLogger>,
    file: Option<PathBuf>,
    file_size: Option<u64>,
    directory: Option<PathBuf>,
    retention_days: Option<u64>,
    startup_logs: Option<bool>,
    logging_rate: Option<Duration>,
    abandoned: Option<Option<Duration>>,
}

/// The settings of the [debug mode](crate::debug).
impl Builder {
    /// Whether debug mode is on. Before `DD_TRACE_DEBUG`. Default: off.
    ///
    /// Later, [`debug::set_enabled`](crate::debug::set_enabled) does the same at any moment. Source:
    /// "Tracer Debug Logs", sections "Java" and "Go".
    ///
    /// ```
    /// track_errors::builder().debug(false).init();
    /// assert!(!track_errors::debug::is_enabled());
    /// ```
    pub fn debug(mut self, enabled: bool) -> Self {
        self.debug.enabled = Some(enabled);
        self
    }

    /// What is written while debug mode is off. Before `DD_TRACE_LOG_LEVEL`. Default:
    /// [`DebugLevel::Warn`], or [`DebugLevel::Info`] if abandoned calls are looked for.
    ///
    /// [`DebugLevel::Debug`] is debug mode itself: it switches it on where neither
    /// [`debug`](Builder::debug) nor `DD_TRACE_DEBUG` says whether it is on. Where it is off, or
    /// switched off later, this level counts as [`DebugLevel::Info`].
    pub fn debug_level(mut self, level: DebugLevel) -> Self {
        self.debug.level = Some(level);
        self
    }

    /// The shape of a line of the debug mode. Before `DD_TRACE_LOG_FORMAT`. Default:
    /// [`DebugLayout::Text`].
    pub fn debug_layout(mut self, layout: DebugLayout) -> Self {
        self.debug.layout = Some(layout);
        self
    }

    /// A logger of the application's own, to which all lines go instead of a file or stderr.
    ///
    /// Source: "Tracer Debug Logs", sections "Ruby" and "Node.js".
    pub fn debug_logger(mut self, logger: impl DebugLogger + 'static) -> Self {
        self.debug.logger = Some(SharedLogger::new(logger));
        self
    }

    /// The file that all lines of the debug mode are appended to. Before `DD_TRACE_LOG_FILE`.
    /// Default: none, and they go to stderr.
    ///
    /// A relative path is relative to the working directory that the process had when this crate
    /// was first called. The directory has to exist. Source: "Tracer Debug Logs", section "Python".
    pub fn debug_log_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.debug.file = Some(path.into());
        self
    }

    /// The size in bytes at which the file is renamed to `<file>.1`, in place of the one before,
    /// and a new one is begun. Before `DD_TRACE_LOG_FILE_SIZE_BYTES`. Default: 15,728,640; 0 for
    /// never.
    pub fn debug_log_file_size(mut self, bytes: u64) -> Self {
        self.debug.file_size = Some(bytes);
        self
    }

    /// The directory in which this process writes a file `track_errors-<process>-<pid>.log`. Before
    /// `DD_TRACE_LOG_DIRECTORY`; a file that is named stands before the directory. Default: none.
    ///
    /// It has to exist, else the lines go to stderr. Source: "Tracer Debug Logs", section ".NET".
    pub fn debug_log_directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.debug.directory = Some(path.into());
        self
    }

    /// Files of that name in that directory which are so many days old, or older, are deleted on
    /// start-up. Before `DD_TRACE_LOGFILE_RETENTION_DAYS`. Default: 31; 0 for never.
    pub fn debug_log_retention_days(mut self, days: u64) -> Self {
        self.debug.retention_days = Some(days);
        self
    }

    /// Whether the start-up line is written in debug mode. Before `DD_TRACE_STARTUP_LOGS`. Default:
    /// yes.
    pub fn debug_startup_logs(mut self, enabled: bool) -> Self {
        self.debug.startup_logs = Some(enabled);
        self
    }

    /// How often the same failure of this crate's own (a sink that does not work) is written; the
    /// next line says how many were skipped. Before `DD_LOGGING_RATE` (seconds). Default: once a
    /// minute; zero for each.
    ///
    /// Source: "Tracer Debug Logs", section "Review debug logs", "Go".
    pub fn debug_logging_rate(mut self, rate: Duration) -> Self {
        self.debug.logging_rate = Some(rate);
        self
    }

    /// Reports tracked calls that are open for longer than this, and futures that are dropped before
    /// they have finished. Before `DD_TRACE_DEBUG_ABANDONED_SPANS` and
    /// `DD_TRACE_ABANDONED_SPAN_TIMEOUT`. Default: off; zero counts as one nanosecond, and `None` is off
    /// whatever the variables say.
    ///
    /// Source: "Tracer Debug Logs", section "Go", "Abandoned span logs".
    pub fn debug_abandoned(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        let timeout = timeout.into();
        self.debug.abandoned = Some(timeout.map(|timeout| timeout.max(Duration::from_nanos(1))));
        self
    }
}

/// The size of `DD_TRACE_LOG_FILE_SIZE_BYTES`, if nobody says another: 15 MiB.
const FILE_SIZE: u64 = 15_728_640;
const RETENTION_DAYS: u64 = 31;
const LOGGING_RATE: Duration = DebugConfig::LOGGING_RATE;
const ABANDONED: Duration = Duration::from_secs(10 * 60);

impl DebugSettings {
    /// Together with the environment, which is read in full, so that wrong values are always said.
    pub(super) fn resolve(self, settings: &mut Settings<'_>) -> DebugConfig {
        let found =
            settings.read("DD_TRACE_DEBUG", env::switch, None, used(&self.enabled, "false"));
        let level = settings.read("DD_TRACE_LOG_LEVEL", env::setting, self.level, "warn");
        let layout = settings.setting("DD_TRACE_LOG_FORMAT", self.layout);
        let shown = |path: &Option<PathBuf>| match path {
            Some(path) => path.display().to_string(),
            None => "stderr".to_owned(),
        };
        let instead = shown(&self.file);
        let file = settings.read("DD_TRACE_LOG_FILE", env::path, self.file, instead);
        let file_size = settings.read(
            "DD_TRACE_LOG_FILE_SIZE_BYTES",
            env::whole,
            self.file_size,
            used(&self.file_size, FILE_SIZE),
        );
        let instead = shown(&self.directory);
        let directory = settings.read("DD_TRACE_LOG_DIRECTORY", env::path, self.directory, instead);
        let retention_days = settings.read(
            "DD_TRACE_LOGFILE_RETENTION_DAYS",
            env::whole,
            self.retention_days,
            used(&self.retention_days, RETENTION_DAYS),
        );
        let startup_logs = settings.read(
            "DD_TRACE_STARTUP_LOGS",
            env::switch,
            self.startup_logs,
            used(&self.startup_logs, true),
        );
        let rate = self.logging_rate.map(|rate| rate.as_secs());
        let found_rate =
            settings.read("DD_LOGGING_RATE", env::whole, None, used(&rate, LOGGING_RATE.as_secs()));
        let built = self.abandoned.flatten();
        let is_followed = built.is_some();
        let follows = settings.read(
            "DD_TRACE_DEBUG_ABANDONED_SPANS",
            env::switch,
            None,
            is_followed.to_string(),
        );
        let timeout = settings.read(
            "DD_TRACE_ABANDONED_SPAN_TIMEOUT",
            env::duration,
            None,
            humantime::format_duration(built.unwrap_or(ABANDONED)).to_string(),
        );
        let abandoned = follows.unwrap_or(false).then(|| timeout.unwrap_or(ABANDONED));
        let is_debug = level == Some(DebugLevel::Debug);
        DebugConfig {
            enabled: self.enabled.or(found).unwrap_or(is_debug),
            decided_by: match (self.enabled, found) {
                (Some(_), _) => DecidedBy::Builder,
                (None, Some(_)) => DecidedBy::Variable,
                (None, None) if is_debug => DecidedBy::Level,
                (None, None) => DecidedBy::Default,
            },
            // Else off would mean on.
            level: level.map(|level| level.min(DebugLevel::Info)),
            layout,
            logger: self.logger,
            destination: match (file, directory) {
                (Some(file), _) => Destination::File(at_start(file)),
                (None, Some(directory)) => Destination::Directory(at_start(directory)),
                (None, None) => Destination::Console,
            },
            file_size: file_size.unwrap_or(FILE_SIZE),
            retention_days: retention_days.unwrap_or(RETENTION_DAYS),
            startup_logs: startup_logs.unwrap_or(true),
            logging_rate: self
                .logging_rate
                .or(found_rate.map(Duration::from_secs))
                .unwrap_or(LOGGING_RATE),
            abandoned: self.abandoned.unwrap_or(abandoned),
        }
    }
}

/// What a wrong variable is replaced by, in words.
fn used<T: ToString>(built: &Option<T>, default: impl ToString) -> String {
    built.as_ref().map_or_else(|| default.to_string(), ToString::to_string)
}

/// The working directory of the process when this crate was first called.
pub(super) fn start_directory() -> Option<&'static Path> {
    static START: OnceLock<Option<PathBuf>> = OnceLock::new();
    START.get_or_init(|| std::env::current_dir().ok()).as_deref()
}

/// The path, seen from the working directory of the start.
fn at_start(path: PathBuf) -> PathBuf {
    match start_directory() {
        Some(start) if path.is_relative() => start.join(path),
        _ => path,
    }
}

impl DebugConfig {
    /// How often the same failure is written, if nobody says how often.
    pub(crate) const LOGGING_RATE: Duration = Duration::from_secs(60);
}

impl Default for DebugConfig {
    fn default() -> Self {
        let settings = &mut Settings { lookup: &|_| None, rejected: &mut Vec::new() };
        DebugSettings::default().resolve(settings)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn resolve(builder: Builder, variables: &[(&str, &str)]) -> (DebugConfig, Vec<String>) {
        let (config, diagnostics) = builder.resolve(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        (config.debug, diagnostics.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn off_by_default() {
        let (config, said) = resolve(Builder::new(), &[]);
        assert_eq!(said, [""; 0]);
        assert!(!config.enabled && config.startup_logs && config.abandoned.is_none());
        assert_eq!(config.decided_by, DecidedBy::Default);
        assert_eq!(config.destination, Destination::Console);
        assert_eq!((config.file_size, config.retention_days), (15_728_640, 31));
        assert_eq!((config.logging_rate, config.layout), (LOGGING_RATE, DebugLayout::Text));
    }

    #[test]
    fn the_level_debug_switches_it_on_unless_somebody_says_off() {
        let variable = ("DD_TRACE_LOG_LEVEL", "debug");
        for builder in [Builder::new(), Builder::new().debug_level(DebugLevel::Debug)] {
            let (config, _) = resolve(builder, &[variable]);
            assert_eq!((config.enabled, config.decided_by), (true, DecidedBy::Level));
            assert_eq!(config.level, Some(DebugLevel::Info), "once it is switched off");
        }
        let off_by_variable = resolve(Builder::new(), &[variable, ("DD_TRACE_DEBUG", "false")]).0;
        let off_by_builder = resolve(Builder::new().debug(false), &[variable]).0;
        for config in [off_by_variable, off_by_builder] {
            assert!(!config.enabled);
            assert_eq!(config.level, Some(DebugLevel::Info));
        }
    }

    #[test]
    fn abandoned_calls_can_be_switched_off_in_code() {
        let variable = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
        assert_eq!(resolve(Builder::new(), &[variable]).0.abandoned, Some(ABANDONED));
        let off = Builder::new().debug_abandoned(None);
        assert_eq!(resolve(off, &[variable]).0.abandoned, None);
    }

    #[test]
    fn the_environment_sets_everything() {
        let (config, said) = resolve(
            Builder::new(),
            &[
                ("DD_TRACE_DEBUG", "1"),
                ("DD_TRACE_LOG_LEVEL", "ERROR"),
                ("DD_TRACE_LOG_FORMAT", "json"),
                ("DD_TRACE_LOG_FILE", "/var/log/a.log"),
                ("DD_TRACE_LOG_FILE_SIZE_BYTES", "1000"),
                ("DD_TRACE_LOG_DIRECTORY", "/var/log"),
                ("DD_TRACE_LOGFILE_RETENTION_DAYS", "7"),
                ("DD_TRACE_STARTUP_LOGS", "false"),
                ("DD_LOGGING_RATE", "0"),
                ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true"),
                ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "1h30m"),
            ],
        );
        assert_eq!(said, [""; 0]);
        assert!(config.enabled && !config.startup_logs);
        assert_eq!(config.decided_by, DecidedBy::Variable);
        assert_eq!((config.level, config.layout), (Some(DebugLevel::Error), DebugLayout::Json));
        assert_eq!(config.destination, Destination::File("/var/log/a.log".into()));
        assert_eq!((config.file_size, config.retention_days), (1000, 7));
        assert_eq!(config.logging_rate, Duration::ZERO);
        assert_eq!(config.abandoned, Some(Duration::from_secs(5400)));
    }

    #[test]
    fn the_builder_goes_before_the_environment() {
        let (config, said) = resolve(
            Builder::new()
                .debug(false)
                .debug_level(DebugLevel::Off)
                .debug_layout(DebugLayout::Text)
                .debug_log_file("/built")
                .debug_log_file_size(1)
                .debug_log_retention_days(2)
                .debug_startup_logs(true)
                .debug_logging_rate(Duration::from_millis(3))
                .debug_abandoned(Duration::from_secs(4)),
            &[
                ("DD_TRACE_DEBUG", "true"),
                ("DD_TRACE_LOG_LEVEL", "info"),
                ("DD_TRACE_LOG_FORMAT", "json"),
                ("DD_TRACE_LOG_FILE", "/environment"),
                ("DD_TRACE_LOG_FILE_SIZE_BYTES", "10"),
                ("DD_TRACE_LOGFILE_RETENTION_DAYS", "20"),
                ("DD_TRACE_STARTUP_LOGS", "false"),
                ("DD_LOGGING_RATE", "30"),
                ("DD_TRACE_DEBUG_ABANDONED_SPANS", "false"),
                ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "40s"),
            ],
        );
        assert_eq!(said, [""; 0]);
        assert!(!config.enabled && config.startup_logs);
        assert_eq!(config.decided_by, DecidedBy::Builder);
        assert_eq!((config.level, config.layout), (Some(DebugLevel::Off), DebugLayout::Text));
        assert_eq!(config.destination, Destination::File("/built".into()));
        assert_eq!((config.file_size, config.retention_days), (1, 2));
        assert_eq!(config.logging_rate, Duration::from_millis(3));
        assert_eq!(config.abandoned, Some(Duration::from_secs(4)));
    }

    #[test]
    fn every_wrong_value_is_said_and_the_default_used() {
        let (config, said) = resolve(
            Builder::new(),
            &[
                ("DD_TRACE_DEBUG", "maybe"),
                ("DD_TRACE_LOG_LEVEL", "loud"),
                ("DD_TRACE_LOG_FORMAT", "xml"),
                ("DD_TRACE_LOG_FILE_SIZE_BYTES", "15MB"),
                ("DD_TRACE_LOGFILE_RETENTION_DAYS", "-1"),
                ("DD_TRACE_STARTUP_LOGS", "2"),
                ("DD_LOGGING_RATE", "1m"),
                ("DD_TRACE_DEBUG_ABANDONED_SPANS", "10m"),
                ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "10 minutes"),
            ],
        );
        assert_eq!(
            said,
            [
                "DD_TRACE_DEBUG is \"maybe\", which is not a boolean: expected true, 1, yes or t, \
                 or false, 0, no or f; using false",
                "DD_TRACE_LOG_LEVEL is \"loud\", which is not a debug level: expected one of off, \
                 error, warn, info, debug; using warn",
                "DD_TRACE_LOG_FORMAT is \"xml\", which is not a debug layout: expected one of \
                 text, json; using text",
                "DD_TRACE_LOG_FILE_SIZE_BYTES is \"15MB\", which is not a whole number: expected a \
                 whole number from 0; using 15728640",
                "DD_TRACE_LOGFILE_RETENTION_DAYS is \"-1\", which is not a whole number: expected \
                 a whole number from 0; using 31",
                "DD_TRACE_STARTUP_LOGS is \"2\", which is not a boolean: expected true, 1, yes or \
                 t, or false, 0, no or f; using true",
                "DD_LOGGING_RATE is \"1m\", which is not a whole number: expected a whole number \
                 from 0; using 60",
                "DD_TRACE_DEBUG_ABANDONED_SPANS is \"10m\", which is not a boolean: expected true, \
                 1, yes or t, or false, 0, no or f; using false",
                "DD_TRACE_ABANDONED_SPAN_TIMEOUT is \"10 minutes\", which is not a duration: \
                 expected a duration longer than 0 such as 1h30m, 90s or 500ms; using 10m",
            ]
        );
        assert!(!config.enabled && config.startup_logs && config.abandoned.is_none());
    }

    #[test]
    fn a_relative_path_is_made_absolute_and_a_named_file_stands_before_a_directory() {
        let builder = Builder::new().debug_log_directory("/var/log");
        let (config, _) = resolve(builder, &[("DD_TRACE_LOG_FILE", "a.log")]);
        let Destination::File(path) = config.destination else { panic!("a file") };
        assert!(path.is_absolute() && path.ends_with("a.log"), "{}", path.display());
    }

    #[test]
    fn words_of_datadogs_other_libraries_are_booleans_too() {
        for (text, expected) in [
            ("true", true),
            ("TRUE", true),
            ("1", true),
            ("t", true),
            ("yes", true),
            ("false", false),
            ("0", false),
            ("F", false),
            ("no", false),
        ] {
            let (config, said) = resolve(Builder::new(), &[("DD_TRACE_DEBUG", text)]);
            assert_eq!((config.enabled, said.len()), (expected, 0), "{text}");
        }
    }
}
