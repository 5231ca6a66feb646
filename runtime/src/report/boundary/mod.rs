//! Boundaries: places at which errors stop climbing.
//!
//! A boundary [holds](super::held) the errors that leave tracked functions inside it, with all that was
//! captured at their origin. When it ends, it decides: it logs the error that it returns; the others were
//! handled. This file has functions with `report = "boundary"`, as the macro writes them; [`value`] has
//! futures and closures.

pub(crate) mod inherit;
pub(crate) mod value;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call::{Call, Entry, enter};
use super::future::{PollCall, Tracked, future};
use super::outcome::BoundaryOutcome;
use super::scope::{ASYNC, Armed, BoundarySite, Scope, ScopeRef};
use crate::model::Site;

/// A boundary that is running.
#[derive(Debug)]
#[must_use = "the boundary ends when this is dropped"]
pub struct BoundaryEntry {
    entry: Entry,
    scope: Scope<&'static Site>,
}

/// The beginning of a function that is a boundary.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn enter_boundary(site: &'static Site) -> BoundaryEntry {
    let entry = enter(site);
    BoundaryEntry { scope: Scope::open(entry.call.began, site), entry }
}

/// A call that has begun and ends with a value: [`Entry`] or [`BoundaryEntry`].
pub trait Entered<R> {
    /// The call.
    #[doc(hidden)]
    fn call(&self) -> Call;

    /// The end of the call.
    #[doc(hidden)]
    fn end(self, value: R) -> R;
}

impl<R> Entered<R> for Entry {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn call(&self) -> Call {
        self.call
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end(self, value: R) -> R {
        value
    }
}

impl<R: BoundaryOutcome> Entered<R> for BoundaryEntry {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn call(&self) -> Call {
        self.entry.call
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end(self, value: R) -> R {
        self.scope.close();
        value
    }
}

pin_project! {
    /// A tracked future that is a boundary.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct TrackedBoundary<S, F, L>
    where
        S: BoundarySite,
    {
        #[pin]
        tracked: Tracked<S, F, L>,
        scope: Armed<S>,
    }
}

impl<S, F, L> Future for TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let call = Call::begin(this.tracked.as_mut().site());
        let during = this.scope.enter(call);
        let polled = this.tracked.as_mut().poll_call(call, cx);
        drop(during);
        if polled.is_ready() {
            this.scope.disarm();
        }
        polled
    }
}

/// The body of an async function that is a boundary, as the macro wraps it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn boundary_future<S, F, L>(site: S, body: F, finish: L) -> TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site + Copy,
    F: Future,
    F::Output: BoundaryOutcome,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    let tracked = future(site, body, finish);
    TrackedBoundary { tracked, scope: Armed::new(ASYNC, site) }
}

/// A future that a boundary returned in a box. It takes over the scope of the call.
pub(crate) fn taking_over<S, F, L>(site: S, tracked: Tracked<S, F, L>) -> TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site,
{
    TrackedBoundary { tracked, scope: Armed::new(ScopeRef::taken_over(), site) }
}
