//! One attribute turns every `Err` that leaves a function into exactly one error log for Datadog Error
//! Tracking or OpenTelemetry: with the real type, the message, the causes, and a stack that is exact in
//! async code and in stripped release builds.
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
//! Each error is one line of JSON on stdout, without any set-up, written before the process ends.
//!
//! | topic | API | guide |
//! |---|---|---|
//! | the attribute and its keys | [`macro@track_errors`], [`Classify`] | [getting started](guide::getting_started), [keys](guide::keys) |
//! | `anyhow`, `eyre`, `snafu`, `error-stack`, `thiserror` | | [error crates](guide::error_crates) |
//! | which errors are logged, and when | [`ReportPolicy`], [`boundary()`], [`boundary_fn`], [`inherit`], [`inherit_fn`] | [boundaries](guide::boundaries) |
//! | errors that no attribute sees, panics | [`error!`], [`report()`], [`ReportErr`], [`ErrorId::of`], [`Builder::panics`] | [by hand](guide::by_hand), [panics](guide::panics) |
//! | settings of the process | [`builder`], [`Builder`] | [settings](guide::settings) |
//! | what a line contains | [`Format`], [`ErrorRecord`] | [formats](guide::formats) |
//! | context, edits, and sinks of records | [`Builder::context`], [`Builder::before_emit`], [`RecordSink`] | [hooks](guide::hooks), [outputs](guide::outputs) |
//! | where lines go, and how many | [`Output`], [`Sink`], [`Delivery`], [`RateLimit`], [`counters`], [`flush`] | [delivery](guide::delivery) |
//! | stacks | [`BacktraceMode`] | [stacks](guide::stacks) |
//! | why an error does or does not appear | [`mod@debug`] | [debug mode](guide::debug_mode) |
//! | tests of tracked code | [`mod@testing`] | [testing](guide::testing), [recipes](guide::recipes) |
//! | the spans around an error | `tracing`, with the feature of that name | [tracing](guide::tracing) |
//! | collectors | | [Datadog](guide::datadog), [OpenTelemetry](guide::opentelemetry), [receivers](guide::receivers) |
//! | sizes, gaps, other systems | | [limits](guide::limits) |
//!
//! Tracking never changes a function's result, never panics, and never waits for I/O or symbols on the
//! failing thread. That thread describes the error, takes the addresses of the running calls, and pushes both
//! to a queue. A worker thread does the rest.

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
mod install;
mod integrations;
mod macros;
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
pub use config::{
    Builder, Delivery, ErrorLog, FileOptions, Format, Handover, Keep, Output, Overflow, RecordSink,
    UnloggedErrors,
};
pub use describe::Classify;
#[cfg(feature = "log")]
pub use integrations::log;
#[cfg(feature = "opentelemetry")]
pub use integrations::opentelemetry;
#[cfg(feature = "tracing")]
pub use integrations::tracing;
pub use model::counters::counters;
pub use model::{
    BacktraceMode, BoundaryEnd, BoundaryRecord, Cause, Counters, ErrorContext, ErrorId,
    ErrorRecord, Field, FieldValue, Level, Location, RateLimit, ReportPolicy, StackText,
    StepMessage, TraceContext,
};
pub use output::sink::{Batch, LineInfo, Sink};
pub use pipeline::{FlushGuard, flush, flush_guard};
pub use report::boundary::inherit::{Inherit, inherit, inherit_fn};
pub use report::boundary::value::{Boundary, BoundaryFn, boundary, boundary_fn};
pub use report::by_hand::{AnyError, ErrorReport, ReportErr, report};

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
/// # Where to use it
///
/// On a function or method with a body that returns
///
/// * a `Result<T, E>`, under any name (`io::Result`, `anyhow::Result`, an alias of your own),
/// * an `Option<Result<T, E>>`, a `Poll<Result<T, E>>` or a `Poll<Option<Result<T, E>>>`,
/// * or a future of one of these (`async fn`, `-> impl Future`, `-> Pin<Box<dyn Future>>`, `async_trait`).
///
/// `E` needs no trait. The compiler refuses a `const fn`, a method without a body, and a function that no
/// `Err` can leave. The function keeps its value, drop order, borrows, auto traits and panics.
///
/// On an `impl` block, a trait or an inline module, it tracks every function whose return type has the name
/// `Result` (or a name that ends in it), or is an `Option`, a `Poll` or a future of such a type. A function's
/// key overrides the block's; `#[track_errors(skip)]` leaves a function out.
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
/// | `level` | `"debug"`, `"info"`, `"notice"`, `"warn"`, `"error"`, `"critical"`, `"alert"`, `"emergency"`; a constant of [`Level`]; a closure or path from `&E` to `Level` | [`Classify::level`], then `"error"` |
/// | `when` | a closure or path from `&E` to `bool`. `false`: the error is expected, counted in [`Counters::expected`], and not logged | the opposite of [`Classify::is_expected`] |
/// | `kind` | a string; a closure or path from `&E` to a `Display` | [`Classify::kind`], then the type and, for an enum, the variant |
/// | `fingerprint` | the same; Datadog's `error.fingerprint` | [`Classify::fingerprint`], then none |
/// | `fields(…)` | `name`, `name = expr`, `name = %expr` (`Display`), `name = ?expr` (`Debug`), `"name" = expr`, at most 32; see [`Field`] | none |
/// | `report` | `"origin"`, `"every"`, `"boundary"`; see [`ReportPolicy`] | [`Builder::report`] |
/// | `handled` | a level, next to `report = "boundary"`: errors that the boundary handled are logged at it | they are counted |
/// | `rate_limit` | errors a second of one kind, or `"off"`; see [`RateLimit`] | [`Builder::rate_limit`] |
/// | `backtrace` | `"native"`, `"carried"`, `"trail"`; see [`BacktraceMode`] | [`Builder::backtrace`] |
/// | `describe` | `"display"`, `"debug"`, `"type"`: the error is described by these alone; see [the guide](guide::keys) | all traits of its type |
/// | `crate` | the path of this crate, if it has another name | `::track_errors` |
///
/// A closure that panics counts as not set. [The guide](guide::keys) has the details.
///
/// # The content of a log
///
/// * *Kind*: the public path of the error's type; behind `Box<dyn Error>`, `anyhow::Error` and `eyre::Report`
///   the type at the `?` that failed, else what [is known](guide::error_crates) of the deepest cause.
/// * *Message*: its `Display`, else its `Debug`, else its type.
/// * *Stack*: frame 0 is the `?` (or the returned `Err(…)` or call). Then come the callers, the tracked ones
///   at their `?`, and the causes.
pub use track_errors_macros::track_errors;

/// Implements the trait of the same name for an enum or a struct, by attributes.
///
/// | key in `#[classify(…)]` | value |
/// |---|---|
/// | `level` | `"debug"`, `"info"`, `"notice"`, `"warn"`, `"error"`, `"critical"`, `"alert"`, `"emergency"` |
/// | `kind`, `fingerprint` | a string that is not empty |
/// | `expected` | none, or `true` or `false` |
/// | `describe` | `"display"`, `"debug"`, `"type"`: the error is described by these alone; see [the guide](guide::keys) | all traits of its type |
/// | `crate` | the path of this crate, where it has another name; on the type only |
///
/// A key on the type applies to all variants, a key on a variant to that one.
pub use track_errors_macros::Classify;

/// Settings for the whole process; see [`Builder`].
pub fn builder() -> Builder {
    Builder::new()
}

/// The guide, one page per topic. The repository has the same pages in `runtime/guide`.
///
/// A page ends with the targets of its links, as files of the repository. The definitions in
/// `rustdoc-links.md.in` come first here, and Markdown uses the first definition of a label.
#[cfg(doc)]
pub mod guide {
    macro_rules! pages {
        ($($(#[$attribute:meta])* $page:ident = $file:literal;)*) => {$(
            $(#[$attribute])*
            #[cfg_attr(not(doctest), doc = include_str!("../guide/rustdoc-links.md.in"))]
            #[doc = include_str!($file)]
            pub mod $page {}
        )*};
    }

    pages! {
        getting_started = "../guide/getting_started.md";
        boundaries = "../guide/boundaries.md";
        keys = "../guide/keys.md";
        // Packages of the tests run the examples that need other crates.
        #[cfg(not(doctest))]
        error_crates = "../guide/error_crates.md";
        formats = "../guide/formats.md";
        by_hand = "../guide/by_hand.md";
        panics = "../guide/panics.md";
        settings = "../guide/settings.md";
        delivery = "../guide/delivery.md";
        hooks = "../guide/hooks.md";
        stacks = "../guide/stacks.md";
        debug_mode = "../guide/debug_mode.md";
        #[cfg(not(doctest))]
        testing = "../guide/testing.md";
        #[cfg(not(doctest))]
        recipes = "../guide/recipes.md";
        #[cfg(not(doctest))]
        tracing = "../guide/tracing.md";
        #[cfg(not(doctest))]
        outputs = "../guide/outputs.md";
        datadog = "../guide/datadog.md";
        // Its examples need crates of OpenTelemetry: the package of the integration tests runs them.
        #[cfg(not(doctest))]
        opentelemetry = "../guide/opentelemetry.md";
        receivers = "../guide/receivers.md";
        limits = "../guide/limits.md";
    }
}
