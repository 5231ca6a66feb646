//! `?` as a `match`: its mark in a function that has many of them, and in a `#[track_caller]` function.
//!
//! Without optimisation each value that a function moves has a slot of its own on its stack. A mark
//! in front of a `?` ([`Tried`](super::marking::Tried)) moves the `Result` twice more, which nearly doubles
//! the frame of a function with hundreds of `?`. Here a `match` stands for the `?`, which the compiler
//! makes a `match` of as well. Only an error is handed on, to a function that converts it in a frame of its
//! own. (A closure with the `?` proper would do as well. It costs the compiler as much as a small function.)
//!
//! The body of a `#[track_caller]` function is a labelled block, and a `?` in it is left by a `break`.
//!
//! Cost: nothing on the `Ok` path; one thread-local store on the `Err` path. Never panics.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::panic::Location;
use std::task::Poll;

use super::marking::leave_typed;

/// What `?` can follow.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Branch {
    /// The value of the expression with the `?`.
    type Value;

    /// What leaves the function.
    type Residual: Residual;

    /// Tells which of them it is.
    fn branch(self) -> ControlFlow<Self::Residual, Self::Value>;
}

/// What leaves a function at a `?`.
pub trait Residual {
    /// Leaves a mark if it is an error.
    fn mark(&self, key: u32, at: &'static Location<'static>);
}

/// The value of `expr?`, or what leaves the function.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn branch<T: Branch>(tried: T) -> ControlFlow<T::Residual, T::Value> {
    tried.branch()
}

/// Leaves a mark whose place is that of the caller. Returns what the `?` returns from its function.
#[track_caller]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn mark_residual<S: Residual, R: FromResidual<S>>(residual: S, key: u32) -> R {
    residual.mark(key, Location::caller());
    from_residual(residual)
}

/// What a tracked function with a `?` can return: std's trait, which is not stable.
#[diagnostic::on_unimplemented(
    message = "the `?` operator cannot make `{Self}` of what it returns",
    label = "cannot use the `?` operator in a function that returns `{Self}`"
)]
pub trait FromResidual<R> {
    /// The value that the function returns.
    fn from_residual(residual: R) -> Self;
}

/// [`From`], with the compiler's message for a `?` where it is missing.
#[diagnostic::on_unimplemented(
    message = "`?` couldn't convert the error to `{Self}`",
    label = "the trait `From<{E}>` is not implemented for `{Self}`",
    note = "the question mark operation (`?`) implicitly performs a conversion on the error value using the `From` trait"
)]
pub trait Converts<E>: From<E> {}

#[diagnostic::do_not_recommend]
impl<E, F: From<E>> Converts<E> for F {}

/// What a `?` returns from a `#[track_caller]` function. `From` of the error sees that function's caller.
#[track_caller]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn from_residual<R, T: FromResidual<R>>(residual: R) -> T {
    T::from_residual(residual)
}

/// The implementation for a type that has errors of type `E`.
macro_rules! branch {
    ($ty:ty => $value:ty { $($ok:pat => $same:expr,)* } $failed:pat => $error:ident) => {
        impl<T, E> Branch for $ty {
            type Value = $value;
            type Residual = Result<Infallible, E>;

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn branch(self) -> ControlFlow<Self::Residual, Self::Value> {
                match self {
                    $($ok => ControlFlow::Continue($same),)*
                    $failed => ControlFlow::Break(Err($error)),
                }
            }
        }
    };
}

branch!(Result<T, E> => T { Ok(value) => value, } Err(error) => error);
branch!(
    Poll<Result<T, E>> => Poll<T> {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(value)) => Poll::Ready(value),
    }
    Poll::Ready(Err(error)) => error
);
branch!(
    Poll<Option<Result<T, E>>> => Poll<Option<T>> {
        Poll::Pending => Poll::Pending,
        Poll::Ready(None) => Poll::Ready(None),
        Poll::Ready(Some(Ok(value))) => Poll::Ready(Some(value)),
    }
    Poll::Ready(Some(Err(error))) => error
);

impl<T> Branch for Option<T> {
    type Value = T;
    type Residual = Option<Infallible>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn branch(self) -> ControlFlow<Self::Residual, T> {
        match self {
            Some(value) => ControlFlow::Continue(value),
            None => ControlFlow::Break(None),
        }
    }
}

impl<B, C> Branch for ControlFlow<B, C> {
    type Value = C;
    type Residual = ControlFlow<B, Infallible>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn branch(self) -> ControlFlow<Self::Residual, C> {
        match self {
            ControlFlow::Continue(value) => ControlFlow::Continue(value),
            ControlFlow::Break(value) => ControlFlow::Break(ControlFlow::Break(value)),
        }
    }
}

impl<E> Residual for Result<Infallible, E> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn mark(&self, key: u32, at: &'static Location<'static>) {
        leave_typed::<E>(key, at);
    }
}

impl Residual for Option<Infallible> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn mark(&self, _: u32, _: &'static Location<'static>) {}
}

impl<B> Residual for ControlFlow<B, Infallible> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn mark(&self, _: u32, _: &'static Location<'static>) {}
}

impl<T, E, F: Converts<E>> FromResidual<Result<Infallible, E>> for Result<T, F> {
    #[track_caller]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn from_residual(residual: Result<Infallible, E>) -> Self {
        let Err(error) = residual;
        Err(From::from(error))
    }
}

impl<T, E, F: Converts<E>> FromResidual<Result<Infallible, E>> for Poll<Result<T, F>> {
    #[track_caller]
    fn from_residual(residual: Result<Infallible, E>) -> Self {
        Poll::Ready(FromResidual::from_residual(residual))
    }
}

impl<T, E, F: Converts<E>> FromResidual<Result<Infallible, E>> for Poll<Option<Result<T, F>>> {
    #[track_caller]
    fn from_residual(residual: Result<Infallible, E>) -> Self {
        Poll::Ready(Some(FromResidual::from_residual(residual)))
    }
}

impl<T> FromResidual<Option<Infallible>> for Option<T> {
    fn from_residual(_: Option<Infallible>) -> Self {
        None
    }
}
