//! `otlp`: one `LogsData` of OTLP/JSON a line, as OpenTelemetry's file exporter writes it.
//!
//! Names are in lowerCamelCase, enum values are numbers, 64-bit integers are strings. There is no
//! Datadog key in it, and no `error.kind` or `error.stack`: the attribute registry of OpenTelemetry
//! calls these violations.
//!
//! Sources: OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section
//! "Attributes"; "OTLP Specification", section "JSON Protobuf Encoding"; "Logs Data Model", section
//! "Log and Event Record Definition"; "Code attributes" and "Thread attributes" of the registry.

use std::fmt::Display;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{
    Entry, Line, One, Shown, StepText, Subject, first_of, not_finite, service, since_epoch,
};
use crate::config::Format;
use crate::model::{Field, FieldValue};

/// Name of the scope, and of what OpenTelemetry calls the SDK: the source asks of an SDK that is not
/// OpenTelemetry's own to say its own name ("Telemetry SDK" of the registry).
const NAME: &str = "track_errors";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The line as `otlp` writes it.
pub(super) struct Otlp<'a>(pub(super) Line<'a>);

impl Serialize for Otlp<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resourceLogs", &One(ResourceLogs(self.0)))?;
        map.end()
    }
}

/// `ResourceLogs`: who says it.
struct ResourceLogs<'a>(Line<'a>);

impl Serialize for ResourceLogs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let attributes = Entry("attributes", ResourceAttributes(self.0));
        map.serialize_entry("resource", &attributes)?;
        map.serialize_entry("scopeLogs", &One(ScopeLogs(self.0)))?;
        map.end()
    }
}

/// `Resource.attributes`.
struct ResourceAttributes<'a>(Line<'a>);

impl Serialize for ResourceAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let resource = line.resource;
        let mut seq = serializer.serialize_seq(None)?;
        let name = line.text(service(line.record, resource, Format::Otlp));
        seq.serialize_element(&string("service.name", name))?;
        if let Some(version) = resource.version() {
            seq.serialize_element(&string("service.version", version))?;
        }
        if let Some(env) = resource.env() {
            seq.serialize_element(&string("deployment.environment.name", env))?;
        }
        seq.serialize_element(&string("telemetry.sdk.name", NAME))?;
        seq.serialize_element(&string("telemetry.sdk.language", "rust"))?;
        seq.serialize_element(&string("telemetry.sdk.version", VERSION))?;
        for (key, value) in resource.attributes() {
            seq.serialize_element(&string(key, value))?;
        }
        seq.end()
    }
}

/// `ScopeLogs`: which part of the program recorded it, here this crate.
struct ScopeLogs<'a>(Line<'a>);

impl Serialize for ScopeLogs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("scope", &Scope)?;
        map.serialize_entry("logRecords", &One(LogRecord(self.0)))?;
        map.end()
    }
}

/// `InstrumentationScope`.
struct Scope;

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("name", NAME), ("version", VERSION)])
    }
}

/// `LogRecord`: the exception, as an event.
struct LogRecord<'a>(Line<'a>);

impl Serialize for LogRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let record = line.record;
        // Saturates in the year 2554, where 64 bits end. What is observed at its source has one time,
        // says the definition of `observed_time_unix_nano`.
        let nanos = u64::try_from(since_epoch(record.timestamp).as_nanos()).unwrap_or(u64::MAX);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timeUnixNano", &Shown(nanos))?;
        map.serialize_entry("observedTimeUnixNano", &Shown(nanos))?;
        match line.subject {
            Subject::Error => {
                map.serialize_entry("severityNumber", &record.level.severity_number())?;
                map.serialize_entry("severityText", record.level.as_str())?;
                map.serialize_entry("eventName", "exception")?;
            }
            Subject::Losses => {
                map.serialize_entry("severityNumber", &9)?;
                map.serialize_entry("severityText", "info")?;
            }
        }
        let message = line.text(&record.message);
        map.serialize_entry("body", &Entry("stringValue", message))?;
        map.serialize_entry("attributes", &Attributes(line))?;
        map.end()
    }
}

/// `LogRecord.attributes`.
struct Attributes<'a>(Line<'a>);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let record = line.record;
        let mut seq = serializer.serialize_seq(None)?;
        if line.subject == Subject::Error {
            let exception = first_of(&[&record.error_type, &record.kind]);
            seq.serialize_element(&string("exception.type", line.text(exception)))?;
            seq.serialize_element(&string("exception.message", line.text(&record.message)))?;
            if !record.stack.is_empty() {
                seq.serialize_element(&string("exception.stacktrace", line.text(&record.stack)))?;
            }
        }
        seq.serialize_element(&string("code.function.name", line.text(&record.function)))?;
        seq.serialize_element(&string("code.file.path", line.text(&record.location.file)))?;
        seq.serialize_element(&int("code.line.number", record.location.line))?;
        if let Some(thread) = &record.thread {
            seq.serialize_element(&string("thread.name", line.text(thread)))?;
        }
        if line.subject == Subject::Error {
            seq.serialize_element(&string("track_errors.id", Shown(record.id)))?;
            if let Some(build_id) = &record.build_id {
                seq.serialize_element(&string("track_errors.build_id", line.text(build_id)))?;
            }
            if let Some(fingerprint) = &record.fingerprint {
                let fingerprint = line.text(fingerprint);
                seq.serialize_element(&string("track_errors.fingerprint", fingerprint))?;
            }
        }
        for field in &record.fields {
            seq.serialize_element(&FieldKeyValue(field, line))?;
        }
        if !record.step_messages.is_empty() {
            let messages = record.step_messages.iter().map(StepText);
            seq.serialize_element(&strings("track_errors.context", messages))?;
        }
        if let Some(boundary) = &record.boundary {
            seq.serialize_element(&string("track_errors.boundary.id", &boundary.id))?;
            if let Some(function) = &boundary.function {
                seq.serialize_element(&string(
                    "track_errors.boundary.function",
                    line.text(function),
                ))?;
            }
            let end = boundary.end.as_str();
            seq.serialize_element(&string("track_errors.boundary.end", end))?;
        }
        for flag in record.flags() {
            let value = Entry("boolValue", true);
            seq.serialize_element(&KeyValue { key: Own(flag), value })?;
        }
        for (key, count) in record.counts() {
            let value = Entry("intValue", Shown(count));
            seq.serialize_element(&KeyValue { key: Own(key), value })?;
        }
        if !record.unlogged_kinds.is_empty() {
            let kinds = record.unlogged_kinds.iter();
            seq.serialize_element(&strings("track_errors.unlogged_kinds", kinds))?;
        }
        seq.end()
    }
}

/// `KeyValue`, with an `AnyValue` of one kind.
struct KeyValue<K, T> {
    key: K,
    value: Entry<T>,
}

/// The name of an attribute of ours.
struct Own(&'static str);

impl Serialize for Own {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{NAME}.{}", self.0))
    }
}

/// A `KeyValue` whose value is an array of texts.
fn strings<I>(key: &str, texts: I) -> KeyValue<&str, Entry<Values<I>>>
where
    I: Iterator<Item: Display> + Clone,
{
    KeyValue { key, value: Entry("arrayValue", Entry("values", Values(texts))) }
}

/// The elements of an `ArrayValue` of texts.
struct Values<I>(I);

impl<I: Iterator<Item: Display> + Clone> Serialize for Values<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone().map(|text| Entry("stringValue", Shown(text))))
    }
}

/// A `KeyValue` whose value is a text.
fn string<T: Serialize>(key: &str, text: T) -> KeyValue<&str, T> {
    KeyValue { key, value: Entry("stringValue", text) }
}

/// A `KeyValue` whose value is a whole number; 64 bits, so it is written as a text.
fn int<T: Display>(key: &str, number: T) -> KeyValue<&str, Shown<T>> {
    KeyValue { key, value: Entry("intValue", Shown(number)) }
}

impl<K: Serialize, T: Serialize> Serialize for KeyValue<K, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", &self.key)?;
        map.serialize_entry("value", &self.value)?;
        map.end()
    }
}

/// A field of the user as a `KeyValue`.
struct FieldKeyValue<'a>(&'a Field, Line<'a>);

impl Serialize for FieldKeyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FieldKeyValue(Field { name: key, value }, line) = *self;
        match value {
            FieldValue::Bool(value) => {
                KeyValue { key, value: Entry("boolValue", value) }.serialize(serializer)
            }
            FieldValue::Int(value) => int(key, value).serialize(serializer),
            // Larger than what `intValue` holds.
            FieldValue::Uint(value) => string(key, Shown(value)).serialize(serializer),
            FieldValue::Float(value) => match not_finite(*value) {
                // `doubleValue` may be a text, but not every reader takes one.
                Some(text) => string(key, text).serialize(serializer),
                None => KeyValue { key, value: Entry("doubleValue", value) }.serialize(serializer),
            },
            FieldValue::Text(text) => string(key, line.text(text)).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::{record, resource};
    use super::super::write_line;
    use super::*;
    use crate::model::{ErrorRecord, Level};

    fn log_record(record: &ErrorRecord) -> Value {
        let mut out = Vec::new();
        write_line(Format::Otlp, record, &resource(), &mut out);
        let line: Value = serde_json::from_slice(&out).expect("valid JSON");
        line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].clone()
    }

    #[test]
    fn every_level_has_its_severity_number_and_text() {
        let mut record = record();
        for level in Level::ALL {
            record.level = level;
            let log = log_record(&record);
            assert_eq!(log["severityNumber"], level.severity_number());
            assert_eq!(log["severityText"], level.as_str());
        }
    }

    #[test]
    fn the_build_id_is_an_attribute() {
        let mut record = record();
        record.build_id = Some("0a1b2c".to_owned());
        let log = log_record(&record);
        let expected = serde_json::json!(
            {"key": "track_errors.build_id", "value": {"stringValue": "0a1b2c"}}
        );
        assert!(log["attributes"].as_array().unwrap().contains(&expected), "{log}");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut record = record();
        record.stack.clear();
        record.fingerprint = None;
        record.fields.clear();
        record.thread = None;
        let log = log_record(&record);
        let keys: Vec<_> = log["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|attribute| attribute["key"].as_str().unwrap())
            .collect();
        assert_eq!(
            keys,
            [
                "exception.type",
                "exception.message",
                "code.function.name",
                "code.file.path",
                "code.line.number",
                "track_errors.id"
            ]
        );
        for id in ["traceId", "spanId", "flags"] {
            assert!(log.get(id).is_none());
        }
    }
}
