//! `Tracked`: a future whose error is reported when it is ready.
//!
//! Nothing thread-local is held across an await: a poll that ends takes the errors that were seen inside
//! along with the future. Cost of a poll in which nothing failed: a load, and another one if it is pending.
//! Cost of a future: a pointer, which is null until something fails or the debug mode follows the future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call::Call;
use super::recent::Carried;
use crate::model::Site;
use crate::model::epoch::Began;

pin_project! {
    /// The body of a tracked async function. `site` and `finish` capture nothing and take no room.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Tracked<S, F, L> {
        site: S,
        carried: Carried,
        finish: L,
        #[pin]
        body: F,
    }
}

// Only `finish_poll` in the closure has the bound `Outcome`: with the bound here as well, a function that
// returns something else would get the compiler's message twice.
impl<S, F, L> Future for Tracked<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let call = Call::begin(self.as_mut().site());
        self.poll_call(call, cx)
    }
}

impl<S, F, L> Tracked<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    /// Takes no `&self`: of a type behind a shared reference the compiler proves that it has no `Cell`, and
    /// for futures within futures that proof exceeds its recursion limit.
    #[inline(always)]
    pub(crate) fn site(self: Pin<&mut Self>) -> &'static Site {
        (self.project().site)()
    }

    /// One poll, which is this call.
    #[inline(always)]
    pub(crate) fn poll_call(
        self: Pin<&mut Self>,
        call: Call,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let this = self.project();
        poll_body(this.body, this.carried, call, cx, this.finish)
    }
}

/// One poll of a body, and the end of the call if it is ready.
#[inline(always)]
pub(crate) fn poll_body<F: Future>(
    body: Pin<&mut F>,
    carried: &mut Carried,
    call: Call,
    cx: &mut Context<'_>,
    finish: impl FnOnce(F::Output, PollCall<'_>) -> F::Output,
) -> Poll<F::Output> {
    let Poll::Ready(value) = body.poll(cx) else {
        if call.began.is_past_or_followed(Began::now()) {
            pending(carried, call);
        }
        return Poll::Pending;
    };
    if !carried.is_empty() {
        carried.finish();
    }
    Poll::Ready(finish(value, PollCall { call, carried }))
}

/// The last poll of a future, and what it saw in those before.
#[derive(Debug)]
pub struct PollCall<'a> {
    pub(crate) call: Call,
    pub(crate) carried: &'a mut Carried,
}

/// After a poll that is not the last, where there may be something to do.
#[cold]
#[inline(never)]
fn pending(carried: &mut Carried, call: Call) {
    carried.take(call.began);
    if call.began.is_followed() {
        carried.follow(call.site);
    }
}

/// The body of a tracked async function, as the macro wraps it. `finish` is a closure
/// around [`finish_poll`](super::outcome::finish_poll).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn future<S, F, L>(site: S, body: F, finish: L) -> Tracked<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    Tracked { site, carried: Carried::default(), finish, body }
}

/// Mentions what an async block is to capture, in the order in which it is to drop it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn capture<T>(_: T) {}

/// Never a value; tells the compiler which type an async block returns.
#[cfg_attr(not(debug_assertions), inline(always))]
#[must_use]
pub fn no_value<T>() -> Option<T> {
    None
}

/// Tells the compiler which type a future puts out.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn outputs<R, F: Future<Output = R>>(future: F) -> F {
    future
}
