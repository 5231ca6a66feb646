//! The admission rule of the `otlp` format.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData};
use serde_json::Value;

use super::{Broken, parse};

/// Checks that a line is one exception event in OTLP/JSON.
///
/// The sources, and what they require:
///
/// * OpenTelemetry, "OpenTelemetry Protocol File Exporter", section "JSON File serialization": each line
///   is a `LogsData`. It must parse as the type of that name of the `opentelemetry-proto` crate.
/// * "OTLP Specification", section "JSON Protobuf Encoding": keys in lowerCamelCase (a key that the
///   protocol does not know is refused, although a receiver would ignore it), 64-bit integers as
///   strings, enum values as numbers, trace and span ids in hexadecimal (32 and 16 digits).
/// * "Semantic Conventions for Exceptions in Logs and Events", section "Recording an Exception in
///   events": the event name is `exception`, the data is in attributes; section "Attributes":
///   `exception.type`, `exception.message`, `exception.stacktrace`, all of them texts. (It requires one
///   of the first two; we ask for all three.)
/// * "Logs Data Model", section "Displaying Severity": the severity numbers of our eight
///   levels, with the name of the level as text.
/// * The attribute registry: `code.function.name` and `code.file.path` are texts, `code.line.number`
///   is an integer, `error.type` is a text, `service.name` and `telemetry.sdk.*` are there; and
///   `error.kind`, `error.stack` and the other keys of Datadog are not.
///
/// # Errors
///
/// Every rule that the line breaks, as `rule: what was found`.
pub fn check_otlp(line: &str) -> Result<(), Vec<String>> {
    let mut broken = Broken::default();
    if let Some(raw) = parse(line, &mut broken) {
        check_raw(&raw, &mut broken);
        match serde_json::from_str::<LogsData>(line) {
            Ok(data) => check_data(&data, &mut broken),
            Err(error) => broken.unless(false, "LogsData", error),
        }
    }
    broken.result()
}

/// The keys of each message, as far as an exception event needs them.
const KEYS: [(&str, &[&str]); 9] = [
    ("LogsData", &["resourceLogs"]),
    ("ResourceLogs", &["resource", "scopeLogs", "schemaUrl"]),
    ("Resource", &["attributes", "droppedAttributesCount"]),
    ("ScopeLogs", &["scope", "logRecords", "schemaUrl"]),
    ("InstrumentationScope", &["name", "version", "attributes"]),
    (
        "LogRecord",
        &[
            "timeUnixNano",
            "observedTimeUnixNano",
            "severityNumber",
            "severityText",
            "eventName",
            "body",
            "attributes",
            "droppedAttributesCount",
            "flags",
            "traceId",
            "spanId",
        ],
    ),
    ("KeyValue", &["key", "value"]),
    (
        "AnyValue",
        &["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue"],
    ),
    ("list", &["values"]),
];

/// Which message is under a key of another one.
fn message_under(message: &str, key: &str) -> Option<&'static str> {
    Some(match (message, key) {
        ("LogsData", "resourceLogs") => "ResourceLogs",
        ("ResourceLogs", "resource") => "Resource",
        ("ResourceLogs", "scopeLogs") => "ScopeLogs",
        ("ScopeLogs", "scope") => "InstrumentationScope",
        ("ScopeLogs", "logRecords") => "LogRecord",
        ("LogRecord", "body") | ("KeyValue", "value") => "AnyValue",
        ("AnyValue", "arrayValue" | "kvlistValue") => "list",
        (_, "attributes") => "KeyValue",
        _ => return None,
    })
}

/// Refuses what the types of the protocol accept, but its JSON encoding does not.
fn check_raw(line: &Value, broken: &mut Broken) {
    fn visit(value: &Value, message: &'static str, broken: &mut Broken) {
        if let Some(array) = value.as_array() {
            for element in array {
                visit(element, message, broken);
            }
            return;
        }
        let known = KEYS.iter().find(|(name, _)| *name == message);
        let known = known.map_or(&[][..], |(_, keys)| keys);
        for (key, inner) in value.as_object().into_iter().flatten() {
            broken.unless(
                known.contains(&key.as_str()),
                "known keys",
                format_args!("{key:?} in {message}"),
            );
            if ["timeUnixNano", "observedTimeUnixNano", "intValue"].contains(&key.as_str()) {
                broken.unless(
                    inner.is_string(),
                    "64-bit integers are strings",
                    format_args!("{key} is {inner}"),
                );
            }
            if key == "severityNumber" {
                broken.unless(
                    inner.is_u64(),
                    "enum values are numbers",
                    format_args!("{key} is {inner}"),
                );
            }
            for (id, digits) in [("traceId", 32), ("spanId", 16)] {
                let is_id = |text: &str| {
                    text.len() == digits
                        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
                        && text.bytes().any(|byte| byte != b'0')
                };
                broken.unless(
                    key != id || inner.as_str().is_some_and(is_id),
                    "ids are hexadecimal",
                    format_args!("{key} is {inner}"),
                );
            }
            if let Some(message) = message_under(message, key) {
                visit(inner, message, broken);
            }
        }
    }
    visit(line, "LogsData", broken);
}

fn check_data(data: &LogsData, broken: &mut Broken) {
    let [resource_logs] = data.resource_logs.as_slice() else {
        let count = data.resource_logs.len();
        return broken.unless(false, "one event", format_args!("{count} resources"));
    };
    let [scope_logs] = resource_logs.scope_logs.as_slice() else {
        let count = resource_logs.scope_logs.len();
        return broken.unless(false, "one event", format_args!("{count} scopes"));
    };
    let [record] = scope_logs.log_records.as_slice() else {
        let count = scope_logs.log_records.len();
        return broken.unless(false, "one event", format_args!("{count} records"));
    };
    let resource = resource_logs.resource.as_ref();
    let resource = resource.map_or(&[][..], |resource| &resource.attributes);
    check_attributes(resource, "resource", broken);
    for key in
        ["service.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"]
    {
        text(resource, key, broken);
    }
    let language = find(resource, "telemetry.sdk.language").and_then(as_text);
    broken.unless(language == Some("rust"), "telemetry.sdk.language", format_args!("{language:?}"));
    let scope = scope_logs.scope.as_ref();
    broken.unless(
        scope.is_some_and(|scope| !scope.name.is_empty() && !scope.version.is_empty()),
        "scope",
        format_args!("{scope:?}, must have a name and a version"),
    );
    check_record(record, broken);
}

fn check_record(record: &LogRecord, broken: &mut Broken) {
    broken.unless(
        record.event_name == "exception",
        "eventName",
        format_args!("{:?}, must be exception", record.event_name),
    );
    broken.unless(record.time_unix_nano > 0, "timeUnixNano", "0 or missing");
    broken.unless(record.observed_time_unix_nano > 0, "observedTimeUnixNano", "0 or missing");
    let severity = (record.severity_number, record.severity_text.as_str());
    let severities = [
        (5, "debug"),
        (9, "info"),
        (10, "notice"),
        (13, "warn"),
        (17, "error"),
        (18, "critical"),
        (19, "alert"),
        (21, "emergency"),
    ];
    broken.unless(
        severities.contains(&severity),
        "severity",
        format_args!("{severity:?}, must be one of {severities:?}"),
    );
    let body = record.body.as_ref().and_then(as_text);
    broken.unless(
        body.is_some_and(|body| !body.is_empty()),
        "body",
        format_args!("{:?}, must be a text", record.body),
    );
    let attributes = &record.attributes;
    check_attributes(attributes, "record", broken);
    for key in [
        "error.type",
        "exception.type",
        "exception.message",
        "exception.stacktrace",
        "code.function.name",
        "code.file.path",
    ] {
        text(attributes, key, broken);
    }
    let number = find(attributes, "code.line.number");
    broken.unless(
        matches!(
            number.and_then(|number| number.value.as_ref()),
            Some(any_value::Value::IntValue(1..))
        ),
        "code.line.number",
        format_args!("{number:?}, must be an integer from 1"),
    );
}

/// No attribute twice, none of Datadog's.
fn check_attributes(attributes: &[KeyValue], what: &str, broken: &mut Broken) {
    let mut seen = BTreeSet::new();
    for attribute in attributes {
        let key = attribute.key.as_str();
        broken.unless(
            seen.insert(key) && !key.is_empty(),
            "attributes are unique",
            format_args!("{key:?} in the {what}"),
        );
        let of_datadog = ["error.kind", "error.stack", "error.message", "error.causes"]
            .contains(&key)
            || ["dd", "ddsource", "ddtags", "status", "service", "error"].contains(&key)
            || ["dd.", "_dd.", "logger."].iter().any(|start| key.starts_with(start));
        broken.unless(!of_datadog, "no Datadog key", format_args!("{key:?} in the {what}"));
        broken.unless(
            attribute.value.as_ref().is_some_and(|value| value.value.is_some()),
            "attributes have a value",
            format_args!("{key:?} in the {what}"),
        );
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a AnyValue> {
    let mut attributes = attributes.iter();
    attributes.find(|attribute| attribute.key == key)?.value.as_ref()
}

fn as_text(value: &AnyValue) -> Option<&str> {
    match &value.value {
        Some(any_value::Value::StringValue(text)) => Some(text),
        _ => None,
    }
}

/// An attribute that must be a text that is not blank.
fn text(attributes: &[KeyValue], key: &str, broken: &mut Broken) {
    let value = find(attributes, key);
    broken.unless(
        value.and_then(as_text).is_some_and(|text| !text.trim().is_empty()),
        key,
        format_args!("{value:?}, must be a text"),
    );
}
