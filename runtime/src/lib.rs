//! One attribute on a function turns every `Err` that leaves it into exactly one error log that
//! Datadog Error Tracking and OpenTelemetry accept: with the real type, the message, the causes,
//! and a stack that is precise in async code and in stripped release builds.
//!
//! ```
//! use track_errors::track_errors;
//!
//! #[track_errors(service = "checkout")]
//! fn parse(amount: &str) -> Result<u32, std::num::ParseIntError> {
//!     let amount = amount.trim().parse()?;
//!     Ok(amount)
//! }
//! # assert!(parse("twelve").is_err());
//! ```
//!
//! With no other set-up, each error is one line of JSON on stdout, and what was logged is written
//! before the process ends.
//!
//! * The attribute and its keys: [`macro@track_errors`].
//! * Settings for the whole process: [`builder`], or the environment (each method of [`Builder`] names
//!   its variable).
//! * When an error that climbs through several functions is logged: [`ReportPolicy`].
//! * Boundaries, at which errors stop climbing: `report = "boundary"` at [`macro@track_errors`], or
//!   [`boundary()`] and [`boundary_fn`]; [`inherit`] and [`inherit_fn`] for tasks and threads.
//! * Where the stack comes from: [`BacktraceMode`].
//! * How many errors a second are logged, and what becomes of the others: [`RateLimit`],
//!   [`counters`].
//! * Why an error does or does not show up: [`debug`].
//! * Before the program ends in an unusual way: [`flush`].
//! * Tests of code that is tracked: [`testing`].
//!
//! Tracking never changes what a function returns, never panics, and never waits for I/O or for
//! symbols on the thread that fails: that thread describes the error, takes the addresses of the
//! running calls, and pushes both to a queue. A thread of this crate does the rest.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they block while the program holds the lock of the stream, and panic if it is closed"
)]

mod base;
mod config;
pub mod debug;
mod describe;
mod diagnostics;
mod model;
mod output;
mod pipeline;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod report;
mod stack;
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use base::named::ParseSettingError;
pub use config::{Builder, Delivery, Format, Output, Overflow};
pub use describe::Classify;
pub use model::counters::counters;
pub use model::{
    BacktraceMode, BoundaryEnd, BoundaryRecord, Cause, Counters, ErrorId, ErrorRecord, Field,
    FieldValue, Level, Location, RateLimit, ReportPolicy, StepMessage,
};
pub use output::sink::{Batch, Sink};
pub use pipeline::{FlushGuard, flush, flush_guard};
pub use report::boundary::inherit::{Inherit, inherit, inherit_fn};
pub use report::boundary::value::{Boundary, BoundaryFn, boundary, boundary_fn};

/// Logs every `Err` that leaves the function.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors(service = "checkout", level = "critical")]
/// async fn charge(card: &str) -> Result<u32, Box<dyn std::error::Error>> {
///     let number = card.replace(' ', "").parse()?;
///     Ok(number)
/// }
///
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(value) => value,
/// #         std::task::Poll::Pending => unreachable!("it waits for nothing"),
/// #     }
/// # }
/// let (_, records) = testing::capture(|| block_on(charge("47 11x")));
/// assert_eq!(records[0].kind, "std::num::ParseIntError");
/// assert_eq!(records[0].level, track_errors::Level::Critical);
/// ```
///
/// # Where it can stand
///
/// On a function or a method with a body that returns a `Result<T, E>`, under whatever name
/// (`io::Result`, `anyhow::Result`, your own alias); an `Option<Result<T, E>>`, a
/// `Poll<Result<T, E>>`, a `Poll<Option<Result<T, E>>>`; or a future of one of these (`async fn`,
/// `-> impl Future`, `-> Pin<Box<dyn Future>>`, also as `async_trait` makes them). Nothing is
/// asked of `E`. A `const fn`, a method without a body, and a function that returns something
/// else are refused by the compiler.
///
/// The function behaves as it did without the attribute: value, drop order, borrows, auto traits,
/// panics.
///
/// On an `impl` block, a trait or an inline module it tracks every function in it whose return
/// type is called `Result`, or by a name that ends in it, or is an `Option`, a `Poll` or a future
/// of one. A function there may have an attribute of its own, whose keys stand before those of
/// the block; `#[track_errors(skip)]` leaves it out.
///
/// ```
/// # use track_errors::{testing, track_errors};
/// # struct Cart;
/// #[track_errors(service = "checkout")]
/// impl Cart {
///     fn add(&self, item: &str) -> Result<u32, std::num::ParseIntError> {
///         item.parse()
///     }
///
///     #[track_errors(skip)]
///     fn probe(&self, item: &str) -> Result<u32, std::num::ParseIntError> {
///         item.parse()
///     }
/// }
/// # let (_, records) = testing::capture(|| [Cart.add("x"), Cart.probe("x")]);
/// # assert_eq!(records.len(), 1);
/// ```
///
/// # Keys
///
/// | key | value | default |
/// |---|---|---|
/// | `service` | a string that is not empty, or the path of a `&'static str` constant | [`Builder::service`], then the environment |
/// | `level` | `"warn"`, `"error"`, `"critical"`, `"alert"`, `"emergency"` or a constant of [`Level`]; or a closure or the path of a function from `&E` to `Level` | [`Classify::level`], then `"error"` |
/// | `when` | a closure or the path of a function from `&E` to `bool`; where it says `false` the error is expected: counted in [`Counters::expected`], and not logged | the opposite of [`Classify::is_expected`] |
/// | `kind` | a string, or a closure or path from `&E` to what has `Display`, in place of the error's type | [`Classify::kind`], then the type and, for an enum, the variant |
/// | `fingerprint` | the same; Datadog's `error.fingerprint` | [`Classify::fingerprint`], then none |
/// | `fields(…)` | `name`, `name = expr`, `name = %expr` (`Display`), `name = ?expr` (`Debug`), at most 32; see [`Field`] | none |
/// | `report` | `"origin"`, `"every"`, or `"boundary"`; see [`ReportPolicy`] | [`Builder::report`] |
/// | `handled` | beside `report = "boundary"`: the level at which errors that it handled are logged | they are counted |
/// | `rate_limit` | errors a second of one kind, or `"off"`; see [`RateLimit`] | [`Builder::rate_limit`] |
/// | `backtrace` | `"native"`, `"carried"`, `"trail"`; see [`BacktraceMode`] | [`Builder::backtrace`] |
/// | `crate` | the path of this crate, where it has another name | `::track_errors` |
///
/// # What is logged
///
/// *Kind*: the type of the error by its public path; behind `Box<dyn Error>`, `anyhow::Error` and
/// `eyre::Report` the type at the `?` that failed. *Message*: its `Display`, else its `Debug`,
/// else its type. *Stack*: frame 0 is the `?` (or the `Err(…)` that is returned, or the call
/// whose value is), then the callers, of which those that are tracked are at their `?` too, then the
/// causes.
pub use track_errors_macros::track_errors;

/// Implements the trait of the same name for an enum or a struct, by attributes; see there.
///
/// | key in `#[classify(…)]` | value |
/// |---|---|
/// | `level` | `"warn"`, `"error"`, `"critical"`, `"alert"`, `"emergency"` |
/// | `kind`, `fingerprint` | a string that is not empty |
/// | `expected` | none, or `true` or `false` |
/// | `crate` | the path of this crate, where it has another name; on the type only |
///
/// What stands on the type holds for all variants, what stands on a variant for that one.
pub use track_errors_macros::Classify;

/// Settings for the whole process; see [`Builder`].
pub fn builder() -> Builder {
    Builder::new()
}

/// The examples of the README and the guide, tested with those of this documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../guide/errors.md")]
#[doc = include_str!("../guide/functions.md")]
#[doc = include_str!("../guide/lines.md")]
#[doc = include_str!("../guide/settings.md")]
#[doc = include_str!("../guide/stacks.md")]
#[doc = include_str!("../guide/delivery.md")]
#[doc = include_str!("../guide/debug.md")]
#[doc = include_str!("../guide/costs.md")]
#[doc = include_str!("../guide/limits.md")]
struct Guide;
