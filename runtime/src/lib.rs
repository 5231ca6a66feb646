//! One attribute on a function turns every `Err` that leaves it into exactly one error log that
//! Datadog Error Tracking and OpenTelemetry accept.

mod config;
mod counters;
mod debug;
mod describe;
mod format;
mod frame;
mod future;
mod id;
mod leave;
mod level;
mod limit;
mod once;
mod outcome;
mod pipeline;
mod record;
mod sink;
mod site;
mod stack;
pub mod testing;
mod trail;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use config::{
    BacktraceMode, Builder, Delivery, Output, Overflow, ParseSettingError, RateLimit, ReportPolicy,
};
pub use counters::{Counters, counters};
pub use format::Format;
pub use id::ErrorId;
pub use level::{Level, ParseLevelError};
pub use pipeline::{FlushGuard, flush, flush_guard};
pub use record::{Cause, ErrorRecord, Location};
pub use sink::{Batch, Sink};
pub use track_errors_macros::track_errors;

/// Settings for the whole process; see [`Builder`].
pub fn builder() -> Builder {
    Builder::new()
}
