//! Lists in variables: Datadog's tags, OpenTelemetry's resource attributes.

use super::env::{Lookup, Read, parsed, raw};
use super::tag::Tag;

/// A key and its value.
type Attribute = (String, String);

/// The tags of `DD_TAGS`, and the number of entries without a key.
///
/// Datadog tests its own libraries against these rules (its `system-tests`, "parametric", configuration
/// consistency):
///
/// * If there is a comma anywhere, commas separate the tags, else white space does.
/// * The key ends at the first colon, so a value may contain colons.
/// * A word without a colon is a tag without a value.
/// * White space around keys and values, and empty entries, are dropped.
pub(super) fn tags(lookup: Lookup<'_>, name: &'static str) -> Read<(Vec<Tag>, usize)> {
    Ok(raw(lookup, name)?.map(|value| parse_tags(&value)))
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

/// The attributes of `OTEL_RESOURCE_ATTRIBUTES`, in order, each key once: its last value counts.
///
/// The form is `key1=value1,key2=value2`, as in W3C Baggage but without its metadata. Characters outside
/// of its `token` (keys) and `baggage-octet` (values) must be percent-encoded; both are decoded. One wrong
/// entry discards the whole variable.
///
/// Source: OpenTelemetry, "Resource SDK", section "Specifying resource information via an environment
/// variable"; W3C "Propagation format for distributed context: Baggage", section "Definition".
pub(super) fn resource_attributes(lookup: Lookup<'_>, name: &'static str) -> Read<Vec<Attribute>> {
    let accepted = "key1=value1,key2=value2, other characters percent-encoded";
    parsed(lookup, name, |value| parse_attributes(value).map_err(|problem| (problem, accepted)))
}

pub(crate) fn parse_attributes(text: &str) -> Result<Vec<Attribute>, String> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        // Baggage allows this white space around keys, values and separators. A trailing comma leaves
        // an empty entry.
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

/// `tchar` of RFC 7230: the characters of a Baggage key.
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
