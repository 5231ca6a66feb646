//! `otlp`: one `LogsData` of OTLP/JSON per line, as from OpenTelemetry's file exporter.
//!
//! Names are in lowerCamelCase, enum values are numbers, 64-bit integers are strings. It has no Datadog keys; the
//! attributes `error.kind`, `error.message` and `error.stack` are there by choice, as the registry of OpenTelemetry
//! calls them violations.
//!
//! Sources: OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section
//! "Attributes"; "OTLP Specification", section "JSON Protobuf Encoding"; "Logs Data Model", section
//! "Log and Event Record Definition"; "Code attributes", "Error attributes" and "Thread attributes" of the registry.

use std::fmt;

use super::attributes::AttributeValue;
use super::{Line, service, since_epoch};
use crate::base::json::{self, Array, Object};
use crate::config::{Format, Resource};
use crate::model::FieldValue;

/// Name of the scope and of the SDK: "Telemetry SDK" of the registry requires a distinct name for an SDK
/// other than OpenTelemetry's.
const NAME: &str = "track_errors";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes the line in the form of `otlp`: one `LogsData` of one record.
pub(super) fn write(line: &Line<'_>, root: &mut Object<'_>) {
    root.key("resourceLogs").array(|array| {
        array.element().object(|resource_logs| {
            resource_logs.key("resource").object(|object| match line.service {
                None => object.entries(&line.common.identity.outer),
                own => write_resource(own, line.resource, object),
            });
            resource_logs.key("scopeLogs").array(|array| {
                array.element().object(|scope_logs| {
                    // The part of the program that recorded it: this crate.
                    scope_logs.key("scope").object(|scope| {
                        scope.key("name").text(NAME);
                        scope.key("version").text(VERSION);
                    });
                    scope_logs.key("logRecords").array(|array| {
                        array.element().object(|log| write_log_record(line, log));
                    });
                });
            });
        });
    });
}

/// `Resource`. `own`: the service in the attribute.
pub(super) fn write_resource(own: Option<&str>, resource: &Resource, object: &mut Object<'_>) {
    object.key("attributes").array(|attributes| write_identity(own, resource, attributes));
    dropped_attributes(object, resource.attributes_left_out());
}

/// `Resource.attributes`.
fn write_identity(own: Option<&str>, resource: &Resource, attributes: &mut Array<'_>) {
    string(attributes, "service.name", &service(own, resource, Format::Otlp));
    optional_string(attributes, "service.version", resource.version(Format::Otlp));
    optional_string(attributes, "deployment.environment.name", resource.env(Format::Otlp));
    optional_string(attributes, "vcs.ref.head.revision", resource.git_commit());
    // The canonical URL, by the definition of the attribute.
    let repository = resource.git_repository().map(|url| url.strip_suffix(".git").unwrap_or(url));
    optional_string(attributes, "vcs.repository.url.full", repository);
    string(attributes, "telemetry.sdk.name", NAME);
    string(attributes, "telemetry.sdk.language", "rust");
    string(attributes, "telemetry.sdk.version", VERSION);
    for (key, value) in resource.attributes() {
        match &value[..] {
            [value] => string(attributes, key, value),
            values => strings(attributes, key, |add| values.iter().for_each(|value| add(value))),
        }
    }
}

/// `LogRecord`: the exception, as an event.
fn write_log_record(line: &Line<'_>, log: &mut Object<'_>) {
    // Saturates in the year 2554, where 64 bits end. An event observed at its source has one time, by the
    // definition of `observed_time_unix_nano`.
    let nanos = u64::try_from(since_epoch(line.timestamp).as_nanos()).unwrap_or(u64::MAX);
    log.key("timeUnixNano").digits(nanos);
    log.key("observedTimeUnixNano").digits(nanos);
    match line.error {
        Some(record) => {
            log.key("severityNumber").integer(record.level.severity_number());
            log.key("severityText").text(record.level.as_str());
            log.key("eventName").text("exception");
        }
        None => {
            log.key("severityNumber").integer(9);
            log.key("severityText").text("info");
        }
    }
    log.key("body").object(|body| body.key("stringValue").text(&line.summary()));
    log.key("attributes").array(|attributes| write_attributes(line, attributes));
    dropped_attributes(log, line.error.map_or(0, |record| record.fields_left_out));
    if let Some(trace) = line.error.and_then(|record| record.trace) {
        log.key("flags").integer(u8::from(trace.sampled));
        log.key("traceId").text(&format!("{:032x}", trace.trace_id));
        log.key("spanId").text(&format!("{:016x}", trace.span_id));
    }
}

/// How many attributes the object lacks, because there was no room for them.
fn dropped_attributes(object: &mut Object<'_>, count: u32) {
    if count != 0 {
        object.key("droppedAttributesCount").integer(count);
    }
}

/// `LogRecord.attributes`.
fn write_attributes(line: &Line<'_>, attributes: &mut Array<'_>) {
    line.attributes().each(|name, value| match value {
        AttributeValue::Text(text) => string(attributes, name, &text),
        // OTLP/JSON writes 64 bits as a text.
        AttributeValue::Stack(stack) => attribute(attributes, name, |value| {
            stack.write(value.key("stringValue"));
        }),
        AttributeValue::Number(number) => attribute(attributes, name, |value| {
            value.key("intValue").digits(number);
        }),
        AttributeValue::True => attribute(attributes, name, |value| {
            value.key("boolValue").bool(true);
        }),
        AttributeValue::Texts(texts) => strings(attributes, name, |add| texts.each(add)),
        AttributeValue::Field(field) => {
            attribute(attributes, name, |value| write_value(field, value));
        }
    });
}

/// Writes the one entry of an `AnyValue`; none for no value.
fn write_value(value: &FieldValue, object: &mut Object<'_>) {
    match value {
        FieldValue::Null => {}
        FieldValue::Bool(flag) => object.key("boolValue").bool(*flag),
        FieldValue::Int(number) => object.key("intValue").display(number),
        // Too large for `intValue`.
        FieldValue::Uint(number) => object.key("stringValue").display(number),
        FieldValue::Float(number) => match json::not_finite(*number) {
            // `doubleValue` may be a text, but not every reader accepts one.
            Some(text) => object.key("stringValue").text(text),
            None => object.key("doubleValue").float(*number),
        },
        FieldValue::Text(text) => object.key("stringValue").text(text),
        FieldValue::Array(values) => object.key("arrayValue").object(|array_value| {
            array_value.key("values").array(|array| {
                values.iter().for_each(|value| {
                    array.element().object(|object| write_value(value, object));
                });
            });
        }),
        FieldValue::Object(entries) => object.key("kvlistValue").object(|list| {
            list.key("values").array(|array| {
                entries.iter().for_each(|(key, value)| {
                    attribute(array, key, |object| write_value(value, object));
                });
            });
        }),
    }
}

/// A `KeyValue` whose value is a text.
fn string(attributes: &mut Array<'_>, key: &str, text: &str) {
    attribute(attributes, key, |value| value.key("stringValue").text(text));
}

/// The same, if there is a text.
fn optional_string(attributes: &mut Array<'_>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        string(attributes, key, text);
    }
}

/// A `KeyValue` whose value is an array of texts.
fn strings(
    attributes: &mut Array<'_>,
    key: &str,
    each: impl FnOnce(&mut dyn FnMut(&dyn fmt::Display)),
) {
    attribute(attributes, key, |value| {
        value.key("arrayValue").object(|array_value| {
            array_value.key("values").array(|values| {
                each(&mut |text| {
                    values.element().object(|value| value.key("stringValue").display(text));
                });
            });
        });
    });
}

/// A `KeyValue`; `write` writes the one entry of its `AnyValue`.
fn attribute(attributes: &mut Array<'_>, key: &str, write: impl FnOnce(&mut Object<'_>)) {
    attributes.element().object(|attribute| {
        attribute.key("key").text(key);
        attribute.key("value").object(write);
    });
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::samples::{record, resource};
    use super::super::{Common, write_line};
    use super::*;
    use crate::config::Shape;
    use crate::model::{ErrorRecord, Level};

    fn log_record(record: &ErrorRecord) -> Value {
        let mut out = Vec::new();
        assert!(write_line(&Common::new(Format::Otlp, &resource()), record, &resource(), &mut out));
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
    fn by_choice_the_exception_has_datadogs_names_as_well() {
        let mut out = Vec::new();
        let shape = Shape { datadog_attributes: true, ..Format::Otlp.into() };
        let record = record();
        assert!(write_line(&Common::new(shape, &resource()), &record, &resource(), &mut out));
        let line: Value = serde_json::from_slice(&out).expect("valid JSON");
        let log = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        for (name, text) in [
            ("error.kind", &*record.kind),
            ("error.message", &record.message),
            ("error.stack", record.stack.as_str()),
        ] {
            let expected = serde_json::json!({"key": name, "value": {"stringValue": text}});
            assert!(log["attributes"].as_array().unwrap().contains(&expected), "{log}");
        }
    }

    #[test]
    fn the_build_id_is_an_attribute() {
        let mut record = record();
        record.build_id = Some("0a1b2c".into());
        let log = log_record(&record);
        let expected = serde_json::json!(
            {"key": "track_errors.build_id", "value": {"stringValue": "0a1b2c"}}
        );
        assert!(log["attributes"].as_array().unwrap().contains(&expected), "{log}");
    }

    #[test]
    fn unknown_values_are_left_out() {
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
                "error.type",
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
