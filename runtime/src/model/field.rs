//! `fields(…)`: named values of an error log.

/// A value that the attribute's `fields(…)` names.
///
/// A log has those of the function that the error left; at a boundary, those of every function that it
/// left, the innermost first. At most 32 of them, and 18 KiB of text in them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The name in the attribute (`order.id`).
    pub name: &'static str,
    /// The value when the function was called; for what changes behind a shared reference, such as a
    /// `Cell`, the value when the error left.
    pub value: FieldValue,
}

/// The value of a [`Field`]. Numbers and booleans stay such in both formats.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// `bool`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number that fits and is too large for `Int`.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// Anything else, as text; at most 2 KiB.
    Text(String),
}

impl Field {
    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let text = match &self.value {
            FieldValue::Text(text) => text.len(),
            _ => 0,
        };
        size_of::<Self>() + text
    }
}
