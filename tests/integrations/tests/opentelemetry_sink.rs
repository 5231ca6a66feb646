//! Feature `opentelemetry`: error logs are records of the Logs API.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use track_errors::{
    Batch, Builder, Delivery, FieldValue, Format, Level, RateLimit, Sink, builder,
    opentelemetry as otel, track_errors,
};

/// Error logs, as a provider exports them, and lines.
struct Logs {
    exporter: InMemoryLogExporter,
    provider: SdkLoggerProvider,
    lines: Lines,
    flushes: Arc<AtomicUsize>,
    /// There is one pipeline in a process.
    _alone: MutexGuard<'static, ()>,
}

/// A sink of lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<serde_json::Value>>>);

impl Sink for Lines {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let lines = batch.lines().map(|line| serde_json::from_slice(line).unwrap());
        self.0.lock().unwrap().extend(lines);
        Ok(())
    }
}

impl Logs {
    fn of(settings: Builder) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let flushes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&flushes);
        let sink = otel::sink(provider.clone(), move |provider: &SdkLoggerProvider| {
            counted.fetch_add(1, Ordering::Relaxed);
            provider.force_flush()
        });
        let lines = Lines::default();
        let settings = settings.delivery(Delivery::Sync).rate_limit(RateLimit::Off);
        settings.record_sink(sink.queue_size(8)).init_with_sink(lines.clone());
        Logs { exporter, provider, lines, flushes, _alone: alone }
    }

    fn records(&self) -> Vec<SdkLogRecord> {
        let logs = self.exporter.get_emitted_logs().unwrap();
        logs.into_iter().map(|log| log.record).collect()
    }

    fn one(&self) -> SdkLogRecord {
        assert_eq!(self.lines().len(), 0);
        let [record] = self.records().try_into().expect("one record");
        record
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        self.lines.0.lock().unwrap().clone()
    }
}

fn attribute(record: &SdkLogRecord, name: &str) -> Option<AnyValue> {
    let mut found = record.attributes_iter().filter(|(key, _)| key.as_str() == name);
    let value = found.next().map(|(_, value)| value.clone());
    assert!(found.next().is_none(), "{name} is there twice");
    value
}

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue::from(text.to_owned()))
}

#[track_errors(fields(order = 7, text = %text), level = "critical")]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

#[test]
fn an_error_is_an_event_with_severity_times_body_and_scope() {
    let logs = Logs::of(builder());
    let before = std::time::SystemTime::now();
    parse("x").unwrap_err();
    let record = logs.one();
    assert_eq!(record.event_name(), Some("exception"));
    assert_eq!(record.severity_number(), Some(Severity::Error2));
    assert_eq!(record.severity_text(), Some("critical"));
    assert_eq!(record.body(), text("invalid digit found in string").as_ref());
    assert!(record.timestamp().unwrap() >= before);
    assert_eq!(record.observed_timestamp(), record.timestamp());
    let scope = &logs.exporter.get_emitted_logs().unwrap()[0].instrumentation;
    assert_eq!((scope.name(), scope.version()), ("track_errors", Some("0.1.0")));
}

#[test]
fn an_error_has_the_attributes_of_the_conventions() {
    let logs = Logs::of(builder());
    parse("x").unwrap_err();
    let record = logs.one();
    for (name, value) in [
        ("error.type", "std::num::ParseIntError"),
        ("exception.type", "std::num::ParseIntError"),
        ("exception.message", "invalid digit found in string"),
        ("code.function.name", "opentelemetry_sink::parse"),
        ("code.file.path", "tests/opentelemetry_sink.rs"),
        ("text", "x"),
    ] {
        assert_eq!(attribute(&record, name), text(value), "{name}");
    }
    assert_eq!(attribute(&record, "order"), Some(AnyValue::Int(7)));
    let Some(AnyValue::String(stack)) = attribute(&record, "exception.stacktrace") else {
        panic!("a stack")
    };
    assert!(stack.as_str().contains("opentelemetry_sink::parse"), "{stack}");
    for name in ["error.kind", "error.message", "error.stack"] {
        assert_eq!(attribute(&record, name), None);
    }
}

#[test]
fn a_record_has_the_attributes_of_a_line_in_otlp() {
    /// A value as OTLP/JSON has it.
    fn json(value: &AnyValue) -> serde_json::Value {
        match value {
            AnyValue::String(text) => serde_json::json!({"stringValue": text.as_str()}),
            AnyValue::Int(number) => serde_json::json!({"intValue": number.to_string()}),
            AnyValue::Double(number) => serde_json::json!({"doubleValue": number}),
            AnyValue::Boolean(flag) => serde_json::json!({"boolValue": flag}),
            AnyValue::ListAny(values) => {
                let values: Vec<_> = values.iter().map(json).collect();
                serde_json::json!({"arrayValue": {"values": values}})
            }
            other => panic!("{other:?}"),
        }
    }
    #[track_errors(report = "boundary", handled = "warn", fields(share = 0.5, big = u64::MAX))]
    fn fails() -> Result<u32, String> {
        parse("x").map_err(|error| format!("reading: {error}"))
    }
    #[track_errors(rate_limit = "off")]
    fn fails_with_another_error(error: &str) -> Result<u32, String> {
        Err(error.to_owned())
    }

    // The provider is shut down for the second error, which becomes a line.
    let logs = Logs::of(builder().format(Format::Otlp));
    let work = || {
        fails().unwrap_err();
        fails_with_another_error(&"long ".repeat(100)).unwrap_err();
    };
    work();
    let records = logs.records();
    logs.provider.shutdown().unwrap();
    work();
    let lines = logs.lines();
    assert_eq!((records.len(), lines.len()), (2, 2));
    for (record, line) in records.iter().zip(&lines) {
        let line = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        let names: Vec<_> = record.attributes_iter().map(|(name, _)| name.as_str()).collect();
        let of_line: Vec<_> = line["attributes"].as_array().unwrap().iter().collect();
        let names_of_line: Vec<_> = of_line.iter().map(|attribute| &attribute["key"]).collect();
        assert_eq!(names, names_of_line);
        for ((name, value), attribute) in record.attributes_iter().zip(of_line) {
            let is_of_one_error = name.as_str().ends_with(".id") || name.as_str().contains("stack");
            assert!(is_of_one_error || json(value) == attribute["value"], "{name}: {value:?}");
        }
        assert_eq!(json(record.body().unwrap()), line["body"]);
    }
}

#[test]
fn structured_fields_are_maps_and_lists() {
    let logs = Logs::of(builder().context(|context| {
        let sku = FieldValue::Object(vec![("sku".to_owned(), FieldValue::Int(12))]);
        context
            .field("items", FieldValue::Array(vec![sku, FieldValue::Null, FieldValue::Bool(true)]));
    }));
    parse("x").unwrap_err();
    let sku = AnyValue::Map(Box::new([(Key::from("sku"), AnyValue::Int(12))].into()));
    let items = vec![sku, AnyValue::from("null"), AnyValue::Boolean(true)];
    assert_eq!(attribute(&logs.one(), "items"), Some(AnyValue::ListAny(Box::new(items))));
}

#[test]
fn a_record_counts_the_fields_that_it_has_no_room_for() {
    let logs = Logs::of(builder().context(|context| {
        (0..40).for_each(|number| context.field(format!("field{number}"), number));
    }));
    parse("x").unwrap_err();
    let left_out = attribute(&logs.one(), "track_errors.fields_left_out");
    assert_eq!(left_out, Some(AnyValue::Int(8)));
}

#[test]
fn a_record_belongs_to_the_span_of_its_error() {
    let logs = Logs::of(builder());
    let provider = SdkTracerProvider::builder().build();
    let ids = provider.tracer("test").in_span("request", |context| {
        use opentelemetry::trace::TraceContextExt;
        parse("x").unwrap_err();
        context.span().span_context().clone()
    });
    let record = logs.one();
    let context = record.trace_context().expect("a context");
    assert_eq!((context.trace_id, context.span_id), (ids.trace_id(), ids.span_id()));
    assert_eq!(context.trace_flags, Some(ids.trace_flags()));
}

#[test]
fn a_record_of_an_error_outside_of_any_span_has_no_context() {
    let logs = Logs::of(builder());
    parse("x").unwrap_err();
    assert_eq!(logs.one().trace_context(), None);
}

#[test]
fn the_service_of_the_function_is_an_attribute() {
    #[track_errors(service = "checkout")]
    fn pay() -> Result<(), &'static str> {
        Err("no card")
    }
    let logs = Logs::of(builder());
    pay().unwrap_err();
    assert_eq!(attribute(&logs.one(), "service.name"), text("checkout"));
}

#[test]
fn by_choice_a_record_has_datadogs_names_of_the_exception() {
    let logs = Logs::of(builder().datadog_attributes(true));
    parse("x").unwrap_err();
    let record = logs.one();
    assert_eq!(attribute(&record, "error.kind"), text("std::num::ParseIntError"));
    assert_eq!(attribute(&record, "error.message"), text("invalid digit found in string"));
    let stack = attribute(&record, "error.stack");
    assert!(stack.is_some() && stack == attribute(&record, "exception.stacktrace"));
}

#[test]
fn the_provider_is_flushed_before_its_queue_is_full() {
    let logs = Logs::of(builder());
    for _ in 0..4 {
        parse("x").unwrap_err();
    }
    assert_eq!(logs.flushes.load(Ordering::Relaxed), 0);
    for _ in 0..6 {
        parse("x").unwrap_err();
    }
    assert_eq!(logs.flushes.load(Ordering::Relaxed), 2);
    assert_eq!(logs.records().len(), 10);
}

#[test]
fn a_flush_of_the_crate_flushes_the_provider() {
    let logs = Logs::of(builder());
    parse("x").unwrap_err();
    assert!(track_errors::flush(std::time::Duration::from_secs(60)));
    assert_eq!(logs.flushes.load(Ordering::Relaxed), 1);
}

#[test]
fn records_are_lines_while_the_provider_cannot_be_flushed() {
    #[derive(Debug)]
    struct Unreachable;
    impl fmt::Display for Unreachable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no collector")
        }
    }
    impl Error for Unreachable {}
    let logs = Logs::of(builder());
    let sink = otel::sink(logs.provider.clone(), |_| Err(Unreachable)).queue_size(4);
    builder().delivery(Delivery::Sync).record_sink(sink).init_with_sink(logs.lines.clone());
    for _ in 0..10 {
        parse("x").unwrap_err();
    }
    assert_eq!((logs.records().len(), logs.lines().len()), (2, 8));
}

#[test]
fn errors_after_the_shutdown_of_the_provider_are_lines() {
    let logs = Logs::of(builder());
    parse("x").unwrap_err();
    assert_eq!((logs.records().len(), logs.lines().len()), (1, 0));
    logs.provider.shutdown().unwrap();
    parse("y").unwrap_err();
    assert_eq!(logs.lines().len(), 1);
}

#[test]
fn an_error_of_the_exporter_is_a_line() {
    let logs = Logs::of(builder());
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        parse("x").unwrap_err();
    }
    assert_eq!((logs.records().len(), logs.lines().len()), (0, 1));
}

#[test]
fn the_counts_of_unlogged_errors_are_a_record_of_severity_info() {
    #[track_errors(report = "boundary")]
    fn handles() -> Result<(), Infallible> {
        #[track_errors]
        fn inner() -> Result<(), &'static str> {
            Err("inner")
        }
        let _ = inner();
        Ok(())
    }
    let logs = Logs::of(builder());
    track_errors::flush(std::time::Duration::from_secs(60));
    logs.exporter.reset();
    let Ok(()) = handles();
    track_errors::flush(std::time::Duration::from_secs(60));
    let record = logs.one();
    assert_eq!((record.event_name(), record.severity_number()), (None, Some(Severity::Info)));
    assert_eq!(attribute(&record, "track_errors.handled_count"), Some(AnyValue::Int(1)));
    assert_eq!(attribute(&record, "exception.message"), None);
    assert_eq!(attribute(&record, "code.file.path"), text("tests/opentelemetry_sink.rs"));
}

#[test]
fn every_level_has_its_severity() {
    let logs = Logs::of(builder());
    #[track_errors(level = |error: &Level| *error)]
    fn fails(level: Level) -> Result<(), Level> {
        Err(level)
    }
    for level in Level::ALL {
        fails(level).unwrap_err();
    }
    let records = logs.records();
    for (level, record) in Level::ALL.into_iter().zip(&records) {
        assert_eq!(record.severity_text(), Some(level.as_str()));
    }
    let numbers: Vec<_> =
        records.iter().map(|record| record.severity_number().unwrap() as u8).collect();
    assert_eq!(numbers, [5, 9, 10, 13, 17, 18, 19, 21]);
}

#[test]
fn an_exception_can_be_recorded_into_a_record_of_the_program() {
    use opentelemetry::logs::{Logger, LoggerProvider};

    #[derive(Debug)]
    struct PayError(io::Error);
    impl fmt::Display for PayError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no card")
        }
    }
    impl Error for PayError {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    let logs = Logs::of(builder());
    let logger = logs.provider.logger("shop");
    let record = |fill: &dyn Fn(&mut SdkLogRecord)| {
        let mut record = logger.create_log_record();
        fill(&mut record);
        record
    };
    let pay = || PayError(io::Error::other("timed out"));

    let of_type = record(&|record| otel::record_exception(record, &pay()));
    let path =
        "opentelemetry_sink::an_exception_can_be_recorded_into_a_record_of_the_program::PayError";
    assert_eq!(attribute(&of_type, "exception.type"), text(path));
    assert_eq!(attribute(&of_type, "exception.message"), text("no card"));
    let stack = format!("{path}: no card\nCaused by: timed out");
    assert_eq!(attribute(&of_type, "exception.stacktrace"), text(&stack));

    let boxed: Box<dyn Error + Send + Sync> = "no order".into();
    let of_box = record(&|record| otel::record_exception(record, &boxed));
    assert_eq!(attribute(&of_box, "exception.message"), text("no order"));
    assert_eq!(attribute(&of_box, "exception.stacktrace"), None);

    let unsized_error: &dyn Error = &pay();
    let of_dyn = record(&|record| otel::record_exception(record, unsized_error));
    assert_eq!(attribute(&of_dyn, "exception.message"), text("no card"));
    assert_eq!(attribute(&of_dyn, "exception.type"), text("std::io::Error"));
    assert!(logs.records().is_empty());
}
