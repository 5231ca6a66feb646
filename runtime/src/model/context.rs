//! `ErrorContext`: the request, job or span that an error belongs to.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::sync::Arc;

use crate::base::text::{self, is_name};
use crate::model::{Field, FieldValue};

/// Fields and spans of one error, and bytes of its fields.
const MAX_FIELDS: usize = 32;
const MAX_SPANS: usize = 16;
const FIELDS_LIMIT: usize = 8 * 1024;

/// The context of an error: fields of its request, and the ids of its trace.
///
/// [`Builder::context`](crate::Builder::context) and the integrations fill it, on the thread on which the error
/// left its function. The line has the fields under `context` (`otlp`: attributes), next to those of the
/// attribute, which win where names are equal.
#[derive(Debug, Default)]
pub struct ErrorContext {
    pub(crate) fields: Vec<Field>,
    pub(crate) fields_left_out: u32,
    /// The innermost first.
    pub(crate) spans: Vec<Cow<'static, str>>,
    pub(crate) trace: Option<TraceContext>,
    pub(crate) carried: Carried,
}

/// The span of a distributed trace in which an error left its function.
///
/// `datadog` writes the lower 64 bits of `trace_id`, and `span_id`, as decimal texts under `dd`; `otlp` writes
/// both in hexadecimal digits. Source: Datadog, "Track Backend Error Logs"; OpenTelemetry, "Logs Data Model".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TraceContext {
    /// The id of the trace; not 0.
    pub trace_id: u128,
    /// The id of the span; not 0.
    pub span_id: u64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl ErrorContext {
    /// Adds a field. A name that is there already keeps its value: what is added first is nearest to the error.
    ///
    /// At most 32 fields, 8 KiB in all, and 2 KiB of text each. The line counts those that are left out.
    pub fn field(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<FieldValue>) {
        let mut name = name.into();
        if !is_name(&name) {
            name = text::name(name).into();
        }
        if self.fields.iter().any(|field| field.name == name) {
            return;
        }
        let value = value.into().bounded();
        self.push(Field { name, value });
    }

    /// Sets the ids of the trace, unless they are set. An id of 0 counts as none.
    pub fn trace(&mut self, trace_id: u128, span_id: u64, sampled: bool) {
        if self.trace.is_none() && trace_id != 0 && span_id != 0 {
            self.trace = Some(TraceContext { trace_id, span_id, sampled });
        }
    }

    fn push(&mut self, field: Field) {
        let bytes: usize = self.fields.iter().map(Field::bytes).sum();
        if self.fields.len() == MAX_FIELDS || bytes + field.bytes() > FIELDS_LIMIT {
            self.fields_left_out = self.fields_left_out.saturating_add(1);
        } else {
            self.fields.push(field);
        }
    }

    /// Adds a copy of a field whose value is [bounded](FieldValue::bounded).
    #[cfg(feature = "tracing")]
    pub(crate) fn copy_field(&mut self, field: &Field) {
        let name = match &field.name {
            plain if is_name(plain) => plain.clone(),
            other => text::name(other).into(),
        };
        if self.fields.iter().all(|own| own.name != name) {
            self.push(Field { name, value: field.value.clone() });
        }
    }

    /// Adds the name of a span around those before.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "an integration calls it"))]
    pub(crate) fn span(&mut self, name: &'static str) {
        if self.spans.len() < MAX_SPANS {
            let name = if is_name(name) { name.into() } else { text::name(name).into() };
            self.spans.push(name);
        }
    }

    /// Whether it has nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let ErrorContext { fields, fields_left_out, spans, trace, carried } = self;
        fields.is_empty()
            && *fields_left_out == 0
            && spans.is_empty()
            && trace.is_none()
            && carried.0.is_empty()
    }

    /// Adds what another context has, and this one lacks.
    pub(crate) fn or(mut self, other: ErrorContext) -> ErrorContext {
        for field in other.fields {
            if self.fields.iter().all(|own| own.name != field.name) {
                self.push(field);
            }
        }
        self.fields_left_out = self.fields_left_out.saturating_add(other.fields_left_out);
        if self.spans.is_empty() {
            self.spans = other.spans;
        }
        self.trace = self.trace.or(other.trace);
        if self.carried.0.is_empty() {
            self.carried = other.carried;
        }
        self
    }

    /// Keeps the fields and the trace that the other error has too. Returns whether it left any out. Of two
    /// spans of one trace its own stays.
    pub(crate) fn keep_common(&mut self, other: Option<&ErrorContext>) -> bool {
        let before = self.fields.len();
        self.fields.retain(|field| other.is_some_and(|other| other.fields.contains(field)));
        let others = other.and_then(|other| other.trace).map(|trace| trace.trace_id);
        let trace = self.trace.take_if(|trace| Some(trace.trace_id) != others);
        self.fields.len() < before || trace.is_some()
    }

    /// Moves the fields into those of the functions, which win.
    pub(crate) fn fields_behind(&mut self, mut fields: Vec<Field>) -> Vec<Field> {
        for field in mem::take(&mut self.fields) {
            if fields.iter().all(|own| own.name != field.name) {
                fields.push(field);
            }
        }
        fields
    }

    /// Its memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let fields: usize = self.fields.iter().map(Field::bytes).sum();
        size_of::<Self>() + fields + self.spans.len() * size_of::<Cow<'_, str>>()
    }
}

/// What an integration hands from the failing thread to its sink: the dispatcher, the parent context.
#[derive(Clone, Default)]
pub(crate) struct Carried(Vec<Arc<dyn Any + Send + Sync>>);

#[cfg_attr(
    not(any(feature = "tracing", feature = "opentelemetry")),
    expect(dead_code, reason = "integrations call it")
)]
impl Carried {
    /// Adds a value, unless there is one of its type.
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, value: T) {
        if self.get::<T>().is_none() {
            self.0.push(Arc::new(value));
        }
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.iter().find_map(|value| value.downcast_ref())
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(context: &'a ErrorContext, name: &str) -> Option<&'a FieldValue> {
        context.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    #[test]
    fn the_first_value_of_a_name_stays() {
        let mut context = ErrorContext::default();
        context.field("request_id", "inner");
        context.field("request_id", "outer");
        assert_eq!(value(&context, "request_id"), Some(&"inner".into()));
        assert_eq!(context.fields_left_out, 0);
    }

    #[test]
    fn names_and_values_are_bounded_and_free_of_control_characters() {
        let mut context = ErrorContext::default();
        context.field("a\u{1b}[31m", "b\u{7}");
        context.field("long", "x".repeat(10_000));
        assert_eq!(value(&context, "a\\u{1b}[31m"), Some(&"b\\u{7}".into()));
        let Some(FieldValue::Text(text)) = value(&context, "long") else { panic!("a text") };
        assert!(text.len() < 2_200 && text.contains("cut at"), "{}", text.len());
    }

    #[test]
    fn fields_without_room_are_counted() {
        let mut context = ErrorContext::default();
        for number in 0..40 {
            context.field(format!("name{number}"), number);
        }
        assert_eq!((context.fields.len(), context.fields_left_out), (32, 8));
        let mut context = ErrorContext::default();
        for number in 0..10 {
            context.field(format!("name{number}"), "x".repeat(2_000));
        }
        assert_eq!(context.fields.len() + context.fields_left_out as usize, 10);
        assert!(context.fields_left_out > 5);
    }

    #[test]
    fn an_id_of_zero_is_no_trace() {
        let mut context = ErrorContext::default();
        context.trace(0, 7, true);
        context.trace(7, 0, true);
        assert_eq!(context.trace, None);
        context.trace(1, 2, false);
        context.trace(3, 4, true);
        assert_eq!(context.trace, Some(TraceContext { trace_id: 1, span_id: 2, sampled: false }));
    }
}
