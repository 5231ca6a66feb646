//! `datadog`: the line for Datadog Error Tracking.
//!
//! One JSON object: the reserved attributes of a log (`timestamp`, `status`, `service`, `ddsource`, `ddtags`,
//! `message`) and the standard ones under `logger`, `error` and `dd`. These are nested objects at the root,
//! as in the Logrus, Winston and Ruby examples of the source, never dotted keys. Keys with unknown values are
//! left out.
//!
//! Sources: Datadog, "Track Backend Error Logs", section "Attributes for Error Tracking"; "Attributes
//! and Aliasing", sections "Reserved attributes" and "Source code".

use super::{Line, StepText, first_of, not_empty, service, since_epoch};
use crate::base::json::{self, Object};
use crate::config::{Format, Resource};
use crate::model::{Cause, ErrorRecord, Field, FieldValue, LossCounts};

/// Writes the line in the form of `datadog`.
pub(super) fn write(line: &Line<'_>, root: &mut Object<'_>) {
    let Line { resource, common, .. } = *line;
    root.key("timestamp").plain(&common.rfc_3339(since_epoch(line.timestamp)));
    root.key("status").text(line.error.map_or("info", |record| record.level.as_str()));
    match line.service {
        None => root.entries(&common.identity.outer),
        own => write_identity(own, resource, root),
    }
    root.key("message").text(&line.summary());
    root.key("logger").object(|logger| {
        logger.optional_text("name", not_empty(line.module));
        let thread = line.error.and_then(|record| record.thread.as_deref());
        logger.optional_text("thread_name", thread);
        logger.optional_text("method_name", not_empty(line.function));
    });
    if let Some(record) = line.error {
        root.key("error").object(|error| write_error(record, error));
        if !record.fields.is_empty() {
            root.key("context").object(|context| write_fields(&record.fields, context));
        }
    }
    // Correlates the log with traces of the same service.
    root.key("dd").object(|dd| {
        match line.service {
            None => dd.entries(&common.identity.inner),
            own => write_inner_identity(own, resource, dd),
        }
        if let Some(trace) = line.error.and_then(|record| record.trace) {
            // Decimal texts of 64 bits: Datadog's tracers count in these.
            let lower = trace.trace_id as u64;
            dd.key("trace_id").text(&lower.to_string());
            dd.key("span_id").text(&trace.span_id.to_string());
        }
    });
    root.key("track_errors").object(|own| write_own(line, own));
}

/// The program's identity at the root. `own`: the service in the attribute.
pub(super) fn write_identity(own: Option<&str>, resource: &Resource, root: &mut Object<'_>) {
    root.key("service").text(&service(own, resource, Format::Datadog));
    root.key("ddsource").text("rust");
    if !resource.ddtags().is_empty() {
        root.key("ddtags").text(resource.ddtags());
    }
}

/// The same under `dd`.
pub(super) fn write_inner_identity(own: Option<&str>, resource: &Resource, dd: &mut Object<'_>) {
    dd.key("service").text(&service(own, resource, Format::Datadog));
    dd.optional_text("env", resource.env(Format::Datadog));
    dd.optional_text("version", resource.version(Format::Datadog));
}

/// `error`: the data for the issue in Error Tracking.
fn write_error(record: &ErrorRecord, error: &mut Object<'_>) {
    // Admission requires a kind or a stack; a hook can empty both.
    error.key("kind").text(first_of(&[&record.kind, &record.error_type]));
    error.key("message").text(&record.message);
    if !record.stack.is_empty() {
        record.stack.write(error.key("stack"));
    }
    error.optional_text("fingerprint", record.fingerprint.as_deref());
    if !record.causes.is_empty() {
        write_causes(&record.causes, error.key("causes"));
    }
}

/// `error.causes`.
pub(super) fn write_causes(causes: &[Cause], place: json::Value<'_>) {
    place.array(|array| {
        for cause in causes {
            array.element().object(|object| write_cause(cause, object));
        }
    });
}

/// One entry of `error.causes`.
fn write_cause(cause: &Cause, object: &mut Object<'_>) {
    object.optional_text("kind", cause.kind.as_deref());
    object.key("message").text(&cause.message);
    if cause.is_presumed {
        object.key("presumed").bool(true);
    }
    if cause.left_out_before != 0 {
        object.key("left_out_before").integer(cause.left_out_before);
    }
}

/// `context`: the fields of the functions that the error left.
fn write_fields(fields: &[Field], context: &mut Object<'_>) {
    for Field { name, value } in fields {
        write_value(value, context.name(name));
    }
}

pub(super) fn write_value(value: &FieldValue, place: json::Value<'_>) {
    match value {
        FieldValue::Null => place.text_or_null(None),
        FieldValue::Bool(value) => place.bool(*value),
        FieldValue::Int(value) => place.integer(*value),
        FieldValue::Uint(value) => place.integer(*value),
        FieldValue::Float(value) => place.float(*value),
        FieldValue::Text(text) => place.text(text),
        FieldValue::Array(values) => place.array(|array| {
            values.iter().for_each(|value| write_value(value, array.element()));
        }),
        FieldValue::Object(entries) => place.object(|object| {
            entries.iter().for_each(|(key, value)| write_value(value, object.name(key)));
        }),
    }
}

/// `track_errors`: the id of the line, that of its error, its way out, what is left out of the line, and the number of unlogged
/// errors of the same function.
fn write_own(line: &Line<'_>, own: &mut Object<'_>) {
    own.key("id").hex(line.id.bits());
    if let Some(record) = line.error {
        own.optional_text("build_id", record.build_id.as_deref());
        if !record.spans.is_empty() {
            own.key("spans").displays(&record.spans);
        }
        if !record.step_messages.is_empty() {
            own.key("context").displays(record.step_messages.iter().map(StepText));
        }
        if !record.attachments.is_empty() {
            own.key("attachments").displays(&record.attachments);
        }
        if let Some(boundary) = &record.boundary {
            own.key("boundary").object(|object| {
                object.key("id").text(&boundary.id);
                object.optional_text("function", boundary.function.as_deref());
                object.key("end").text(boundary.end.as_str());
            });
        }
        let flags = [
            ("presumed", record.presumed),
            ("ambiguous", record.ambiguous),
            ("handled", record.handled),
        ];
        for (key, _) in flags.into_iter().filter(|(_, is_set)| *is_set) {
            own.key(key).bool(true);
        }
        let causes = record.causes.iter().map(|cause| cause.left_out_before);
        write_counts(
            [
                ("steps_left_out", record.steps_left_out),
                ("context_left_out", record.step_messages_left_out),
                ("causes_left_out", causes.fold(0, u32::saturating_add)),
                ("attachments_left_out", record.attachments_left_out),
                ("fields_left_out", record.fields_left_out),
            ],
            own,
        );
    }
    write_counts([("tags_left_out", line.resource.tags_left_out())], own);
    let LossCounts { suppressed, dropped, handled } = line.losses;
    write_counts(
        [("suppressed", suppressed), ("dropped", dropped), ("handled_count", handled)],
        own,
    );
    if !line.unlogged_kinds.is_empty() {
        own.key("unlogged_kinds").displays(line.unlogged_kinds);
    }
}

/// Writes the counts that are not zero.
fn write_counts<N: Into<u64> + Copy, const COUNTS: usize>(
    counts: [(&'static str, N); COUNTS],
    own: &mut Object<'_>,
) {
    for (key, count) in counts {
        let count = count.into();
        if count != 0 {
            own.key(key).integer(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::samples::{record, resource};
    use super::super::{Common, write_line};
    use super::*;
    use crate::model::ErrorRecord;

    fn json(record: &ErrorRecord, resource: &Resource) -> Value {
        let mut out = Vec::new();
        assert!(write_line(&Common::new(Format::Datadog, resource), record, resource, &mut out));
        serde_json::from_slice(&out).expect("valid JSON")
    }

    fn keys(object: &Value) -> BTreeSet<&str> {
        let object = object.as_object().expect("an object");
        object.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_error_object_has_the_keys_of_the_examples_in_the_source() {
        let line = json(&record(), &resource());
        let ours = keys(&line["error"]);
        // Logrus and the Ruby formatter; Winston omits the kind.
        for reference in [
            r#"{"level":"error","msg":"an exception occurred","error":{"kind":"*fs.PathError","stack":"main.main\n\t/app/main.go:7","message":"open x"}}"#,
            r#"{"level":"error","message":"an exception occurred","error":{"message":"x is not defined","stack":"ReferenceError: x is not defined\n    at app.js:1:1"}}"#,
            r##"{"timestamp":"2024-01-01","level":"ERROR","message":"#<KeyError: x>","error":{"kind":"KeyError","message":"x","stack":"app.rb:1:in `main'"}}"##,
        ] {
            let reference: Value = serde_json::from_str(reference).unwrap();
            assert!(ours.is_superset(&keys(&reference["error"])), "{reference}");
        }
        // Monolog writes the same names as dotted keys. The intake reads both, but a line must not have a
        // value twice: ours are nested only.
        for dotted in ["error.message", "error.kind", "error.stack"] {
            assert!(line.get(dotted).is_none());
            assert!(ours.contains(&dotted["error.".len()..]));
        }
    }

    #[test]
    fn unknown_values_are_left_out() {
        let mut record = record();
        record.causes.clear();
        record.stack.clear();
        record.fingerprint = None;
        record.fields.clear();
        record.thread = None;
        let line = json(&record, &Resource::new("shop-backend"));
        assert_eq!(
            keys(&line),
            BTreeSet::from([
                "timestamp",
                "track_errors",
                "status",
                "service",
                "ddsource",
                "message",
                "logger",
                "error",
                "dd"
            ])
        );
        assert_eq!(keys(&line["error"]), BTreeSet::from(["kind", "message"]));
        assert_eq!(keys(&line["logger"]), BTreeSet::from(["name", "method_name"]));
        assert_eq!(keys(&line["dd"]), BTreeSet::from(["service"]));
    }

    #[test]
    fn the_build_id_is_next_to_the_id_of_the_error() {
        let mut record = record();
        assert_eq!(keys(&json(&record, &resource())["track_errors"]), BTreeSet::from(["id"]));
        record.build_id = Some("0a1b2c".into());
        assert_eq!(json(&record, &resource())["track_errors"]["build_id"], "0a1b2c");
    }

    #[test]
    fn a_kind_that_a_hook_emptied_falls_back_to_the_type() {
        let mut record = record();
        record.kind = "".into();
        assert_eq!(json(&record, &resource())["error"]["kind"], "shop::PayError");
        record.error_type = "".into();
        assert_eq!(json(&record, &resource())["error"]["kind"], "error");
    }
}
