//! Code of the application's that sees an error on its way: [`Hooks`].

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

use super::SpanUpdates;
use crate::base::guarded::guarded;
#[cfg(feature = "metrics")]
use crate::base::reentrancy::ignoring;
use crate::model::{ErrorContext, ErrorId, ErrorRecord, Level, Location};

/// Whether an error log is kept.
///
/// [`Builder::before_emit`](crate::Builder::before_emit) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Keep {
    /// It is logged.
    Yes,
    /// It is not; [`Counters::filtered`](crate::Counters::filtered) counts it.
    No,
}

/// A destination of records, in place of lines.
///
/// The worker calls it, one error after the other. It may block. What it refuses, and what makes it panic,
/// goes to the [`Output`](crate::Output) as a line. Integrations have sinks of this kind; see
/// [`Builder::record_sink`](crate::Builder::record_sink).
pub trait RecordSink: Send + Sync {
    /// Its name in diagnostics.
    fn name(&self) -> &str;

    /// Takes an error log.
    fn write(&self, log: &ErrorLog<'_>) -> Handover;

    /// Takes the counts of a function's unlogged errors. The default refuses them.
    fn write_unlogged(&self, unlogged: &UnloggedErrors<'_>) -> Handover {
        let _ = unlogged;
        Handover::Refused
    }

    /// Writes the sink's buffer. The default does nothing.
    ///
    /// # Errors
    ///
    /// Any error of the destination.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a [`RecordSink`] took what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Handover {
    /// It did.
    Taken,
    /// It did not: the line goes to the [`Output`](crate::Output).
    Refused,
}

/// An error log, with the values that all logs of the program share.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ErrorLog<'a> {
    /// The error.
    pub record: &'a ErrorRecord,
    /// The attribute's service, else the program's.
    pub service: &'a str,
    /// The environment, if it is known.
    pub env: Option<&'a str>,
    /// The version of the program, if it is known.
    pub version: Option<&'a str>,
    #[allow(dead_code, reason = "the sink of `opentelemetry` reads it")]
    pub(crate) datadog_attributes: bool,
}

/// The number of a function's unlogged errors.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct UnloggedErrors<'a> {
    /// Of these counts: the same if they come twice.
    pub id: ErrorId,
    /// Full path of the function.
    pub function: &'a str,
    /// Path of the module of that function.
    pub module: &'a str,
    /// The place of the function.
    pub location: &'a Location,
    /// The attribute's service, else the program's.
    pub service: &'a str,
    /// The counts as a sentence.
    pub message: &'a str,
    /// The rate limit suppressed so many.
    pub suppressed: u64,
    /// So many were lost.
    pub dropped: u64,
    /// Boundaries handled so many.
    pub handled: u64,
    /// Their kinds, with their numbers, the most frequent first.
    pub kinds: &'a [String],
}

/// What became of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountedAs {
    Logged,
    Suppressed,
    Expected,
    Handled,
    Dropped,
    Filtered,
}

impl CountedAs {
    /// Its name.
    #[cfg(feature = "metrics")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            CountedAs::Logged => "logged",
            CountedAs::Suppressed => "suppressed",
            CountedAs::Expected => "expected",
            CountedAs::Handled => "handled",
            CountedAs::Dropped => "dropped",
            CountedAs::Filtered => "filtered",
        }
    }
}

/// An error whose outcome is decided. The number of functions and kinds is bounded.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "an integration reads it"))]
pub(crate) struct CountedError {
    pub(crate) function: Cow<'static, str>,
    pub(crate) kind: &'static str,
    pub(crate) level: Level,
    pub(crate) outcome: CountedAs,
}

type Collect = Arc<dyn Fn(&mut ErrorContext) + Send + Sync>;
type BeforeEmit = Arc<dyn Fn(&mut ErrorRecord) -> Keep + Send + Sync>;

/// Code of the application's, and of integrations, that sees an error on its way. Each call is guarded.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    /// On the failing thread, when an error is about to be logged.
    pub(super) context: Vec<Collect>,
    /// On the failing thread, when an error is logged.
    pub(super) span: SpanUpdates,
    /// On the worker.
    pub(super) before_emit: Vec<BeforeEmit>,
    pub(super) record_sink: Option<Arc<dyn RecordSink>>,
    /// Where the outcome of an error is decided: on the failing thread, or on the worker.
    pub(super) count: Option<fn(CountedError)>,
}

impl Hooks {
    /// Whether any hook collects the context of errors.
    pub(crate) fn collect_context(&self) -> bool {
        !self.context.is_empty()
    }

    /// Collects the context of an error. Returns the number of hooks that panicked.
    pub(crate) fn collect(&self, context: &mut ErrorContext) -> usize {
        self.context.iter().filter(|hook| guarded(|| hook(context)).is_none()).count()
    }

    /// Lets the hooks edit a record. After a hook that panicked the texts are withheld: they may contain what
    /// the hook would have removed.
    pub(crate) fn before_emit(&self, record: &mut ErrorRecord) -> Keep {
        for hook in &self.before_emit {
            match guarded(|| hook(record)) {
                Some(Keep::Yes) => {}
                Some(Keep::No) => return Keep::No,
                None => record.withhold("before_emit panicked"),
            }
        }
        Keep::Yes
    }

    /// Counts an error, if an integration wants that.
    #[cfg(feature = "metrics")]
    pub(crate) fn count(&self, error: impl FnOnce() -> CountedError) {
        if let Some(count) = self.count {
            let _: Option<()> = guarded(|| ignoring(|| count(error())));
        }
    }

    /// Whether code of the user's gets the records.
    pub(crate) fn see_records(&self) -> bool {
        self.record_sink.is_some() || !self.before_emit.is_empty()
    }

    pub(crate) fn record_sink(&self) -> Option<&dyn RecordSink> {
        self.record_sink.as_deref()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("context", &self.context.len())
            .field("span", &self.span)
            .field("before_emit", &self.before_emit.len())
            .field(
                "record_sink",
                &self.record_sink.as_ref().map(|sink| guarded(|| sink.name().to_owned())),
            )
            .field("count", &self.count.is_some())
            .finish()
    }
}
