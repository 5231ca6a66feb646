//! `Tracked`: a future whose error is reported when it is ready.
//!
//! Nothing thread-local is held across an await: what a poll needs it finds when it begins, and
//! what it leaves behind (errors that were seen inside) it takes with it. Cost of a poll in which
//! nothing failed: a load, and another after a poll that is pending. Cost of a future: a pointer, which is null until something fails.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::call::{Call, enter_poll};
use crate::frame;
use crate::once::Carried;
use crate::site::Site;

pin_project! {
    /// The body of a tracked async function. `site` and `leave` capture nothing and take no room.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Tracked<S, F, L> {
        site: S,
        carried: Carried,
        leave: L,
        #[pin]
        body: F,
    }
}

// `Outcome` is asked for by `finish_poll` in the closure, and nowhere else: asked for here as
// well, a function that returns something else would be told so twice.
impl<S, F, L> Future for Tracked<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, Call) -> F::Output,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let entry = enter_poll((this.site)());
        let call = entry.call();
        let is_followed = call.began.is_linked() && frame::is_followed();
        if is_followed {
            this.carried.set_polled(call.site, true);
        }
        let Poll::Ready(value) = this.body.poll(cx) else {
            if is_followed {
                this.carried.set_polled(call.site, false);
            }
            if call.began.is_past() {
                this.carried.take(call.began);
            }
            return Poll::Pending;
        };
        let put_back =
            if this.carried.is_empty() { None } else { this.carried.put_back(call.began) };
        // Called at one place: at two, the compiler would move everything through memory.
        let value = (this.leave)(value, call);
        if let Some(put_back) = put_back {
            put_back.end_of_call(call.began);
        }
        Poll::Ready(value)
    }
}

/// The body of a tracked async function, as the macro wraps it. `leave` is a closure around
/// [`finish_poll`](crate::outcome::finish_poll).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn future<S, F, L>(site: S, body: F, leave: L) -> Tracked<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, Call) -> F::Output,
{
    Tracked { site, carried: Carried::default(), leave, body }
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
