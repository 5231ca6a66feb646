//! An error as a record of the Logs API: the same content as a record of the format `otlp`.

use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord, Severity};
use opentelemetry::{Key, SpanId, TraceFlags, TraceId};

use crate::config::{ErrorLog, UnloggedErrors};
use crate::model::{FieldValue, Level, LossCounts, TraceContext};
use crate::output::format::attributes::{AttributeValue, Attributes};
use crate::output::format::summary;

/// The name of the event, by the semantic conventions.
pub(super) const EVENT: &str = "exception";

/// Fills the record of an error.
pub(super) fn fill(to: &mut impl LogRecord, log: &ErrorLog<'_>) {
    let record = log.record;
    to.set_event_name(EVENT);
    // An event that is observed at its source has one time.
    to.set_timestamp(record.timestamp);
    to.set_observed_timestamp(record.timestamp);
    set_severity(to, record.level);
    to.set_body(AnyValue::from(summary(record).into_owned()));
    if let Some(trace) = record.trace {
        set_trace_context(to, trace);
    }
    // Of the function: that of the program is in the provider's resource.
    if let Some(service) = &record.service {
        to.add_attribute("service.name", service.clone().into_owned());
    }
    add_attributes(to, &Attributes::of_error(record, log.datadog_attributes));
}

/// Fills the record of a function's unlogged errors.
pub(super) fn fill_unlogged(to: &mut impl LogRecord, unlogged: &UnloggedErrors<'_>) {
    let UnloggedErrors { suppressed, dropped, handled, .. } = *unlogged;
    to.set_timestamp(SystemTime::now());
    set_severity(to, Level::Info);
    to.set_body(AnyValue::from(unlogged.message.to_owned()));
    add_attributes(
        to,
        &Attributes {
            error: None,
            id: unlogged.id,
            function: unlogged.function,
            location: unlogged.location,
            losses: LossCounts { suppressed, dropped, handled },
            unlogged_kinds: unlogged.kinds,
            for_datadog: false,
        },
    );
}

/// The severity of a level; the same numbers as in the format `otlp`.
pub(super) fn severity(level: Level) -> Severity {
    match level {
        Level::Debug => Severity::Debug,
        Level::Info => Severity::Info,
        Level::Notice => Severity::Info2,
        Level::Warn => Severity::Warn,
        Level::Error => Severity::Error,
        Level::Critical => Severity::Error2,
        Level::Alert => Severity::Error3,
        Level::Emergency => Severity::Fatal,
    }
}

fn set_severity(to: &mut impl LogRecord, level: Level) {
    to.set_severity_number(severity(level));
    to.set_severity_text(level.as_str());
}

fn set_trace_context(to: &mut impl LogRecord, trace: TraceContext) {
    let flags = if trace.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    to.set_trace_context(TraceId::from(trace.trace_id), SpanId::from(trace.span_id), Some(flags));
}

fn add_attributes(to: &mut impl LogRecord, attributes: &Attributes<'_>) {
    attributes.each(|name, value| to.add_attribute(name.clone(), attribute(value)));
}

fn attribute(value: AttributeValue<'_>) -> AnyValue {
    match value {
        AttributeValue::Text(text) => text.into_owned().into(),
        AttributeValue::Number(number) => i64::try_from(number).unwrap_or(i64::MAX).into(),
        AttributeValue::True => true.into(),
        AttributeValue::Stack(stack) => String::from(stack.clone()).into(),
        AttributeValue::Texts(texts) => {
            let mut all = Vec::new();
            texts.each(|text| all.push(text.to_string()));
            all.into_iter().collect()
        }
        AttributeValue::Field(field) => field_value(field),
    }
}

/// A value of the user's. Numbers that not every reader takes are texts, as in the format `otlp`.
fn field_value(value: &FieldValue) -> AnyValue {
    match value {
        // The API has no value for it.
        FieldValue::Null => "null".into(),
        FieldValue::Bool(flag) => (*flag).into(),
        FieldValue::Int(number) => (*number).into(),
        FieldValue::Uint(number) => number.to_string().into(),
        FieldValue::Float(number) => match crate::base::json::not_finite(*number) {
            Some(text) => text.into(),
            None => (*number).into(),
        },
        FieldValue::Text(text) => text.clone().into(),
        FieldValue::Array(values) => values.iter().map(field_value).collect(),
        FieldValue::Object(entries) => entries
            .iter()
            .map(|(name, value)| (Key::from(name.clone()), field_value(value)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_severity_of_every_level_has_the_number_of_the_format() {
        for level in Level::ALL {
            assert_eq!(severity(level) as u8, level.severity_number());
        }
    }
}
