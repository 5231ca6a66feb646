//! `diagnostic`: one line about a configuration value that could not be used.
//!
//! Whatever the value, the line is one line, bounded, and free of control characters, so that it can
//! go to a terminal; values that may be secret are not in it.

use std::borrow::Cow;
use std::fmt;

use crate::base::escape::{Quoted, Shortened};

/// A configuration value that could not be used, and what is used instead.
///
/// `TRACK_ERRORS_FORMAT is "xml", which is not a format: expected one of datadog, otlp; using datadog`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    /// The variable, or the method of the builder.
    pub(crate) name: &'static str,
    /// The value as it was found; `None` where it must not be shown.
    pub(crate) value: Option<String>,
    /// What is wrong with it.
    pub(crate) problem: Cow<'static, str>,
    /// What would have been right.
    pub(crate) accepted: Cow<'static, str>,
    /// What is used instead.
    pub(crate) used: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.value {
            Some(value) => write!(f, " is {}", Quoted(value))?,
            None => f.write_str(" has a value (not shown)")?,
        }
        let Diagnostic { problem, accepted, used, .. } = self;
        write!(f, ", which {problem}: expected {accepted}; using {}", Shortened(used))
    }
}

/// Whether the value of a variable of this name must not be shown.
///
/// Tags and attributes may hold anything that an operator wants to see on a log, URLs may hold a user
/// and a password, and tokens have been seen in all of them.
pub(super) fn is_secret(name: &str) -> bool {
    ["DD_TAGS", "DD_GIT_REPOSITORY_URL", "OTEL_RESOURCE_ATTRIBUTES"].contains(&name)
        || ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(value: Option<&str>) -> String {
        Diagnostic {
            name: "TRACK_ERRORS_FORMAT",
            value: value.map(str::to_owned),
            problem: "is not a format".into(),
            accepted: "one of datadog, otlp".into(),
            used: "datadog".to_owned(),
        }
        .to_string()
    }

    #[test]
    fn it_says_name_value_accepted_and_used_in_one_line() {
        assert_eq!(
            diagnostic(Some("xml")),
            "TRACK_ERRORS_FORMAT is \"xml\", which is not a format: \
             expected one of datadog, otlp; using datadog"
        );
    }

    #[test]
    fn a_hostile_value_stays_one_short_printable_line() {
        let line = diagnostic(Some("it's\n\u{1b}[31m\0\u{202e}\"é"));
        assert!(line.contains(r#""it's\n\u{1b}[31m\u{0}\u{202e}\"é""#), "{line}");

        let line = diagnostic(Some(&"\u{7}".repeat(1_000_000)));
        assert!(line.chars().all(|char| !char.is_control()));
        assert_eq!(line.matches("\\u{7}").count(), 100);
        assert!(line.contains("…\""));
    }

    #[test]
    fn a_value_that_may_be_secret_is_not_shown() {
        assert_eq!(
            diagnostic(None),
            "TRACK_ERRORS_FORMAT has a value (not shown), which is not a format: \
             expected one of datadog, otlp; using datadog"
        );
        for name in ["DD_API_KEY", "A_TOKEN", "SECRET_B", "DB_PASSWORD", "DD_TAGS"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("DD_SERVICE"));
    }
}
