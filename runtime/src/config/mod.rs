//! The settings of the program's author and of its operator, as one resolved [`Config`].
//!
//! In: a [`Builder`] and the environment (through a lookup, so that tests do not touch the process).
//! Out: the `Config`, and a [`RejectedValue`] for each value that could not be used. It runs once, at
//! set-up, and does not panic: a wrong value never stops the program, the next source is used instead.
//!
//! Precedence, for every setting: the attribute, the builder, the environment, the file `datadog.json`
//! next to the program ([`datadog_json`]), the default. An empty or blank variable counts as unset. Where
//! several variables set the same thing, Datadog's own override OpenTelemetry's, and the narrow one the
//! broad one:
//!
//! | setting | sources, in this order |
//! |---|---|
//! | service | [`Builder::service`], `DD_SERVICE`, `service` in `DD_TAGS`, `OTEL_SERVICE_NAME`, `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, the name of the executable |
//! | environment | [`Builder::env`], `DD_ENV`, `env` in `DD_TAGS`, `deployment.environment.name` in `OTEL_RESOURCE_ATTRIBUTES`, `deployment.environment` there |
//! | version | [`Builder::version`], `DD_VERSION`, `version` in `DD_TAGS`, `service.version` in `OTEL_RESOURCE_ATTRIBUTES` |
//! | git commit | [`Builder::git_commit_sha`], `DD_GIT_COMMIT_SHA`, `git.commit.sha` in `DD_TAGS` |
//! | git repository | [`Builder::git_repository_url`], `DD_GIT_REPOSITORY_URL`, `git.repository_url` in `DD_TAGS` |
//! | format | [`Builder::format`], `TRACK_ERRORS_FORMAT`, `datadog` |
//! | output | [`Builder::output`], `TRACK_ERRORS_OUTPUT`, `stdout` |
//! | report | the attribute, [`Builder::report`], `TRACK_ERRORS_REPORT`, `origin` |
//! | rate limit | the attribute, [`Builder::rate_limit`], `TRACK_ERRORS_RATE_LIMIT`, 100 a second |
//! | overflow, delivery | [`Builder::overflow`], [`Builder::delivery`] |
//! | debug mode | [`Builder::debug`], `DD_TRACE_DEBUG` and others ([`mod@debug`]) |
//! | backtrace | the attribute, [`Builder::backtrace`], `TRACK_ERRORS_BACKTRACE`, `native` |
//!
//! [`Builder::tag`] and [`Builder::resource_attribute`] count as the builder's part of `DD_TAGS` and
//! of `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! The default service differs by format, because the sources differ: Datadog's own libraries name a
//! service after its executable (`shop`), OpenTelemetry prescribes `unknown_service:shop`.

mod builder;
pub(crate) mod datadog_json;
mod debug;
mod duration;
mod env;
mod format;
mod lists;
mod output;
mod rejected;
mod resolve;
mod resource;
mod resource_sources;
mod unknown;

pub use builder::Builder;
pub(crate) use debug::{DebugConfig, Destination, Handed, SharedLogger};
pub use debug::{DebugLayout, DebugLevel, DebugLogger, DebugOptions};
pub use format::Format;
pub use output::{Delivery, Output, Overflow};
pub(crate) use rejected::RejectedValue;
pub(crate) use resolve::resolve;
pub(crate) use resource::{Resource, Tag as ConfigTag, executable};

use crate::model::{BacktraceMode, RateLimit, ReportPolicy};

/// The resolved settings of the program.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Whether anything is logged at all: `OTEL_SDK_DISABLED=true` turns everything off.
    pub(crate) enabled: bool,
    /// Who the program is: service, environment, version, tags.
    pub(crate) resource: Resource,
    /// The shape of a line.
    pub(crate) format: Format,
    /// Where lines go.
    pub(crate) output: Output,
    /// Where the stack of a log comes from.
    pub(crate) backtrace: BacktraceMode,
    /// When an error that climbs is logged.
    pub(crate) report: ReportPolicy,
    /// How many errors of one kind one function may log a second.
    pub(crate) rate_limit: RateLimit,
    /// What happens when the queue is full.
    pub(crate) overflow: Overflow,
    /// Who writes.
    pub(crate) delivery: Delivery,
    /// The debug mode.
    pub(crate) debug: DebugConfig,
}
