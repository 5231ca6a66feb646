//! `fields(…)`: named values of an error log.

/// A value that the attribute's `fields(…)` names.
///
/// A log has the fields of the function that the error left. At a boundary it has the fields of every
/// function that the error left, the innermost first. At most 32 fields, and 18 KiB of text in them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The name in the attribute (`order.id`).
    pub name: &'static str,
    /// The value at the beginning of the call. Exception: a value that changes behind a shared reference,
    /// such as a `Cell`, is read when the error leaves.
    pub value: FieldValue,
}

/// The value of a [`Field`]. Numbers and booleans keep their type in both formats.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
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
}

impl Field {
    /// Its memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let text = match &self.value {
            FieldValue::Text(text) => text.len(),
            _ => 0,
        };
        size_of::<Self>() + text
    }
}
