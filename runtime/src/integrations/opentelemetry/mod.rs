//! OpenTelemetry: error logs have the ids of the current span.
//!
//! The current span is that of [`Context::current`](::opentelemetry::Context::current): one that the program
//! made current itself, or the one of `tracing-opentelemetry`.

mod current;

#[allow(unused_imports, reason = "the sink of `tracing` attaches it")]
pub(crate) use current::CurrentContext;
pub(crate) use current::register;

use crate::config::Builder;

impl Builder {
    /// Error logs have the ids of the current OpenTelemetry span.
    ///
    /// Sinks of this module and the layer of `tracing` do this by themselves.
    pub fn opentelemetry(self) -> Self {
        register();
        self
    }
}
