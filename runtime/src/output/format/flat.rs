//! An error log as attributes with dotted names: for destinations that have fields, but no structures.
//!
//! The names are those of the `datadog` line (`error.kind`), and OpenTelemetry's for exceptions. No name is one
//! that JSON layers write themselves: `timestamp`, `level`, `target`, `filename`, `line_number`, `span`, `spans`,
//! `fields`, `threadName`, `threadId`. What is no single value is JSON in a text.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::UNIX_EPOCH;

use super::attributes::{self, AttributeValue};
use super::{datadog, since_epoch, summary};
use crate::base::json;
use crate::config::{ErrorLog, UnloggedErrors};
use crate::model::{ErrorRecord, FieldValue, LossCounts};

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// A name, and the value, if there is one.
pub(crate) type Attribute<'a> = (&'static str, Option<Value<'a>>);

/// Number of attributes of an error beside its fields.
#[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "its sink has arrays of values"))]
pub(crate) const OF_ERROR: usize = 40;

/// The attributes of an error beside its fields: always the same names, in the same order.
pub(crate) fn of_error<'a>(log: &ErrorLog<'a>) -> Vec<Attribute<'a>> {
    let record = log.record;
    let time = UNIX_EPOCH + since_epoch(record.timestamp);
    // Decimal texts of 64 bits, as in the line.
    let trace_id = record.trace.map(|trace| trace.trace_id as u64);
    let causes = || json::value_text(|place| datadog::write_causes(&record.causes, place));
    let of_the_line = [
        ("message", Some(Value::Text(summary(record)))),
        ("service", text(log.service)),
        ("status", text(record.level.as_str())),
        ("error.fingerprint", optional(record.fingerprint.as_deref())),
        ("error.causes", (!record.causes.is_empty()).then(|| owned(causes()))),
        ("logger.name", text(&record.module)),
        ("logger.method_name", text(&record.function)),
        ("logger.thread_name", optional(record.thread.as_deref())),
        ("dd.service", text(log.service)),
        ("dd.env", optional(log.env)),
        ("dd.version", optional(log.version)),
        ("dd.trace_id", trace_id.map(displayed)),
        ("dd.span_id", record.trace.map(|trace| displayed(trace.span_id))),
        ("track_errors.timestamp", Some(displayed(humantime::format_rfc3339_millis(time)))),
    ];
    let others = attributes::exception_for_datadog(record)
        .into_iter()
        .chain(attributes::exception(record))
        .chain(attributes::own(record))
        .chain(attributes::unlogged(record.losses(), &record.unlogged_kinds));
    of_the_line.into_iter().chain(others.map(of_attribute)).collect()
}

/// The fields of an error as attributes `context.<name>`, in the order of their names, each once.
pub(crate) fn of_fields(record: &ErrorRecord) -> Vec<(String, Value<'_>)> {
    let mut fields: Vec<(String, Value<'_>)> = Vec::with_capacity(record.fields.len());
    for field in &record.fields {
        let Some(value) = of_value(&field.value) else { continue };
        let name = format!("context.{}", field.name);
        match fields.binary_search_by(|(other, _)| other.cmp(&name)) {
            // A hook added it twice; the first one is nearest to the error.
            Ok(_) => {}
            Err(at) => fields.insert(at, (name, value)),
        }
    }
    fields
}

/// All fields of an error as the text of one JSON object, each name once.
#[cfg(feature = "tracing")]
pub(crate) fn fields_as_text(record: &ErrorRecord) -> Option<Value<'static>> {
    let object = |object: &mut json::Object<'_>| {
        for (at, field) in record.fields.iter().enumerate() {
            if record.fields[..at].iter().all(|before| before.name != field.name) {
                datadog::write_value(&field.value, object.name(&field.name));
            }
        }
    };
    (!record.fields.is_empty()).then(|| owned(json::text(object)))
}

/// The counts of unlogged errors.
pub(crate) fn of_unlogged<'a>(unlogged: &UnloggedErrors<'a>) -> Vec<Attribute<'a>> {
    let UnloggedErrors { suppressed, dropped, handled, .. } = *unlogged;
    let losses = LossCounts { suppressed, dropped, handled };
    let of_the_line = [
        ("message", text(unlogged.message)),
        ("service", text(unlogged.service)),
        ("status", text("info")),
        ("logger.name", text(unlogged.module)),
        ("logger.method_name", text(unlogged.function)),
        ("dd.service", text(unlogged.service)),
        of_attribute(attributes::id(unlogged.id)),
    ];
    let counts = attributes::unlogged(losses, unlogged.kinds);
    of_the_line.into_iter().chain(counts.map(of_attribute)).collect()
}

fn of_attribute((name, value): attributes::Attribute<'_>) -> Attribute<'_> {
    let value = value.and_then(|value| match value {
        AttributeValue::Text(text) => Some(Value::Text(text)),
        AttributeValue::Stack(stack) => Some(Value::Text(stack.as_str().into())),
        AttributeValue::Number(count) => Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))),
        AttributeValue::True => Some(Value::Bool(true)),
        AttributeValue::Texts(texts) => {
            let array =
                |array: &mut json::Array<'_>| texts.each(|text| array.element().display(text));
            Some(owned(json::value_text(|place| place.array(array))))
        }
        AttributeValue::Field(value) => of_value(value),
    });
    (name, value)
}

fn of_value(value: &FieldValue) -> Option<Value<'_>> {
    Some(match value {
        FieldValue::Null => return None,
        FieldValue::Bool(value) => Value::Bool(*value),
        FieldValue::Int(value) => Value::Int(*value),
        FieldValue::Uint(value) => Value::Uint(*value),
        FieldValue::Float(value) => match json::not_finite(*value) {
            Some(name) => Value::Text(name.into()),
            None => Value::Float(*value),
        },
        FieldValue::Text(text) => Value::Text(text.into()),
        FieldValue::Array(_) | FieldValue::Object(_) => {
            owned(json::value_text(|place| datadog::write_value(value, place)))
        }
    })
}

fn text(text: &str) -> Option<Value<'_>> {
    Some(Value::Text(text.into()))
}

fn owned(text: String) -> Value<'static> {
    Value::Text(text.into())
}

fn displayed(value: impl Display) -> Value<'static> {
    owned(value.to_string())
}

fn optional(text: Option<&str>) -> Option<Value<'_>> {
    text.map(|text| Value::Text(text.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::samples::{record_of_boundary, resource};
    use super::super::{Common, write_line};
    use super::*;
    use crate::config::Format;

    /// The values of a JSON object by dotted names; an array is one value.
    fn flattened(json: &serde_json::Value) -> BTreeMap<String, serde_json::Value> {
        let mut out = BTreeMap::new();
        for (name, value) in json.as_object().expect("an object") {
            if value.is_object() {
                let inner = flattened(value).into_iter();
                out.extend(inner.map(|(key, value)| (format!("{name}.{key}"), value)));
            } else {
                out.insert(name.clone(), value.clone());
            }
        }
        out
    }

    #[test]
    fn an_error_has_the_attributes_of_its_datadog_line() {
        let (record, resource) = (record_of_boundary(), resource());
        let mut line = Vec::new();
        assert!(write_line(
            &Common::new(Format::Datadog, &resource),
            &record,
            &resource,
            &mut line
        ));
        let mut line = flattened(&serde_json::from_slice(&line).expect("JSON"));
        // The layer or logger has a time of its own, and tags are those of its agent.
        let time = line.remove("timestamp");
        let (source, _tags) = (line.remove("ddsource"), line.remove("ddtags"));
        assert_eq!(source, Some("rust".into()));
        line.insert("track_errors.timestamp".to_owned(), time.expect("a time"));
        line.retain(|name, _| !name.starts_with("context."));
        let log = ErrorLog {
            record: &record,
            service: resource.service(Format::Datadog),
            env: resource.env(Format::Datadog),
            version: resource.version(Format::Datadog),
            datadog_attributes: false,
        };
        let attributes = of_error(&log);
        assert_eq!(attributes.len(), OF_ERROR);
        let attributes: BTreeMap<_, _> = attributes
            .into_iter()
            .filter(|(name, _)| !name.starts_with("exception."))
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let names = |names: Vec<&String>| names.into_iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(attributes.keys().collect()), names(line.keys().collect()));
        for (name, value) in &line {
            let own: serde_json::Value = match &attributes[name] {
                Value::Text(text) if value.is_array() => serde_json::from_str(text).expect("JSON"),
                Value::Text(text) => (**text).into(),
                Value::Bool(value) => (*value).into(),
                Value::Int(value) => (*value).into(),
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!(own, *value, "{name}");
        }
    }
}
