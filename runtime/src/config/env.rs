//! One environment variable → one typed value, or a problem.
//!
//! In: a lookup and a name. Out: `Ok(None)` if the variable is unset, empty or blank, `Ok(Some(…))` for a
//! usable value, else a [`Problem`].

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::rejected::Problem;
use super::resource::Resource;
use crate::base::named::ParseSettingError;

/// The source of variables: `&|name| std::env::var_os(name)`, or the map of a test.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The result of reading a variable.
pub(super) type Read<T> = Result<Option<T>, Problem>;

/// The text of a variable.
pub(super) fn raw(lookup: Lookup<'_>, name: &'static str) -> Read<String> {
    let Some(value) = lookup(name) else {
        return Ok(None);
    };
    match value.into_string() {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(value) => {
            let shown = value.to_string_lossy();
            Err(Problem::new(name, &shown, "is not UTF-8", "a text in UTF-8"))
        }
    }
}

/// Parses the text of a variable. The error of `parse` is the problem and the accepted values.
pub(super) fn parsed<T, P, A>(
    lookup: Lookup<'_>,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, (P, A)>,
) -> Read<T>
where
    P: Into<Cow<'static, str>>,
    A: Into<Cow<'static, str>>,
{
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    let rejected = |(problem, accepted)| Problem::new(name, &value, problem, accepted);
    parse(&value).map(Some).map_err(rejected)
}

/// A name, such as a service: any text that is not too long, without surrounding white space.
pub(super) fn name(lookup: Lookup<'_>, variable: &'static str) -> Read<String> {
    raw(lookup, variable)?.map(|value| short_name(variable, &value)).transpose()
}

/// Checks a name, wherever it comes from.
pub(super) fn short_name(origin: &'static str, value: &str) -> Result<String, Problem> {
    let trimmed = value.trim();
    if trimmed.len() > Resource::MAX_NAME {
        let accepted = format!("at most {} bytes", Resource::MAX_NAME);
        return Err(Problem::new(origin, value, "is too long", accepted));
    }
    if trimmed.is_empty() {
        return Err(Problem::new(origin, value, "is empty", "a name"));
    }
    Ok(trimmed.to_owned())
}

/// A setting of this crate.
pub(super) fn setting<T>(lookup: Lookup<'_>, name: &'static str) -> Read<T>
where
    T: FromStr<Err = ParseSettingError>,
{
    parsed(lookup, name, |value| {
        value.parse().map_err(|error: ParseSettingError| (error.problem, error.accepted))
    })
}

/// A boolean of OpenTelemetry: `true` or `false`, in any case.
///
/// Source: OpenTelemetry, "Environment Variable Specification", section "Boolean": any other value is
/// false, with a warning.
pub(super) fn boolean(lookup: Lookup<'_>, name: &'static str) -> Read<bool> {
    parsed(lookup, name, |value| match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(("is not a boolean", "true or false")),
    })
}

/// A boolean of Datadog: the words that its libraries accept, in any case.
pub(super) fn switch(lookup: Lookup<'_>, name: &'static str) -> Read<bool> {
    parsed(lookup, name, |value| match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "yes" => Ok(true),
        "false" | "0" | "f" | "no" => Ok(false),
        _ => Err(("is not a boolean", "true, 1, yes or t, or false, 0, no or f")),
    })
}

/// A whole number from 0.
pub(super) fn whole(lookup: Lookup<'_>, name: &'static str) -> Read<u64> {
    let problem = ("is not a whole number", "a whole number from 0");
    parsed(lookup, name, |value| value.trim().parse().map_err(|_| problem))
}

/// A duration in Go's form; longer than 0.
pub(super) fn duration(lookup: Lookup<'_>, name: &'static str) -> Read<Duration> {
    let problem = ("is not a duration", "a duration longer than 0 such as 1h30m, 90s or 500ms");
    parsed(lookup, name, |value| {
        let duration = super::duration::parse(value.trim());
        duration.filter(|duration| !duration.is_zero()).ok_or(problem)
    })
}

/// The path of a file or a directory, untrimmed: surrounding white space may be intended.
pub(super) fn path(lookup: Lookup<'_>, name: &'static str) -> Read<PathBuf> {
    parsed(lookup, name, |value| match value.contains('\0') {
        true => Err(("contains a NUL, which no path can", "the path of a file or directory")),
        false => Ok(PathBuf::from(value)),
    })
}
