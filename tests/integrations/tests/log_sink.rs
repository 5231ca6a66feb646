//! Error logs as records of the `log` crate, in front of real loggers.

use std::collections::BTreeMap;
use std::io;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use log::kv::{self, Key, VisitSource};
use log::{Log, Metadata, Record};
use tracing::Subscriber;
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, prelude::*};
use track_errors::{Level, RateLimit, track_errors};

/// A record as a logger sees it.
#[derive(Debug, Clone)]
struct Seen {
    message: String,
    level: log::Level,
    target: String,
    module: Option<String>,
    place: (Option<String>, Option<u32>),
    thread: Option<String>,
    values: BTreeMap<String, String>,
}

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());
/// What `env_logger` writes.
static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// Events of `tracing` that `LogTracer` made: messages and targets.
static EVENTS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

struct Text;

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps records, and hands them on to `env_logger` and to `tracing`.
struct Loggers {
    env_logger: env_logger::Logger,
    tracer: tracing_log::LogTracer,
}

impl Log for Loggers {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() != "log_sink::quiet"
    }

    fn log(&self, record: &Record<'_>) {
        struct Values(BTreeMap<String, String>);
        impl<'kvs> VisitSource<'kvs> for Values {
            fn visit_pair(
                &mut self,
                key: Key<'kvs>,
                value: kv::Value<'kvs>,
            ) -> Result<(), kv::Error> {
                let kind = match value.to_i64() {
                    Some(_) => "i64 ",
                    None if value.to_bool().is_some() => "bool ",
                    None if value.to_u64().is_some() => "u64 ",
                    None if value.to_f64().is_some() => "f64 ",
                    None => "",
                };
                let before = self.0.insert(key.to_string(), format!("{kind}{value}"));
                assert!(before.is_none(), "{key} comes twice");
                Ok(())
            }
        }
        assert!(self.enabled(record.metadata()));
        let mut values = Values(BTreeMap::new());
        record.key_values().visit(&mut values).expect("no error");
        SEEN.lock().expect("no panic").push(Seen {
            message: record.args().to_string(),
            level: record.level(),
            target: record.target().to_owned(),
            module: record.module_path().map(str::to_owned),
            place: (record.file().map(str::to_owned), record.line()),
            thread: std::thread::current().name().map(str::to_owned),
            values: values.0,
        });
        self.env_logger.log(record);
        self.tracer.log(record);
        // A logger may fail in a tracked function.
        assert!(fails("inside of the logger").is_err());
    }

    fn flush(&self) {}
}

/// Keeps the events that come from `log`.
struct FromLog;

#[derive(Default)]
struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for FromLog {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        use tracing_log::NormalizeEvent as _;
        if let Some(metadata) = event.normalized_metadata() {
            let mut message = Message::default();
            event.record(&mut message);
            EVENTS.lock().expect("no panic").push((message.0, metadata.target().to_owned()));
        }
    }
}

fn init() {
    static INIT: LazyLock<()> = LazyLock::new(|| {
        let env_logger = env_logger::Builder::new()
            .filter_level(log::LevelFilter::Trace)
            .write_style(env_logger::WriteStyle::Never)
            .target(env_logger::Target::Pipe(Box::new(Text)))
            .build();
        let loggers = Loggers { env_logger, tracer: tracing_log::LogTracer::new() };
        log::set_boxed_logger(Box::new(loggers)).expect("the first logger");
        log::set_max_level(log::LevelFilter::Info);
        let subscriber = tracing_subscriber::registry().with(FromLog);
        tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
        track_errors::builder()
            .service("shop")
            .rate_limit(RateLimit::Off)
            .record_sink(track_errors::log::sink())
            .init_with_sink(Output);
    });
    LazyLock::force(&INIT);
}

static OUTPUT: Mutex<String> = Mutex::new(String::new());

struct Output;

impl track_errors::Sink for Output {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &track_errors::Batch<'_>) -> io::Result<()> {
        let text = std::str::from_utf8(batch.bytes()).expect("UTF-8");
        OUTPUT.lock().expect("no panic").push_str(text);
        Ok(())
    }
}

/// The records of `f` with this message.
fn records(message: &str, f: impl FnOnce()) -> Vec<Seen> {
    init();
    f();
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
    let seen = SEEN.lock().expect("no panic");
    seen.iter().filter(|record| record.message == message).cloned().collect()
}

#[track_caller]
fn only(mut records: Vec<Seen>) -> Seen {
    assert_eq!(records.len(), 1, "one record: {records:#?}");
    records.remove(0)
}

#[track_errors]
fn fails(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

const LINE: u32 = line!() + 8;

#[track_errors(
    service = "pay",
    level = "critical",
    fields(order, paid = false, ratio = 0.5, big = u64::MAX, card = "visa")
)]
fn pay(order: i64, text: &str) -> Result<(), io::Error> {
    Err(io::Error::other(text.to_owned()))
}

#[test]
fn an_error_log_is_a_record_with_place_and_key_values() {
    let record = only(records("no funds", || assert!(pay(7, "no funds").is_err())));
    assert_eq!((record.level, &*record.target), (log::Level::Error, "log_sink"));
    assert_eq!(record.module.as_deref(), Some("log_sink"));
    assert_eq!(record.place, (Some("tests/log_sink.rs".to_owned()), Some(LINE)));
    let value = |name: &str| record.values.get(name).map(String::as_str);
    assert_eq!(value("error.kind"), Some("std::io::Error"));
    assert_eq!(value("error.message"), Some("no funds"));
    assert!(value("error.stack").is_some_and(|stack| stack.contains("log_sink::pay")));
    assert_eq!(value("exception.type"), Some("std::io::Error"));
    assert_eq!((value("service"), value("status")), (Some("pay"), Some("critical")));
    assert_eq!(value("message"), None, "the text of the record is the message");
    assert_eq!(record.thread.as_deref(), Some("track_errors"));
}

#[test]
fn key_values_keep_their_types() {
    let record = only(records("typed", || assert!(pay(8, "typed").is_err())));
    let value = |name: &str| record.values[&format!("context.{name}")].as_str();
    assert_eq!((value("order"), value("paid")), ("i64 8", "bool false"));
    assert_eq!((value("ratio"), value("card")), ("f64 0.5", "visa"));
    assert_eq!(value("big"), format!("u64 {}", u64::MAX));
}

#[test]
fn env_logger_writes_the_key_values() {
    records("for env_logger", || assert!(pay(9, "for env_logger").is_err()));
    let text = String::from_utf8(TEXT.lock().expect("no panic").clone()).expect("UTF-8");
    // The stack keeps its line breaks.
    let entry = &text[text.find("for env_logger").expect("the entry")..];
    for part in ["error.kind=std::io::Error", "error.stack=", "log_sink::pay", "context.order=9"] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
}

#[test]
fn each_level_has_the_nearest_one_of_log() {
    #[derive(Debug)]
    struct Leveled(Level);
    #[track_errors(level = |error: &Leveled| error.0, kind = "leveled")]
    fn leveled(level: Level) -> Result<(), Leveled> {
        Err(Leveled(level))
    }
    let levels = [
        (Level::Info, log::Level::Info),
        (Level::Notice, log::Level::Info),
        (Level::Warn, log::Level::Warn),
        (Level::Error, log::Level::Error),
        (Level::Emergency, log::Level::Error),
    ];
    for (level, expected) in levels {
        let message = format!("Leveled({level:?})");
        let record = only(records(&message, || assert!(leveled(level).is_err())));
        assert_eq!(record.level, expected, "{level:?}");
    }
}

mod quiet {
    use track_errors::track_errors;

    #[track_errors]
    pub(super) fn fails() -> Result<(), &'static str> {
        Err("disabled by its target")
    }
}

#[test]
fn what_the_logger_disables_goes_to_the_output() {
    #[track_errors(level = "debug")]
    fn detail() -> Result<(), &'static str> {
        Err("below the level of the logger")
    }
    let found = records("disabled by its target", || {
        assert!(quiet::fails().is_err());
        assert!(detail().is_err());
    });
    assert!(found.is_empty(), "{found:?}");
    let output = OUTPUT.lock().expect("no panic");
    for message in ["disabled by its target", "below the level of the logger"] {
        assert!(output.contains(message), "{message}: {output}");
    }
}

#[test]
fn a_logger_that_fails_in_a_tracked_function_does_not_loop() {
    only(records("once", || assert!(fails("once").is_err())));
    assert!(records("inside of the logger", || ()).is_empty());
}

#[test]
fn a_logger_that_hands_on_to_tracing_makes_one_event_of_it() {
    only(records("for tracing", || assert!(fails("for tracing").is_err())));
    let events = EVENTS.lock().expect("no panic");
    let own: Vec<_> = events.iter().filter(|(message, _)| message == "for tracing").collect();
    assert_eq!(own, [&("for tracing".to_owned(), "log_sink".to_owned())]);
}
