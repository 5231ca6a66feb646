//! For tests of tracked code: error logs are captured, and looked at.
//!
//! | what | captures the error logs of |
//! |---|---|
//! | [`capture`], [`capture_with`] | a closure, on this thread |
//! | [`capture_async`], [`capture_async_with`] | a future, on all threads that poll it |
//! | [`Capture`] | this thread, until the guard is dropped; with a [`CaptureHandle`] for others |
//!
//! They return [`Records`], with assertions that print what was logged. Tasks and threads are captured as well if
//! they are spawned with [`inherit`](crate::inherit) or [`inherit_fn`](crate::inherit_fn), or follow a
//! [`CaptureHandle`]. Tests on other threads do not see each other.
//!
//! A capture uses the default settings, or those that it is given, and does not read the environment. It has no rate
//! limit. What is captured is not logged. Of captures in a capture, the innermost gets the error. What comes after the
//! end, from a task that outlives its test, goes to the capture around it, or is logged. What is captured and not
//! looked at is printed at the end of the capture, in a short form: the test harness shows it if the test fails.
//!
//! [The guide](crate::guide::testing) has examples.

mod assertions;
mod capture;
mod records;

pub use assertions::RecordAssertions;
pub use capture::{Capture, CaptureHandle};
pub use records::Records;

pub use crate::pipeline::capturing::Follow;

use std::future::Future;

use crate::config::Builder;

/// Runs `f`. Returns its value and the records of the errors that left tracked functions *on this thread*
/// meanwhile.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors(service = "checkout")]
/// fn parse(amount: &str) -> Result<u32, std::num::ParseIntError> {
///     Ok(amount.parse()?)
/// }
///
/// let (result, records) = testing::capture(|| parse("twelve"));
/// assert!(result.is_err());
/// records.assert_one().kind("std::num::ParseIntError").message("invalid digit found in string");
/// ```
pub fn capture<T>(f: impl FnOnce() -> T) -> (T, Records) {
    capture_with(Builder::new(), f)
}

/// Like [`capture`], with these settings.
///
/// ```
/// use track_errors::{ReportPolicy, testing, track_errors};
///
/// #[track_errors]
/// fn inner() -> Result<(), &'static str> {
///     Err("no card")
/// }
///
/// #[track_errors]
/// fn outer() -> Result<(), String> {
///     inner().map_err(|error| format!("paying: {error}"))
/// }
///
/// let settings = track_errors::builder().report(ReportPolicy::Every);
/// let (_, records) = testing::capture_with(settings, outer);
/// let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
/// assert_eq!(messages, ["no card", "paying: no card"]);
/// ```
pub fn capture_with<T>(settings: Builder, f: impl FnOnce() -> T) -> (T, Records) {
    let errors = Capture::start_with(settings);
    let value = f();
    (value, errors.finish())
}

/// Awaits a future. Returns its value and the records of the errors that left tracked functions in it, on whatever
/// threads a runtime polls it.
///
/// The capture begins with the first poll. If the future is dropped before it is ready, its records are printed and
/// not returned; to see them, put the timeout inside: `capture_async(timeout(…, future))`.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors]
/// async fn pay(order: u64) -> Result<(), String> {
///     Err(format!("order {order} has no card"))
/// }
///
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(value) => value,
/// #         std::task::Poll::Pending => unreachable!("it waits for nothing"),
/// #     }
/// # }
/// # block_on(async {
/// let (result, records) = testing::capture_async(pay(7)).await;
/// assert!(result.is_err());
/// records.assert_one().message("order 7 has no card");
/// # });
/// ```
pub async fn capture_async<F: Future>(future: F) -> (F::Output, Records) {
    capture_async_with(Builder::new(), future).await
}

/// Like [`capture_async`], with these settings.
pub async fn capture_async_with<F: Future>(settings: Builder, future: F) -> (F::Output, Records) {
    let captured = capture::Captured::begin(settings);
    let value = captured.handle().follow(future).await;
    (value, captured.finish())
}
