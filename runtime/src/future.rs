//! `Tracked`: a future whose error is reported when it is ready.
//!
//! Nothing thread-local is held across an await: what a poll needs it finds when it begins, and
//! what it leaves behind (errors that were seen inside) it takes with it. Cost of a poll in which
//! nothing failed: three loads.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::once::{self, Carried};
use crate::outcome::{Entry, enter};
use crate::site::Site;

pin_project! {
    /// The body of a tracked async function.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Tracked<F, L> {
        site: &'static Site,
        carried: Carried,
        leave: L,
        #[pin]
        body: F,
    }
}

// `Outcome` is asked for by `finish` in the closure, and nowhere else: asked for here as well, a
// function that returns something else would be told so twice.
impl<F, L> Future for Tracked<F, L>
where
    F: Future,
    L: Fn(F::Output, Entry) -> F::Output,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let entry = enter(this.site);
        match this.body.poll(cx) {
            Poll::Pending => {
                if once::epoch() != entry.epoch {
                    this.carried.take(entry.epoch);
                }
                Poll::Pending
            }
            Poll::Ready(value) if this.carried.is_empty() => {
                Poll::Ready((this.leave)(value, entry))
            }
            Poll::Ready(value) => {
                let epoch = entry.epoch;
                let carried = this.carried.put_back();
                let value = (this.leave)(value, entry);
                carried.end_of_call(epoch);
                Poll::Ready(value)
            }
        }
    }
}

/// The body of a tracked async function, as the macro wraps it. `leave` is a closure around
/// [`finish`](crate::outcome::finish); it captures nothing.
#[inline(always)]
pub fn future<F, L>(site: &'static Site, body: F, leave: L) -> Tracked<F, L>
where
    F: Future,
    L: Fn(F::Output, Entry) -> F::Output,
{
    Tracked { site, carried: Carried::default(), leave, body }
}

/// Mentions what an async block is to capture, in the order in which it is to drop it.
#[inline(always)]
pub fn capture<T>(_: T) {}

/// Never a value; tells the compiler which type an async block returns.
#[inline(always)]
#[must_use]
pub fn no_value<T>() -> Option<T> {
    None
}
