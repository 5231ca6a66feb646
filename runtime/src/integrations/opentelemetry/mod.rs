//! OpenTelemetry: trace ids in error logs, and error logs as records of the Logs API.
//!
//! * [`Builder::opentelemetry`]: error logs have the ids of the current span, which is that of
//!   [`Context::current`](::opentelemetry::Context::current): one that the program made current itself, or the one of
//!   `tracing-opentelemetry`.
//! * [`Builder::span_status`]: a span in which an error leaves a boundary has failed.
//! * [`sink`]: error logs go to a provider of the program's, in place of lines.
//! * [`record_exception`]: an error in a log record that the program makes itself.
//!
//! [The guide](crate::guide::opentelemetry) has the details.

mod current;
mod exception;
mod log_record;
mod sink;
mod span;

#[cfg(feature = "tracing")]
pub(crate) use current::CurrentContext;
pub(crate) use current::register;

pub use exception::record_exception;
pub use sink::{LogsSink, sink};

use crate::config::Builder;

impl Builder {
    /// Error logs have the ids of the current OpenTelemetry span.
    ///
    /// `datadog`: `dd.trace_id` and `dd.span_id` as decimal texts. `otlp`: `traceId`, `spanId` and `flags`. The
    /// layer of `tracing` and the [`sink`] do that by themselves.
    ///
    /// With the variable `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=logs/dup` the span also gets an event `exception`
    /// for each error that is logged while it is current and records. It has the message only where no
    /// [`before_emit`](Builder::before_emit) could edit it. By default, and with `logs`, there are logs only.
    ///
    /// Source: OpenTelemetry, "Semantic conventions for exceptions".
    pub fn opentelemetry(self) -> Self {
        register();
        self.span_updates(span::update)
    }

    /// Whether the current OpenTelemetry span gets the status error when an error that leaves a boundary is
    /// logged. The default is not to.
    ///
    /// The first error of a span sets the description (its message; empty with a
    /// [`before_emit`](Builder::before_emit), which could edit that) and the attribute `error.type`. Nothing
    /// happens to a span that has ended.
    ///
    /// Source: OpenTelemetry, "Recording errors", section "Recording errors on spans".
    pub fn span_status(self, sets_status: bool) -> Self {
        self.opentelemetry().sets_span_status(sets_status)
    }
}
