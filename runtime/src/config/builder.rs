//! `Builder`: settings made in code.

use std::sync::Arc;

#[cfg(feature = "metrics")]
use super::CountedError;
#[cfg(feature = "opentelemetry")]
use super::SpanUpdate;
use super::debug::{self, DebugOptions};
use super::tag::Tag;
use super::{Delivery, FileOptions, Format, Hooks, Keep, Output, Overflow, RecordSink};
use crate::model::{BacktraceMode, ErrorContext, ErrorRecord, RateLimit, ReportPolicy};

/// Settings made in code.
///
/// All are optional. The builder overrides the environment, and an attribute overrides both for its function.
/// An unusable value (an empty service) never stops the program: this crate reports it on standard error and
/// uses the next source.
///
/// ```
/// use track_errors::{Builder, Format, Output};
///
/// let builder = Builder::new()
///     .service("checkout")
///     .env("prod")
///     .version(env!("CARGO_PKG_VERSION"))
///     .tag("team", "payments")
///     .format(Format::Otlp)
///     .output(Output::Stderr);
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is installed"]
pub struct Builder {
    pub(super) service: Option<String>,
    pub(super) env: Option<String>,
    pub(super) version: Option<String>,
    pub(super) git_commit_sha: Option<String>,
    pub(super) git_repository_url: Option<String>,
    pub(super) tags: Vec<Tag>,
    pub(super) resource_attributes: Vec<(String, String)>,
    pub(super) format: Option<Format>,
    pub(super) output: Option<Output>,
    pub(super) output_file: FileOptions,
    pub(super) backtrace: Option<BacktraceMode>,
    pub(super) report: Option<ReportPolicy>,
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) panics: Option<bool>,
    pub(super) overflow: Overflow,
    pub(super) delivery: Delivery,
    pub(super) debug: DebugOptions,
    pub(super) datadog_attributes: Option<bool>,
    pub(super) hooks: Hooks,
}

impl Builder {
    /// A builder without any setting.
    pub fn new() -> Self {
        // Relative paths of the debug mode are relative to this directory.
        debug::start_directory();
        Builder::default()
    }

    /// The service of functions whose attribute has none; at most 1,024 bytes.
    ///
    /// Overrides `DD_SERVICE`, `service` in `DD_TAGS`, `OTEL_SERVICE_NAME` and `service.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. Default: the name of the executable without its extension for `datadog`,
    /// `unknown_service:` and the executable's name for `otlp`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// The environment that the program runs in, such as `prod`; at most 1,024 bytes.
    ///
    /// Overrides `DD_ENV`, `env` in `DD_TAGS` and `deployment.environment.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. Default: none.
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.env = Some(env.into());
        self
    }

    /// The version of the program; at most 1,024 bytes.
    ///
    /// Overrides `DD_VERSION`, `version` in `DD_TAGS` and `service.version` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. Default: none.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The commit that the program was built from. Datadog uses it to find the source code.
    ///
    /// Overrides `DD_GIT_COMMIT_SHA` and `git.commit.sha` in `DD_TAGS`. Default: none.
    pub fn git_commit_sha(mut self, sha: impl Into<String>) -> Self {
        self.git_commit_sha = Some(sha.into());
        self
    }

    /// The repository that the program was built from. Datadog uses it to find the source code. A user name
    /// or password in the URL is dropped.
    ///
    /// Overrides `DD_GIT_REPOSITORY_URL` and `git.repository_url` in `DD_TAGS`. Default: none.
    pub fn git_repository_url(mut self, url: impl Into<String>) -> Self {
        self.git_repository_url = Some(url.into());
        self
    }

    /// A tag for every line; in `otlp` an attribute of the resource. Repeat the call for more tags, also with the same key.
    ///
    /// Replaces the tags of that key in `DD_TAGS`. With an empty value the tag is the key alone. `datadog`
    /// writes it in lower case, with underscores for all but letters, digits and `_-:./`. It has at most 100
    /// tags of 200 characters, and 16,384 bytes of them.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag { key: key.into(), value: value.into() });
        self
    }

    /// A resource attribute for every line of `otlp`. Repeat the call for more attributes.
    ///
    /// Replaces the attribute of that key in `OTEL_RESOURCE_ATTRIBUTES`. `telemetry.sdk.*` cannot be set: it
    /// names this crate, which writes the line. All attributes together have at most 16,384 bytes.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource_attributes.push((key.into(), value.into()));
        self
    }

    /// The shape of a line. Overrides `TRACK_ERRORS_FORMAT`. Default: [`Format::Datadog`].
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Where lines go. Overrides `TRACK_ERRORS_OUTPUT`. Default: [`Output::Stdout`], or
    /// [`Output::Test`] in a program that runs tests.
    pub fn output(mut self, output: Output) -> Self {
        self.output = Some(output);
        self
    }

    /// Where the stack comes from. Overrides `TRACK_ERRORS_BACKTRACE`. Default:
    /// [`BacktraceMode::Native`].
    pub fn backtrace(mut self, backtrace: BacktraceMode) -> Self {
        self.backtrace = Some(backtrace);
        self
    }

    /// When to log an error that climbs through several tracked functions: the default for functions outside
    /// of any boundary. Overrides `TRACK_ERRORS_REPORT`. Default: [`ReportPolicy::Origin`].
    pub fn report(mut self, report: ReportPolicy) -> Self {
        self.report = Some(report);
        self
    }

    /// How many errors of one kind one function may log per second: the default for all functions; see
    /// [`RateLimit`]. Overrides `TRACK_ERRORS_RATE_LIMIT`. Default: 100.
    pub fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// What happens to an error when the queue is full. Default: [`Overflow::DropNewest`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// The thread that resolves, formats and writes. Default: [`Delivery::Worker`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Whether records for OpenTelemetry (the format [`Otlp`](Format::Otlp), the sink of the Logs API) also have the
    /// attributes `error.kind`, `error.message` and `error.stack`. The default is no, or
    /// `TRACK_ERRORS_DATADOG_ATTRIBUTES`.
    ///
    /// For errors that reach Datadog through a Collector: Error Tracking groups logs by these, and does not map
    /// `exception.*` to them. OpenTelemetry's registry calls them violations, and they double the size of a record.
    ///
    /// Source: Datadog, "Track Backend Error Logs", section "Attributes for Error Tracking".
    pub fn datadog_attributes(mut self, datadog_attributes: bool) -> Self {
        self.datadog_attributes = Some(datadog_attributes);
        self
    }

    /// Whether panics are logged: kind `panic`, level critical, with the panic's place and stack.
    ///
    /// The panic hook that was installed before still runs. A hook that the program installs after
    /// [`init`](Builder::init) has to call the one before it. [The guide](crate::guide::panics) has the details.
    ///
    /// Overrides `TRACK_ERRORS_PANICS`. Default: `false`.
    pub fn panics(mut self, panics: bool) -> Self {
        self.panics = Some(panics);
        self
    }

    /// Adds the context of its request to an error that is about to be logged. Repeat the call for more hooks.
    ///
    /// `collect` runs on the thread on which the error left its function, so thread-locals and task-locals are
    /// those of the request. It runs once for an error, also for one that a boundary holds, and not for
    /// expected or suppressed errors. It must not block. Errors of tracked functions that it calls are ignored.
    /// If it panics, what it added before stays.
    ///
    /// ```
    /// use std::cell::RefCell;
    ///
    /// thread_local! {
    ///     static REQUEST_ID: RefCell<Option<String>> = const { RefCell::new(None) };
    /// }
    ///
    /// track_errors::builder()
    ///     .context(|context| {
    ///         if let Some(id) = REQUEST_ID.with_borrow(Clone::clone) {
    ///             context.field("request_id", id);
    ///         }
    ///     })
    ///     .init();
    /// ```
    pub fn context(mut self, collect: impl Fn(&mut ErrorContext) + Send + Sync + 'static) -> Self {
        self.hooks.context.push(Arc::new(collect));
        self
    }

    /// Has this function tell the current span about errors that are logged, on their thread.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn span_updates(mut self, update: fn(&SpanUpdate<'_>)) -> Self {
        self.hooks.span.update = Some(update);
        self
    }

    /// Whether the span of an error that leaves a boundary gets the status error.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn sets_span_status(mut self, sets_status: bool) -> Self {
        self.hooks.span.sets_status = sets_status;
        self
    }

    /// Calls this for every error whose outcome is decided.
    #[cfg(feature = "metrics")]
    pub(crate) fn count_errors(mut self, count: fn(CountedError)) -> Self {
        self.hooks.count = Some(count);
        self
    }

    /// Edits or drops a record before it is logged. Repeat the call for more hooks, which run in that order.
    ///
    /// `hook` runs on the worker, so it may take its time. It may change every text and field: the stack has
    /// the message and the causes once more. A dropped record is counted in
    /// [`Counters::filtered`](crate::Counters::filtered). If the hook panics, the record is logged without its
    /// message, causes, fields, fingerprint and stack: they may contain what the hook would have removed.
    ///
    /// ```
    /// use track_errors::Keep;
    ///
    /// let builder = track_errors::builder().before_emit(|record| {
    ///     record.fields.retain(|field| field.name != "password");
    ///     if record.message.contains("health check") { Keep::No } else { Keep::Yes }
    /// });
    /// # let _ = builder;
    /// ```
    pub fn before_emit(
        mut self,
        hook: impl Fn(&mut ErrorRecord) -> Keep + Send + Sync + 'static,
    ) -> Self {
        self.hooks.before_emit.push(Arc::new(hook));
        self
    }

    /// Records go to this sink; what it refuses goes to the [`output`](Builder::output) as a line. A later
    /// call replaces the sink.
    pub fn record_sink(mut self, sink: impl RecordSink + 'static) -> Self {
        self.hooks.record_sink = Some(Arc::new(sink));
        self
    }
}
