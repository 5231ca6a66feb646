//! `Tracked`: a future whose error is reported when it is ready.
//!
//! Nothing thread-local is held across an await: what a poll needs it finds when it begins. Cost
//! of a poll that is not the last: nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::outcome::{Describe, Outcome, enter};
use crate::site::Site;

pin_project! {
    /// The body of a tracked async function.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Tracked<F, D> {
        site: &'static Site,
        describe: D,
        #[pin]
        body: F,
    }
}

impl<F, D> Tracked<F, D>
where
    F: Future<Output: Outcome>,
    D: Describe<<F::Output as Outcome>::Error>,
{
    #[inline(always)]
    pub(crate) fn new(site: &'static Site, body: F, describe: D) -> Self {
        Tracked { site, describe, body }
    }
}

impl<F, D> Future for Tracked<F, D>
where
    F: Future<Output: Outcome>,
    D: Describe<<F::Output as Outcome>::Error>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let entry = enter();
        match this.body.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(value) => Poll::Ready(value.finish(this.site, entry, *this.describe)),
        }
    }
}

/// The body of a tracked async function, as the macro wraps it.
#[inline(always)]
pub fn future<F, D>(site: &'static Site, body: F, describe: D) -> Tracked<F, D>
where
    F: Future<Output: Outcome>,
    D: Describe<<F::Output as Outcome>::Error>,
{
    Tracked::new(site, body, describe)
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
