//! How severe an error log is: the five levels that both formats know.

use crate::base::named::named;

/// The severity of an error log.
///
/// The numbers come from OpenTelemetry (log data model, `SeverityNumber`), the names from Datadog's log
/// status.
///
/// | level | Datadog status | OTLP `severityNumber` | tracked by Datadog Error Tracking |
/// |---|---|---|---|
/// | `Warn` | `warn` | 13 | no |
/// | `Error` (default) | `error` | 17 | yes |
/// | `Critical` | `critical` | 18 | yes |
/// | `Alert` | `alert` | 19 | yes |
/// | `Emergency` | `emergency` | 21 | yes |
///
/// Source of the last column: Datadog, "Track Backend Error Logs", section "Attributes for Error
/// Tracking".
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
    /// Logged, but not shown by Datadog Error Tracking.
    Warn,
    /// The default.
    #[default]
    Error,
    /// More severe than an ordinary error.
    Critical,
    /// Needs action at once.
    Alert,
    /// The system is unusable.
    Emergency,
}

named!(Level parsed as "level" {
    Warn = "warn",
    Error = "error",
    Critical = "critical",
    Alert = "alert",
    Emergency = "emergency",
});

impl Level {
    /// OpenTelemetry's `SeverityNumber`: 13, 17, 18, 19 or 21.
    #[must_use]
    pub const fn severity_number(self) -> u8 {
        match self {
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
        !matches!(self, Level::Warn)
    }
}
