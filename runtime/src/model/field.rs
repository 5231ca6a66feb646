//! Named values of an error log: those of `fields(…)`, and those of the request.

use std::borrow::Cow;

use crate::base::text::{self, is_plain};

/// A named value: of the attribute's `fields(…)`, or of the error's context.
///
/// A log has the fields of the function that the error left. At a boundary it has the fields of every
/// function that the error left, the innermost first. At most 32 fields, and 18 KiB of text in them. Then come
/// those of the context ([`ErrorContext`](crate::ErrorContext)), under the same key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The name in the attribute (`order.id`), or that of the context's field.
    pub name: Cow<'static, str>,
    /// The value at the beginning of the call. Exception: a value that changes behind a shared reference,
    /// such as a `Cell`, is read when the error leaves.
    pub value: FieldValue,
}

/// The value of a [`Field`]. Numbers, booleans and structures keep their type in both formats.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// No value, inside a structure.
    Null,
    /// `bool`.
    Bool(bool),
    /// A whole number in the range of `i64`.
    Int(i64),
    /// A whole number above that range, in the range of `u64`.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// Anything else, as text; at most 2 KiB.
    Text(String),
    /// Values in order.
    Array(Vec<FieldValue>),
    /// Named values.
    Object(Vec<(String, FieldValue)>),
}

impl Field {
    /// Its memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let name = match &self.name {
            Cow::Owned(name) => name.len(),
            Cow::Borrowed(_) => 0,
        };
        size_of::<Self>() + name + self.value.heap_bytes()
    }
}

impl FieldValue {
    /// The value with every text escaped and within the bound. Of a structure that exceeds the bound only the
    /// size stays.
    pub(crate) fn bounded(self) -> FieldValue {
        /// Bytes of a value.
        const LIMIT: usize = 2 * 1024;

        let bytes = self.heap_bytes();
        match self {
            FieldValue::Text(text) if is_plain(LIMIT, &text) => FieldValue::Text(text),
            FieldValue::Text(text) => FieldValue::Text(text::bounded(LIMIT, &text)),
            FieldValue::Array(_) | FieldValue::Object(_) if bytes > LIMIT => {
                FieldValue::Text(format!("[{bytes} bytes cut]"))
            }
            FieldValue::Array(values) => {
                FieldValue::Array(values.into_iter().map(FieldValue::bounded).collect())
            }
            FieldValue::Object(entries) => FieldValue::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (text::name(key), value.bounded()))
                    .collect(),
            ),
            plain => plain,
        }
    }

    /// Its bytes on the heap, roughly.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            FieldValue::Text(text) => text.len(),
            FieldValue::Array(values) => {
                values.iter().map(|value| size_of::<Self>() + value.heap_bytes()).sum()
            }
            FieldValue::Object(entries) => entries
                .iter()
                .map(|(key, value)| size_of::<(String, Self)>() + key.len() + value.heap_bytes())
                .sum(),
            _ => 0,
        }
    }
}

macro_rules! from {
    ($($variant:ident($wide:ty): $($ty:ty)*;)*) => {$($(
        impl From<$ty> for FieldValue {
            fn from(value: $ty) -> Self {
                FieldValue::$variant(<$wide>::from(value))
            }
        }
    )*)*};
}

from! {
    Bool(bool): bool;
    Int(i64): i8 i16 i32 i64 u8 u16 u32;
    Float(f64): f32 f64;
    Text(String): String &str Cow<'_, str>;
}

/// Whole numbers that may not fit into `i64`.
macro_rules! from_wide {
    ($($ty:ty)*) => {$(
        impl From<$ty> for FieldValue {
            fn from(number: $ty) -> Self {
                let int = i64::try_from(number).map(FieldValue::Int);
                let uint = || u64::try_from(number).map(FieldValue::Uint);
                let text = || FieldValue::Text(number.to_string());
                int.or_else(|_| uint()).unwrap_or_else(|_| text())
            }
        }
    )*};
}

from_wide!(isize u64 usize i128 u128);
