//! `name = value`: how the value becomes a field.
//!
//! `FieldProbe::new(&value).track_errors_field()` returns the function that keeps it. Each link of the chain
//! dereferences to the next; method lookup takes the first link with a satisfied bound (as in
//! `describe::probe`).

use std::fmt::{Debug, Display};
use std::ops::Deref;

use super::field_value::Value;
use super::fields::{DebugField, DisplayField, ValueField};
use super::probe::chain;

chain! {
    /// The head of the chain: a number, a boolean or a text.
    FieldProbe => FieldProbeDisplay;
    /// `Display`.
    FieldProbeDisplay => FieldProbeDebug;
    /// `Debug`.
    FieldProbeDebug => FieldProbeAny;
    @ FieldProbeAny
}

impl<T: Value> FieldProbe<'_, T> {
    /// Kept as it is.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> ValueField<T> {
        ValueField
    }
}

impl<T: Display> FieldProbeDisplay<'_, T> {
    /// Kept for its `Display`.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> DisplayField<T> {
        DisplayField
    }
}

impl<T: Debug> FieldProbeDebug<'_, T> {
    /// Kept for its `Debug`.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> DebugField<T> {
        DebugField
    }
}

impl<T> FieldProbeAny<'_, T> {
    /// None of them: the compiler reports the bound.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> ValueField<T>
    where
        T: Value,
    {
        ValueField
    }
}
