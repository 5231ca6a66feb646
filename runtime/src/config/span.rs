//! What the current span learns of an error that is logged: [`SpanUpdates`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Hooks;
use crate::base::guarded::guarded;
use crate::base::named::{self, ParseSettingError};

/// The signals of OpenTelemetry that have an exception.
///
/// Source: OpenTelemetry, "Semantic conventions for exceptions", the note on existing instrumentations. Its
/// default, span events alone, is for those that had span events before; this crate had none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ExceptionSignals {
    #[default]
    Logs,
    LogsAndSpans,
}

impl ExceptionSignals {
    fn name(self) -> &'static str {
        match self {
            ExceptionSignals::Logs => "logs",
            ExceptionSignals::LogsAndSpans => "logs/dup",
        }
    }
}

impl fmt::Display for ExceptionSignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExceptionSignals {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let values = [ExceptionSignals::Logs, ExceptionSignals::LogsAndSpans];
        named::parse(text, "signal of exceptions", values, ExceptionSignals::name)
    }
}

/// Which updates the current span gets, and how.
#[derive(Clone, Copy, Default)]
pub(crate) struct SpanUpdates {
    pub(super) sets_status: bool,
    pub(super) signals: ExceptionSignals,
    /// The integration that knows the span.
    pub(super) update: Option<fn(&SpanUpdate<'_>)>,
}

/// An update of the current span.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "opentelemetry"), expect(dead_code, reason = "an integration reads it"))]
pub(crate) struct SpanUpdate<'a> {
    /// The kind of the error: the variant is part of it.
    pub(crate) kind: &'a str,
    /// The type without a variant.
    pub(crate) error_type: &'a str,
    /// `None` where a hook may edit or drop it later, on the worker.
    pub(crate) message: Option<&'a str>,
    /// The error left a boundary, so the work of the span failed.
    pub(crate) sets_status: bool,
    /// The span gets the exception as an event.
    pub(crate) adds_event: bool,
}

impl Hooks {
    /// Tells the span of this thread about an error.
    ///
    /// `left_boundary`: the error left a boundary. `is_new`: it is logged now. `names`: its kind and its type.
    pub(crate) fn update_span(
        &self,
        left_boundary: bool,
        is_new: bool,
        message: &str,
        names: impl FnOnce() -> (Cow<'static, str>, Cow<'static, str>),
    ) {
        let SpanUpdates { sets_status, signals, update: Some(update) } = self.span else { return };
        let sets_status = sets_status && left_boundary;
        let adds_event = is_new && signals == ExceptionSignals::LogsAndSpans;
        if sets_status || adds_event {
            let (kind, error_type) = &names();
            let message = self.before_emit.is_empty().then_some(message);
            let news = SpanUpdate { kind, error_type, message, sets_status, adds_event };
            let _: Option<()> = guarded(|| update(&news));
        }
    }
}

impl fmt::Debug for SpanUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SpanUpdates { sets_status, signals, update } = self;
        f.debug_struct("SpanUpdates")
            .field("sets_status", sets_status)
            .field("signals", signals)
            .field("has_span", &update.is_some())
            .finish()
    }
}
