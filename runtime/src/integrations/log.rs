//! [`log`](::log): error logs are records of the `log` crate.
//!
//! In: a record, on the worker. Out: a call of the program's logger. What it does not want is refused, so that it
//! goes to the output.
//!
//! No loops: only the worker calls the logger, and errors of the worker's thread are never logged. So a logger may
//! hand the record on to `tracing`, as `tracing_log::LogTracer` does. If it does so on a thread of its own, the
//! layer of `tracing` recognises the record by its target, text and place.

use ::log::kv::{self, Key, Source, VisitSource};
use ::log::{Level, Metadata, Record};

use crate::config::{ErrorLog, Handover, RecordSink, UnloggedErrors};
use crate::model;
use crate::output::format::flat::{self, Attribute, Value};
use crate::pipeline;

/// The attribute that is the text of the record.
const MESSAGE: &str = "message";

/// A sink of error logs: each is a record of the `log` crate, for the logger of the program.
///
/// The target of the record is the module of the function; file and line are those of the error. Its text is the
/// message, at most 256 bytes of it. Its key-values have the names of the events of
/// `track_errors::tracing::Sink`: `error.kind`, `error.message`, `error.stack`, `context.<name>` and so on.
///
/// The level is `Debug`, `Info` (also for `notice`), `Warn`, or `Error` (for all above); `status` among the
/// key-values is one of the eight levels of [`Level`](crate::Level).
///
/// To the [`output`](crate::Builder::output) goes what the logger disables, what is logged before there is a
/// logger, and, with [`Delivery::Sync`](crate::Delivery::Sync), everything: a logger may hold a lock while it calls
/// the code that fails.
#[derive(Debug, Clone, Copy)]
#[must_use = "give it to `Builder::record_sink`"]
pub struct Sink(());

/// A [`Sink`], for [`Builder::record_sink`](crate::Builder::record_sink).
///
/// ```
/// track_errors::builder().record_sink(track_errors::log::sink()).init();
/// ```
pub fn sink() -> Sink {
    Sink(())
}

impl RecordSink for Sink {
    fn name(&self) -> &str {
        "log"
    }

    fn write(&self, log: &ErrorLog<'_>) -> Handover {
        let record = log.record;
        let attributes =
            Attributes { fixed: &flat::of_error(log), fields: &flat::of_fields(record) };
        let place = (&*record.location.file, record.location.line);
        emit(&attributes, level(record.level), &record.module, Some(place))
    }

    /// A record of level `Info`.
    fn write_unlogged(&self, unlogged: &UnloggedErrors<'_>) -> Handover {
        let fixed = flat::of_unlogged(unlogged);
        let attributes = Attributes { fixed: &fixed, fields: &[] };
        emit(&attributes, Level::Info, unlogged.module, None)
    }

    fn flush(&self) -> std::io::Result<()> {
        if pipeline::is_worker() {
            ::log::logger().flush();
        }
        Ok(())
    }
}

/// Calls the logger, if it wants the record.
fn emit(
    attributes: &Attributes<'_>,
    level: Level,
    module: &str,
    place: Option<(&str, u32)>,
) -> Handover {
    // First: on another thread the logger must not be called.
    if !pipeline::is_worker() {
        return Handover::Refused;
    }
    let logger = ::log::logger();
    let metadata = Metadata::builder().level(level).target(module).build();
    if level > ::log::max_level() || !logger.enabled(&metadata) {
        return Handover::Refused;
    }
    let message = attributes.message();
    #[cfg(feature = "tracing")]
    handed_on::note(module, message, place);
    let (file, line) = place.unzip();
    logger.log(
        &Record::builder()
            .metadata(metadata)
            .module_path(Some(module))
            .file(file)
            .line(line)
            .key_values(attributes)
            .args(format_args!("{message}"))
            .build(),
    );
    Handover::Taken
}

/// The records that were handed on last.
#[cfg(feature = "tracing")]
mod handed_on {
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::sync::atomic::{AtomicU64, Ordering};

    /// File and line.
    type Place<'a> = Option<(&'a str, u64)>;

    /// Hashes, each at the index that it gives; the newer one stays.
    static HASHES: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];

    fn hash(target: &str, message: &str, place: Place<'_>) -> (u64, &'static AtomicU64) {
        let mut hasher = DefaultHasher::new();
        (target, message, place).hash(&mut hasher);
        let hash = hasher.finish();
        (hash, &HASHES[hash as usize % HASHES.len()])
    }

    /// Relaxed: the logger that hands the record on orders this before what the reader does.
    pub(super) fn note(target: &str, message: &str, place: Option<(&str, u32)>) {
        let place = place.map(|(file, line)| (file, u64::from(line)));
        // Not every logger keeps the place.
        for place in [None, place] {
            let (hash, at) = hash(target, message, place);
            at.store(hash, Ordering::Relaxed);
        }
    }

    /// Whether the sink handed on such a record.
    pub(in super::super) fn contains(target: &str, message: &str, place: Place<'_>) -> bool {
        let (hash, at) = hash(target, message, place);
        at.load(Ordering::Relaxed) == hash
    }
}

#[cfg(feature = "tracing")]
pub(super) use handed_on::contains as was_handed_on;

/// The attributes of a record as its key-values.
struct Attributes<'a> {
    fixed: &'a [Attribute<'a>],
    fields: &'a [(String, Value<'a>)],
}

impl Attributes<'_> {
    fn message(&self) -> &str {
        let message = self.fixed.iter().find(|(name, _)| *name == MESSAGE);
        match message {
            Some((_, Some(Value::Text(text)))) => text,
            _ => "",
        }
    }
}

impl Source for Attributes<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        let fixed = self.fixed.iter().filter(|(name, _)| *name != MESSAGE);
        let fixed = fixed.filter_map(|(name, value)| Some((*name, value.as_ref()?)));
        let fields = self.fields.iter().map(|(name, value)| (&**name, value));
        fixed
            .chain(fields)
            .try_for_each(|(name, value)| visitor.visit_pair(Key::from_str(name), key_value(value)))
    }
}

fn key_value<'a>(value: &'a Value<'a>) -> kv::Value<'a> {
    match value {
        Value::Bool(value) => kv::Value::from(*value),
        Value::Int(value) => kv::Value::from(*value),
        Value::Uint(value) => kv::Value::from(*value),
        Value::Float(value) => kv::Value::from(*value),
        Value::Text(text) => kv::Value::from(&**text),
    }
}

/// The nearest of the five levels of `log`. The attribute `status` has the level itself.
fn level(level: model::Level) -> Level {
    match level {
        model::Level::Debug => Level::Debug,
        model::Level::Info | model::Level::Notice => Level::Info,
        model::Level::Warn => Level::Warn,
        model::Level::Error
        | model::Level::Critical
        | model::Level::Alert
        | model::Level::Emergency => Level::Error,
    }
}
