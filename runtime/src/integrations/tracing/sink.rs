//! The sink: error logs are events of `tracing`.
//!
//! In: a record, on the worker. Out: an event, through the dispatcher that was current where the error left its
//! function, for whatever layers there are. What has no dispatcher, and what its subscriber does not want, is
//! refused, so that it goes to the output.
//!
//! No loops: only the worker emits events, and errors of the worker's thread are never logged.

use ::tracing::dispatcher::{self, Dispatch};
use ::tracing::field::{Value, display};
use ::tracing::subscriber::NoSubscriber;
use ::tracing::{Event, Level, Metadata};

use super::callsite::{self, EventCallsite, Place};
use super::{CurrentDispatch, collect};
use crate::config::{ErrorLog, Handover, RecordSink, UnloggedErrors};
use crate::model::{self, ErrorRecord};
use crate::output::format::flat::{self, Value as Attribute};
use crate::pipeline;

/// The values of an event: all attributes of an error, and at most 64 fields.
const MAX_VALUES: usize = flat::OF_ERROR + 64;
/// The field that has the text of all fields of an error, where there is no call site for their names.
const FIELDS: &str = "context";

/// A sink of error logs: each is an event of `tracing`, for the layers of the program.
///
/// The worker emits it through the dispatcher that was current where the error left its function. It is a root
/// event: the spans of that place may be closed, and their fields are in the event, with the
/// [`layer`](super::layer()). Its target is the module of the function; file and line are those of the error.
///
/// | field | value |
/// |---|---|
/// | `message` | the message, at most 256 bytes of it |
/// | `service`, `status` | the service; one of the eight levels of [`Level`](crate::Level) |
/// | `error.kind`, `error.message`, `error.stack`, `error.fingerprint` | for Datadog Error Tracking |
/// | `exception.type`, `exception.message`, `exception.stacktrace` | for OpenTelemetry |
/// | `context.<name>` | a field of the function, the span or the context |
/// | `dd.service`, `dd.env`, `dd.version`, `dd.trace_id`, `dd.span_id` | for Datadog |
/// | `logger.name`, `logger.method_name`, `logger.thread_name` | module, function and thread of the error |
/// | `track_errors.id`, `track_errors.timestamp` | id and time of the error |
/// | `error.causes`, `track_errors.…` | what the line of this crate has there; lists are JSON in a text |
///
/// The level of the event is `DEBUG`, `INFO` (also for `notice`), `WARN`, or `ERROR` (for all above).
///
/// To the [`output`](crate::Builder::output) goes what has no dispatcher, what the subscriber disables, and,
/// with [`Delivery::Sync`](crate::Delivery::Sync), everything: a layer may hold a lock while it calls the code
/// that fails.
///
/// Source of the names: Datadog, "Track Backend Error Logs"; OpenTelemetry, "Semantic Conventions for Exceptions
/// in Logs".
#[derive(Debug, Clone, Copy)]
#[must_use = "give it to `Builder::record_sink`"]
pub struct Sink(());

/// A [`Sink`], for [`Builder::record_sink`](crate::Builder::record_sink). The [guide](crate::guide::outputs) has the
/// set-up.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// // And a layer that writes events, such as `tracing_subscriber::fmt::layer().json().flatten_event(true)`.
/// tracing_subscriber::registry().with(track_errors::tracing::layer()).init();
/// track_errors::builder().record_sink(track_errors::tracing::sink()).init();
/// ```
pub fn sink() -> Sink {
    collect::register_sink();
    #[cfg(feature = "opentelemetry")]
    crate::integrations::opentelemetry::register();
    Sink(())
}

impl RecordSink for Sink {
    fn name(&self) -> &str {
        "tracing"
    }

    fn write(&self, log: &ErrorLog<'_>) -> Handover {
        let Some(CurrentDispatch(dispatch)) = log.record.carried.get() else {
            return Handover::Refused;
        };
        if !may_emit(dispatch) {
            return Handover::Refused;
        }
        let _attached = match opentelemetry::attach(log.record) {
            Ok(attached) => attached,
            Err(Suppressed) => return Handover::Refused,
        };
        emit_error(dispatch, log)
    }

    /// An event of level `INFO`, through the global dispatcher.
    fn write_unlogged(&self, unlogged: &UnloggedErrors<'_>) -> Handover {
        dispatcher::get_default(|dispatch| {
            if may_emit(dispatch) { emit_unlogged(dispatch, unlogged) } else { Handover::Refused }
        })
    }
}

fn may_emit(dispatch: &Dispatch) -> bool {
    pipeline::is_worker() && !dispatch.is::<NoSubscriber>()
}

fn emit_error(dispatch: &Dispatch, log: &ErrorLog<'_>) -> Handover {
    let record = log.record;
    let place = Place {
        level: level(record.level),
        module: &record.module,
        location: Some((&record.location.file, record.location.line)),
    };
    let fixed = flat::of_error(log);
    let mut fields = flat::of_fields(record);
    let text;
    let room = MAX_VALUES - fixed.len();
    let with_fields = if fields.len() <= room {
        let names = fields.iter().map(|(name, _)| &**name);
        let names: Vec<&str> = fixed.iter().map(|(name, _)| *name).chain(names).collect();
        callsite::with_names(dispatch, place, &names)
    } else {
        None
    };
    let callsite = match with_fields {
        Some(callsite) => callsite,
        None => {
            text = flat::fields_as_text(record);
            fields = text.into_iter().map(|text| (FIELDS.to_owned(), text)).collect();
            let names: Vec<&str> = fixed.iter().map(|(name, _)| *name).chain([FIELDS]).collect();
            let Some(callsite) = callsite::with_fallback_names(dispatch, place, &names) else {
                return Handover::Refused;
            };
            callsite
        }
    };
    let fixed = fixed.iter().map(|(_, value)| value.as_ref());
    emit(dispatch, callsite, fixed.chain(fields.iter().map(|(_, value)| Some(value))))
}

fn emit_unlogged(dispatch: &Dispatch, unlogged: &UnloggedErrors<'_>) -> Handover {
    let place = Place { level: Level::INFO, module: unlogged.module, location: None };
    let attributes = flat::of_unlogged(unlogged);
    let names: Vec<&str> = attributes.iter().map(|(name, _)| *name).collect();
    match callsite::with_names(dispatch, place, &names) {
        Some(callsite) => {
            emit(dispatch, callsite, attributes.iter().map(|(_, value)| value.as_ref()))
        }
        None => Handover::Refused,
    }
}

/// Emits an event with these values, in the order of the call site's fields.
fn emit<'a>(
    dispatch: &Dispatch,
    callsite: &'static EventCallsite,
    values: impl Iterator<Item = Option<&'a Attribute<'a>>>,
) -> Handover {
    let metadata: &'static Metadata<'static> = callsite.metadata();
    if !dispatch.enabled(metadata) {
        return Handover::Refused;
    }
    let fields: Vec<_> = metadata.fields().iter().collect();
    let Some(first) = fields.first() else { return Handover::Refused };
    let values = fields.iter().zip(values);
    let values: Vec<Option<Box<dyn Value + '_>>> =
        values.map(|(field, value)| Some(boxed(field.name(), value?))).collect();
    // `tracing` takes values as an array of a fixed length. Those without a value are left out.
    let mut all: [(_, Option<&dyn Value>); MAX_VALUES] = [(first, None); MAX_VALUES];
    for ((entry, field), value) in all.iter_mut().zip(&fields).zip(&values) {
        *entry = (field, value.as_deref());
    }
    let values = metadata.fields().value_set(&all);
    dispatch.event(&Event::new_child_of(None, metadata, &values));
    Handover::Taken
}

fn boxed<'a>(name: &str, value: &'a Attribute<'a>) -> Box<dyn Value + 'a> {
    match value {
        // As the macros record it: layers know the message by that.
        Attribute::Text(text) if name == "message" => Box::new(display(text)),
        Attribute::Bool(value) => Box::new(*value),
        Attribute::Int(value) => Box::new(*value),
        Attribute::Uint(value) => Box::new(*value),
        Attribute::Float(value) => Box::new(*value),
        Attribute::Text(text) => Box::new(&**text),
    }
}

/// The nearest of the five levels of `tracing`. The field `status` has the level itself.
fn level(level: model::Level) -> Level {
    match level {
        model::Level::Debug => Level::DEBUG,
        model::Level::Info | model::Level::Notice => Level::INFO,
        model::Level::Warn => Level::WARN,
        model::Level::Error
        | model::Level::Critical
        | model::Level::Alert
        | model::Level::Emergency => Level::ERROR,
    }
}

/// The error is one of an exporter's own: an event would be exported, which would fail again, without an end.
struct Suppressed;

#[cfg(feature = "opentelemetry")]
mod opentelemetry {
    use super::{ErrorRecord, Suppressed};
    use crate::integrations::opentelemetry::CurrentContext;

    /// Makes the trace of the error current, so that an appender finds it.
    pub(super) fn attach(
        record: &ErrorRecord,
    ) -> Result<Option<::opentelemetry::ContextGuard>, Suppressed> {
        match record.carried.get::<CurrentContext>() {
            Some(context) if context.is_suppressed() => Err(Suppressed),
            // Without one the errors of several traces were alike.
            Some(context) if record.trace.is_some() => Ok(Some(context.to_context().attach())),
            _ => Ok(None),
        }
    }
}

#[cfg(not(feature = "opentelemetry"))]
mod opentelemetry {
    use super::{ErrorRecord, Suppressed};

    /// There is no trace.
    pub(super) fn attach(_: &ErrorRecord) -> Result<Option<()>, Suppressed> {
        Ok(None)
    }
}
