//! How severe an error log is: the eight levels that both formats know.

use crate::base::named::named;

/// The severity of an error log.
///
/// The numbers come from OpenTelemetry (log data model, `SeverityNumber`), the names from Datadog's log
/// status.
///
/// | level | Datadog status | OTLP `severityNumber` | tracked by Datadog Error Tracking |
/// |---|---|---|---|
/// | `Debug` | `debug` | 5 (`DEBUG`) | no |
/// | `Info` | `info` | 9 (`INFO`) | no |
/// | `Notice` | `notice` | 10 (`INFO2`) | no |
/// | `Warn` | `warn` | 13 (`WARN`) | no |
/// | `Error` (default) | `error` | 17 (`ERROR`) | yes |
/// | `Critical` | `critical` | 18 (`ERROR2`) | yes |
/// | `Alert` | `alert` | 19 (`ERROR3`) | yes |
/// | `Emergency` | `emergency` | 21 (`FATAL`) | yes |
///
/// Sources: Datadog, "Status Remapper" and "Track Backend Error Logs" (section "Attributes for Error
/// Tracking"); OpenTelemetry, "Logs Data Model" (appendix B, the column of Syslog).
///
/// ```
/// use track_errors::Level;
///
/// assert_eq!("critical".parse(), Ok(Level::Critical));
/// assert_eq!(Level::Alert.severity_number(), 19);
/// assert!(!Level::Warn.is_tracked());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Level {
    /// A detail for debugging, such as a cancelled request.
    Debug,
    /// Part of ordinary operation.
    Info,
    /// Ordinary, but worth a look.
    Notice,
    /// May lead to an error. Logged, but not shown by Datadog Error Tracking, like all levels below.
    Warn,
    /// The default.
    #[default]
    Error,
    /// More severe than an ordinary error.
    Critical,
    /// Needs action at once.
    Alert,
    /// The program cannot go on: OpenTelemetry's `FATAL`.
    Emergency,
}

named!(Level parsed as "level" {
    Debug = "debug",
    Info = "info",
    Notice = "notice",
    Warn = "warn",
    Error = "error",
    Critical = "critical",
    Alert = "alert",
    Emergency = "emergency",
});

impl Level {
    /// OpenTelemetry's `SeverityNumber`: 5, 9, 10, 13, 17, 18, 19 or 21.
    #[must_use]
    pub const fn severity_number(self) -> u8 {
        match self {
            Level::Debug => 5,
            Level::Info => 9,
            Level::Notice => 10,
            Level::Warn => 13,
            Level::Error => 17,
            Level::Critical => 18,
            Level::Alert => 19,
            Level::Emergency => 21,
        }
    }

    /// Whether Datadog Error Tracking tracks logs of this level.
    #[must_use]
    pub const fn is_tracked(self) -> bool {
        matches!(self, Level::Error | Level::Critical | Level::Alert | Level::Emergency)
    }
}
