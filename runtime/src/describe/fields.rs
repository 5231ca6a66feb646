//! `fields(…)`: values from the beginning of a call, for the log of an error that leaves it.
//!
//! In: the value of an expression, when the call begins. Out, if an error leaves: a [`Field`]. The call keeps
//! the value, and formats it only when an error leaves. Exception: a value that the body may consume is
//! formatted eagerly ([`keep_now`]). The macro decides by the function's parameters.
//!
//! `name = expr` is a number, a boolean or a text if its type is one (trait [`Value`]), else its `Display`,
//! else its `Debug`. `%expr` is its `Display`, `?expr` its `Debug`. Texts are bounded and free of control
//! characters.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Write};

use super::field_value::Value;
use crate::base::text::{self, Bounded, is_name, written};
use crate::model::{Field, FieldValue};

/// Bytes of one field's text, and of all texts together.
pub(super) const FIELD_LIMIT: usize = 2 * 1024;
const FIELDS_LIMIT: usize = 16 * 1024;
/// Fields of one error, with those of outer functions.
const MAX_FIELDS: usize = 32;

/// The fields of a failed call.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    pub(crate) fields: Vec<Field>,
    /// The number of fields without room.
    pub(crate) left_out: u32,
}

impl Fields {
    /// Adds a field, unless its value is `None`.
    pub fn add(&mut self, name: &'static str, kept: &dyn KeptField) {
        if let Some(value) = kept.value() {
            self.push(Field { name: name.into(), value });
        }
    }

    /// Adds a field with a name and value of run time. A name that is there already keeps its value.
    pub(crate) fn add_made(&mut self, name: Cow<'static, str>, value: FieldValue) {
        let name = if is_name(&name) { name } else { text::name(name).into() };
        if !self.has(&name) {
            self.push(Field { name, value: value.bounded() });
        }
    }

    /// Whether a field has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn push(&mut self, field: Field) {
        if self.is_full() {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.fields.push(field);
        }
    }

    /// Adds the fields of an outer function that have other names.
    pub(crate) fn or(mut self, outer: Fields) -> Fields {
        for field in outer.fields {
            if self.fields.iter().all(|earlier| earlier.name != field.name) {
                self.push(field);
            }
        }
        self.left_out = self.left_out.saturating_add(outer.left_out);
        self
    }

    /// Keeps the fields that the other error has too. Returns whether it left any out.
    pub(crate) fn keep_common(&mut self, other: Option<&Fields>) -> bool {
        let before = self.fields.len();
        self.fields.retain(|field| other.is_some_and(|other| other.fields.contains(field)));
        self.fields.len() < before
    }

    /// Their memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.fields.iter().map(Field::bytes).sum()
    }

    fn is_full(&self) -> bool {
        self.fields.len() == MAX_FIELDS || self.bytes() >= FIELDS_LIMIT
    }
}

/// A field, kept when the call began.
pub trait KeptField {
    /// The value now. Runs the user's `Display` or `Debug`, guarded.
    fn value(&self) -> Option<FieldValue>;
}

/// A number, a boolean or a text.
#[derive(Debug, Clone, Copy)]
pub struct ValueField<T>(pub(super) T);

impl<T: Value> KeptField for ValueField<T> {
    fn value(&self) -> Option<FieldValue> {
        self.0.field_value()
    }
}

/// A value to show through `Display`.
#[derive(Debug, Clone, Copy)]
pub struct DisplayField<T>(pub(super) T);

impl<T: Display> KeptField for DisplayField<T> {
    fn value(&self) -> Option<FieldValue> {
        Some(text(|out| write!(out, "{}", self.0)))
    }
}

/// A value to show through `Debug`.
#[derive(Debug, Clone, Copy)]
pub struct DebugField<T>(pub(super) T);

impl<T: Debug> KeptField for DebugField<T> {
    fn value(&self) -> Option<FieldValue> {
        Some(text(|out| write!(out, "{:?}", self.0)))
    }
}

/// A field that was formatted when the call began.
#[derive(Debug, Clone)]
pub struct FormattedField(Option<FieldValue>);

impl KeptField for FormattedField {
    fn value(&self) -> Option<FieldValue> {
        self.0.clone()
    }
}

fn text(write: impl FnOnce(&mut Bounded) -> fmt::Result) -> FieldValue {
    FieldValue::Text(written(FIELD_LIMIT, write))
}

/// `name = %value`. The bound `Display` is checked once, where the value is used.
#[inline(always)]
pub fn display<T>(value: T) -> DisplayField<T> {
    DisplayField(value)
}

/// `name = ?value`. The bound `Debug` is checked once, where the value is used.
#[inline(always)]
pub fn debug<T>(value: T) -> DebugField<T> {
    DebugField(value)
}

/// Formats the field now: the function may consume the value.
#[inline]
pub fn keep_now(field: impl KeptField) -> FormattedField {
    FormattedField(field.value())
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::sync::Arc;

    use super::*;
    use crate::describe::FieldProbe;

    fn value(kept: impl KeptField) -> Option<FieldValue> {
        kept.value()
    }

    macro_rules! bare {
        ($value:expr) => {{
            let field = $value;
            value(FieldProbe::new(&field).track_errors_field()(field))
        }};
    }

    #[test]
    fn fields_that_are_left_out_make_room() {
        let long = |name: &'static str| Field {
            name: name.into(),
            value: FieldValue::Text("x".repeat(FIELDS_LIMIT)),
        };
        let of = |field| {
            let mut fields = Fields::default();
            fields.push(field);
            fields
        };
        let mut fields = of(long("a"));
        assert!(fields.keep_common(None));
        let fields = fields.or(of(long("b")));
        assert_eq!((&*fields.fields[0].name, fields.left_out), ("b", 0));
    }

    #[test]
    fn numbers_and_booleans_stay_such() {
        assert_eq!(bare!(true), Some(FieldValue::Bool(true)));
        assert_eq!(bare!(-7_i8), Some(FieldValue::Int(-7)));
        assert_eq!(bare!(&&7_usize), Some(FieldValue::Int(7)));
        assert_eq!(bare!(u64::MAX), Some(FieldValue::Uint(u64::MAX)));
        assert_eq!(bare!(i128::MIN), Some(FieldValue::Text(i128::MIN.to_string())));
        assert_eq!(bare!(1.5_f32), Some(FieldValue::Float(1.5)));
        assert_eq!(bare!(NonZero::<u16>::MIN), Some(FieldValue::Int(1)));
    }

    #[test]
    fn texts_and_what_can_be_shown_are_text() {
        let text = |text: &str| Some(FieldValue::Text(text.to_owned()));
        assert_eq!(bare!("a"), text("a"));
        assert_eq!(bare!(Arc::<str>::from("b")), text("b"));
        assert_eq!(bare!('c'), text("c"));
        assert_eq!(bare!(std::net::Ipv4Addr::LOCALHOST), text("127.0.0.1"));
        assert_eq!(bare!(vec![1, 2]), text("[1, 2]"));
        assert_eq!(value(debug("a")), text("\"a\""));
        assert_eq!(value(display(7)), text("7"));
    }

    #[test]
    fn what_is_none_is_left_out() {
        assert_eq!(bare!(None::<u8>), None);
        assert_eq!(bare!(Some(&7_u8)), Some(FieldValue::Int(7)));
        let mut fields = Fields::default();
        fields.add("none", &FormattedField(None));
        assert!(fields.fields.is_empty());
    }

    #[test]
    fn texts_and_fields_are_bounded() {
        let Some(FieldValue::Text(text)) = bare!("x".repeat(10_000)) else { panic!("a text") };
        assert!(text.ends_with("… [cut at 2048 bytes]"), "{text}");
        let mut fields = Fields::default();
        for _ in 0..100 {
            fields.add("long", &ValueField("x".repeat(10_000)));
        }
        let bytes: usize = fields
            .fields
            .iter()
            .map(|field| match &field.value {
                FieldValue::Text(text) => text.len(),
                _ => 0,
            })
            .sum();
        assert!((FIELDS_LIMIT..FIELDS_LIMIT + 3 * 1024).contains(&bytes), "{bytes}");
        assert_eq!(fields.fields.len() + fields.left_out as usize, 100);
    }

    #[test]
    fn a_display_that_panics_is_caught() {
        struct Wild;
        impl Display for Wild {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("on purpose: a field that panics")
            }
        }
        let Some(FieldValue::Text(text)) = value(display(Wild)) else { panic!("a text") };
        assert_eq!(text, "[panicked while it was formatted]");
    }
}
