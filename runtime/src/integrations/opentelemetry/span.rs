//! The current span learns of an error that is logged: status, `error.type`, event.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanRef, Status, TraceContextExt};

use super::current::with_current;
use crate::config::SpanUpdate;

/// The span that is current on this thread, if it still records.
pub(super) fn update(news: &SpanUpdate<'_>) {
    with_current(|context| {
        let span = context.span();
        if !context.is_telemetry_suppressed() && span.is_recording() {
            update_span(&span, news);
        }
    });
}

fn update_span(span: &SpanRef<'_>, news: &SpanUpdate<'_>) {
    if news.adds_event {
        // Without a stack: names are not known on this thread.
        let message = news.message.map(|text| KeyValue::new("exception.message", text.to_owned()));
        let mut attributes = vec![KeyValue::new("exception.type", news.error_type.to_owned())];
        attributes.extend(message);
        span.add_event("exception", attributes);
    }
    let id = u64::from_be_bytes(span.span_context().span_id().to_bytes());
    if news.sets_status && is_first(id) {
        span.set_status(Status::error(news.message.unwrap_or_default().to_owned()));
        span.set_attribute(KeyValue::new("error.type", news.kind.to_owned()));
    }
}

/// Whether no error of this span has set its status: the SDK keeps an attribute each time that it is set.
///
/// Two spans may share a slot, so of spans that fail by turns one may come twice; that is harmless.
fn is_first(span_id: u64) -> bool {
    const SLOTS: usize = 1024;
    static FAILED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];

    let slot = &FAILED[(span_id % SLOTS as u64) as usize];
    // Relaxed: only the number itself is compared.
    slot.swap(span_id, Ordering::Relaxed) != span_id
}
