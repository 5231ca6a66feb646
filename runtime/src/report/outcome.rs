//! `Outcome`: what a tracked function may return, and the end of every tracked call.
//!
//! In: the value that the body made. Out: the same value, unchanged; on `Err`, after the error
//! has been described and handed on ([`report`](crate::report)).
//!
//! Whether a function "returns a `Result`" is decided here, by a trait, and not by a name: so
//! aliases work. The error type needs no trait; `describe::probe` finds out what it has.
//!
//! Cost on the `Ok` path: nothing that a benchmark sees. The error is moved through a `match`,
//! never borrowed inside the `Result`, which would pin the `Result` to memory.

use std::future::Future;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::Poll;

use super::boundary::{self, Entered};
use super::call::Call;
use super::describing::{Ask, Describe, DescribePlain, WithKeys, WithoutKeys};
use super::future::{PollCall, future};
use super::marking;
use super::recent::Carried;
use crate::describe::Fields;

/// The end of a tracked call: `value` as it is, logged if it is an error.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn finish<N, R, D>(entry: N, value: R, describe: D) -> R
where
    N: Entered<R>,
    R: Outcome,
    D: DescribePlain<R::Error>,
{
    let value = value.finish(entry.call(), None, WithoutKeys(describe));
    entry.end(value)
}

/// The same for a function whose attribute has keys that are closures.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn finish_keyed<N, R, D, A, F>(entry: N, value: R, describe: D, ask: A, fields: F) -> R
where
    N: Entered<R>,
    R: Outcome,
    D: DescribePlain<R::Error>,
    A: Ask<R::Error>,
    F: Fn(&mut Fields),
{
    let value = value.finish(entry.call(), None, WithKeys { describe, ask, fields });
    entry.end(value)
}

/// The end of a tracked future, whose last poll goes on after this.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn finish_poll<R, D>(call: PollCall<'_>, value: R, describe: D) -> R
where
    R: Outcome,
    D: DescribePlain<R::Error>,
{
    value.finish(call.call, Some(call.carried), WithoutKeys(describe))
}

/// The same for a function whose attribute has keys that are closures.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn finish_poll_keyed<R, D, A, F>(
    call: PollCall<'_>,
    value: R,
    describe: D,
    ask: A,
    fields: F,
) -> R
where
    R: Outcome,
    D: DescribePlain<R::Error>,
    A: Ask<R::Error>,
    F: Fn(&mut Fields),
{
    value.finish(call.call, Some(call.carried), WithKeys { describe, ask, fields })
}

/// A call whose value the function returns, with the place of that call.
#[track_caller]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn mark_returned<R: Outcome>(value: R, key: u32) -> R {
    value.returned(key, Location::caller())
}

/// The same, at another place.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn mark_returned_at<R: Outcome>(value: R, key: u32, at: &'static Location<'static>) -> R {
    value.returned(key, at)
}

/// What a boundary may return: what a tracked function may, but for a `Poll`.
#[diagnostic::on_unimplemented(
    message = "a boundary cannot return `{Self}`",
    label = "expected a `Result`, an `Option` of one, or a future of these",
    note = "each `Poll` would end the boundary: put `report = \"boundary\"` on the function that awaits \
            the future",
    note = "`.failed_if(|value| …)` on `boundary` or `boundary_fn` says which other values count as \
            failed"
)]
pub trait BoundaryOutcome: Outcome {
    /// Whether there is something to report: an error, or a future that takes the boundary over.
    fn is_reported(&self) -> bool;
}

impl<T, E> BoundaryOutcome for Result<T, E> {
    fn is_reported(&self) -> bool {
        self.is_err()
    }
}

impl<T, E> BoundaryOutcome for Option<Result<T, E>> {
    fn is_reported(&self) -> bool {
        matches!(self, Some(Err(_)))
    }
}

/// What a tracked function may return.
#[diagnostic::on_unimplemented(
    message = "`#[track_errors]` expects a function that returns a `Result`, not `{Self}`",
    label = "no `Err` can leave a function that returns this",
    note = "accepted are `Result<T, E>` and aliases of it, `Option<Result<T, E>>`, \
            `Poll<Result<T, E>>`, `Poll<Option<Result<T, E>>>`, and futures of these"
)]
pub trait Outcome: Sized {
    /// The error that may leave the function.
    type Error;

    /// Reports the error in the value, if there is one, and returns the value as it is. `carried`: what a
    /// future saw in earlier polls; `None` of a function.
    #[must_use]
    fn finish<D: Describe<Self::Error>>(
        self,
        call: Call,
        carried: Option<&mut Carried>,
        describe: D,
    ) -> Self;

    /// Leaves a mark if the value is an error, and returns the value as it is.
    #[must_use]
    fn returned(self, key: u32, location: &'static Location<'static>) -> Self;
}

impl<T, E> Outcome for Result<T, E> {
    type Error = E;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn finish<D: Describe<E>>(
        self,
        call: Call,
        carried: Option<&mut Carried>,
        describe: D,
    ) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                super::failed(call, carried, &error, &describe);
                Err(error)
            }
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn returned(self, key: u32, location: &'static Location<'static>) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                marking::leave_typed::<E>(key, location);
                Err(error)
            }
        }
    }
}

/// A container that hands the methods to the `Result` in it.
macro_rules! through {
    ($ty:ty { $($empty:pat => $same:expr,)* } $full:ident($result:ident) => $wrapped:expr) => {
        impl<T, E> Outcome for $ty {
            type Error = E;

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn finish<D: Describe<E>>(
                self,
                call: Call,
                carried: Option<&mut Carried>,
                describe: D,
            ) -> Self {
                match self {
                    $($empty => $same,)*
                    through!(@pattern $full $result) => {
                        let $result = $result.finish(call, carried, describe);
                        $wrapped
                    }
                }
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn returned(self, key: u32, location: &'static Location<'static>) -> Self {
                match self {
                    $($empty => $same,)*
                    through!(@pattern $full $result) => {
                        let $result = $result.returned(key, location);
                        $wrapped
                    }
                }
            }
        }
    };
    (@pattern Some $result:ident) => { Some($result) };
    (@pattern Ready $result:ident) => { Poll::Ready($result) };
    (@pattern ReadySome $result:ident) => { Poll::Ready(Some($result)) };
}

through!(Option<Result<T, E>> { None => None, } Some(result) => Some(result));
through!(Poll<Result<T, E>> { Poll::Pending => Poll::Pending, } Ready(result) => Poll::Ready(result));
through!(
    Poll<Option<Result<T, E>>> {
        Poll::Pending => Poll::Pending,
        Poll::Ready(None) => Poll::Ready(None),
    }
    ReadySome(result) => Poll::Ready(Some(result))
);

/// A boxed future that the macro did not see being made (behind an alias, or handed on from
/// another function): tracked by a box around it.
macro_rules! boxed {
    ($(#[$attribute:meta])* $($bound:ident)*) => {
        $(#[$attribute])*
        impl<'a, R: Outcome + 'a> BoundaryOutcome
            for Pin<Box<dyn Future<Output = R> $(+ $bound)* + 'a>>
        {
            fn is_reported(&self) -> bool {
                true
            }
        }

        $(#[$attribute])*
        impl<'a, R: Outcome + 'a> Outcome for Pin<Box<dyn Future<Output = R> $(+ $bound)* + 'a>> {
            type Error = R::Error;

            fn finish<D: Describe<R::Error>>(
                self,
                call: Call,
                _: Option<&mut Carried>,
                describe: D,
            ) -> Self {
                let site = call.site;
                // Called once: a future is ready once.
                let mut describe = Some(describe.into_owned());
                let finish = move |value: R, call: PollCall<'_>| match describe.take() {
                    Some(describe) => value.finish(call.call, Some(call.carried), describe),
                    None => value,
                };
                let site = move || site;
                let future = future(site, self, finish);
                if site().boundary {
                    Box::pin(boundary::taking_over(site, future))
                } else {
                    Box::pin(future)
                }
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn returned(self, _: u32, _: &'static Location<'static>) -> Self {
                self
            }
        }
    };
}

/// `boxed!` for each choice of the auto traits. The compiler lists the usual ones in its messages.
macro_rules! boxed_with {
    ([]) => { boxed!(); };
    ([] Send) => { boxed!(Send); };
    ([] Send Sync) => { boxed!(Send Sync); };
    ([] $($chosen:ident)*) => { boxed!(#[diagnostic::do_not_recommend] $($chosen)*); };
    ([$next:ident $($rest:ident)*] $($chosen:ident)*) => {
        boxed_with!([$($rest)*] $($chosen)*);
        boxed_with!([$($rest)*] $($chosen)* $next);
    };
}

boxed_with!([Send Sync Unpin UnwindSafe RefUnwindSafe]);
