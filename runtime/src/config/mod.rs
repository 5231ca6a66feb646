//! `config`: what the program's author and its operator asked for, as one resolved [`Config`].
//!
//! In: a [`Builder`] and the environment (through a lookup, so that tests do not touch the process).
//! Out: the `Config`, and a [`Diagnostic`] for each value that could not be used. It runs once, at
//! set-up, and does not panic: a wrong value never stops the program, the next source is used instead.
//!
//! Precedence, for every setting: the attribute, the builder, the environment, the file `datadog.json`
//! next to the program ([`mod@file`]), the default. An empty or blank variable counts as unset. Where several variables say the same thing, Datadog's own stand
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
pub(crate) mod env;
pub(crate) mod file;
mod format;
mod output;
mod resource;
mod unknown;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;

pub use builder::Builder;
pub(crate) use builder::executable;
pub(crate) use debug::{DebugConfig, DecidedBy, Destination, Handed, SharedLogger};
pub use debug::{DebugLayout, DebugLevel, DebugLogger};
pub(crate) use diagnostic::Diagnostic;
pub use format::Format;
pub use output::{Delivery, Output, Overflow};
pub(crate) use resource::{Resource, Tag as ConfigTag};

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

/// A variable, else what the configuration file says in its place.
fn environment(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name);
    // An empty or blank variable counts as unset.
    let value = value.filter(|value| value.to_str().is_none_or(|text| !text.trim().is_empty()));
    value.or_else(|| file::value(name))
}

/// The settings of a builder and of the environment, and what is wrong with both.
pub(crate) fn resolve(builder: Builder) -> (Config, Vec<Diagnostic>) {
    let known = RefCell::new(BTreeSet::new());
    let (config, mut diagnostics) = builder.resolve(&|name| {
        known.borrow_mut().insert(name.to_owned());
        environment(name)
    });
    diagnostics.extend_from_slice(file::diagnostics());
    diagnostics.extend(unknown::diagnostics(&known.into_inner()));
    (config, diagnostics)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

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
