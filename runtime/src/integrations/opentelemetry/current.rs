//! The context that is current on the failing thread.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};

use crate::model::ErrorContext;
use crate::pipeline::ContextSource;

/// From now on, errors of this process have the ids of the span in which they left their function.
pub(crate) fn register() {
    ContextSource::OpenTelemetry.register(collect);
}

fn collect(context: &mut ErrorContext) {
    let Some(current) = with_current(CurrentContext::of) else { return };
    let span = &current.span;
    context.trace(
        u128::from_be_bytes(span.trace_id().to_bytes()),
        u64::from_be_bytes(span.span_id().to_bytes()),
        span.is_sampled(),
    );
    if span.is_valid() || current.is_suppressed {
        context.carried.add(current);
    }
}

/// The context in which an error left its function, for the sinks.
///
/// It has the ids of the span, and not the span: a span ends with its last reference, and a record may wait. Nor has it
/// the trace state, which came from another process and has no bound.
#[derive(Debug, Clone)]
pub(crate) struct CurrentContext {
    span: SpanContext,
    is_suppressed: bool,
}

impl CurrentContext {
    fn of(context: &Context) -> Self {
        let span = context.span();
        let span = span.span_context();
        let (trace_id, span_id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
        CurrentContext {
            span: SpanContext::new(trace_id, span_id, flags, span.is_remote(), TraceState::NONE),
            is_suppressed: context.is_telemetry_suppressed(),
        }
    }

    /// The context to attach on the thread of a sink.
    #[cfg(feature = "tracing")]
    pub(crate) fn to_context(&self) -> Context {
        Context::new().with_remote_span_context(self.span.clone())
    }

    /// Whether the error is one of the exporter's own, whose telemetry would never end.
    pub(crate) fn is_suppressed(&self) -> bool {
        self.is_suppressed
    }
}

/// Calls this with the current context; `None` if this thread has destroyed it.
pub(super) fn with_current<T>(f: impl FnOnce(&Context) -> T) -> Option<T> {
    /// Is destroyed before the context is, which panics if it is used later.
    struct Alive;
    impl Drop for Alive {
        fn drop(&mut self) {}
    }
    thread_local! {
        static ALIVE: Alive = {
            // Thread-locals are destroyed in the reverse order.
            Context::map_current(|_| {});
            Alive
        };
    }
    ALIVE.try_with(|_| Context::map_current(f)).ok()
}
