//! `fields(…)`: values that a function is called with, for the log of an error that leaves it.
//!
//! In: the value of an expression, when the call begins. Out, if an error leaves: a [`Field`]. A value
//! that can be kept is kept as it is, and formatted only when an error leaves; what the body may
//! consume is formatted at once ([`keep_now`]): which of the two it is the macro knows from the
//! function's parameters.
//!
//! A field without a sigil is a number or a boolean if its type is one (trait [`Value`]), else what its
//! `Display` says, else its `Debug`. `%` asks for `Display`, `?` for `Debug`. Texts are bounded and free
//! of control characters.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Write};
use std::num::NonZero;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::text::{bounded, written};
use crate::model::{Field, FieldValue};

/// Bytes of one field's text, and of all of them together.
const FIELD_LIMIT: usize = 2 * 1024;
const FIELDS_LIMIT: usize = 16 * 1024;
/// Fields of one error, those of outer functions included.
const MAX_FIELDS: usize = 32;

/// The fields of a function and, behind them, those of an outer one that have other names.
pub(super) fn joined(inner: Vec<Field>, outer: Vec<Field>) -> Vec<Field> {
    let mut all = Fields::default();
    for field in inner.into_iter().chain(outer) {
        if all.fields.iter().all(|earlier| earlier.name != field.name) {
            all.push(field);
        }
    }
    all.fields
}

/// Collects the fields of a call that failed.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    fields: Vec<Field>,
    bytes: usize,
}

impl Fields {
    /// Adds a field; one without a value (`None`) is left out.
    pub fn add(&mut self, name: &'static str, kept: &dyn KeptField) {
        if !self.is_full()
            && let Some(value) = kept.value()
        {
            self.push(Field { name, value });
        }
    }

    fn push(&mut self, field: Field) {
        if !self.is_full() {
            self.bytes += field.bytes();
            self.fields.push(field);
        }
    }

    fn is_full(&self) -> bool {
        self.fields.len() == MAX_FIELDS || self.bytes >= FIELDS_LIMIT
    }

    pub(super) fn into_vec(self) -> Vec<Field> {
        self.fields
    }
}

/// What was kept for a field when the call began.
pub trait KeptField {
    /// What it says now. Runs the user's `Display` or `Debug`, guarded.
    fn value(&self) -> Option<FieldValue>;
}

/// A value of a type that formats know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field",
    label = "neither a number, a boolean or a text, nor `Display`, nor `Debug`",
    note = "fields are numbers, booleans, texts, and what implements `Display` or `Debug`"
)]
pub trait Value {
    /// The value; `None` leaves the field out.
    fn field_value(&self) -> Option<FieldValue>;
}

macro_rules! numbers {
    ($variant:ident($wide:ty): $($ty:ty)*) => {
        $(impl Value for $ty {
            fn field_value(&self) -> Option<FieldValue> {
                Some(FieldValue::$variant(<$wide>::from(*self)))
            }
        })*
    };
}

numbers!(Bool(bool): bool);
numbers!(Int(i64): i8 i16 i32 i64 u8 u16 u32);
numbers!(Float(f64): f32 f64);

/// Whole numbers that may not fit into 64 bits with a sign.
macro_rules! wide {
    ($($ty:ty)*) => {
        $(impl Value for $ty {
            fn field_value(&self) -> Option<FieldValue> {
                let int = i64::try_from(*self).map(FieldValue::Int);
                let uint = || u64::try_from(*self).map(FieldValue::Uint);
                let text = || FieldValue::Text(self.to_string());
                Some(int.or_else(|_| uint()).unwrap_or_else(|_| text()))
            }
        })*
    };
}

wide!(isize u64 usize i128 u128);

macro_rules! non_zero {
    ($($ty:ty)*) => {
        $(impl Value for NonZero<$ty> {
            fn field_value(&self) -> Option<FieldValue> {
                self.get().field_value()
            }
        })*
    };
}

non_zero!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl Value for str {
    fn field_value(&self) -> Option<FieldValue> {
        Some(FieldValue::Text(bounded(FIELD_LIMIT, self)))
    }
}

impl Value for String {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_str().field_value()
    }
}

impl Value for Cow<'_, str> {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_ref().field_value()
    }
}

impl Value for char {
    fn field_value(&self) -> Option<FieldValue> {
        self.encode_utf8(&mut [0; 4]).field_value()
    }
}

impl<T: Value> Value for Option<T> {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_ref()?.field_value()
    }
}

macro_rules! behind {
    ($($ty:ty),*) => {
        $(impl<T: Value + ?Sized> Value for $ty {
            fn field_value(&self) -> Option<FieldValue> {
                (**self).field_value()
            }
        })*
    };
}

behind!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

/// A number, a boolean or a text.
#[derive(Debug, Clone, Copy)]
pub struct Plain<T>(T);

impl<T: Value> KeptField for Plain<T> {
    fn value(&self) -> Option<FieldValue> {
        self.0.field_value()
    }
}

/// A value that is shown through `Display`.
#[derive(Debug, Clone, Copy)]
pub struct Shown<T>(T);

impl<T: Display> KeptField for Shown<T> {
    fn value(&self) -> Option<FieldValue> {
        Some(text(|out| write!(out, "{}", self.0)))
    }
}

/// A value that is shown through `Debug`.
#[derive(Debug, Clone, Copy)]
pub struct Debugged<T>(T);

impl<T: Debug> KeptField for Debugged<T> {
    fn value(&self) -> Option<FieldValue> {
        Some(text(|out| write!(out, "{:?}", self.0)))
    }
}

/// A field that was formatted when the call began.
#[derive(Debug, Clone)]
pub struct Now(Option<FieldValue>);

impl KeptField for Now {
    fn value(&self) -> Option<FieldValue> {
        self.0.clone()
    }
}

fn text(write: impl FnOnce(&mut crate::base::text::Bounded) -> fmt::Result) -> FieldValue {
    FieldValue::Text(written(FIELD_LIMIT, write))
}

/// `name = %value`. The bound `Display` is checked once, where the value is used.
#[inline(always)]
pub fn display<T>(value: T) -> Shown<T> {
    Shown(value)
}

/// `name = ?value`. The bound `Debug` is checked once, where the value is used.
#[inline(always)]
pub fn debug<T>(value: T) -> Debugged<T> {
    Debugged(value)
}

/// The function may consume what the value belongs to: it is formatted now.
#[inline]
pub fn keep_now(field: impl KeptField) -> Now {
    Now(field.value())
}

/// `name = value`: finds out what the type of the value has.
///
/// `FieldProbe::new(&value).track_errors_field()` says how to keep it: each link of the chain
/// dereferences to the next, and method lookup takes the first whose bound holds (as in
/// `describe::probe`).
#[derive(Debug)]
pub struct FieldProbe<'a, T: ?Sized>(FieldProbeDisplay<'a, T>);

/// The second link of [`FieldProbe`].
#[derive(Debug)]
pub struct FieldProbeDisplay<'a, T: ?Sized>(FieldProbeDebug<'a, T>);

/// The third link of [`FieldProbe`].
#[derive(Debug)]
pub struct FieldProbeDebug<'a, T: ?Sized>(FieldProbeAny<'a, T>);

/// The last link of [`FieldProbe`].
#[derive(Debug)]
pub struct FieldProbeAny<'a, T: ?Sized>(std::marker::PhantomData<&'a T>);

impl<'a, T: ?Sized> FieldProbe<'a, T> {
    /// Begins the lookup for a value.
    #[inline(always)]
    #[must_use]
    pub fn new(_: &'a T) -> Self {
        let any = FieldProbeAny(std::marker::PhantomData);
        FieldProbe(FieldProbeDisplay(FieldProbeDebug(any)))
    }
}

macro_rules! link {
    ($name:ident => $next:ident) => {
        impl<'a, T: ?Sized> Deref for $name<'a, T> {
            type Target = $next<'a, T>;
            #[inline(always)]
            fn deref(&self) -> &$next<'a, T> {
                &self.0
            }
        }
    };
}

link!(FieldProbe => FieldProbeDisplay);
link!(FieldProbeDisplay => FieldProbeDebug);
link!(FieldProbeDebug => FieldProbeAny);

impl<T: Value> FieldProbe<'_, T> {
    /// It is a number, a boolean or a text.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> Plain<T> {
        Plain
    }
}

impl<T: Display> FieldProbeDisplay<'_, T> {
    /// It has `Display`.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> Shown<T> {
        Shown
    }
}

impl<T: Debug> FieldProbeDebug<'_, T> {
    /// It has `Debug`.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> Debugged<T> {
        Debugged
    }
}

impl<T> FieldProbeAny<'_, T> {
    /// It has nothing, which the bound says.
    #[inline(always)]
    #[must_use]
    pub fn track_errors_field(&self) -> fn(T) -> Plain<T>
    where
        T: Value,
    {
        Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kept: impl KeptField) -> Option<FieldValue> {
        kept.value()
    }

    macro_rules! bare {
        ($value:expr) => {{
            let value = $value;
            said(FieldProbe::new(&value).track_errors_field()(value))
        }};
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
        assert_eq!(said(debug("a")), text("\"a\""));
        assert_eq!(said(display(7)), text("7"));
    }

    #[test]
    fn what_is_none_is_left_out() {
        assert_eq!(bare!(None::<u8>), None);
        assert_eq!(bare!(Some(&7_u8)), Some(FieldValue::Int(7)));
        let mut fields = Fields::default();
        fields.add("none", &Now(None));
        assert!(fields.into_vec().is_empty());
    }

    #[test]
    fn texts_and_fields_are_bounded() {
        let Some(FieldValue::Text(text)) = bare!("x".repeat(10_000)) else { panic!("a text") };
        assert!(text.ends_with("… [cut at 2048 bytes]"), "{text}");
        let mut fields = Fields::default();
        for _ in 0..100 {
            fields.add("long", &Plain("x".repeat(10_000)));
        }
        let bytes: usize = fields
            .into_vec()
            .iter()
            .map(|field| match &field.value {
                FieldValue::Text(text) => text.len(),
                _ => 0,
            })
            .sum();
        assert!((FIELDS_LIMIT..FIELDS_LIMIT + 3 * 1024).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_display_that_panics_is_caught() {
        struct Wild;
        impl Display for Wild {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("on purpose: a field that panics")
            }
        }
        let Some(FieldValue::Text(text)) = said(display(Wild)) else { panic!("a text") };
        assert_eq!(text, "[panicked while it was formatted]");
    }
}
