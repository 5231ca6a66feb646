//! `mask`: what looks like a secret does not get into a diagnostic.
//!
//! Keys of Datadog, and tags whose name or value looks like a secret. It errs on the side of too
//! much: a masked build number is a nuisance, a key in a log is a leak.

use std::borrow::Cow;
use std::env;
use std::sync::LazyLock;

use crate::config::ConfigTag;

const MASK: &str = "<masked>";

/// What the name of a tag may not hold, in lower case and without separators.
const WORDS: [&str; 11] = [
    "apikey",
    "appkey",
    "accesskey",
    "privatekey",
    "token",
    "secret",
    "passw",
    "pwd",
    "credential",
    "auth",
    "signature",
];

/// How values begin that somebody hands out as keys: GitHub, GitLab, Slack, AWS, Google, Stripe,
/// OpenAI, npm, PyPI, Datadog, JSON Web Tokens, and HTTP's authorization.
const BEGINNINGS: [&str; 19] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
    "sk_live_",
    "sk-",
    "npm_",
    "pypi-",
    "ddapp_",
    "eyJ",
    "Bearer ",
    "Basic ",
];

/// A text without keys: those that `DD_API_KEY` and `DD_APP_KEY` hold, and runs of 32 or 40
/// hexadecimal digits (Datadog's API and application keys).
///
/// Source of the lengths: Datadog, "API and Application Keys".
pub(super) fn secrets(text: &str) -> Cow<'_, str> {
    static OWN: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = ["DD_API_KEY", "DD_APP_KEY", "DD_APPLICATION_KEY"];
        let values = names.iter().filter_map(|name| env::var(name).ok());
        // A short one would be found in many words.
        values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= 8).collect()
    });
    without_keys(text, &OWN)
}

fn without_keys<'a>(text: &'a str, own: &[String]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for key in own {
        if text.contains(&**key) {
            text = Cow::Owned(text.replace(&**key, MASK));
        }
    }
    let mut out = String::new();
    let mut copied = 0;
    for (start, run) in runs(&text) {
        if is_hex_key(run) {
            out.push_str(&text[copied..start]);
            out.push_str(MASK);
            copied = start + run.len();
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The words of letters and digits in a text, and where they begin.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split(|char: char| !char.is_ascii_alphanumeric())
        .map(move |run| (run.as_ptr() as usize - start, run))
}

fn is_hex_key(run: &str) -> bool {
    [32, 40].contains(&run.len()) && run.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A tag as `key:value`, masked if it looks like a secret.
pub(super) fn tag(tag: &ConfigTag) -> String {
    let ConfigTag { key, value } = tag;
    match () {
        () if value.is_empty() && looks_secret(key) => MASK.to_owned(),
        () if value.is_empty() => key.clone(),
        () if is_secret_name(key) || looks_secret(value) => format!("{key}:{MASK}"),
        () => format!("{key}:{value}"),
    }
}

fn is_secret_name(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || name.ends_with("key")
}

/// Whether a value looks like something that opens a door.
fn looks_secret(value: &str) -> bool {
    let value = value.trim();
    BEGINNINGS.iter().any(|beginning| value.starts_with(beginning))
        || has_credentials(value)
        || runs(value).any(|(_, run)| is_hex_key(run))
        || value
            .split(|char: char| !(char.is_ascii_alphanumeric() || "+/=_".contains(char)))
            .any(is_random)
        || is_uuid(value)
}

/// `scheme://user:password@host`
fn has_credentials(value: &str) -> bool {
    let authority = value.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(""));
    authority.is_some_and(|authority| authority.contains('@'))
}

/// At least 20 characters of letters and digits in which both are mixed: what a person names is
/// shorter, or has only one of them, or separates them.
fn is_random(word: &str) -> bool {
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    word.len() >= 20 && changes >= 4
}

fn is_uuid(value: &str) -> bool {
    let lengths = value.split('-').map(str::len);
    value.len() == 36
        && lengths.eq([8, 4, 4, 4, 12])
        && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(key: &str, value: &str) -> String {
        tag(&ConfigTag { key: key.to_owned(), value: value.to_owned() })
    }

    #[test]
    fn tags_that_look_like_secrets_are_masked() {
        for (key, value) in [
            ("api_key", "x"),
            ("DB-Password", "hunter2"),
            ("github.token", "x"),
            ("oauth", "x"),
            ("sshkey", "x"),
            ("note", "0123456789abcdef0123456789abcdef"),
            ("note", "key=0123456789abcdef0123456789ABCDEF01234567"),
            ("note", "ghp_abc"),
            ("note", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
            ("note", "AKIAIOSFODNN7EXAMPLE"),
            ("note", "https://me:pw@example.com/x"),
            ("note", "wJalrXUtnFEMI/K7MDENG/bPx2RfiCYEX4MPLEK8EY"),
            ("note", "123e4567-e89b-12d3-a456-426614174000"),
        ] {
            assert_eq!(masked(key, value), format!("{key}:<masked>"));
        }
        assert_eq!(masked("0123456789abcdef0123456789abcdef", ""), "<masked>");
    }

    #[test]
    fn ordinary_tags_are_shown() {
        for (key, value) in [
            ("team", "payments"),
            ("region", "eu-west-1"),
            ("build", "2026-11-20.1742"),
            ("pod", "checkout-7d9f8b6c5d-x2x4z"),
            ("image", "registry.example.org/shop/checkout:1.2.3"),
            ("url", "https://example.com/a@b"),
            ("kubernetes", "a_very_long_name_that_somebody_typed"),
        ] {
            assert_eq!(masked(key, value), format!("{key}:{value}"));
        }
        assert_eq!(masked("canary", ""), "canary");
    }

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        let own = ["s3cr3tk3y".to_owned()];
        for (text, expected) in [
            ("a s3cr3tk3y, twice: s3cr3tk3y", "a <masked>, twice: <masked>"),
            ("0123456789abcdef0123456789abcdef", "<masked>"),
            ("(0123456789abcdef0123456789abcdef01234567)é", "(<masked>)é"),
            (
                "id f951e59d2e202be5 and 31 0123456789abcdef0123456789abcde",
                "id f951e59d2e202be5 and 31 0123456789abcdef0123456789abcde",
            ),
            ("", ""),
        ] {
            assert_eq!(without_keys(text, &own), expected);
        }
    }
}
