//! `words`: how much the debug mode writes, and in which shape.

use crate::base::named::named;

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
