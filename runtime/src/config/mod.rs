//! Resolves the settings of the program's author and of its operator into one [`Config`].
//!
//! In: a [`Builder`] and the environment (through a lookup, so that tests do not touch the process). Out: the
//! `Config`, and a [`RejectedValue`] for each unusable value. It runs once, at set-up, and does not panic: a
//! wrong value never stops the program; the next source replaces it.
//!
//! Precedence, for every setting: the attribute, the builder, the environment, the file `datadog.json` next
//! to the program ([`datadog_json`]), the default. An empty or blank variable counts as unset. Among
//! variables for the same setting, Datadog's own override OpenTelemetry's, and a narrow one overrides a broad
//! one:
//!
//! | setting | sources, in this order |
//! |---|---|
//! | service | [`Builder::service`], `DD_SERVICE`, `service` in `DD_TAGS`, `OTEL_SERVICE_NAME`, `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, the name of the executable |
//! | environment | [`Builder::env`], `DD_ENV`, `env` in `DD_TAGS`, `deployment.environment.name` in `OTEL_RESOURCE_ATTRIBUTES`, `deployment.environment` there |
//! | version | [`Builder::version`], `DD_VERSION`, `version` in `DD_TAGS`, `service.version` in `OTEL_RESOURCE_ATTRIBUTES` |
//! | git commit | [`Builder::git_commit_sha`], `DD_GIT_COMMIT_SHA`, `git.commit.sha` in `DD_TAGS`, `vcs.ref.head.revision` in `OTEL_RESOURCE_ATTRIBUTES` |
//! | git repository | [`Builder::git_repository_url`], `DD_GIT_REPOSITORY_URL`, `git.repository_url` in `DD_TAGS`, `vcs.repository.url.full` in `OTEL_RESOURCE_ATTRIBUTES` |
//! | format | [`Builder::format`], `TRACK_ERRORS_FORMAT`, `datadog` |
//! | output | [`Builder::output`], `TRACK_ERRORS_OUTPUT`, `test` in a program that runs tests, `stdout` |
//! | file of the output | [`Builder::output_file`], `TRACK_ERRORS_OUTPUT_MAX_BYTES`, `_BACKUPS`, `_MODE` and `_CREATE_DIRS` ([`FileOptions`]) |
//! | report | the attribute, [`Builder::report`], `TRACK_ERRORS_REPORT`, `origin` |
//! | panics | [`Builder::panics`], `TRACK_ERRORS_PANICS`, off |
//! | rate limit | the attribute, [`Builder::rate_limit`], `TRACK_ERRORS_RATE_LIMIT`, 100 a second |
//! | overflow, delivery | [`Builder::overflow`], [`Builder::delivery`] |
//! | hooks | [`Builder::context`], [`Builder::before_emit`], [`Builder::record_sink`] |
//! | debug mode | [`Builder::debug`], `DD_TRACE_DEBUG` and others ([`mod@debug`]) |
//! | backtrace | the attribute, [`Builder::backtrace`], `TRACK_ERRORS_BACKTRACE`, `native` |
//!
//! [`Builder::tag`] and [`Builder::resource_attribute`] count as the builder's part of `DD_TAGS` and
//! of `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! The default service differs by format, because the sources differ: Datadog's own libraries name a
//! service after its executable (`shop`), OpenTelemetry prescribes `unknown_service:shop`.

mod address;
mod builder;
pub(crate) mod datadog_json;
mod debug;
mod duration;
mod env;
mod file_options;
mod format;
mod hooks;
pub(crate) mod lists;
mod output;
mod precedence;
mod rejected;
mod resource;
mod resource_sources;
mod span;
mod tag;
mod test_harness;
mod unknown;

pub use builder::Builder;
pub(crate) use debug::{DebugConfig, Destination, SharedLogger};
pub use debug::{DebugLayout, DebugLevel, DebugLogger, DebugOptions};
pub(crate) use file_options::FileConfig;
pub use file_options::FileOptions;
pub use format::Format;
pub(crate) use format::Shape;
#[cfg(feature = "metrics")]
pub(crate) use hooks::CountedError;
pub(crate) use hooks::{CountedAs, Hooks};
pub use hooks::{ErrorLog, Handover, Keep, RecordSink, UnloggedErrors};
pub use output::{Delivery, Output, Overflow};
pub(crate) use precedence::resolve;
pub(crate) use rejected::RejectedValue;
pub(crate) use resource::{Resource, executable};
#[cfg(feature = "opentelemetry")]
pub(crate) use span::SpanUpdate;
use span::SpanUpdates;
pub(crate) use tag::{Tag as ConfigTag, tag_text};

use crate::model::{BacktraceMode, RateLimit, ReportPolicy};

/// The resolved settings of the program.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Whether this crate logs: `OTEL_SDK_DISABLED=true` turns everything off.
    pub(crate) enabled: bool,
    pub(crate) resource: Resource,
    pub(crate) format: Format,
    /// `otlp` has Datadog's names of the exception as well.
    pub(crate) datadog_attributes: bool,
    pub(crate) output: Output,
    /// Of the output, if it is a file.
    pub(crate) output_file: FileConfig,
    pub(crate) backtrace: BacktraceMode,
    pub(crate) report: ReportPolicy,
    pub(crate) rate_limit: RateLimit,
    /// Whether panics are logged.
    pub(crate) panics: bool,
    pub(crate) overflow: Overflow,
    pub(crate) delivery: Delivery,
    pub(crate) debug: DebugConfig,
    pub(crate) hooks: Hooks,
}

impl Config {
    /// The same; all errors become lines.
    pub(crate) fn without_record_sink(mut self) -> Self {
        self.hooks.record_sink = None;
        self
    }

    /// What a line looks like.
    pub(crate) fn shape(&self) -> Shape {
        Shape { format: self.format, datadog_attributes: self.datadog_attributes }
    }
}
