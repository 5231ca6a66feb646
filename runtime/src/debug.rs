//! Debug mode: what this crate reports about itself, apart from the error logs.
//!
//! It tells why an error does or does not show up. It is off by default; then only warnings are written (a
//! setting that cannot be used, a sink that fails), on stderr. `DD_TRACE_DEBUG=true`,
//! [`Builder::debug`](crate::Builder::debug) or, at any moment, [`set_enabled`] switches it on. Then there is a
//! line for the settings that the crate starts with, for each error that leaves a tracked function, and for
//! each batch that reaches a sink or does not.
//!
//! The [guide](crate::guide::debug_mode) has an example of each line.
//!
//! Lines go to the file of `DD_TRACE_LOG_FILE`, to a file in the directory of `DD_TRACE_LOG_DIRECTORY`, or to a
//! [logger](DebugLogger) of the application's; else to stderr. They hold no message of an error and no value
//! of a field; the keys in `DD_API_KEY` and `DD_APP_KEY` and credentials in URLs are masked, and control characters are escaped. The
//! global logger of `log` or of `tracing` is never touched.
//!
//! Source: Datadog, "Tracer Debug Logs".

use std::fmt::Display;
use std::panic::Location;

pub use crate::config::{DebugLayout, DebugLevel, DebugLogger, DebugOptions};

use crate::config::SharedLogger;
use crate::{diagnostics, pipeline};

/// Whether debug mode is on.
///
/// ```
/// assert!(!track_errors::debug::is_enabled());
/// ```
#[must_use]
pub fn is_enabled() -> bool {
    level() == DebugLevel::Debug
}

/// Switches debug mode on or off, at any moment and from any thread, without a variable.
///
/// Its other settings (file, layout) are those of the environment until [`Builder::init`](crate::Builder::init)
/// installs others. The switch holds until the next call, or until settings are installed in which
/// [`Builder::debug`](crate::Builder::debug) says whether debug mode is on.
///
/// Source: Datadog, "Tracer Debug Logs", sections "Python", "Scenario 5", and ".NET"
/// (`GlobalSettings.SetDebugEnabled`).
///
/// ```
/// use track_errors::debug;
///
/// debug::set_enabled(true);
/// assert!(debug::is_enabled());
/// debug::set_enabled(false);
/// assert!(!debug::is_enabled());
/// ```
pub fn set_enabled(enabled: bool) {
    read_environment();
    let level = if enabled { DebugLevel::Debug } else { diagnostics::level_without_debug() };
    set(level, "debug::set_enabled");
}

/// Sets the level: silences lines of this crate, or lets more of them through, whatever the level of the
/// application's own log is.
///
/// [`DebugLevel::Debug`] is debug mode; [`DebugLevel::Off`] also silences warnings.
///
/// Source: Datadog, "Tracer Debug Logs", section "Python", "Scenario 1", note.
///
/// ```
/// use track_errors::debug::{self, DebugLevel};
///
/// debug::set_level(DebugLevel::Error);
/// assert_eq!(debug::level(), DebugLevel::Error);
/// ```
pub fn set_level(level: DebugLevel) {
    read_environment();
    set(level, "debug::set_level");
}

fn set(level: DebugLevel, by: &'static str) {
    if level == DebugLevel::Debug {
        pipeline::prepare_shutdown();
    }
    diagnostics::set(level, by);
}

/// The level of the lines that are written now.
#[must_use]
pub fn level() -> DebugLevel {
    read_environment();
    diagnostics::level()
}

/// Gives all lines to a logger of the application's from now on, in place of any logger before.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`c.logger.instance`).
pub fn set_logger(logger: impl DebugLogger + 'static) {
    diagnostics::replace_logger(Some(SharedLogger::new(logger)));
}

/// Removes the logger of [`set_logger`]: lines go to the place that the settings name.
pub fn reset_logger() {
    diagnostics::replace_logger(None);
}

/// Switches debug mode on if its lines go to the console (stderr), and returns `true`. If there is a logger or a
/// file, it does nothing, and returns `false`.
///
/// It is for a program that shows the lines without a variable, and leaves alone what its users have set up.
/// No program has to call it: without a file, lines go to the console. The global logger of `log` or `tracing`
/// is never touched.
///
/// Source: Datadog, "Tracer Debug Logs", section "Python", "Scenario 3" (`logging.basicConfig()`).
///
/// ```
/// assert!(track_errors::debug::basic_config());
/// assert!(track_errors::debug::is_enabled());
/// ```
pub fn basic_config() -> bool {
    read_environment();
    pipeline::prepare_shutdown();
    if !diagnostics::goes_to_console() {
        return false;
    }
    set(DebugLevel::Debug, "debug::basic_config");
    true
}

/// Writes a line of the application's to this log, with the same marker.
///
/// The message is formatted only if its level is written. Control characters in it are escaped; keys of
/// Datadog (the values of `DD_API_KEY` and `DD_APP_KEY`) and
/// credentials in URLs are masked. It is cut at 48 KiB.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`Datadog::Tracing.logger.info`).
///
/// ```
/// use track_errors::debug::{self, DebugLevel};
///
/// debug::log(DebugLevel::Info, format_args!("{} workers", 4));
/// ```
#[track_caller]
pub fn log(level: DebugLevel, message: impl Display) {
    if level <= self::level() {
        pipeline::prepare_shutdown();
    }
    diagnostics::write(level, Location::caller(), &message);
}

/// Reads the environment, unless the settings are known. If calls are followed, the handlers for forks and for
/// the end of the program are registered, also in a program that has not failed yet.
fn read_environment() {
    if !diagnostics::is_known() && diagnostics::read_environment() {
        pipeline::prepare_shutdown();
    }
}
