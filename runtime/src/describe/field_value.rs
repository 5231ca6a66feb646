//! [`Value`]: the types of values that a line shows unchanged.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use super::fields::FIELD_LIMIT;
use crate::base::text::bounded;
use crate::model::FieldValue;

/// A value of a type that both formats have: a number, a boolean or a text.
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
    ($($ty:ty)*) => {
        $(impl Value for $ty {
            fn field_value(&self) -> Option<FieldValue> {
                Some(FieldValue::from(*self))
            }
        })*
    };
}

numbers!(bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

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
