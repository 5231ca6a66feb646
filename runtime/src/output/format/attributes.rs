//! An error as attributes with dotted names: those of OpenTelemetry, the same in a line of `otlp` and in a record of
//! the Logs API, and those that [`flat`](super::flat) has as well.
//!
//! Sources: OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section "Attributes"; "Code
//! attributes", "Error attributes" and "Thread attributes" of the registry.

use std::borrow::Cow;
use std::fmt;

use super::{StepText, first_of, not_empty};
use crate::model::{
    ErrorId, ErrorRecord, FieldValue, Location, LossCounts, StackText, StepMessage,
};

/// What the attributes are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<'a> {
    /// `None` for the counts of unlogged errors.
    pub(crate) error: Option<&'a ErrorRecord>,
    pub(crate) id: ErrorId,
    pub(crate) function: &'a str,
    pub(crate) location: &'a Location,
    pub(crate) losses: LossCounts,
    pub(crate) unlogged_kinds: &'a [String],
    /// Adds Datadog's names of the exception.
    pub(crate) for_datadog: bool,
}

/// The value of an attribute.
#[derive(Debug)]
pub(crate) enum AttributeValue<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    True,
    Texts(Texts<'a>),
    Stack(&'a StackText),
    /// A field of the user's.
    Field(&'a FieldValue),
}

use AttributeValue::{Field, Number, Stack, Text, True};

/// Several texts, without copies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Texts<'a> {
    Owned(&'a [String]),
    Names(&'a [Cow<'static, str>]),
    Steps(&'a [StepMessage]),
}

impl Texts<'_> {
    /// Calls this with each.
    pub(crate) fn each(self, mut add: impl FnMut(&dyn fmt::Display)) {
        match self {
            Texts::Owned(texts) => texts.iter().for_each(|text| add(text)),
            Texts::Names(names) => names.iter().for_each(|name| add(name)),
            Texts::Steps(steps) => steps.iter().for_each(|step| add(&StepText(step))),
        }
    }

    fn is_empty(self) -> bool {
        match self {
            Texts::Owned(texts) => texts.is_empty(),
            Texts::Names(names) => names.is_empty(),
            Texts::Steps(steps) => steps.is_empty(),
        }
    }
}

/// A name, and the value, if there is one.
pub(super) type Attribute<'a> = (&'static str, Option<AttributeValue<'a>>);

impl<'a> Attributes<'a> {
    #[cfg_attr(
        not(feature = "opentelemetry"),
        expect(dead_code, reason = "a sink of records calls it")
    )]
    pub(crate) fn of_error(record: &'a ErrorRecord, for_datadog: bool) -> Self {
        Attributes {
            error: Some(record),
            id: record.id,
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
            each_present([("error.type", text(kind(record)))], add);
            each_present(exception(record), add);
            if self.for_datadog {
                each_present(exception_for_datadog(record), add);
            }
        }
        each_present(
            [
                ("code.function.name", optional(not_empty(self.function))),
                ("code.file.path", text(&self.location.file)),
                ("code.line.number", Some(Number(self.location.line.into()))),
            ],
            add,
        );
        if let Some(record) = self.error {
            each_present([("thread.name", optional(record.thread.as_deref()))], add);
            for field in &record.fields {
                add(&field.name, Field(&field.value));
            }
            let fingerprint = optional(record.fingerprint.as_deref());
            each_present([("track_errors.fingerprint", fingerprint)], add);
            each_present(own(record), add);
        } else {
            each_present([id(self.id)], add);
        }
        each_present(unlogged(self.losses, self.unlogged_kinds), add);
    }
}

fn each_present<'a>(
    attributes: impl IntoIterator<Item = Attribute<'a>>,
    add: &mut impl FnMut(&Cow<'static, str>, AttributeValue<'_>),
) {
    for (name, value) in attributes {
        if let Some(value) = value {
            add(&Cow::Borrowed(name), value);
        }
    }
}

/// OpenTelemetry's attributes of an exception.
pub(super) fn exception(record: &ErrorRecord) -> [Attribute<'_>; 3] {
    [
        ("exception.type", text(first_of(&[&record.error_type, &record.kind]))),
        ("exception.message", text(&record.message)),
        ("exception.stacktrace", stack(record)),
    ]
}

/// Datadog's attributes of an exception.
pub(super) fn exception_for_datadog(record: &ErrorRecord) -> [Attribute<'_>; 3] {
    [
        ("error.kind", text(kind(record))),
        ("error.message", text(&record.message)),
        ("error.stack", stack(record)),
    ]
}

fn stack(record: &ErrorRecord) -> Option<AttributeValue<'_>> {
    (!record.stack.is_empty()).then_some(Stack(&record.stack))
}

fn kind(record: &ErrorRecord) -> &str {
    first_of(&[&record.kind, &record.error_type])
}

/// The id of the error, or of counts of errors.
pub(super) fn id<'a>(id: ErrorId) -> Attribute<'a> {
    ("track_errors.id", Some(Text(id.to_string().into())))
}

/// The attributes that only this crate has: always the same names, in the same order.
pub(super) fn own(record: &ErrorRecord) -> [Attribute<'_>; 16] {
    let boundary = record.boundary.as_ref();
    let causes_left_out = record.causes.iter().map(|cause| u64::from(cause.left_out_before));
    [
        id(record.id),
        ("track_errors.build_id", optional(record.build_id.as_deref())),
        ("track_errors.spans", texts(Texts::Names(&record.spans))),
        ("track_errors.context", texts(Texts::Steps(&record.step_messages))),
        ("track_errors.attachments", texts(Texts::Owned(&record.attachments))),
        ("track_errors.boundary.id", boundary.and_then(|boundary| text(&boundary.id))),
        (
            "track_errors.boundary.function",
            boundary.and_then(|boundary| optional(boundary.function.as_deref())),
        ),
        ("track_errors.boundary.end", boundary.and_then(|boundary| text(boundary.end.as_str()))),
        ("track_errors.presumed", flag(record.presumed)),
        ("track_errors.ambiguous", flag(record.ambiguous)),
        ("track_errors.handled", flag(record.handled)),
        ("track_errors.steps_left_out", count(record.steps_left_out)),
        ("track_errors.context_left_out", count(record.step_messages_left_out)),
        ("track_errors.causes_left_out", count(causes_left_out.sum::<u64>())),
        ("track_errors.attachments_left_out", count(record.attachments_left_out)),
        ("track_errors.fields_left_out", count(record.fields_left_out)),
    ]
}

/// The counts of unlogged errors: likewise.
pub(super) fn unlogged(losses: LossCounts, kinds: &[String]) -> [Attribute<'_>; 4] {
    [
        ("track_errors.suppressed", count(losses.suppressed)),
        ("track_errors.dropped", count(losses.dropped)),
        ("track_errors.handled_count", count(losses.handled)),
        ("track_errors.unlogged_kinds", texts(Texts::Owned(kinds))),
    ]
}

fn text(text: &str) -> Option<AttributeValue<'_>> {
    Some(Text(text.into()))
}

fn optional(value: Option<&str>) -> Option<AttributeValue<'_>> {
    value.and_then(text)
}

fn texts(texts: Texts<'_>) -> Option<AttributeValue<'_>> {
    (!texts.is_empty()).then_some(AttributeValue::Texts(texts))
}

fn flag(is_set: bool) -> Option<AttributeValue<'static>> {
    is_set.then_some(True)
}

fn count(count: impl Into<u64>) -> Option<AttributeValue<'static>> {
    Some(count.into()).filter(|count| *count != 0).map(Number)
}
