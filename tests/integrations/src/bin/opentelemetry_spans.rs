//! A program whose spans learn of its errors; see `tests/opentelemetry_program.rs`.
//!
//! Error logs go to stdout. For each event of a span, a line of JSON goes to stderr.

use std::num::ParseIntError;

use opentelemetry::Context;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use track_errors::{Keep, builder, track_errors};

#[track_errors]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

#[track_errors(report = "boundary")]
fn handle(text: &str) -> Result<u32, ParseIntError> {
    parse(text)
}

#[track_errors(report = "boundary", handled = "warn")]
fn handle_or_zero(text: &str) -> Result<u32, ParseIntError> {
    Ok(parse(text).unwrap_or_default())
}

/// Fails when it is destroyed.
struct Late;

impl Drop for Late {
    fn drop(&mut self) {
        let _ = parse("late");
    }
}

fn main() {
    let settings = builder().opentelemetry();
    match &*std::env::args().nth(1).expect("what to do") {
        "origin" => in_span(settings, || drop(parse("x"))),
        "boundary" => in_span(settings, || drop(handle("x"))),
        "handled" => in_span(settings, || drop(handle_or_zero("x"))),
        "hook" => in_span(settings.before_emit(|_| Keep::Yes), || drop(handle("x"))),
        "ending_thread" => {
            settings.init();
            std::thread::spawn(ending_thread).join().expect("no panic");
        }
        other => panic!("unknown: {other}"),
    }
}

fn in_span(settings: track_errors::Builder, work: impl FnOnce()) {
    settings.init();
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    provider.tracer("test").in_span("request", |_| work());
    for span in exporter.get_finished_spans().expect("spans") {
        for event in span.events.events {
            let attributes = event.attributes.iter();
            let attributes = attributes.map(|pair| (pair.key.to_string(), pair.value.to_string()));
            let attributes: serde_json::Map<_, _> =
                attributes.map(|(key, value)| (key, value.into())).collect();
            eprintln!("{}", serde_json::json!({"name": event.name, "attributes": attributes}));
        }
    }
}

/// Thread-locals are destroyed in the reverse order, so the context of OpenTelemetry is gone when `LATE` is.
fn ending_thread() {
    thread_local!(static LATE: Late = const { Late });
    LATE.with(|_| {});
    Context::map_current(|_| {});
    let _ = parse("early");
}
