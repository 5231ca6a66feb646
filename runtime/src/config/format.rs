//! The shape of a line.

use crate::base::named::named;

/// The format of a line, with what changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) format: Format,
    /// `otlp` has Datadog's names of the exception as well.
    pub(crate) datadog_attributes: bool,
}

impl From<Format> for Shape {
    fn from(format: Format) -> Self {
        Shape { format, datadog_attributes: false }
    }
}

/// The shape of an error log line.
///
/// | format | one line is | for |
/// |---|---|---|
/// | `Datadog` (default) | a JSON object with a nested `error` object at its root | Datadog Error Tracking, through the Agent or any log shipper |
/// | `Otlp` | one `LogsData` of OTLP/JSON | an OpenTelemetry Collector (`otlpjsonfile`), or any OpenTelemetry back end |
///
/// Sources: Datadog, "Track Backend Error Logs", section "Attributes for Error Tracking";
/// OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section "Attributes", and
/// "OpenTelemetry Protocol File Exporter", section "JSON File serialization".
///
/// ```
/// use track_errors::Format;
///
/// assert_eq!("OTLP".parse(), Ok(Format::Otlp));
/// assert_eq!(Format::default().to_string(), "datadog");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Format {
    /// The form that Datadog Error Tracking admits. The default.
    #[default]
    Datadog,
    /// OTLP/JSON, as from OpenTelemetry's file exporter.
    Otlp,
}

named!(Format parsed as "format" {
    Datadog = "datadog",
    Otlp = "otlp",
});
