//! What [`report`](super::report) takes: [`AnyError`].
//!
//! No bound holds for all error types: `anyhow::Error` and `Box<dyn Error>` are no `Error`s. So the trait has
//! a parameter, a marker for each kind of type, and an impl for each. The compiler infers the marker, because
//! for each type exactly one impl holds.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;

use crate::describe::View;

/// The errors that [`report`](crate::report()) takes.
///
/// | error | `Kind` |
/// |---|---|
/// | a type that implements `Error` | `OfType` |
/// | `anyhow::Error`, `eyre::Report`, `Box<dyn Error + Send + Sync>` | `OfAnyType` |
/// | `Box<dyn Error>`, `Box<dyn Error + Send>` | `Boxed` |
/// | `dyn Error`, behind any pointer | `Unsized` |
/// | `str`, `String`, `Box<str>`, `Cow<str>` | `Text` |
///
/// The compiler infers `Kind`. The trait is sealed. [`error!`](crate::error!) also takes types without `Error`.
pub trait AnyError<Kind>: sealed::Sealed<Kind> {}

impl<E: sealed::Sealed<Kind> + ?Sized, Kind> AnyError<Kind> for E {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident)*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $kind(());)*
    };
}

kinds! {
    /// Of errors whose type implements `Error`.
    OfType
    /// Of containers for errors of any type.
    OfAnyType
    /// Of boxed errors that may stay on one thread.
    Boxed
    /// Of errors whose type is unknown.
    Unsized
    /// Of texts.
    Text
}

/// An error by its traits. A `str` has no size, and so is no trait object.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum AnyView<'a> {
    Typed(View<'a>),
    Text(&'a str),
}

impl<'a> AnyView<'a> {
    /// Calls `then` with the view.
    pub(crate) fn with<T>(&self, then: impl FnOnce(View<'_>) -> T) -> T {
        match self {
            AnyView::Typed(view) => then(*view),
            AnyView::Text(text) => then(View::of_text(text)),
        }
    }
}

pub(crate) mod sealed {
    use super::AnyView;

    /// What [`AnyError`](super::AnyError) can do.
    pub trait Sealed<Kind> {
        /// The error by its traits.
        fn view(&self) -> AnyView<'_>;
    }
}

use sealed::Sealed;

impl<E: Error> Sealed<OfType> for E {
    fn view(&self) -> AnyView<'_> {
        AnyView::Typed(View::of_error(self))
    }
}

impl<E: AsRef<dyn Error + Send + Sync> + Debug> Sealed<OfAnyType> for E {
    fn view(&self) -> AnyView<'_> {
        AnyView::Typed(View::of_container(self, self.as_ref()))
    }
}

macro_rules! any {
    ($($bounds:tt)*) => {
        impl Sealed<Unsized> for dyn Error $($bounds)* + '_ {
            fn view(&self) -> AnyView<'_> {
                AnyView::Typed(View::of_any(self))
            }
        }
    };
}

any!();
any!(+ Send);
any!(+ Sync);
any!(+ Send + Sync);

macro_rules! boxed {
    ($($bounds:tt)*) => {
        impl Sealed<Boxed> for Box<dyn Error $($bounds)* + '_> {
            fn view(&self) -> AnyView<'_> {
                AnyView::Typed(View::of_container(self, &**self))
            }
        }
    };
}

boxed!();
boxed!(+ Send);
boxed!(+ Sync);

impl Sealed<Text> for str {
    fn view(&self) -> AnyView<'_> {
        AnyView::Text(self)
    }
}

macro_rules! texts {
    ($($ty:ty)*) => {
        $(impl Sealed<Text> for $ty {
            fn view(&self) -> AnyView<'_> {
                AnyView::Typed(View::of_text(self))
            }
        })*
    };
}

texts!(&str String Box<str> Cow<'_, str>);
