//! The values of the fields of a span or an event, as they are recorded.
//!
//! Runs the user's `Debug` and `Display`, so no lock is held meanwhile. Errors of tracked functions that these
//! call are not logged, as everywhere in this crate.

use std::error::Error;
use std::fmt::{self, Write as _};

use ::tracing::field::{Field as Name, Visit};

use crate::base::reentrancy::ignoring;
use crate::base::text;
use crate::model::{Field, FieldValue};

/// Fields of a span.
const MAX_FIELDS: usize = 32;
/// Bytes of a span's fields, and of one text.
const LIMIT: usize = 8 * 1024;
const TEXT_LIMIT: usize = 2 * 1024;

/// Named values of a span or an event. Bounded: 32 fields, 8 KiB.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) fields: Vec<Field>,
    /// Fields without room.
    pub(super) left_out: u32,
    /// The name of the first field that is an error.
    pub(super) first_error: Option<&'static str>,
    bytes: usize,
}

impl Values {
    /// What `record` visits, at most so many fields.
    pub(super) fn collect(expected: usize, record: impl FnOnce(&mut Values)) -> Values {
        let mut values = Values::default();
        if expected > 0 {
            values.fields.reserve_exact(expected.min(MAX_FIELDS));
            ignoring(|| record(&mut values));
        }
        values
    }

    /// Sets newer values in place of those of the same names.
    pub(super) fn update(&mut self, newer: Values) {
        self.left_out = self.left_out.saturating_add(newer.left_out);
        for field in newer.fields {
            self.take(&field.name);
            self.push(field);
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            FieldValue::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, name: &str) -> Option<FieldValue> {
        let at = self.fields.iter().position(|field| field.name == name)?;
        let field = self.fields.remove(at);
        self.bytes -= field.bytes();
        Some(field.value)
    }

    /// Takes out a value that is a text.
    pub(super) fn take_text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            FieldValue::Text(text) => Some(text),
            other => {
                self.push(Field { name: name.to_owned().into(), value: other });
                None
            }
        }
    }

    /// Its memory in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn push(&mut self, field: Field) {
        let bytes = self.bytes + field.bytes();
        if self.fields.len() == MAX_FIELDS || bytes > LIMIT {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.bytes = bytes;
            self.fields.push(field);
        }
    }

    fn add(&mut self, name: &Name, value: impl Into<FieldValue>) {
        let name = name.name();
        // A raw identifier, such as `r#type`.
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.push(Field { name: name.into(), value: value.into() });
    }
}

impl Visit for Values {
    fn record_f64(&mut self, field: &Name, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Name, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Name, value: u64) {
        self.add(field, value);
    }

    fn record_i128(&mut self, field: &Name, value: i128) {
        self.add(field, value);
    }

    fn record_u128(&mut self, field: &Name, value: u128) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Name, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Name, value: &str) {
        // Longer ones are cut before they are copied.
        if text::is_plain(TEXT_LIMIT, value) {
            self.add(field, value);
        } else {
            self.add(field, text::bounded(TEXT_LIMIT, value));
        }
    }

    fn record_error(&mut self, field: &Name, value: &(dyn Error + 'static)) {
        self.first_error.get_or_insert(field.name());
        self.add(field, text::written(TEXT_LIMIT, |out| write!(out, "{value}")));
    }

    fn record_debug(&mut self, field: &Name, value: &dyn fmt::Debug) {
        self.add(field, text::written(TEXT_LIMIT, |out| write!(out, "{value:?}")));
    }
}
