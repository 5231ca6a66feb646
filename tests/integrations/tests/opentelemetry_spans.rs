//! Feature `opentelemetry`: error logs have the ids of the current span, which may learn of the error.

use std::num::ParseIntError;

use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use tracing_subscriber::layer::SubscriberExt;
use track_errors::testing::{Records, capture_with};
use track_errors::{Builder, ErrorRecord, builder, track_errors};

/// A provider, and what it exports.
fn provider() -> (SdkTracerProvider, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    (SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build(), exporter)
}

/// Runs this in a span. Returns the exported span, and the logged errors.
fn in_span(settings: Builder, work: impl FnOnce(&Context)) -> (SpanData, Records) {
    let (provider, exporter) = provider();
    let (_, records) = capture_with(settings, || {
        provider.tracer("test").in_span("request", |context| work(&context));
    });
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    (span, records)
}

/// The ids of the record's trace and span.
fn ids(record: &ErrorRecord) -> Option<(TraceId, SpanId)> {
    let trace = record.trace?;
    Some((TraceId::from(trace.trace_id), SpanId::from(trace.span_id)))
}

fn ids_of_span(span: &SpanData) -> (TraceId, SpanId) {
    (span.span_context.trace_id(), span.span_context.span_id())
}

/// The values of the span's attribute.
fn attributes(span: &SpanData, name: &str) -> Vec<String> {
    let found = span.attributes.iter().filter(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| attribute.value.to_string()).collect()
}

#[track_errors]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

#[track_errors(report = "boundary")]
fn handle(text: &str) -> Result<u32, ParseIntError> {
    parse(text)
}

#[track_errors(report = "boundary")]
fn handle_or_zero(text: &str) -> Result<u32, ParseIntError> {
    Ok(parse(text).unwrap_or_default())
}

#[track_errors(report = "boundary", when = |_| false)]
fn handle_expected(text: &str) -> Result<u32, ParseIntError> {
    parse(text)
}

#[test]
fn an_error_has_the_ids_of_the_current_span() {
    let (span, records) = in_span(builder().opentelemetry(), |_| drop(parse("x")));
    assert_eq!(ids(&records[0]), Some(ids_of_span(&span)));
    assert!(records[0].trace.unwrap().sampled);
}

#[test]
fn an_error_has_the_ids_of_the_innermost_span() {
    let (provider, exporter) = provider();
    let tracer = provider.tracer("test");
    let (_, records) = capture_with(builder().opentelemetry(), || {
        tracer.in_span("outer", |_| {
            tracer.in_span("inner", |_| drop(parse("x")));
            drop(parse("y"));
        });
    });
    let spans = exporter.get_finished_spans().unwrap();
    let expected: Vec<_> = spans.iter().map(ids_of_span).map(Some).collect();
    assert_eq!(records.iter().map(ids).collect::<Vec<_>>(), expected);
}

#[test]
fn an_error_outside_of_any_span_has_no_ids() {
    let (_, records) = capture_with(builder().opentelemetry(), || parse("x"));
    assert_eq!(records[0].trace, None);
}

#[test]
fn an_error_has_the_ids_of_a_remote_span() {
    let remote = SpanContext::new(
        TraceId::from(7),
        SpanId::from(8),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    let (_, records) = capture_with(builder().opentelemetry(), || {
        let _guard = Context::new().with_remote_span_context(remote).attach();
        parse("x")
    });
    assert_eq!(ids(&records[0]), Some((TraceId::from(7), SpanId::from(8))));
    assert!(!records[0].trace.unwrap().sampled);
}

#[test]
fn an_error_in_a_trace_that_is_not_sampled_has_its_ids() {
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let (context, records) = capture_with(builder().opentelemetry(), || {
        provider.tracer("test").in_span("request", |context| {
            drop(parse("x"));
            context.span().span_context().clone()
        })
    });
    assert_eq!(ids(&records[0]), Some((context.trace_id(), context.span_id())));
    assert!(!records[0].trace.unwrap().sampled);
}

#[test]
fn the_context_of_a_future_gives_its_ids_on_every_thread() {
    let (provider, _) = provider();
    let tracer = provider.tracer("test");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let request = |number: usize| {
        let context = Context::current_with_span(tracer.start(format!("request {number}")));
        let ids = context.span().span_context().clone();
        let task = async {
            tokio::task::yield_now().await;
            let (_, records) = capture_with(builder().opentelemetry(), || parse("x"));
            records
        };
        (ids, runtime.spawn(task.with_context(context)))
    };
    let requests: Vec<_> = (0..64).map(request).collect();
    for (context, task) in requests {
        let records = runtime.block_on(task).unwrap();
        assert_eq!(ids(&records[0]), Some((context.trace_id(), context.span_id())));
    }
}

#[tracing::instrument]
fn instrumented() -> Records {
    capture_with(builder().opentelemetry(), || parse("x")).1
}

#[test]
fn an_error_has_the_ids_of_the_span_of_tracing_opentelemetry() {
    let (provider, exporter) = provider();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let records = tracing::subscriber::with_default(subscriber, instrumented);
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!((spans.len(), &*spans[0].name), (1, "instrumented"));
    assert_eq!(ids(&records[0]), Some(ids_of_span(&spans[0])));
}

#[test]
fn a_value_that_fails_while_it_is_recorded_into_the_span_is_logged() {
    /// Its `Debug` fails in a tracked function.
    struct Hostile;
    impl std::fmt::Debug for Hostile {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}", handle("x").is_err())
        }
    }
    let (provider, exporter) = provider();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let settings = builder().opentelemetry().span_status(true);
    let (_, records) = capture_with(settings, || {
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", value = tracing::field::Empty).entered();
            span.record("value", tracing::field::debug(Hostile));
        });
    });
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(attributes(&spans[0], "value"), ["true"]);
    assert_eq!(records.len(), 1);
}

#[test]
fn a_span_ends_with_its_last_reference_and_not_with_the_record() {
    let (provider, exporter) = provider();
    let (_, records) = capture_with(builder().opentelemetry(), || {
        provider.tracer("test").in_span("request", |_| parse("x"))
    });
    assert_eq!((exporter.get_finished_spans().unwrap().len(), records.len()), (1, 1));
}

#[test]
fn an_error_that_leaves_a_boundary_sets_the_status_and_the_error_type_of_the_span() {
    let (span, records) = in_span(builder().span_status(true), |_| drop(handle("x")));
    assert_eq!(span.status, Status::error("invalid digit found in string"));
    assert_eq!(attributes(&span, "error.type"), ["std::num::ParseIntError"]);
    assert_eq!(records[0].kind, "std::num::ParseIntError");
    assert_eq!(ids(&records[0]), Some(ids_of_span(&span)));
}

#[test]
fn a_value_that_counts_as_failed_sets_the_status_of_the_span() {
    let (span, _) = in_span(builder().span_status(true), |_| {
        let status = track_errors::boundary_fn(|| if parse("x").is_err() { 500 } else { 200 })
            .failed_if(|status| *status == 500)
            .call();
        assert_eq!(status, 500);
    });
    assert_eq!(span.status, Status::error("invalid digit found in string"));
}

#[test]
fn an_error_that_was_logged_before_it_left_the_boundary_sets_the_status_of_the_span() {
    #[track_errors(report = "origin")]
    fn logs_by_itself() -> Result<u32, ParseIntError> {
        let number = "x".parse()?;
        Ok(number)
    }
    #[track_errors(report = "boundary")]
    fn outer() -> Result<u32, ParseIntError> {
        logs_by_itself()
    }
    let (span, records) = in_span(builder().span_status(true), |_| drop(outer()));
    assert_eq!(span.status, Status::error("invalid digit found in string"));
    assert_eq!(records.len(), 1);
}

#[test]
fn an_error_that_leaves_no_boundary_and_one_that_is_handled_or_expected_leave_the_span_as_it_is() {
    for work in [parse, handle_or_zero, handle_expected] {
        let (span, _) = in_span(builder().span_status(true), |_| drop(work("x")));
        assert_eq!(span.status, Status::Unset);
        assert!(span.attributes.is_empty());
    }
}

#[test]
fn the_status_of_a_span_is_unset_without_the_setting() {
    for settings in [builder().opentelemetry(), builder().span_status(true).span_status(false)] {
        let (span, _) = in_span(settings, |_| drop(handle("x")));
        assert_eq!(span.status, Status::Unset);
    }
}

#[test]
fn the_first_error_of_a_span_sets_its_error_type_and_the_others_add_none() {
    #[track_errors(report = "boundary")]
    fn other() -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
    let (span, records) = in_span(builder().span_status(true), |_| {
        for _ in 0..20 {
            drop(handle("x"));
            let _ = other();
        }
    });
    assert_eq!(attributes(&span, "error.type"), ["std::num::ParseIntError"]);
    assert_eq!(records.len(), 40);
}

#[test]
fn a_status_that_the_program_set_to_ok_stays() {
    let (span, _) = in_span(builder().span_status(true), |context| {
        context.span().set_status(Status::Ok);
        drop(handle("x"));
    });
    assert_eq!(span.status, Status::Ok);
}

#[test]
fn a_span_that_has_ended_gets_nothing_and_the_log_has_its_ids() {
    let (span, records) = in_span(builder().span_status(true), |context| {
        context.span().end();
        drop(handle("x"));
    });
    assert_eq!(span.status, Status::Unset);
    assert_eq!(ids(&records[0]), Some(ids_of_span(&span)));
}

#[test]
fn a_message_that_a_hook_may_edit_is_not_in_the_span() {
    let settings = builder().span_status(true).before_emit(|record| {
        record.message.clear();
        track_errors::Keep::Yes
    });
    let (span, _) = in_span(settings, |_| drop(handle("4711 0000")));
    assert_eq!(span.status, Status::error(""));
    assert_eq!(attributes(&span, "error.type"), ["std::num::ParseIntError"]);
}
