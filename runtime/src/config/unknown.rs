//! Names that look like settings of this crate but are not.
//!
//! In: the names of all settings. Out: a rejected value for each unknown variable `TRACK_ERRORS_…` and each
//! unknown key of `datadog.json`. Datadog and OpenTelemetry have many other names: only probable typing
//! errors of ours are reported.

use std::collections::BTreeSet;

use super::datadog_json;
use super::rejected::{Problem, RejectedValue};
use crate::base::named::typos;

/// Maximum number of reported names; a program may inherit many variables.
const MAX_NAMES: usize = 8;
/// Shorter names, in bytes, look alike by chance.
const MIN_LENGTH: usize = 8;

/// The unknown names, in the environment and in the file.
pub(super) fn names(known: &BTreeSet<String>) -> Vec<RejectedValue> {
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let variables = variables.filter(|name| name.starts_with("TRACK_ERRORS_"));
    let of = |place| move |name| (place, name);
    let keys = datadog_json::keys().map(str::to_owned).map(of("a key of datadog.json"));
    rejected(variables.map(of("a variable")).chain(keys), known)
}

/// The unknown ones of these names, each with its place.
fn rejected(
    names: impl Iterator<Item = (&'static str, String)>,
    known: &BTreeSet<String>,
) -> Vec<RejectedValue> {
    let mut problems: Vec<_> =
        names.filter_map(|(place, name)| problem(place, &name, known)).collect();
    let further = problems.len().saturating_sub(MAX_NAMES);
    problems.truncate(MAX_NAMES);
    let last = problems.len();
    let used = |number| match further {
        1.. if number == last => format!("the others (further unknown names: {further})"),
        _ => "the others".to_owned(),
    };
    let numbered = (1..).zip(problems);
    numbered.map(|(number, problem)| problem.using(used(number))).collect()
}

fn problem(place: &'static str, name: &str, known: &BTreeSet<String>) -> Option<Problem> {
    if known.contains(name) {
        return None;
    }
    let meant = meant(name, known);
    if meant.is_none() && ["DD_", "OTEL_"].iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let question = meant.map(|meant| format!(" (did you mean {meant}?)")).unwrap_or_default();
    let problem = format!("is no setting{question}");
    Some(Problem::new(place, name, problem, "one that the documentation lists"))
}

/// The most similar known name, if it is similar enough.
fn meant<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let name = name.to_ascii_uppercase();
    let typos = known.iter().filter_map(|known| Some((typos(&name, known)?, known)));
    let (_, meant) = typos.min()?;
    (name.len() >= MIN_LENGTH).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_reported_with_the_one_that_was_meant() {
        let known = ["TRACK_ERRORS_FORMAT", "TRACK_ERRORS_OUTPUT", "DD_TRACE_DEBUG", "DD_ENV"];
        let known: BTreeSet<String> = known.map(str::to_owned).into();
        let reported = |name: &str| {
            let rejected = rejected([("a variable", name.to_owned())].into_iter(), &known);
            rejected.first().map(ToString::to_string)
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
            assert_eq!(reported(name).as_ref(), Some(&expected));
        }
        for name in ["TRACK_ERRORS_FORMAT", "DD_SITE", "DD_API_KEY", "DD_TRACE_AGENT_URL", "OTEL_X"]
        {
            assert_eq!(reported(name), None);
        }
    }

    #[test]
    fn of_many_unknown_names_a_few_are_reported_and_the_others_counted() {
        let names = (0..20).map(|at| ("a variable", format!("TRACK_ERRORS_{at}")));
        let lines: Vec<_> =
            rejected(names, &BTreeSet::new()).iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), MAX_NAMES);
        assert!(lines[6].ends_with("; using the others"), "{lines:?}");
        assert!(lines[7].ends_with("; using the others (further unknown names: 12)"), "{lines:?}");
    }
}
