//! `config`: what the program's author and its operator asked for, as one resolved [`Config`].
//!
//! In: a [`Builder`] and the environment (through a lookup, so that tests do not touch the process).
//! Out: the `Config`, and a [`Diagnostic`] for each value that could not be used. It runs once, at
//! set-up, and does not panic: a wrong value never stops the program, the next source is used instead.
//!
//! Precedence, for every setting: the attribute, the builder, the environment, the file `datadog.json`
//! next to the program ([`file`]), the default. An empty or blank variable counts as unset. Where several variables say the same thing, Datadog's own stand
//! before OpenTelemetry's, the narrow one before the broad one:
//!
//! | setting | looked for in this order |
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
//! | debug mode | [`Builder::debug`] and its neighbours, `DD_TRACE_DEBUG` and its neighbours ([`debug`]) |
//! | backtrace | the attribute, [`Builder::backtrace`], `TRACK_ERRORS_BACKTRACE`, `native` |
//!
//! [`Builder::tag`] and [`Builder::resource_attribute`] count as the builder's part of `DD_TAGS` and
//! of `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! The fallback differs by format, because the sources differ: Datadog's own libraries name a service
//! after its executable (`shop`), OpenTelemetry asks for `unknown_service:shop`.

mod builder;
mod debug;
mod diagnostic;
mod duration;
mod env;
pub(crate) mod file;
mod resource;
pub(crate) mod unknown;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

pub use builder::Builder;
pub(crate) use builder::executable;
pub(crate) use debug::{DebugConfig, DecidedBy, Destination};
pub(crate) use diagnostic::Diagnostic;
pub(crate) use resource::{Resource, Tag as ConfigTag};

use crate::format::Format;

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
    /// How much of a stack is looked for.
    pub(crate) backtrace: BacktraceMode,
    /// When an error that climbs is logged.
    pub(crate) report: ReportPolicy,
    /// How many errors of one kind a second one function may log.
    pub(crate) rate_limit: RateLimit,
    /// What happens when the queue is full.
    pub(crate) overflow: Overflow,
    /// Who writes.
    pub(crate) delivery: Delivery,
    /// The debug mode.
    pub(crate) debug: DebugConfig,
}

/// A text that is no value of a setting.
///
/// What `parse` returns for [`Format`], [`Output`] and [`BacktraceMode`]. Its `Display` says the text
/// (at most 100 characters of it, control characters escaped) and what is accepted.
///
/// ```
/// use track_errors::Format;
///
/// let error = "xml".parse::<Format>().unwrap_err();
/// assert_eq!(error.to_string(), r#""xml" is not a format, expected one of datadog, otlp"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseSettingError {
    text: String,
    problem: String,
    accepted: String,
}

impl ParseSettingError {
    /// The value whose name `text` is, in any case and with any white space around it; else an error
    /// that lists the names. `what` is the noun of the setting.
    pub(crate) fn pick<T: Copy>(
        what: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
        text: &str,
    ) -> Result<T, Self> {
        let found = all.iter().find(|value| name(**value).eq_ignore_ascii_case(text.trim()));
        found.copied().ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
            let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            ParseSettingError {
                text: text.to_owned(),
                problem: format!("is not {article} {what}"),
                accepted: format!("one of {}", names.join(", ")),
            }
        })
    }
}

impl fmt::Display for ParseSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseSettingError { text, problem, accepted } = self;
        let text = diagnostic::Quoted(text);
        write!(f, "{text} {problem}, expected {accepted}")
    }
}

impl std::error::Error for ParseSettingError {}

/// Where error log lines go.
///
/// As a text, in `TRACK_ERRORS_OUTPUT`: `stdout`, `stderr`, `none` (in any case), or else the path of a
/// file, to which lines are appended. Addresses (`tcp://…`, `udp://…`) are refused: network outputs
/// are not available in this build.
///
/// ```
/// use track_errors::Output;
///
/// assert_eq!("stderr".parse(), Ok(Output::Stderr));
/// assert_eq!("logs/errors.jsonl".parse(), Ok(Output::File("logs/errors.jsonl".into())));
/// assert!("tcp://localhost:10518".parse::<Output>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Output {
    /// The standard output of the process. The default: container runtimes and the Datadog Agent
    /// collect it.
    #[default]
    Stdout,
    /// The standard error of the process.
    Stderr,
    /// Nowhere: errors are described and counted, and no line is written.
    None,
    /// The end of this file, which is created if it does not exist. Several processes may share it.
    File(PathBuf),
}

impl Output {
    const ACCEPTED: &str = "stdout, stderr, none or the path of a file";
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Stdout => f.pad("stdout"),
            Output::Stderr => f.pad("stderr"),
            Output::None => f.pad("none"),
            Output::File(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Output {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim();
        for output in [Output::Stdout, Output::Stderr, Output::None] {
            if word.eq_ignore_ascii_case(&output.to_string()) {
                return Ok(output);
            }
        }
        let problem = match word.split_once("://") {
            _ if word.is_empty() => "is empty",
            _ if word.contains('\0') => "contains a NUL, which no path can",
            Some(("tcp" | "udp", _)) => {
                "is a network address, and network outputs are not available in this build"
            }
            Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                "is a URL, not a path"
            }
            // White space around a path may be meant.
            _ => return Ok(Output::File(PathBuf::from(text))),
        };
        Err(ParseSettingError {
            text: text.to_owned(),
            problem: problem.to_owned(),
            accepted: Output::ACCEPTED.to_owned(),
        })
    }
}

/// Where the stack of an error log comes from.
///
/// Whatever the mode, the stack has the return trail: the tracked functions that the error left, each with
/// file, line and column of its `?`. It is known at compile time, so it is exact in async code, with
/// inlining and in stripped programs. The names are what `TRACK_ERRORS_BACKTRACE` accepts.
///
/// ```
/// use track_errors::BacktraceMode;
///
/// assert_eq!("trail".parse(), Ok(BacktraceMode::Trail));
/// assert_eq!(BacktraceMode::default(), BacktraceMode::Native);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BacktraceMode {
    /// The trail, and between and below its steps the native frames: all functions that were running,
    /// by the names and lines that the program's symbols have. The default.
    #[default]
    Native,
    /// The backtrace that the error itself carries (`anyhow`, `eyre`, `snafu`, `error-stack`; they take
    /// one if `RUST_BACKTRACE` is set), else as `Native`. It can only be had as text, so the thread that
    /// fails waits for its symbols.
    Carried,
    /// The trail alone. The cheapest.
    Trail,
}

impl BacktraceMode {
    /// Every mode, the default first.
    pub const ALL: [BacktraceMode; 3] =
        [BacktraceMode::Native, BacktraceMode::Carried, BacktraceMode::Trail];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            BacktraceMode::Native => "native",
            BacktraceMode::Carried => "carried",
            BacktraceMode::Trail => "trail",
        }
    }
}

impl fmt::Display for BacktraceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for BacktraceMode {
    type Err = ParseSettingError;

    /// Accepts the names that [`BacktraceMode::as_str`] returns, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ParseSettingError::pick("backtrace mode", &BacktraceMode::ALL, BacktraceMode::as_str, text)
    }
}

/// When an error that climbs through several tracked functions is logged, outside of any boundary.
///
/// The names are what `TRACK_ERRORS_REPORT` accepts. The attribute's `report` accepts them too, and
/// `"boundary"`, which is a place and no policy: errors stop climbing at that function (a request handler, a
/// job, a task, `main`). What leaves tracked functions inside is held until it returns. The error that it
/// returns is logged once, with its final message, all causes and fields; the others were handled, and are
/// counted. If it panics, its future is dropped, or the process exits, what it holds is logged; so is an
/// error that it held for 30 seconds, and the oldest beyond 64 errors or 64 KiB. See
/// [`boundary`](crate::boundary()) for code that is no function.
///
/// ```
/// use track_errors::ReportPolicy;
///
/// assert_eq!("every".parse(), Ok(ReportPolicy::Every));
/// assert_eq!(ReportPolicy::default(), ReportPolicy::Origin);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ReportPolicy {
    /// Once, at once, when it first leaves a tracked function; with the message it has there. The
    /// default.
    #[default]
    Origin,
    /// At every tracked function that it leaves; each log has the same id.
    Every,
}

impl ReportPolicy {
    /// Every policy, the default first.
    pub const ALL: [ReportPolicy; 2] = [ReportPolicy::Origin, ReportPolicy::Every];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportPolicy::Origin => "origin",
            ReportPolicy::Every => "every",
        }
    }
}

impl fmt::Display for ReportPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ReportPolicy {
    type Err = ParseSettingError;

    /// Accepts the names that [`ReportPolicy::as_str`] returns, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("boundary") {
            return Err(ParseSettingError {
                text: text.to_owned(),
                problem: "belongs on a function, not on the process".to_owned(),
                accepted:
                    "origin or every, and #[track_errors(report = \"boundary\")] on the handler, \
                           the job or main at which errors stop climbing"
                        .to_owned(),
            });
        }
        ParseSettingError::pick("report policy", &ReportPolicy::ALL, ReportPolicy::as_str, text)
    }
}

/// How many errors a second one function may log of one kind.
///
/// A token bucket that holds what two seconds bring: a function that was quiet may log that many
/// at once. Each kind of error (type and variant) has a bucket of its own, up to eight a function; the
/// others share one. Errors of level critical and above have buckets of their own. What is suppressed is
/// counted, and the next log of the function says how many there were, and of which kinds.
///
/// As a text, in `TRACK_ERRORS_RATE_LIMIT` and in the attribute: a whole number from 1, or `off`.
///
/// ```
/// use track_errors::RateLimit;
///
/// assert_eq!("off".parse(), Ok(RateLimit::Off));
/// assert_eq!("100".parse(), Ok(RateLimit::default()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateLimit {
    /// As many as there are.
    Off,
    /// At most this many. The default is 100.
    PerSecond(NonZeroU32),
}

impl RateLimit {
    /// At most `errors` a second; 0 counts as 1.
    #[must_use]
    pub const fn per_second(errors: u32) -> Self {
        match NonZeroU32::new(errors) {
            Some(errors) => RateLimit::PerSecond(errors),
            None => RateLimit::PerSecond(NonZeroU32::MIN),
        }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        RateLimit::per_second(100)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateLimit::Off => f.pad("off"),
            RateLimit::PerSecond(errors) => errors.fmt(f),
        }
    }
}

impl FromStr for RateLimit {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim();
        if word.eq_ignore_ascii_case("off") {
            return Ok(RateLimit::Off);
        }
        word.parse().map(RateLimit::PerSecond).map_err(|_| ParseSettingError {
            text: text.to_owned(),
            problem: "is not a rate limit".to_owned(),
            accepted: "a whole number from 1 (errors a second, function and kind) or off"
                .to_owned(),
        })
    }
}

/// What happens to an error when the queue of the worker is full: 8,192 records or 8 MiB wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// It is not logged, but counted; the next log of its function says how many there were. The
    /// default.
    #[default]
    DropNewest,
    /// The function that fails waits until there is room. If the sink hangs, so does the program.
    Block,
}

/// Who resolves the stack, formats the line and writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// A thread of this crate, which starts with the first error. The default.
    #[default]
    Worker,
    /// The thread that fails, before its function returns: slow, and in order with whatever else
    /// it writes. The log knows no function further out, unless a boundary holds the error until then;
    /// and what a boundary holds is not logged after 30 seconds, but when the boundary ends.
    Sync,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_word_or_a_path() {
        for (text, output) in [
            ("stdout", Output::Stdout),
            (" STDERR ", Output::Stderr),
            ("None", Output::None),
            ("/var/log/errors.jsonl", Output::File("/var/log/errors.jsonl".into())),
            ("./stdout", Output::File("./stdout".into())),
            ("C:\\logs\\errors", Output::File("C:\\logs\\errors".into())),
        ] {
            assert_eq!(text.parse(), Ok(output), "{text}");
        }
    }

    #[test]
    fn an_address_is_no_output_and_the_error_says_why() {
        let error = "tcp://localhost:1".parse::<Output>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"tcp://localhost:1\" is a network address, and network outputs are not available in \
             this build, expected stdout, stderr, none or the path of a file"
        );
        for wrong in ["udp://x:1", "https://x/y", "", "  ", "a\0b"] {
            assert!(wrong.parse::<Output>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_name_of_a_setting_is_accepted_in_any_case() {
        for mode in BacktraceMode::ALL {
            assert_eq!(mode.as_str().to_uppercase().parse(), Ok(mode));
        }
        assert_eq!("origin".parse(), Ok(ReportPolicy::Origin));
        assert_eq!("every".parse(), Ok(ReportPolicy::Every));
    }

    #[test]
    fn a_rate_limit_is_a_whole_number_from_one_or_off() {
        assert_eq!("OFF".parse(), Ok(RateLimit::Off));
        let ten = RateLimit::PerSecond(NonZeroU32::new(10).unwrap());
        assert_eq!(" 10 ".parse(), Ok(ten));
        for wrong in ["0", "-1", "1.5", "1e3", "many", "99999999999"] {
            assert!(wrong.parse::<RateLimit>().is_err(), "{wrong}");
        }
    }
}
