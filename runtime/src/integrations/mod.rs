//! Other crates of the application: each a feature of its own, off by default.
//!
//! They add to the context of an error, take error logs as records, or report errors that no attribute sees.

#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry;
#[cfg(feature = "tracing")]
pub mod tracing;
