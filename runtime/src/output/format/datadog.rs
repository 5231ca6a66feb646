//! `datadog`: the line that Datadog Error Tracking admits.
//!
//! One JSON object: the reserved attributes of a log (`timestamp`, `status`, `service`, `ddsource`,
//! `ddtags`, `message`) and the standard ones under `logger`, `error` and `dd`, nested objects at the
//! root as in the Logrus, Winston and Ruby examples of the source, never dotted keys. A key whose
//! value is not known is left out.
//!
//! Sources: Datadog, "Track Backend Error Logs", section "Attributes for Error Tracking"; "Attributes
//! and Aliasing", sections "Reserved attributes" and "Source code".

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{
    Entry, Limits, Line, Shown, StepText, Subject, Text, Texts, first_of, not_finite, since_epoch,
};
use crate::config::Format;
use crate::model::{BoundaryRecord, Cause, Field, FieldValue};

/// The line as `datadog` writes it.
pub(super) struct Datadog<'a>(pub(super) Line<'a>);

impl Serialize for Datadog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = &self.0;
        let Line { record, resource, .. } = *line;
        let time = std::time::UNIX_EPOCH + since_epoch(record.timestamp);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &Shown(humantime::format_rfc3339_millis(time)))?;
        let status = match line.subject {
            Subject::Error => record.level.as_str(),
            Subject::Losses => "info",
        };
        map.serialize_entry("status", status)?;
        map.serialize_entry("service", &service(line))?;
        map.serialize_entry("ddsource", "rust")?;
        if !resource.ddtags().is_empty() {
            map.serialize_entry("ddtags", resource.ddtags())?;
        }
        map.serialize_entry("message", &line.text(&record.message))?;
        map.serialize_entry("logger", &Logger(line))?;
        if line.subject == Subject::Error {
            map.serialize_entry("error", &Error(line))?;
        }
        if !record.fields.is_empty() {
            map.serialize_entry("context", &Context(line))?;
        }
        map.serialize_entry("dd", &Dd(line))?;
        map.serialize_entry("track_errors", &Own(line))?;
        map.end()
    }
}

fn service<'a>(line: &Line<'a>) -> Text<'a> {
    line.text(super::service(line.record, line.resource, Format::Datadog))
}

/// `logger`: the module, the function's full path, the thread.
struct Logger<'a>(&'a Line<'a>);

impl Serialize for Logger<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &line.text(line.record.module))?;
        if let Some(thread) = &line.record.thread {
            map.serialize_entry("thread_name", &line.text(thread))?;
        }
        map.serialize_entry("method_name", &line.text(&line.record.function))?;
        map.end()
    }
}

/// `track_errors`: the id of the error, what became of it on its way out, and how many errors of the same
/// function were not logged.
struct Own<'a>(&'a Line<'a>);

impl Serialize for Own<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let record = line.record;
        let mut map = serializer.serialize_map(None)?;
        if line.subject == Subject::Error {
            map.serialize_entry("id", &Shown(record.id))?;
        }
        if let Some(build_id) = &record.build_id {
            map.serialize_entry("build_id", &line.text(build_id))?;
        }
        if !record.step_messages.is_empty() {
            map.serialize_entry("context", &Texts(record.step_messages.iter().map(StepText)))?;
        }
        if let Some(boundary) = &record.boundary {
            map.serialize_entry("boundary", &Boundary(line, boundary))?;
        }
        for flag in record.flags() {
            map.serialize_entry(flag, &true)?;
        }
        for (key, count) in record.counts() {
            map.serialize_entry(key, &count)?;
        }
        if !record.unlogged_kinds.is_empty() {
            map.serialize_entry("unlogged_kinds", &Texts(record.unlogged_kinds.iter()))?;
        }
        map.end()
    }
}

/// `track_errors.boundary`: which one held the error, and how it ended.
struct Boundary<'a>(&'a Line<'a>, &'a BoundaryRecord);

impl Serialize for Boundary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BoundaryRecord { id, function, end, .. } = self.1;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        if let Some(function) = function {
            map.serialize_entry("function", &self.0.text(function))?;
        }
        map.serialize_entry("end", end.as_str())?;
        map.end()
    }
}

/// `error`: what the issue in Error Tracking is made of.
struct Error<'a>(&'a Line<'a>);

impl Serialize for Error<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let record = line.record;
        let mut map = serializer.serialize_map(None)?;
        // Admission asks for a kind or a stack; a hook can empty both.
        let kind = first_of(&[&record.kind, &record.error_type]);
        map.serialize_entry("kind", &line.text(kind))?;
        map.serialize_entry("message", &line.text(&record.message))?;
        if !record.stack.is_empty() {
            map.serialize_entry("stack", &line.text(&record.stack))?;
        }
        if let Some(fingerprint) = &record.fingerprint {
            map.serialize_entry("fingerprint", &line.text(fingerprint))?;
        }
        if !record.causes.is_empty() {
            map.serialize_entry("causes", &Causes(line))?;
        }
        map.end()
    }
}

/// `error.causes`: the `source()` chain, nearest first.
struct Causes<'a>(&'a Line<'a>);

impl Serialize for Causes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let causes = &line.record.causes;
        let shown = causes.len().min(line.limits.causes);
        let mut seq = serializer.serialize_seq(None)?;
        for cause in &causes[..shown] {
            seq.serialize_element(&CauseObject(cause, line.limits))?;
        }
        if shown < causes.len() {
            let note = format!("… [{} causes cut]", causes.len() - shown);
            seq.serialize_element(&Entry("message", &note))?;
        }
        seq.end()
    }
}

/// One cause.
struct CauseObject<'a>(&'a Cause, Limits);

impl Serialize for CauseObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CauseObject(cause, limits) = *self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(kind) = cause.kind {
            map.serialize_entry("kind", &Text::new(kind, limits))?;
        }
        map.serialize_entry("message", &Text::new(&cause.message, limits))?;
        if cause.is_presumed {
            map.serialize_entry("presumed", &true)?;
        }
        map.end()
    }
}

/// `context`: the fields of the functions that the error left.
struct Context<'a>(&'a Line<'a>);

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let mut map = serializer.serialize_map(None)?;
        for Field { name, value } in &line.record.fields {
            match value {
                FieldValue::Bool(value) => map.serialize_entry(name, value)?,
                FieldValue::Int(value) => map.serialize_entry(name, value)?,
                FieldValue::Uint(value) => map.serialize_entry(name, value)?,
                FieldValue::Float(value) => match not_finite(*value) {
                    Some(text) => map.serialize_entry(name, text)?,
                    None => map.serialize_entry(name, value)?,
                },
                FieldValue::Text(text) => map.serialize_entry(name, &line.text(text))?,
            }
        }
        map.end()
    }
}

/// `dd`: what correlates the log with traces of the same service.
struct Dd<'a>(&'a Line<'a>);

impl Serialize for Dd<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("service", &service(line))?;
        if let Some(env) = line.resource.env() {
            map.serialize_entry("env", env)?;
        }
        if let Some(version) = line.resource.version() {
            map.serialize_entry("version", version)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::tests::{record, resource};
    use super::super::write_line;
    use super::*;
    use crate::config::Resource;
    use crate::model::ErrorRecord;

    fn json(record: &ErrorRecord, resource: &Resource) -> Value {
        let mut out = Vec::new();
        write_line(Format::Datadog, record, resource, &mut out);
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
        // Logrus and the Ruby formatter; Winston leaves the kind out.
        for reference in [
            r#"{"level":"error","msg":"an exception occurred","error":{"kind":"*fs.PathError","stack":"main.main\n\t/app/main.go:7","message":"open x"}}"#,
            r#"{"level":"error","message":"an exception occurred","error":{"message":"x is not defined","stack":"ReferenceError: x is not defined\n    at app.js:1:1"}}"#,
            r##"{"timestamp":"2024-01-01","level":"ERROR","message":"#<KeyError: x>","error":{"kind":"KeyError","message":"x","stack":"app.rb:1:in `main'"}}"##,
        ] {
            let reference: Value = serde_json::from_str(reference).unwrap();
            assert!(ours.is_superset(&keys(&reference["error"])), "{reference}");
        }
        // Monolog writes the same names as dotted keys. The intake reads both, but one line must not
        // say a thing twice: ours are nested only.
        for dotted in ["error.message", "error.kind", "error.stack"] {
            assert!(line.get(dotted).is_none());
            assert!(ours.contains(&dotted["error.".len()..]));
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
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
    fn the_build_id_stands_beside_the_id_of_the_error() {
        let mut record = record();
        assert_eq!(keys(&json(&record, &resource())["track_errors"]), BTreeSet::from(["id"]));
        record.build_id = Some("0a1b2c".to_owned());
        assert_eq!(json(&record, &resource())["track_errors"]["build_id"], "0a1b2c");
    }

    #[test]
    fn a_kind_that_a_hook_emptied_falls_back_to_the_type() {
        let mut record = record();
        record.kind.clear();
        assert_eq!(json(&record, &resource())["error"]["kind"], "shop::PayError");
        record.error_type.clear();
        assert_eq!(json(&record, &resource())["error"]["kind"], "error");
    }
}
