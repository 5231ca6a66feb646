//! Error logs as events of `tracing`, in front of the real layers.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, Registry, prelude::*};
use track_errors::{Batch, FieldValue, Keep, Level, RateLimit, track_errors};
use track_errors_integration_tests::Buffer;
use track_errors_tests::admission::check_event;

// ------------------------------------------------------------------------------------------------
// The process: one sink, and an output for what it refuses

/// Lines of the output.
static OUTPUT: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Output;

impl track_errors::Sink for Output {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let lines = std::str::from_utf8(batch.bytes()).expect("UTF-8").lines();
        OUTPUT.lock().expect("no panic").extend(lines.map(str::to_owned));
        Ok(())
    }
}

thread_local! {
    /// Whether the context has a structure.
    static IS_STRUCTURED: Cell<bool> = const { Cell::new(false) };
}

fn init() {
    static INIT: LazyLock<()> = LazyLock::new(|| {
        track_errors::builder()
            .service("shop")
            .env("prod")
            .version("1.2.3")
            .rate_limit(RateLimit::Off)
            .context(|context| {
                context.trace(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 17, true);
            })
            .context(|context| {
                if IS_STRUCTURED.get() {
                    let items = FieldValue::Array(vec!["a".into(), 2.into()]);
                    context.field("cart", FieldValue::Object(vec![("items".to_owned(), items)]));
                }
            })
            .before_emit(|record| {
                if record.message == "many fields" {
                    let field = record.fields[0].clone();
                    for number in 0..100 {
                        let mut field = field.clone();
                        field.name = format!("field{number}").into();
                        record.fields.push(field);
                    }
                    record.fields.push(field);
                } else if record.message == "a field twice" {
                    record.fields.push(record.fields[0].clone());
                }
                Keep::Yes
            })
            .record_sink(track_errors::tracing::sink())
            .init_with_sink(Output);
    });
    LazyLock::force(&INIT);
}

/// Runs `f` under a subscriber, and waits until its errors are emitted.
fn run<S: Subscriber + Send + Sync + 'static>(subscriber: S, f: impl FnOnce()) {
    init();
    with_default(subscriber, f);
    flush();
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

/// Lines of the output with this text.
fn refused(text: &str) -> Vec<Value> {
    let output = OUTPUT.lock().expect("no panic");
    let lines = output.iter().filter(|line| line.contains(text));
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// An event as a layer sees it.
#[derive(Debug, Clone)]
struct Seen {
    metadata: &'static Metadata<'static>,
    is_root: bool,
    thread: Option<String>,
    values: Vec<(&'static str, Recorded)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Recorded {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(String),
    Debug(String),
}

impl Seen {
    fn value(&self, name: &str) -> Option<&Recorded> {
        self.values.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    #[track_caller]
    fn text(&self, name: &str) -> &str {
        match self.value(name) {
            Some(Recorded::Str(text)) => text,
            other => panic!("{name} is {other:?}"),
        }
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.values.push((field.name(), Recorded::Debug(format!("{value:?}"))));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.values.push((field.name(), Recorded::Bool(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.values.push((field.name(), Recorded::Int(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.values.push((field.name(), Recorded::Uint(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.values.push((field.name(), Recorded::Float(value)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.values.push((field.name(), Recorded::Str(value.to_owned())));
    }
}

/// A layer that keeps all events.
#[derive(Debug, Clone, Default)]
struct Keeper(Arc<Mutex<Vec<Seen>>>);

impl<S: Subscriber> Layer<S> for Keeper {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let thread = std::thread::current().name().map(str::to_owned);
        let is_root = event.is_root();
        let mut seen = Seen { metadata: event.metadata(), is_root, thread, values: Vec::new() };
        event.record(&mut seen);
        self.0.lock().expect("no panic").push(seen);
    }
}

impl Keeper {
    fn all(&self) -> Vec<Seen> {
        self.0.lock().expect("no panic").clone()
    }

    #[track_caller]
    fn only(&self) -> Seen {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "one event: {all:#?}");
        all.remove(0)
    }
}

/// The events of `f` under the layer of spans and one that keeps events.
#[track_caller]
fn events(f: impl FnOnce()) -> Keeper {
    let keeper = Keeper::default();
    run(Registry::default().with(track_errors::tracing::layer()).with(keeper.clone()), f);
    keeper
}

// ------------------------------------------------------------------------------------------------
// Functions that fail

mod checkout {
    use super::*;

    #[derive(Debug)]
    pub(super) enum PayError {
        Declined(io::Error),
    }

    impl std::fmt::Display for PayError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the payment is declined")
        }
    }

    impl std::error::Error for PayError {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            match self {
                PayError::Declined(cause) => Some(cause),
            }
        }
    }

    /// The line of the error.
    pub(super) const LINE: u32 = line!() + 9;

    #[track_errors(
        service = "pay",
        level = "critical",
        fingerprint = "declined",
        fields(order, ratio = 0.5, paid = false, card = "visa", big = u64::MAX, nan = f64::NAN)
    )]
    pub(super) fn pay(order: i64) -> Result<(), PayError> {
        Err(PayError::Declined(io::Error::other("no \"funds\"\nin the account")))
    }
}

use checkout::pay;

#[track_errors]
fn fails(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

// ------------------------------------------------------------------------------------------------
// What JSON layers print

fn flattened(buffer: &Buffer) -> impl Subscriber + Send + Sync + 'static {
    let json = tracing_subscriber::fmt::layer().json().flatten_event(true);
    let json = json.with_file(true).with_line_number(true).with_thread_names(true);
    let json = json.with_thread_ids(true).with_writer(buffer.clone());
    Registry::default().with(track_errors::tracing::layer()).with(json)
}

#[test]
fn datadog_admits_the_line_of_tracing_subscribers_json() {
    let buffer = Buffer::default();
    run(flattened(&buffer), || {
        let _span = tracing::info_span!("request", request_id = "r-1", attempt = 2).entered();
        assert!(pay(7).is_err());
    });
    let line = buffer.only_line();
    assert_eq!(check_event(&line), Ok(()));
    let line = json(&line);
    assert_eq!(line["error.kind"], "tracing_sink::checkout::PayError::Declined");
    assert_eq!(line["error.message"], "the payment is declined");
    assert_eq!(line["message"], "the payment is declined");
    assert_eq!((&line["service"], &line["status"]), (&"pay".into(), &"critical".into()));
    assert_eq!((&line["context.request_id"], &line["context.attempt"]), (&"r-1".into(), &2.into()));
    assert_eq!(line["context.order"], 7);
    assert_eq!(line["target"], "tracing_sink::checkout");
    assert_eq!(line["filename"], "tests/tracing_sink.rs");
    assert_eq!(line["line_number"], checkout::LINE);
    assert!(line.get("span").is_none() && line.get("spans").is_none(), "a root event");
}

#[test]
fn datadog_admits_the_line_of_json_subscriber() {
    let buffer = Buffer::default();
    let mut layer = json_subscriber::JsonLayer::stdout();
    layer.with_timer("timestamp", tracing_subscriber::fmt::time::SystemTime);
    layer.with_level("level").with_target("target").with_flattened_event();
    let layer = layer.with_writer(buffer.clone());
    run(Registry::default().with(track_errors::tracing::layer()).with(layer), || {
        let _span = tracing::info_span!("request", request_id = "r-2").entered();
        assert!(pay(8).is_err());
    });
    let line = buffer.only_line();
    assert_eq!(check_event(&line), Ok(()));
    assert_eq!(json(&line)["context.request_id"], "r-2");
}

#[test]
fn without_flattening_the_attributes_are_under_fields() {
    let buffer = Buffer::default();
    let json_layer = tracing_subscriber::fmt::layer().json().with_writer(buffer.clone());
    run(Registry::default().with(json_layer), || assert!(pay(9).is_err()));
    let line = json(&buffer.only_line());
    assert_eq!(line["fields"]["error.kind"], "tracing_sink::checkout::PayError::Declined");
}

#[test]
fn the_human_readable_layer_writes_one_line() {
    let buffer = Buffer::default();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(buffer.clone());
    run(Registry::default().with(layer), || assert!(pay(10).is_err()));
    let line = buffer.only_line();
    assert!(line.contains("ERROR") && line.contains("the payment is declined"), "{line}");
}

// ------------------------------------------------------------------------------------------------
// The event

#[test]
fn an_event_has_the_attributes_of_both_back_ends() {
    let event = events(|| assert!(pay(11).is_err())).only();
    let stack = event.text("error.stack");
    assert!(stack.contains("checkout::pay") && stack.contains("Caused by"), "{stack}");
    assert_eq!(event.text("exception.type"), "tracing_sink::checkout::PayError");
    assert_eq!(event.text("exception.message"), "the payment is declined");
    assert_eq!(event.text("exception.stacktrace"), stack);
    assert_eq!(event.text("error.fingerprint"), "declined");
    assert_eq!(
        json(event.text("error.causes")),
        serde_json::json!([{"kind": "std::io::Error", "message": "no \"funds\"\nin the account"}])
    );
    assert_eq!((event.text("dd.env"), event.text("dd.version")), ("prod", "1.2.3"));
    assert_eq!(event.text("dd.trace_id"), 0x8448_eb21_1c80_319c_u64.to_string());
    assert_eq!(event.text("dd.span_id"), "17");
    assert_eq!(event.text("logger.method_name"), "tracing_sink::checkout::pay");
    assert!(event.text("logger.thread_name").contains("attributes_of_both"));
    assert_eq!(event.text("track_errors.id").len(), 16);
    assert!(event.text("track_errors.timestamp").ends_with('Z'));
    assert_eq!(event.value("message"), Some(&Recorded::Debug("the payment is declined".into())));
}

#[test]
fn fields_keep_their_types() {
    let event = events(|| assert!(pay(12).is_err())).only();
    assert_eq!(event.value("context.order"), Some(&Recorded::Int(12)));
    assert_eq!(event.value("context.ratio"), Some(&Recorded::Float(0.5)));
    assert_eq!(event.value("context.paid"), Some(&Recorded::Bool(false)));
    assert_eq!(event.value("context.card"), Some(&Recorded::Str("visa".into())));
    assert_eq!(event.value("context.big"), Some(&Recorded::Uint(u64::MAX)));
    assert_eq!(event.value("context.nan"), Some(&Recorded::Str("NaN".into())));
}

#[test]
fn no_name_is_one_that_json_layers_write_and_none_comes_twice() {
    let event = events(|| {
        let _span = tracing::info_span!("request", level = 1, target = 2, timestamp = 3).entered();
        let _span = tracing::info_span!("inner", level = 4, spans = 5, span = 6).entered();
        assert!(pay(13).is_err());
    })
    .only();
    let mut names: Vec<_> = event.values.iter().map(|(name, _)| *name).collect();
    let plain: Vec<_> = names.iter().filter(|name| !name.contains('.')).collect();
    assert_eq!(plain, [&"message", &"service", &"status"]);
    assert_eq!(event.value("context.level"), Some(&Recorded::Int(4)));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn an_event_is_a_root_event_of_the_worker() {
    let event = events(|| {
        let _span = tracing::info_span!("request").entered();
        assert!(pay(14).is_err());
    })
    .only();
    assert!(event.is_root);
    assert_eq!(event.thread.as_deref(), Some("track_errors"));
    assert_eq!(event.text("track_errors.spans"), r#"["request"]"#);
}

#[test]
fn the_place_of_the_event_is_that_of_the_error() {
    let event = events(|| assert!(pay(15).is_err())).only();
    let metadata = event.metadata;
    assert_eq!((metadata.target(), metadata.name()), ("tracing_sink::checkout", "exception"));
    assert_eq!(metadata.module_path(), Some("tracing_sink::checkout"));
    let place = (metadata.file(), metadata.line());
    assert_eq!(place, (Some("tests/tracing_sink.rs"), Some(checkout::LINE)));
}

#[test]
fn each_of_the_eight_levels_has_the_nearest_of_the_five() {
    #[track_errors(level = |level: &Leveled| level.0)]
    fn leveled(level: Level) -> Result<(), Leveled> {
        Err(Leveled(level))
    }
    #[derive(Debug)]
    struct Leveled(Level);

    let levels = [
        (Level::Debug, tracing::Level::DEBUG),
        (Level::Info, tracing::Level::INFO),
        (Level::Notice, tracing::Level::INFO),
        (Level::Warn, tracing::Level::WARN),
        (Level::Error, tracing::Level::ERROR),
        (Level::Critical, tracing::Level::ERROR),
        (Level::Alert, tracing::Level::ERROR),
        (Level::Emergency, tracing::Level::ERROR),
    ];
    let events = events(|| levels.iter().for_each(|(level, _)| assert!(leveled(*level).is_err())));
    let seen: Vec<_> = events
        .all()
        .iter()
        .map(|event| (event.text("status").parse().unwrap(), *event.metadata.level()))
        .collect();
    assert_eq!(seen, levels);
}

#[test]
fn a_long_message_is_cut_in_the_message_and_whole_in_the_error() {
    let text = "long ".repeat(200);
    let event = events(|| assert!(fails(&text).is_err())).only();
    assert_eq!(event.text("error.message"), text);
    let Some(Recorded::Debug(message)) = event.value("message") else { panic!("{event:?}") };
    assert!(message.len() < 400, "{message}");
}

#[track_errors(fields(order))]
fn with_order(order: u32, text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[test]
fn structures_are_json_in_a_text() {
    IS_STRUCTURED.set(true);
    let event = events(|| assert!(with_order(3, "structured").is_err())).only();
    assert_eq!(event.text("context.cart"), r#"{"items":["a",2]}"#);
}

#[test]
fn a_field_that_a_hook_adds_again_is_recorded_once() {
    let event = events(|| assert!(with_order(1, "a field twice").is_err())).only();
    let named = event.values.iter().filter(|(name, _)| *name == "context.order");
    assert_eq!(named.count(), 1);
}

#[test]
fn more_fields_than_an_event_has_room_for_are_json_in_one_text() {
    let event = events(|| assert!(with_order(2, "many fields").is_err())).only();
    let fields = json(event.text("context"));
    assert_eq!((&fields["order"], &fields["field99"]), (&2.into(), &2.into()));
    assert_eq!(fields.as_object().expect("an object").len(), 101, "each name once");
    assert_eq!(event.metadata.target(), "tracing_sink");
}

// ------------------------------------------------------------------------------------------------
// Call sites

#[test]
fn errors_of_one_place_with_the_same_names_share_a_call_site() {
    let events = events(|| {
        for order in 0..3 {
            assert!(pay(order).is_err());
        }
        let _span = tracing::info_span!("request", request_id = 1).entered();
        assert!(pay(3).is_err());
    })
    .all();
    let callsite = |at: usize| events[at].metadata.callsite();
    assert_eq!((callsite(0), callsite(1)), (callsite(1), callsite(2)));
    assert_ne!(callsite(2), callsite(3), "another set of names");
}

#[test]
fn a_place_with_too_many_sets_of_names_has_its_fields_in_one_text() {
    macro_rules! spans {
        ($($name:ident)*) => {$(
            let _span = tracing::info_span!("request", $name = stringify!($name)).entered();
            assert!(fails("many sets of names").is_err());
        )*};
    }
    let events = events(|| {
        spans!(a b c d e f g h i j k l);
    })
    .all();
    assert_eq!(events.len(), 12);
    let has_text = |event: &&Seen| event.value("context").is_some();
    let texts: Vec<_> =
        events.iter().filter(has_text).map(|event| json(event.text("context"))).collect();
    assert!(texts.len() >= 4, "{}", texts.len());
    assert_eq!(texts.last().expect("some")["l"], "l");
    assert!(events.iter().all(|event| event.metadata.target() == "tracing_sink"));
}

// ------------------------------------------------------------------------------------------------
// Filters, and what is refused

#[test]
fn without_a_subscriber_an_error_goes_to_the_output() {
    init();
    assert!(fails("no subscriber at all").is_err());
    flush();
    let lines = refused("no subscriber at all");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["error"]["kind"], "String");
}

#[test]
fn what_an_env_filter_disables_by_its_target_goes_to_the_output() {
    let keeper = Keeper::default();
    let filter = EnvFilter::new("info,tracing_sink::checkout=off");
    run(Registry::default().with(filter).with(keeper.clone()), || {
        assert!(pay(4711).is_err());
        assert!(fails("not disabled by its target").is_err());
    });
    assert_eq!(keeper.only().metadata.target(), "tracing_sink");
    assert!(refused("4711").iter().any(|line| line["context"]["order"] == 4711));
    assert!(refused("not disabled by its target").is_empty());
}

#[test]
fn what_a_level_disables_goes_to_the_output() {
    #[track_errors(level = "info")]
    fn hardly() -> Result<(), String> {
        Err("hardly an error".to_owned())
    }
    let keeper = Keeper::default();
    run(Registry::default().with(LevelFilter::WARN).with(keeper.clone()), || {
        assert!(hardly().is_err());
        assert!(fails("an error above the level").is_err());
    });
    assert_eq!(keeper.only().text("error.message"), "an error above the level");
    assert_eq!(refused("hardly an error").len(), 1);
}

#[test]
fn a_filter_of_one_layer_does_not_hide_an_event_from_the_others() {
    let (all, none, errors) = (Keeper::default(), Keeper::default(), Keeper::default());
    let subscriber = Registry::default()
        .with(all.clone())
        .with(none.clone().with_filter(EnvFilter::new("tracing_sink=off")))
        .with(errors.clone().with_filter(EnvFilter::new("tracing_sink=error")));
    run(subscriber, || assert!(fails("filters of layers").is_err()));
    assert_eq!([all, none, errors].map(|keeper| keeper.all().len()), [1, 0, 1]);
}

#[test]
fn each_error_goes_to_the_subscriber_of_its_place() {
    let (first, second) = (Keeper::default(), Keeper::default());
    run(Registry::default().with(first.clone()), || {
        assert!(fails("of the first").is_err());
        with_default(Registry::default().with(second.clone()), || {
            assert!(fails("of the second").is_err());
        });
    });
    assert_eq!(first.only().text("error.message"), "of the first");
    assert_eq!(second.only().text("error.message"), "of the second");
}

#[test]
fn an_event_arrives_when_its_subscriber_is_no_longer_current() {
    init();
    let keeper = Keeper::default();
    std::thread::spawn({
        let keeper = keeper.clone();
        || with_default(Registry::default().with(keeper), || drop(fails("late")))
    })
    .join()
    .expect("no panic");
    flush();
    assert_eq!(keeper.only().text("error.message"), "late");
}

#[test]
fn a_layer_that_panics_makes_the_error_go_to_the_output() {
    struct Panics;
    impl<S: Subscriber> Layer<S> for Panics {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            panic!("on purpose: a layer that panics");
        }
    }
    run(Registry::default().with(Panics), || assert!(fails("a layer panics").is_err()));
    assert_eq!(refused("a layer panics").len(), 1);
}

#[test]
fn a_layer_that_fails_in_a_tracked_function_does_not_loop() {
    struct Tracked(Keeper);
    impl<S: Subscriber> Layer<S> for Tracked {
        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            assert!(fails("inside of a layer").is_err());
            tracing::error!("an event inside of a layer");
            self.0.on_event(event, context);
        }
    }
    let keeper = Keeper::default();
    run(Registry::default().with(Tracked(keeper.clone())), || {
        assert!(fails("outside of the layer").is_err());
    });
    assert_eq!(keeper.only().text("error.message"), "outside of the layer");
    assert!(refused("inside of a layer").is_empty());
}

#[test]
fn an_error_log_that_a_layer_hands_on_elsewhere_is_not_logged_again() {
    /// Makes an event of the same call site on a thread of its own.
    struct HandsOn(Keeper);
    impl<S: Subscriber> Layer<S> for HandsOn {
        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            self.0.on_event(event, context);
            let metadata = event.metadata();
            let again = || {
                let layer = track_errors::tracing::layer().log_text_events();
                let subscriber = Registry::default().with(layer).with(self.0.clone());
                with_default(subscriber, || {
                    let fields = metadata.fields();
                    let message = fields.field("error.message").expect("the field");
                    let values = [(&message, Some(&"handed on" as &dyn tracing::Value))];
                    Event::dispatch(metadata, &fields.value_set(&values));
                });
            };
            std::thread::scope(|scope| scope.spawn(again).join().expect("no panic"));
        }
    }
    let keeper = Keeper::default();
    run(Registry::default().with(HandsOn(keeper.clone())), || {
        assert!(fails("at first").is_err());
    });
    flush();
    let all = keeper.all();
    let messages: Vec<_> = all.iter().map(|event| event.text("error.message")).collect();
    assert_eq!(messages, ["at first", "handed on"]);
}

#[test]
fn an_error_event_that_the_layer_logs_becomes_one_event_of_the_sink() {
    let keeper = Keeper::default();
    let layer = track_errors::tracing::layer().log_error_events().log_text_events();
    run(Registry::default().with(layer).with(keeper.clone()), || {
        tracing::error!("an event of the program");
    });
    let all = keeper.all();
    let logs: Vec<_> = all.iter().filter(|event| event.value("error.kind").is_some()).collect();
    assert_eq!((all.len(), logs.len()), (2, 1), "{all:#?}");
    assert_eq!(logs[0].text("error.message"), "an event of the program");
    assert_eq!(logs[0].metadata.target(), "tracing_sink");
}

// ------------------------------------------------------------------------------------------------
// OpenTelemetry

#[test]
fn the_appender_of_opentelemetry_finds_the_trace_and_the_exception() {
    use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
    use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
    use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};

    let exporter = InMemoryLogExporter::default();
    let logs = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let traces = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let span = traces.tracer("test").start("request");
    let context = opentelemetry::Context::current_with_span(span);
    run(Registry::default().with(OpenTelemetryTracingBridge::new(&logs)), || {
        let _attached = context.clone().attach();
        assert!(pay(17).is_err());
    });
    let emitted = exporter.get_emitted_logs().expect("logs");
    assert_eq!(emitted.len(), 1);
    let record = &emitted[0].record;
    let trace = record.trace_context().expect("a trace");
    let expected = context.span().span_context().clone();
    assert_eq!((trace.trace_id, trace.span_id), (expected.trace_id(), expected.span_id()));
    assert_eq!(record.event_name(), Some("exception"));
    let attribute = |name: &str| {
        record
            .attributes_iter()
            .find(|(key, _)| key.as_str() == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(attribute("exception.message"), Some("the payment is declined".into()));
    assert_eq!(attribute("context.order"), Some(17.into()));
    assert_eq!(record.body(), Some(&"the payment is declined".into()));
}
