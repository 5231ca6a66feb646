//! The tags of Datadog: their text and their limits.

use std::borrow::Cow;

/// Tags of a line. Source: Datadog, "Log Collection and Integrations": a log event should not have more than 100
/// tags. The Agent's own tags are among these.
pub(super) const MAX_TAGS: usize = 100;
/// Characters of a tag. Source: Datadog, "Getting Started with Tags", section "Define tags". (The page above has 256
/// for logs; the shorter ones are the same everywhere in Datadog.)
pub(super) const MAX_TAG: usize = 200;
/// Characters of a service: Datadog's Agent cuts longer ones.
pub(crate) const MAX_SERVICE: usize = 100;

/// One tag: a key with a value, or a word alone (then the value is empty).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Tag {
    /// Whether Datadog would cut it.
    pub(super) fn is_long(&self) -> bool {
        let [key, value] = [&self.key, &self.value].map(|text| tag_text(text).chars().count());
        key + usize::from(value != 0) + value > MAX_TAG
    }
}

/// A text as Datadog writes it in a tag, so that all parts of a line, and traces and metrics, have the same one: in
/// lower case, every run of other characters than letters, digits and `_-:./` as an underscore, and none at the end.
///
/// Source: Datadog, "Getting Started with Tags", section "Define tags"; "What best practices are recommended for
/// naming metrics and tags?", section "Rules and best practices for naming tags".
pub(crate) fn tag_text(text: &str) -> Cow<'_, str> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-:./".contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for char in text.chars().flat_map(char::to_lowercase) {
        if char.is_alphanumeric() || "-:./".contains(char) {
            out.push(char);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    Cow::Owned(out)
}

/// A text that identifies something outside of Datadog (a commit, a URL), unchanged but for what would end a tag:
/// commas, white space and control characters become underscores.
pub(super) fn verbatim(text: &str) -> String {
    let ends = |char: char| char == ',' || char.is_whitespace() || char.is_control();
    text.chars().map(|char| if ends(char) { '_' } else { char }).collect()
}

/// The first characters of a text.
pub(super) fn first_chars(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_datadog_writes_tags() {
        for (text, expected) in [
            ("prod", "prod"),
            ("Prod EU-1", "prod_eu-1"),
            ("my_env", "my_env"),
            ("Größe  \"5\"\\\n💥", "größe_5"),
            ("a__b", "a_b"),
            ("1.2.3-RC1+build.7", "1.2.3-rc1_build.7"),
            ("x_", "x"),
            ("💥", ""),
            ("", ""),
        ] {
            assert_eq!(tag_text(text), expected, "{text:?}");
            assert_eq!(tag_text(expected), expected);
        }
    }

    #[test]
    fn a_text_from_outside_of_datadog_only_loses_what_would_end_a_tag() {
        assert_eq!(verbatim("https://Example.com/~a,b c\n"), "https://Example.com/~a_b_c_");
    }
}
