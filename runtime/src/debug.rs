//! Debug mode: the crate's reports about itself, apart from the error logs.
//!
//! It shows why an error does or does not appear. It is off by default; then the crate writes only warnings
//! (an unusable setting, a sink that fails), on stderr. `DD_TRACE_DEBUG=true`,
//! [`Builder::debug`](crate::Builder::debug) or, at any moment, [`set_enabled`] switches it on. Then the
//! crate writes a line for its settings at the start, for each error that leaves a tracked function, and for
//! each batch that reaches a sink or does not.
//!
//! The [guide](crate::guide::debug_mode) has an example of each line.
//!
//! Lines go to the file of `DD_TRACE_LOG_FILE`, to a file in the directory of `DD_TRACE_LOG_DIRECTORY`, or to
//! a [logger](DebugLogger) of the application; else to stderr. They have no message of an error and no value
//! of a field. The keys in `DD_API_KEY` and `DD_APP_KEY` and credentials in URLs are masked, and control
//! characters are escaped. Debug mode never touches the global logger of `log` or of `tracing`.
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
/// Its other settings (file, layout) come from the environment until [`Builder::init`](crate::Builder::init)
/// installs others. The switch holds until the next call, or until new settings switch debug mode on or off
/// with [`Builder::debug`](crate::Builder::debug).
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

/// Sets the level: silences lines of this crate, or writes more of them. It does not depend on the level of
/// the application's own log.
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

/// The current level.
#[must_use]
pub fn level() -> DebugLevel {
    read_environment();
    diagnostics::level()
}

/// Passes all further lines to the application's logger, which replaces any earlier one.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`c.logger.instance`).
pub fn set_logger(logger: impl DebugLogger + 'static) {
    diagnostics::replace_logger(Some(SharedLogger::new(logger)));
}

/// Removes the logger of [`set_logger`]: lines go to the destination in the settings.
pub fn reset_logger() {
    diagnostics::replace_logger(None);
}

/// Switches debug mode on if its lines go to the console (stderr), and returns `true`. With a logger or a
/// file, it does nothing and returns `false`.
///
/// For a program that shows the lines without a variable, and respects its users' settings. The call is
/// optional: without a file, lines go to the console. It never touches the global logger of `log` or
/// `tracing`.
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

/// Writes a line of the application to this log, with the same marker.
///
/// Formats the message only if its level is written. Escapes its control characters, and masks keys of
/// Datadog (the values of `DD_API_KEY` and `DD_APP_KEY`) and credentials in URLs. Cuts it at 48 KiB.
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

/// Reads the environment, unless the settings are known. If the debug mode follows calls, installs the exit
/// handler, even before the first error.
fn read_environment() {
    if diagnostics::read_environment() {
        pipeline::prepare_shutdown();
    }
}
