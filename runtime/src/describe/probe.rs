//! Finds the traits of an error type, without a bound on the user's function.
//!
//! Expanded code writes `Probe::new(&error).track_errors_view()` in a place that knows the error's type.
//! `Probe` is a chain of structs: each dereferences to the next, and has an inherent method under a bound.
//! Method lookup walks the chain and takes the first link with a satisfied bound, so the order of the chain
//! is the order of preference:
//!
//! 1. `E: Classify` (which is an `Error`)
//! 2. `E: KnownContainer`: `&dyn Error` and `Arc<dyn Error>`, which are errors and *erased* (the type hides
//!    the error's own); with the feature `error-stack`, its `Report`
//! 3. `E: Error`
//! 4. `E: AsRef<dyn Error …> + Debug`: `Box<dyn Error>`, `anyhow::Error`, `eyre::Report` (*erased* too)
//! 5. `E: Display + Debug`
//! 6. `E: Display`
//! 7. `E: Debug`
//! 8. no trait: only the type's name
//!
//! The method has a long name: a method of the same name in a blanket trait of the user would come before the
//! later links of the chain.
//!
//! The usual trick with autoref needs traits in scope. This one does not, so it works under
//! `#![no_implicit_prelude]`. The bounds must not mention `'static`: method lookup ignores lifetimes, and
//! would choose an impl that the borrow checker then refuses. So a type with a lifetime can be an error, and
//! this module downcasts nothing.

use std::any::type_name;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::error_list::ErrorList;
use crate::describe::classify::Classify;
use crate::describe::type_name::without_references;

/// An error as one trait object for each trait of its type.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The compiler's name; see [`type_name`].
    pub(crate) type_name: &'static str,
    /// Distinguishes the variants of an enum.
    pub(crate) discriminant: u64,
    pub(crate) message: MessageSource<'a>,
    pub(crate) debug: Option<&'a dyn Debug>,
    /// The type's own `Classify`.
    pub(crate) own: Option<&'a dyn Classify>,
}

/// The source of the message.
#[derive(Clone, Copy)]
pub enum MessageSource<'a> {
    /// The type is an error.
    Error(&'a dyn Error),
    /// The type is a container for any error.
    Erased(&'a dyn Error),
    /// The type is a list of errors with attachments.
    #[cfg_attr(not(feature = "error-stack"), allow(dead_code, reason = "no such type"))]
    List(&'a dyn ErrorList),
    /// The type has `Display`, and is no error.
    Display(&'a dyn Display),
    /// Only `Debug`, or neither trait.
    None,
}

impl Debug for MessageSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageSource").finish_non_exhaustive()
    }
}

impl Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("type_name", &self.type_name).finish_non_exhaustive()
    }
}

impl<'a> View<'a> {
    /// An error of a type with `Error`.
    pub(crate) fn of_error<E: Error>(error: &'a E) -> Self {
        ProbeError::new(error).track_errors_view()
    }

    /// An error in a container for any error.
    pub(crate) fn of_container<E: Debug>(container: &'a E, error: &'a dyn Error) -> Self {
        let view = ProbeDebug::new(container).track_errors_view();
        View { message: MessageSource::Erased(error), ..view }
    }

    /// An error whose type is unknown.
    pub(crate) fn of_any(error: &'a dyn Error) -> Self {
        View {
            type_name: type_name::<&dyn Error>(),
            discriminant: 0,
            message: MessageSource::Erased(error),
            debug: Some(error),
            own: None,
        }
    }

    /// The same error, whose type is not a reference: `Result<_, E>` and a `&E` have the same error.
    pub(crate) fn without_references(self) -> Self {
        View { type_name: without_references(self.type_name), ..self }
    }

    /// A text.
    pub(crate) fn of_text<T: Display + Debug>(text: &'a T) -> Self {
        ProbeText::new(text).track_errors_view()
    }

    /// A text whose kind is not that of a text.
    pub(crate) fn of_text_as(kind: &'static str, text: &'a &'a str) -> Self {
        View { type_name: kind, debug: None, ..View::of_text(text) }
    }

    /// Only the type of an error, without its traits.
    pub(crate) fn of_type<E>(error: &'a E) -> Self {
        ProbeAny::new(error).track_errors_view()
    }

    /// Whether the error is an `eyre::Report`, whose `Debug` is that of the program's handler.
    pub(crate) fn is_report_of_eyre(&self) -> bool {
        self.type_name == "eyre::Report"
    }
}

/// A container that says more of its errors than the traits below. A trait, because several impls of the method on one
/// link would be ambiguous for an unknown type.
pub trait KnownContainer: Debug {
    /// What it holds.
    fn message_source(&self) -> MessageSource<'_>;
}

macro_rules! pointer_to_any {
    ($($bound:ident)*) => {
        impl<'x> KnownContainer for &'x (dyn Error $(+ $bound)* + 'x) {
            fn message_source(&self) -> MessageSource<'_> {
                MessageSource::Erased(*self)
            }
        }

        impl<'x> KnownContainer for Arc<dyn Error $(+ $bound)* + 'x> {
            fn message_source(&self) -> MessageSource<'_> {
                MessageSource::Erased(&**self)
            }
        }
    };
}

pointer_to_any!();
pointer_to_any!(Send);
pointer_to_any!(Send Sync);

/// A chain of structs around a reference, and a `Deref` from each to the next.
macro_rules! chain {
    ($($(#[$doc:meta])* $name:ident => $next:ident;)+ @ $last:ident) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name<'a, E: ?Sized>($next<'a, E>);

            impl<'a, E: ?Sized> Deref for $name<'a, E> {
                type Target = $next<'a, E>;
                #[inline(always)]
                fn deref(&self) -> &$next<'a, E> {
                    &self.0
                }
            }

            impl<'a, E: ?Sized> $name<'a, E> {
                /// Begins the lookup here.
                #[inline(always)]
                #[must_use]
                pub fn new(value: &'a E) -> Self {
                    $name($next::new(value))
                }
            }
        )+

        /// The last resort: any type.
        #[derive(Debug)]
        pub struct $last<'a, E: ?Sized>(&'a E);

        impl<'a, E: ?Sized> $last<'a, E> {
            /// Begins the lookup here.
            #[inline(always)]
            #[must_use]
            pub fn new(value: &'a E) -> Self {
                $last(value)
            }
        }
    };
}

pub(super) use chain;

chain! {
    /// The head of the chain.
    Probe => ProbeContainer;
    /// A container that says more of its errors.
    ProbeContainer => ProbeError;
    /// An error type.
    ProbeError => ProbeErased;
    /// Any error behind `AsRef<dyn Error + Send + Sync>`.
    ProbeErased => ProbeErasedSend;
    /// Any error behind `AsRef<dyn Error + Send>`.
    ProbeErasedSend => ProbeErasedLocal;
    /// Any error behind `AsRef<dyn Error>`.
    ProbeErasedLocal => ProbeText;
    /// `Display` and `Debug`.
    ProbeText => ProbeDisplay;
    /// `Display`.
    ProbeDisplay => ProbeDebug;
    /// `Debug`.
    ProbeDebug => ProbeAny;
    @ ProbeAny
}

/// A number for the variant of an enum; constant for any other type.
#[inline(always)]
fn discriminant<E>(error: &E) -> u64 {
    /// Keeps the hashed number.
    #[derive(Default)]
    struct Number(u64);
    impl Hasher for Number {
        fn finish(&self) -> u64 {
            self.0
        }

        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 << 8) | u64::from(*byte);
            }
        }

        fn write_isize(&mut self, number: isize) {
            self.0 = number as u64;
        }
    }
    let mut number = Number::default();
    std::mem::discriminant(error).hash(&mut number);
    number.finish()
}

/// The method on one link of the chain. `$place` is the path to the innermost reference.
macro_rules! view {
    ([$($generics:tt)*] $name:ident<$error:ty> where [$($bound:tt)*] $($place:tt).+ => |$value:ident| $message:expr, $debug:expr, $own:expr) => {
        impl<'a, $($generics)*> $name<'a, $error> where $($bound)* {
            #[doc(hidden)]
            #[inline(always)]
            #[must_use]
            pub fn track_errors_view(&self) -> View<'a> {
                let $value: &'a E = self.$($place).+;
                View { type_name: type_name::<E>(), discriminant: discriminant($value), message: $message, debug: $debug, own: $own }
            }
        }
    };
}

view!([E] Probe<E> where [E: Classify] 0.0.0.0.0.0.0.0.0.0 => |e| MessageSource::Error(e), Some(e), Some(e));
view!([E] ProbeContainer<E> where [E: KnownContainer] 0.0.0.0.0.0.0.0.0 => |e| e.message_source(), Some(e), None);
view!([E] ProbeError<E> where [E: Error] 0.0.0.0.0.0.0.0 => |e| MessageSource::Error(e), Some(e), None);
view!(['x: 'a, E] ProbeErased<E> where [E: AsRef<dyn Error + Send + Sync + 'x> + Debug] 0.0.0.0.0.0.0 => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!(['x: 'a, E] ProbeErasedSend<E> where [E: AsRef<dyn Error + Send + 'x> + Debug] 0.0.0.0.0.0 => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!(['x: 'a, E] ProbeErasedLocal<E> where [E: AsRef<dyn Error + 'x> + Debug] 0.0.0.0.0 => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!([E] ProbeText<E> where [E: Display + Debug] 0.0.0.0 => |e| MessageSource::Display(e), Some(e), None);
view!([E] ProbeDisplay<E> where [E: Display] 0.0.0 => |e| MessageSource::Display(e), None, None);
view!([E] ProbeDebug<E> where [E: Debug] 0.0 => |e| MessageSource::None, Some(e), None);
view!([E] ProbeAny<E> where [] 0 => |_e| MessageSource::None, None, None);
