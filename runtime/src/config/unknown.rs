//! `unknown`: names that look like settings of this crate, and are none.
//!
//! In: the names that were asked for, which are all that there are. Out: a diagnostic for each variable
//! `TRACK_ERRORS_…` and each key of `datadog.json` that is not among them. Names of Datadog's and of
//! OpenTelemetry's are many, and most of them are not ours: only those that a slip of the finger makes of
//! one of ours are said.

use std::collections::BTreeSet;

use super::diagnostic::Diagnostic;
use super::file;

/// Names that are said; a program may hand on many variables.
const MAX_NAMES: usize = 8;
/// Letters that may be wrong, left out or too many.
const MAX_SLIPS: usize = 2;
/// A name of this many bytes is more than a few letters that look alike.
const MIN_LENGTH: usize = 8;

/// A diagnostic for each name that is unknown, in the environment and in the file.
pub(crate) fn diagnostics(known: &BTreeSet<String>) -> Vec<Diagnostic> {
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let variables = variables.filter(|name| name.starts_with("TRACK_ERRORS_"));
    let of = |place| move |name| (place, name);
    let names = variables.map(of("a variable"));
    let names = names.chain(file::names().map(str::to_owned).map(of("a key of datadog.json")));
    names.filter_map(|(place, name)| diagnostic(place, name, known)).take(MAX_NAMES).collect()
}

fn diagnostic(place: &'static str, name: String, known: &BTreeSet<String>) -> Option<Diagnostic> {
    if known.contains(&name) {
        return None;
    }
    let meant = meant(&name, known);
    if meant.is_none() && ["DD_", "OTEL_"].iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let question = meant.map(|meant| format!(" (did you mean {meant}?)")).unwrap_or_default();
    Some(Diagnostic {
        name: place,
        value: Some(name),
        problem: format!("is no setting{question}").into(),
        accepted: "one that the documentation lists".into(),
        used: "the others".to_owned(),
    })
}

/// The name that was meant.
fn meant<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let name = name.to_ascii_uppercase();
    let slips = known.iter().map(|known| (slips(&name, known), known));
    let (least, meant) = slips.min()?;
    (least <= MAX_SLIPS && name.len() >= MIN_LENGTH).then_some(meant)
}

/// How many letters have to be changed, added or left out to make one text of the other;
/// [`usize::MAX`] if the lengths already say that these are too many.
fn slips(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > MAX_SLIPS {
        return usize::MAX;
    }
    strsim::levenshtein(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_unknown_is_said_with_the_one_that_was_meant() {
        let known = ["TRACK_ERRORS_FORMAT", "TRACK_ERRORS_OUTPUT", "DD_TRACE_DEBUG", "DD_ENV"];
        let known: BTreeSet<String> = known.map(str::to_owned).into();
        let said = |name: &str| {
            diagnostic("a variable", name.to_owned(), &known).map(|said| said.to_string())
        };
        for (name, meant) in [
            ("TRACK_ERRORS_FROMAT", " (did you mean TRACK_ERRORS_FORMAT?)"),
            ("track_errors_output", " (did you mean TRACK_ERRORS_OUTPUT?)"),
            ("DD_TRACE_DEBG", " (did you mean DD_TRACE_DEBUG?)"),
            ("TRACK_ERRORS_COLOUR", ""),
            ("service", ""),
        ] {
            let expected = format!(
                "a variable is \"{name}\", which is no setting{meant}: expected one that the \
                 documentation lists; using the others"
            );
            assert_eq!(said(name).as_ref(), Some(&expected));
        }
        for name in ["TRACK_ERRORS_FORMAT", "DD_SITE", "DD_API_KEY", "DD_TRACE_AGENT_URL", "OTEL_X"]
        {
            assert_eq!(said(name), None);
        }
    }

    #[test]
    fn slips_are_counted() {
        for (one, other, count) in [
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "ab", 1),
            ("bac", "abc", 2),
            ("", "ab", 2),
        ] {
            assert_eq!(slips(one, other), count);
        }
        assert_eq!(slips("a", "abcdef"), usize::MAX);
    }
}
