//! `env`: one environment variable becomes one typed value, or a problem.
//!
//! In: a lookup and a name. Out: `Ok(None)` if the variable is unset, empty or blank, `Ok(Some(…))` if
//! its value can be used, else a [`Problem`], which becomes a [`Diagnostic`] once it is known what is
//! used instead.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::debug::checked_path;
use super::diagnostic::{Diagnostic, is_secret};
use super::resource::{Resource, Tag};
use crate::base::named::ParseSettingError;

/// Where variables come from: `&|name| std::env::var_os(name)`, or the map of a test.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A value that cannot be used; what is used instead is not known yet.
#[derive(Debug)]
pub(super) struct Problem {
    name: &'static str,
    value: Option<String>,
    problem: Cow<'static, str>,
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
            // A diagnostic shows 100 characters; the rest of a long value need not be kept.
            value: (!is_secret(name)).then(|| value.chars().take(101).collect()),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }

    /// The diagnostic, now that it is known what is used instead.
    pub(super) fn using(self, used: impl ToString) -> Diagnostic {
        Diagnostic {
            name: self.name,
            value: self.value,
            problem: self.problem,
            accepted: self.accepted,
            used: used.to_string(),
        }
    }
}

/// What reading a variable gives.
pub(super) type Read<T> = Result<Option<T>, Problem>;

/// The text of a variable.
fn raw(lookup: Lookup<'_>, name: &'static str) -> Read<String> {
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

/// A name, such as that of a service: any text that is not too long, without the white space around it.
pub(super) fn name(lookup: Lookup<'_>, variable: &'static str) -> Read<String> {
    let Some(value) = raw(lookup, variable)? else {
        return Ok(None);
    };
    short_name(variable, &value).map(Some)
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

/// A setting of ours.
pub(super) fn setting<T>(lookup: Lookup<'_>, name: &'static str) -> Read<T>
where
    T: FromStr<Err = ParseSettingError>,
{
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|error: ParseSettingError| {
        Problem::new(name, &value, error.problem, error.accepted)
    })
}

/// A boolean of OpenTelemetry: true is `true` in any case, and nothing else is.
///
/// Source: OpenTelemetry, "Environment Variable Specification", section "Boolean": any other value is
/// false, and a warning is to be given if it is not `false` either.
pub(super) fn boolean(lookup: Lookup<'_>, name: &'static str) -> Read<bool> {
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(Problem::new(name, &value, "is not a boolean", "true or false")),
    }
}

/// What [`switch`] accepts, in words.
const SWITCHES: &str = "true, 1, yes or t, or false, 0, no or f";

/// A boolean of Datadog's: the words that its libraries take, in any case.
pub(super) fn switch(lookup: Lookup<'_>, name: &'static str) -> Read<bool> {
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "yes" => Ok(Some(true)),
        "false" | "0" | "f" | "no" => Ok(Some(false)),
        _ => Err(Problem::new(name, &value, "is not a boolean", SWITCHES)),
    }
}

/// A whole number from 0.
pub(super) fn whole(lookup: Lookup<'_>, name: &'static str) -> Read<u64> {
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    value
        .trim()
        .parse()
        .map(Some)
        .map_err(|_| Problem::new(name, &value, "is not a whole number", "a whole number from 0"))
}

/// A duration as Go writes it; longer than 0.
pub(super) fn duration(lookup: Lookup<'_>, name: &'static str) -> Read<Duration> {
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    match super::duration::parse(value.trim()) {
        Some(duration) if !duration.is_zero() => Ok(Some(duration)),
        _ => {
            let accepted = "a duration longer than 0 such as 1h30m, 90s or 500ms";
            Err(Problem::new(name, &value, "is not a duration", accepted))
        }
    }
}

/// The path of a file or a directory; white space around it may be meant.
pub(super) fn path(lookup: Lookup<'_>, name: &'static str) -> Read<PathBuf> {
    raw(lookup, name)?.map(|value| checked_path(name, &value)).transpose()
}

/// The tags of `DD_TAGS`, and the number of entries that have no key.
///
/// The rules are those that Datadog tests its own libraries against (its `system-tests`, "parametric",
/// configuration consistency): if there is a comma anywhere, commas separate the tags, else white
/// space does; the key ends at the first colon, so a value may contain more of them; white space around
/// keys and values is dropped; a word without a colon is a tag without a value; empty entries are
/// skipped.
pub(super) fn tags(lookup: Lookup<'_>, name: &'static str) -> Result<(Vec<Tag>, usize), Problem> {
    Ok(match raw(lookup, name)? {
        Some(value) => parse_tags(&value),
        None => (Vec::new(), 0),
    })
}

pub(crate) fn parse_tags(text: &str) -> (Vec<Tag>, usize) {
    let by_comma = text.contains(',');
    let separates = |char: char| {
        if by_comma { char == ',' } else { char.is_whitespace() }
    };
    let mut tags = Vec::new();
    let mut without_key = 0;
    for entry in text.split(separates).map(str::trim) {
        if entry.is_empty() {
            continue;
        }
        let (key, value) = entry.split_once(':').unwrap_or((entry, ""));
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            without_key += 1;
            continue;
        }
        tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    (tags, without_key)
}

/// The attributes of `OTEL_RESOURCE_ATTRIBUTES`, in their order, each key once (the last one counts).
///
/// The form is `key1=value1,key2=value2`, as in W3C Baggage but without its metadata. What is outside
/// of its `token` (keys) and `baggage-octet` (values) must be percent-encoded, and both are decoded.
/// Anything wrong discards the whole variable.
///
/// Source: OpenTelemetry, "Resource SDK", section "Specifying resource information via an environment
/// variable"; W3C "Propagation format for distributed context: Baggage", section "Definition".
pub(super) fn resource_attributes(
    lookup: Lookup<'_>,
    name: &'static str,
) -> Read<Vec<(String, String)>> {
    let Some(value) = raw(lookup, name)? else {
        return Ok(None);
    };
    parse_attributes(&value).map(Some).map_err(|problem| {
        let accepted = "key1=value1,key2=value2, other characters percent-encoded";
        Problem::new(name, &value, problem, accepted)
    })
}

pub(crate) fn parse_attributes(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        // The white space that Baggage allows around keys, values and separators. An empty entry is
        // what a trailing comma leaves behind.
        let entry = entry.trim_matches([' ', '\t']);
        if entry.is_empty() {
            continue;
        }
        let entry_is =
            |what: &str| format!("is not a list of attributes (entry {} {what})", index + 1);
        let Some((key, value)) = entry.split_once('=') else {
            return Err(entry_is("has no \"=\""));
        };
        let key = key.trim_end_matches([' ', '\t']);
        let value = value.trim_start_matches([' ', '\t']);
        if key.is_empty() {
            return Err(entry_is("has no key"));
        }
        if !key.bytes().all(is_token_char) {
            return Err(entry_is("has a key with a character that must be percent-encoded"));
        }
        if !value.bytes().all(is_baggage_octet) {
            return Err(entry_is("has a value with a character that must be percent-encoded"));
        }
        let (Some(key), Some(value)) = (percent_decoded(key), percent_decoded(value)) else {
            return Err(entry_is("is wrongly percent-encoded"));
        };
        attributes.retain(|(earlier, _)| *earlier != key);
        attributes.push((key, value));
    }
    Ok(attributes)
}

/// `tchar` of RFC 7230, of which a Baggage key is made.
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `baggage-octet`: printable ASCII without the space, `"`, `,`, `;` and `\`.
fn is_baggage_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

/// Decodes `%XX`; `None` if a `%` is not followed by two digits or the result is not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<(String, String)> {
        let (tags, _) = parse_tags(text);
        tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        owned.collect()
    }

    #[test]
    fn dd_tags_are_read_as_datadogs_own_libraries_read_them() {
        for (text, expected) in [
            ("a:1,b:2", &[("a", "1"), ("b", "2")][..]),
            ("a:1 b:2", &[("a", "1"), ("b", "2")]),
            ("a:1   b:2\tc:", &[("a", "1"), ("b", "2"), ("c", "")]),
            // One comma anywhere makes the comma the separator.
            ("a:1,b:2 c:3", &[("a", "1"), ("b", "2 c:3")]),
            ("a :1, b : 2 c:3 d:", &[("a", "1"), ("b", "2 c:3 d:")]),
            ("a:x:  , ,   Lots:Of:Colons ", &[("a", "x:"), ("Lots", "Of:Colons")]),
            ("a:1,b,c", &[("a", "1"), ("b", ""), ("c", "")]),
            ("word", &[("word", "")]),
            ("a:1,a:2", &[("a", "1"), ("a", "2")]),
            (" , ,", &[]),
        ] {
            assert_eq!(tags(text), owned(expected), "{text:?}");
        }
    }

    #[test]
    fn an_entry_without_a_key_is_skipped_and_counted() {
        let (tags, without_key) = parse_tags(":1,a:2,:");
        assert_eq!(tags.len(), 1);
        assert_eq!(without_key, 2);
    }

    #[test]
    fn resource_attributes_are_read_as_the_source_says() {
        for (text, expected) in [
            ("a=1,b=2", &[("a", "1"), ("b", "2")][..]),
            (" a = 1 ,\tb=2, ", &[("a", "1"), ("b", "2")]),
            ("a=x%20y%2Cz%3D,%61b=%C3%A9", &[("a", "x y,z="), ("ab", "é")]),
            // `=` is a baggage-octet, and so is `+`, which does not stand for a space.
            ("a=b=c+d", &[("a", "b=c+d")]),
            ("a=", &[("a", "")]),
            ("a=1,b=2,a=3", &[("b", "2"), ("a", "3")]),
        ] {
            assert_eq!(parse_attributes(text), Ok(owned(expected)), "{text:?}");
        }
    }

    #[test]
    fn one_wrong_resource_attribute_discards_them_all() {
        for (text, problem) in [
            ("a=1,b", "entry 2 has no \"=\""),
            ("=1", "entry 1 has no key"),
            ("a b=1", "entry 1 has a key with"),
            ("a=1,b=x y", "entry 2 has a value with"),
            ("a=é", "entry 1 has a value with"),
            ("a=\"x\"", "entry 1 has a value with"),
            ("a=1;meta=2", "entry 1 has a value with"),
            ("a=%4", "entry 1 is wrongly"),
            ("a=%zz", "entry 1 is wrongly"),
            ("a=%FF", "entry 1 is wrongly"),
        ] {
            let error = parse_attributes(text).unwrap_err();
            assert!(error.contains(problem), "{text:?}: {error}");
        }
    }
}
