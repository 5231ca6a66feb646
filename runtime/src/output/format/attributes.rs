//! The attributes that OpenTelemetry gets of an error: the same in a line of `otlp` and in a record of the Logs API.
//!
//! Sources: OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section "Attributes"; "Code
//! attributes", "Error attributes" and "Thread attributes" of the registry.

use std::borrow::Cow;
use std::fmt::Display;

use super::{StepText, first_of, not_empty};
use crate::model::{ErrorRecord, FieldValue, Location, LossCounts};

/// What the attributes are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<'a> {
    /// `None` for the counts of unlogged errors.
    pub(crate) error: Option<&'a ErrorRecord>,
    pub(crate) function: &'a str,
    pub(crate) location: &'a Location,
    pub(crate) losses: LossCounts,
    pub(crate) unlogged_kinds: &'a [String],
    /// Adds Datadog's names of the exception.
    pub(crate) for_datadog: bool,
}

/// The value of an attribute.
#[derive(Clone, Copy)]
pub(crate) enum AttributeValue<'a> {
    Text(&'a str),
    Displayed(&'a dyn Display),
    Number(u64),
    True,
    Texts(&'a [String]),
    /// A field of the user's.
    Field(&'a FieldValue),
}

use AttributeValue::{Displayed, Field, Number, Text, Texts, True};

/// The name of an attribute of this crate.
fn own(name: &str) -> Cow<'static, str> {
    Cow::Owned(format!("track_errors.{name}"))
}

impl<'a> Attributes<'a> {
    #[cfg_attr(
        not(feature = "opentelemetry"),
        expect(dead_code, reason = "a sink of records calls it")
    )]
    pub(crate) fn of_error(record: &'a ErrorRecord, for_datadog: bool) -> Self {
        Attributes {
            error: Some(record),
            function: &record.function,
            location: &record.location,
            losses: record.losses(),
            unlogged_kinds: &record.unlogged_kinds,
            for_datadog,
        }
    }

    /// Calls this with each.
    pub(crate) fn each(&self, mut add: impl FnMut(&Cow<'static, str>, AttributeValue<'_>)) {
        let add = &mut add;
        if let Some(record) = self.error {
            let kind = first_of(&[&record.kind, &record.error_type]);
            let stack = Some(&*record.stack).filter(|stack| !stack.is_empty());
            text(add, "error.type", Some(kind));
            text(add, "exception.type", Some(first_of(&[&record.error_type, &record.kind])));
            text(add, "exception.message", Some(&record.message));
            text(add, "exception.stacktrace", stack);
            if self.for_datadog {
                text(add, "error.kind", Some(kind));
                text(add, "error.message", Some(&record.message));
                text(add, "error.stack", stack);
            }
        }
        text(add, "code.function.name", not_empty(self.function));
        text(add, "code.file.path", Some(&self.location.file));
        add(&Cow::Borrowed("code.line.number"), Number(self.location.line.into()));
        if let Some(record) = self.error {
            each_of_error(record, add);
        }
        for (name, count) in self.losses.nonzero() {
            add(&own(name), Number(count));
        }
        texts(add, "track_errors.unlogged_kinds", self.unlogged_kinds);
    }
}

/// Those that only an error has, except those of the exception.
fn each_of_error(
    record: &ErrorRecord,
    add: &mut impl FnMut(&Cow<'static, str>, AttributeValue<'_>),
) {
    text(add, "thread.name", record.thread.as_deref());
    add(&Cow::Borrowed("track_errors.id"), Displayed(&record.id));
    text(add, "track_errors.build_id", record.build_id.as_deref());
    text(add, "track_errors.fingerprint", record.fingerprint.as_deref());
    texts(add, "track_errors.spans", &record.spans);
    for field in &record.fields {
        add(&field.name, Field(&field.value));
    }
    let messages = record.step_messages.iter().map(|step| StepText(step).to_string());
    texts(add, "track_errors.context", &messages.collect::<Vec<_>>());
    texts(add, "track_errors.attachments", &record.attachments);
    if let Some(boundary) = &record.boundary {
        text(add, "track_errors.boundary.id", Some(&boundary.id));
        text(add, "track_errors.boundary.function", boundary.function.as_deref());
        text(add, "track_errors.boundary.end", Some(boundary.end.as_str()));
    }
    for flag in record.flags() {
        add(&own(flag), True);
    }
    for (name, count) in record.left_out() {
        add(&own(name), Number(count.into()));
    }
}

/// Adds a text, if there is one.
fn text(
    add: &mut impl FnMut(&Cow<'static, str>, AttributeValue<'_>),
    name: &'static str,
    text: Option<&str>,
) {
    if let Some(text) = text {
        add(&Cow::Borrowed(name), Text(text));
    }
}

/// Adds texts, if there are any.
fn texts(
    add: &mut impl FnMut(&Cow<'static, str>, AttributeValue<'_>),
    name: &'static str,
    texts: &[String],
) {
    if !texts.is_empty() {
        add(&Cow::Borrowed(name), Texts(texts));
    }
}
