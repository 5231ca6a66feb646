//! Tasks and threads that belong to the boundary, and to the test's capture, in which they were made.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::pipeline::capturing::{self, Capture, Follow};
use crate::report::scope::{ASYNC, During, SYNC, ScopeRef};

pin_project! {
    /// A future that belongs to the boundary in which it was made; see [`inherit`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Inherit<F> {
        #[pin]
        future: Follow<F>,
        scope: ScopeRef,
    }
}

/// Makes a task belong to the boundary that this code runs in: until the boundary returns, it holds the
/// errors that leave tracked functions in the future.
///
/// Without this, a spawned task is outside of the boundary: its errors are logged where they first leave a
/// tracked function. In a test, the task belongs to the [capture](crate::testing) as well. Outside of both it does
/// nothing.
///
/// ```no_run
/// # async fn fetch() -> Result<(), std::io::Error> { Ok(()) }
/// # mod tokio { pub fn spawn<F>(future: F) -> F { future } }
/// # async fn handler() {
/// let task = tokio::spawn(track_errors::inherit(fetch()));
/// # }
/// ```
pub fn inherit<F: Future>(future: F) -> Inherit<F> {
    Inherit { future: Follow::new(Capture::current(), future), scope: inherited(ASYNC) }
}

/// Makes a closure belong to the boundary that this code runs in: [`inherit`] for `spawn_blocking`, rayon
/// and threads.
///
/// ```
/// let job = track_errors::inherit_fn(|| 7);
/// assert_eq!(std::thread::spawn(job).join().unwrap(), 7);
/// ```
pub fn inherit_fn<R, C: FnOnce() -> R>(closure: C) -> impl FnOnce() -> R + use<R, C> {
    let mut scope = inherited(SYNC);
    let mut capture = Capture::current();
    move || {
        let _following = capturing::During::begin(&mut capture);
        let _during = scope.is_open().then(|| During::begin(&mut scope));
        closure()
    }
}

fn inherited(form: ScopeRef) -> ScopeRef {
    let scope = ScopeRef::numbered();
    if scope.is_open() { scope.with_form(form) } else { scope }
}

impl<F: Future> Future for Inherit<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !this.scope.is_open() {
            return this.future.poll(cx);
        }
        let mut own = *this.scope;
        let _during = During::begin(&mut own);
        this.future.poll(cx)
    }
}
