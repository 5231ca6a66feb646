//! Ways to run a future in a test.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};

/// Polls a future once, without a waker.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A Tokio runtime on this thread, with timers.
///
/// # Panics
///
/// If Tokio cannot build it.
#[must_use]
pub fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// A Tokio runtime with four worker threads, with timers.
///
/// # Panics
///
/// If Tokio cannot build it.
#[must_use]
pub fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().expect("a runtime")
}
