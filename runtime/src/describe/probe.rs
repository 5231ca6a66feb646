//! Finds the traits of an error type, without a bound on the user's function.
//!
//! Expanded code writes `Probe::new(type).track_errors_view()` in a place that knows the error's type.
//! `Probe` is a chain of structs: each dereferences to the next, and has an inherent method under a bound.
//! Method lookup walks the chain and takes the first link with a satisfied bound. What the method returns makes
//! the [`View`] of a value, by a trait ([`ViewBy`]). So functions with the same type of error share the code.
//! The order of the chain is the order of preference:
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
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
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
        ByError.view(error)
    }

    /// An error in a container for any error.
    pub(crate) fn of_container<E: Debug>(container: &'a E, error: &'a dyn Error) -> Self {
        let view = ByDebug.view(container);
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
        ByText.view(text)
    }

    /// A text whose kind is not that of a text.
    pub(crate) fn of_text_as(kind: &'static str, text: &'a &'a str) -> Self {
        View { type_name: kind, debug: None, ..View::of_text(text) }
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

/// What a link of the chain knows of a type: it makes the view of a value. `'x` is the lifetime in
/// `dyn Error + 'x`.
pub trait ViewBy<'x, E>: Copy + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static {
    /// The error as one trait object for each trait.
    #[doc(hidden)]
    fn view<'e>(self, error: &'e E) -> View<'e>
    where
        'x: 'e;
}

/// The type of a value.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn type_of<E>(_: &E) -> PhantomData<E> {
    PhantomData
}

/// [`ViewBy::view`] for expanded code, which imports no traits.
pub fn view_by<'x: 'e, 'e, E, V: ViewBy<'x, E>>(by: V, error: &'e E) -> View<'e> {
    by.view(error)
}

/// A chain of structs for a type, and a `Deref` from each to the next.
macro_rules! chain {
    ($($(#[$doc:meta])* $name:ident => $next:ident;)+ @ $last:ident) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name<E>($next<E>);

            impl<E> Deref for $name<E> {
                type Target = $next<E>;
                #[inline(always)]
                fn deref(&self) -> &$next<E> {
                    &self.0
                }
            }

            impl<E> $name<E> {
                /// Begins the lookup here.
                #[inline(always)]
                #[must_use]
                pub fn new(of: PhantomData<E>) -> Self {
                    $name($next::new(of))
                }
            }
        )+

        /// The last resort: any type.
        #[derive(Debug)]
        pub struct $last<E>(PhantomData<E>);

        impl<E> $last<E> {
            /// Begins the lookup here.
            #[inline(always)]
            #[must_use]
            pub fn new(of: PhantomData<E>) -> Self {
                $last(of)
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

/// The method on one link of the chain, and what it returns.
macro_rules! view {
    ($name:ident, $by:ident for [$($bound:tt)*] => |$value:ident| $message:expr, $debug:expr, $own:expr) => {
        #[doc(hidden)]
        #[derive(Debug, Clone, Copy)]
        pub struct $by;

        impl<'x, E: $($bound)*> ViewBy<'x, E> for $by {
            #[inline(always)]
            fn view<'e>(self, $value: &'e E) -> View<'e>
            where
                'x: 'e,
            {
                View { type_name: type_name::<E>(), discriminant: discriminant($value), message: $message, debug: $debug, own: $own }
            }
        }

        impl<'x, E: $($bound)*> $name<E> {
            #[doc(hidden)]
            #[inline(always)]
            #[must_use]
            pub fn track_errors_view(&self) -> $by {
                $by
            }
        }
    };
}

view!(Probe, ByClassify for [Classify] => |e| MessageSource::Error(e), Some(e), Some(e));
view!(ProbeContainer, ByContainer for [KnownContainer] => |e| e.message_source(), Some(e), None);
view!(ProbeError, ByError for [Error] => |e| MessageSource::Error(e), Some(e), None);
view!(ProbeErased, ByErased for [AsRef<dyn Error + Send + Sync + 'x> + Debug] => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!(ProbeErasedSend, ByErasedSend for [AsRef<dyn Error + Send + 'x> + Debug] => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!(ProbeErasedLocal, ByErasedLocal for [AsRef<dyn Error + 'x> + Debug] => |e| MessageSource::Erased(e.as_ref()), Some(e), None);
view!(ProbeText, ByText for [Display + Debug] => |e| MessageSource::Display(e), Some(e), None);
view!(ProbeDisplay, ByDisplay for [Display] => |e| MessageSource::Display(e), None, None);
view!(ProbeDebug, ByDebug for [Debug] => |e| MessageSource::None, Some(e), None);
view!(ProbeAny, ByNone for [] => |e| MessageSource::None, None, None);
