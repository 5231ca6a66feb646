//! Debug mode: what this crate has to say about itself, kept apart from the error logs.
//!
//! By it a user finds out why an error does or does not show up. It is off by default; then only
//! warnings are written (a setting that cannot be used, a sink that fails), on stderr. It is switched
//! on by `DD_TRACE_DEBUG=true`, by [`Builder::debug`](crate::Builder::debug), or at any moment by
//! [`set_enabled`]. Then there is a line for the settings that the crate starts with, for each error
//! that leaves a tracked function, and for each batch that reaches a sink or does not:
//!
//! ```text
//! 2026-11-20 17:44:45,001 INFO [track_errors] [debug/startup.rs:160] - DATADOG TRACER CONFIGURATION - {…}
//! 2026-11-20 17:44:45,042 DEBUG [track_errors] [report/mod.rs:563] - error #f951e59d2e202be5 of kind std::io::Error left checkout::read_port at src/main.rs:7:45: logged, because it was not seen before (policy origin)
//! 2026-11-20 17:44:45,061 DEBUG [track_errors] [pipeline/writer.rs:180] - written: stdout, 1 record, 642 bytes, 84 µs, #f951e59d2e202be5
//! ```
//!
//! Lines go to the file of `DD_TRACE_LOG_FILE` or to one in the directory of
//! `DD_TRACE_LOG_DIRECTORY`, else to stderr, or to a [logger](DebugLogger) of the application's. They
//! hold no message of an error and no value of a field; keys are masked, and control characters are
//! escaped. This module never touches the global logger of `log` or of `tracing`.
//!
//! Source of it all: Datadog, "Tracer Debug Logs".

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
/// Switched on before anything else was set up, it takes the rest of its settings (the file, the
/// layout) from the environment. The switch stands until somebody uses it again, or until
/// [`Builder::debug`](crate::Builder::debug) is installed.
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

/// Sets what is written: silences the lines of this crate, or lets more of them through, whatever
/// the level of the application's own log is.
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

/// What is written at this moment.
#[must_use]
pub fn level() -> DebugLevel {
    read_environment();
    diagnostics::level()
}

/// Hands all lines to a logger of the application's from now on.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`c.logger.instance`).
pub fn set_logger(logger: impl DebugLogger + 'static) {
    diagnostics::replace_logger(Some(SharedLogger::new(logger)));
}

/// Takes the logger of [`set_logger`] away: lines go where the settings say.
pub fn reset_logger() {
    diagnostics::replace_logger(None);
}

/// Switches debug mode on, to the console (stderr), unless the application has given a logger or a
/// file; then it does nothing. Returns whether it did.
///
/// It need not be called: without a file, the console is where lines go. It is for a program that
/// wants to see them without a variable, and without touching what its users have set up. The global
/// logger of `log` or `tracing` is left alone in any case.
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

/// Writes a line of the application's through this log, with the same marker.
///
/// The message is formatted only if its level is written. Control characters in it are escaped, and
/// what looks like a key of Datadog's is masked.
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

/// Reads the environment, unless the settings are known. Where lines may follow, forks and the end of the
/// program are noticed from now on, also by a program that has not failed yet.
fn read_environment() {
    if diagnostics::read_environment() {
        pipeline::prepare_shutdown();
    }
}
