//! How much the debug mode writes, and in which shape.

use crate::base::named::named;

/// How important a line of the [debug mode](crate::debug) is.
///
/// A level lets through what is as important as itself, or more.
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
    /// Nothing at all. A line of this level is never written.
    Off,
    /// This crate cannot do its work, such as a sink that fails.
    Error,
    /// Something is not as it was asked for, such as a setting that cannot be used. The default.
    #[default]
    Warn,
    /// Abandoned calls. (In debug mode also what the crate starts with, which is not said without it.)
    Info,
    /// Everything: each error, each batch.
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
/// The names are what `DD_TRACE_LOG_FORMAT` accepts.
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
