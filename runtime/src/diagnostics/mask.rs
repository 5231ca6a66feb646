//! `mask`: what looks like a secret does not get into a diagnostic.
//!
//! Keys of Datadog, and tags whose name or value looks like a secret. It errs on the side of too
//! much: a masked build number is a nuisance, a key in a log is a leak.

use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::sync::LazyLock;

use crate::config::{ConfigTag, datadog_json};

const MASK: &str = "<masked>";

/// What the name of a secret holds, in lower case and without separators.
const IN_NAMES: [&str; 19] = [
    "apikey",
    "appkey",
    "accesskey",
    "privatekey",
    "token",
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "credential",
    "oauth",
    "authoriz",
    "authentic",
    "signature",
    "cookie",
    "session",
    "bearer",
    "connectionstring",
    "connstr",
];
/// How a word in the name of a secret ends: `dbpass`, `basicAuth`.
const ENDINGS: [&str; 3] = ["pass", "auth", "key"];
/// Words that stand in other words as well (`spinner`, `connected`, `certain`).
const WORDS: [&str; 11] =
    ["pin", "otp", "cred", "creds", "dsn", "conn", "cert", "pem", "jwt", "sas", "pw"];

/// How words begin that somebody hands out as keys, and from which length on they are no other words
/// (`sk-SK`, `ASIA`): GitHub, GitLab, Slack, AWS, Google, Stripe, OpenAI, npm, PyPI, Vault, SendGrid,
/// Shopify, DigitalOcean, Hugging Face, Atlassian, Datadog, JSON Web Tokens, and files of keys.
const BEGINNINGS: [(&str, usize); 40] = [
    ("ghp_", 0),
    ("gho_", 0),
    ("ghs_", 0),
    ("ghu_", 0),
    ("ghr_", 0),
    ("github_pat_", 0),
    ("glpat-", 0),
    ("xoxa-", 0),
    ("xoxb-", 0),
    ("xoxe-", 0),
    ("xoxp-", 0),
    ("xoxr-", 0),
    ("xoxs-", 0),
    ("xapp-", 0),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 0),
    ("ya29.", 0),
    ("GOCSPX-", 0),
    ("sk_live_", 0),
    ("sk_test_", 0),
    ("rk_live_", 0),
    ("rk_test_", 0),
    ("whsec_", 0),
    ("sk-", 20),
    ("npm_", 0),
    ("pypi-", 0),
    ("hvs.", 0),
    ("hvb.", 0),
    ("hvr.", 0),
    ("SG.", 8),
    ("shpat_", 0),
    ("shpss_", 0),
    ("dop_v1_", 0),
    ("hf_", 20),
    ("ATATT3", 0),
    ("AGE-SECRET-KEY-", 0),
    ("ddapp_", 0),
    ("eyJ", 0),
    ("-----BEGIN", 0),
];

/// A text without keys: those that `DD_API_KEY` and `DD_APP_KEY` hold, runs of 32 or 40 hexadecimal
/// digits (Datadog's API and application keys), and the user and password of a URL.
///
/// Source of the lengths: Datadog, "API and Application Keys".
pub(super) fn secrets(text: &str) -> Cow<'_, str> {
    static OWN: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = ["DD_API_KEY", "DD_APP_KEY", "DD_APPLICATION_KEY"];
        let of_file =
            |name| datadog_json::value(name).and_then(|value| OsString::into_string(value).ok());
        let values = names.iter().flat_map(|name| [env::var(name).ok(), of_file(name)]).flatten();
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
    if has_credentials(&text) {
        text = Cow::Owned(without_credentials(&text));
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

/// Whether what has this name is a secret, whatever it looks like.
fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    IN_NAMES.iter().any(|part| plain.contains(part))
        || words(name).any(|word| {
            let word = word.to_ascii_lowercase();
            WORDS.contains(&&*word) || ENDINGS.iter().any(|ending| word.ends_with(ending))
        })
}

/// The words of a name: `db_pass`, `dbPass` and `db.pass` have two.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let runs = name.split(|char: char| !char.is_ascii_alphanumeric());
    runs.flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let begins = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
            let end = rest.as_bytes().windows(2).position(begins).map_or(rest.len(), |at| at + 1);
            let (word, others) = rest.split_at(end);
            rest = others;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// Whether a value looks like something that opens a door.
fn looks_secret(value: &str) -> bool {
    let value = value.trim();
    has_known_beginning(value)
        || has_authorization(value)
        || has_credentials(value)
        || has_secret_entry(value)
        || runs(value).any(|(_, run)| is_hex_key(run) || is_random_letters(run))
        || value
            .split(|char: char| !(char.is_ascii_alphanumeric() || "+/=_".contains(char)))
            .any(is_random)
        || is_uuid(value)
}

/// A word in it begins as a key does.
fn has_known_beginning(value: &str) -> bool {
    let is_inside = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    BEGINNINGS.iter().any(|(beginning, length)| {
        value.match_indices(beginning).any(|(at, _)| {
            let word = value[at..].split(|char: char| char.is_whitespace() || ",;&".contains(char));
            !value[..at].ends_with(is_inside) && word.take(1).any(|word| word.len() >= *length)
        })
    })
}

/// `Bearer …` and `Basic …` of HTTP, in any case. A basic plan is none.
fn has_authorization(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek() else { break };
        let scheme = word.rsplit(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or("");
        let is_base64 = || {
            let inner = next.as_bytes().iter().skip(1);
            next.ends_with('=')
                || inner.clone().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        };
        if scheme.eq_ignore_ascii_case("bearer")
            || (scheme.eq_ignore_ascii_case("basic") && is_base64())
        {
            return true;
        }
    }
    false
}

/// An entry of a list has the name of a secret: `…;Password=…`, `…?token=…&…`, `"secret": "…"`.
fn has_secret_entry(value: &str) -> bool {
    let is_name = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    value.match_indices(['=', ':']).any(|(at, sign)| {
        let before = value[..at].trim_end().trim_end_matches(['"', '\'']);
        let start = before
            .rfind(|char| !is_name(char))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let (around, name) = before.split_at(start);
        let after = value[at + 1..].trim_start();
        let is_entry = match sign {
            // An image has a tag behind a colon, a host a port.
            ":" => {
                !around.ends_with(['/', '.'])
                    && !after.starts_with(|char: char| char.is_ascii_digit())
                    && !after.starts_with("//")
            }
            _ => true,
        };
        is_entry && !after.is_empty() && is_secret_name(name)
    })
}

/// Where a URL says who somebody is: the part behind `://` and before the last `@` of its authority.
fn credentials(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    text.match_indices("://").filter_map(|(at, sign)| {
        let start = at + sign.len();
        let is_end = |char: char| char.is_whitespace() || "/?#\"'<>,;".contains(char);
        let authority = text[start..].split(is_end).next()?;
        Some(start..start + authority.rfind('@')?)
    })
}

/// `scheme://user:password@host`
fn has_credentials(value: &str) -> bool {
    credentials(value).next().is_some()
}

fn without_credentials(text: &str) -> String {
    let mut out = String::new();
    let mut copied = 0;
    for range in credentials(text) {
        out.push_str(&text[copied..range.start]);
        out.push_str(MASK);
        copied = range.end;
    }
    out.push_str(&text[copied..]);
    out
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

/// At least 20 characters in which small letters, capitals and digits change at every second place, or
/// which nobody can pronounce. In what a person names capitals begin words.
fn is_random_letters(run: &str) -> bool {
    const ALIKE: usize = 7;
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let bytes = run.as_bytes();
    let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let is_consonant = |byte: &u8| byte.is_ascii_lowercase() && !b"aeiouy".contains(byte);
    let is_unspoken = || bytes.windows(ALIKE).any(|part| part.iter().all(is_consonant));
    bytes.len() >= 20 && (changes * 2 >= bytes.len() || is_unspoken())
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
            ("db_pass", "hunter2"),
            ("dbpass", "hunter2"),
            ("dbPass", "hunter2"),
            ("passphrase", "correct horse"),
            ("cred", "abc"),
            ("cookie", "a=b"),
            ("session", "abc"),
            ("bearer", "abc"),
            ("pin", "1234"),
            ("userPin", "1234"),
            ("conn", "Server=db;User Id=sa;Password=hunter2"),
            ("note", "Server=db;User Id=sa;Password = hunter2"),
            ("jdbc", "jdbc:mysql://h/db?user=a&password=b"),
            ("azure", "AccountName=a;AccountKey=b"),
            ("note", "token=ghp_abc"),
            ("note", "{\"secret\": \"abc\"}"),
            ("url", "https://h/?token=abc"),
            ("stripe", "rk_live_51Habc"),
            ("stripe", "sk_test_4eC39"),
            ("slack", "xapp-1-A"),
            ("vault", "hvs.CAESI"),
            ("sendgrid", "SG.abc.def"),
            ("file", "-----BEGIN RSA PRIVATE KEY-----"),
            ("gcp", "ya29.a0Af"),
            ("openai", "sk-abcdefghijklmnopqrst"),
            ("note", "Zx7cVbnMasDfghJklQwE"),
            ("note", "ZxhcVbnMasDfghJklQwE"),
            ("note", "qzxkvjwpmbtrhgfdlsnc"),
            ("note", "bearer abc"),
            ("note", "Authorization: Basic YTpi"),
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
            ("class", "KubernetesHorizontalPodAutoscaler"),
            ("word", "internationalization"),
            ("street", "KnightsbridgeAndKensington"),
            ("author", "Erika"),
            ("spinner", "on"),
            ("connected", "yes"),
            ("certified", "yes"),
            ("locale", "sk-SK"),
            ("continent", "ASIA"),
            ("region", "ASIA-PACIFIC"),
            ("tier", "basic plan"),
            ("cache", "use_npm_cache"),
            ("host", "auth.example.com:8080"),
            ("host", "token-service:8080"),
            ("image", "shop/auth:1.2.3"),
            ("image", "registry:5000/shop/session:latest"),
            ("options", "a=1;b=2"),
            ("path", "/var/log/shop/errors.jsonl"),
            ("version", "1.2.3-rc.4+build.567"),
            ("time", "2026-11-20T17:44:45.001Z"),
            ("owner", "first.last@example.com"),
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
            (
                "\"tcp://user:hunter2@h:1\", https://a@b/c and http://c/d@e",
                "\"tcp://<masked>@h:1\", https://<masked>@b/c and http://c/d@e",
            ),
            ("", ""),
        ] {
            assert_eq!(without_keys(text, &own), expected);
        }
    }
}
