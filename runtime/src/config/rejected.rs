//! An unusable configuration value, as one line.
//!
//! The line is bounded and free of control characters, so that it can go to a terminal. It omits values that
//! may be secret.

use std::borrow::Cow;
use std::fmt;

use crate::base::escape::{Quoted, Shortened};
use crate::base::url::without_credentials;

/// An unusable configuration value, and its replacement.
///
/// `TRACK_ERRORS_FORMAT is "xml", which is not a format: expected one of datadog, otlp; using datadog`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RejectedValue {
    problem: Problem,
    used: String,
}

/// A rejected value that has no replacement yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The variable, or the method of the builder.
    name: &'static str,
    /// The value; `None` if it may be secret.
    value: Option<String>,
    /// The problem; continues "which …".
    problem: Cow<'static, str>,
    /// The accepted values; continues "expected …".
    accepted: Cow<'static, str>,
}

impl Problem {
    pub(super) fn new(
        name: &'static str,
        value: &str,
        problem: impl Into<Cow<'static, str>>,
        accepted: impl Into<Cow<'static, str>>,
    ) -> Problem {
        Problem {
            name,
            // 100 characters are shown; the rest of a long value is not kept.
            value: (!is_secret(name))
                .then(|| without_credentials(value).chars().take(101).collect()),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }

    pub(super) fn using(self, used: impl ToString) -> RejectedValue {
        RejectedValue { problem: self, used: used.to_string() }
    }
}

impl fmt::Display for RejectedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { name, value, problem, accepted } = &self.problem;
        match value {
            Some(value) => write!(f, "{name} is {}", Quoted(value))?,
            None => write!(f, "{name} has a value (not shown)")?,
        }
        let used = Shortened(&self.used);
        write!(f, ", which {problem}: expected {accepted}; using {used}")
    }
}

/// Whether to hide the value of this variable.
///
/// Tags and attributes can be any text, and URLs can have passwords. Users have put tokens into all of them.
fn is_secret(name: &str) -> bool {
    ["DD_TAGS", "OTEL_RESOURCE_ATTRIBUTES"].contains(&name)
        || name.to_ascii_uppercase().ends_with("GIT_REPOSITORY_URL")
        || ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(name: &'static str, value: &str) -> String {
        let problem = Problem::new(name, value, "is not a format", "one of datadog, otlp");
        problem.using("datadog").to_string()
    }

    #[test]
    fn a_line_has_the_name_the_value_what_is_accepted_and_what_is_used() {
        assert_eq!(
            rejected("TRACK_ERRORS_FORMAT", "xml"),
            "TRACK_ERRORS_FORMAT is \"xml\", which is not a format: \
             expected one of datadog, otlp; using datadog"
        );
    }

    #[test]
    fn a_hostile_value_stays_one_short_printable_line() {
        let line = rejected("TRACK_ERRORS_FORMAT", "it's\n\u{1b}[31m\0\u{202e}\"é");
        assert!(line.contains(r#""it's\n\u{1b}[31m\u{0}\u{202e}\"é""#), "{line}");

        let line = rejected("TRACK_ERRORS_FORMAT", &"\u{7}".repeat(1_000_000));
        assert!(line.chars().all(|char| !char.is_control()));
        assert_eq!(line.matches("\\u{7}").count(), 100);
        assert!(line.contains("…\""));
    }

    #[test]
    fn a_url_is_shown_without_its_credentials() {
        let line = rejected("TRACK_ERRORS_OUTPUT", "tcp://me:secret@localhost:1");
        assert!(line.starts_with("TRACK_ERRORS_OUTPUT is \"tcp://localhost:1\", "), "{line}");
    }

    #[test]
    fn a_value_that_may_be_secret_is_not_shown() {
        assert_eq!(
            rejected("DD_TAGS", "xml"),
            "DD_TAGS has a value (not shown), which is not a format: \
             expected one of datadog, otlp; using datadog"
        );
        for name in ["DD_API_KEY", "A_TOKEN", "SECRET_B", "DB_PASSWORD", "DD_TAGS"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("DD_SERVICE"));
    }
}
