//! Error logs without e-mail addresses, card numbers, tokens and passwords: a hook that edits each record
//! before it is written.
//!
//! ```text
//! cargo run --example scrub
//! ```
//!
//! Copy `Scrubber`, and add the patterns of your own secrets. It is not on by default: no list of patterns
//! finds every secret, and each of these finds something harmless now and then. Better than to scrub a secret
//! is not to log it: `describe = "type"` logs the type of an error and no text.

use std::borrow::Cow;
use std::ops::Deref;

use regex::{Captures, Regex, Replacer};
use track_errors::{ErrorRecord, FieldValue, Keep, track_errors};

#[track_errors(service = "scrub", fields(customer, card))]
fn charge(customer: &str, card: u64) -> Result<(), String> {
    Err(format!("https://shop:hunter2@bank.example/pay refused {card} of {customer}"))
}

fn main() {
    let scrubber = Scrubber::new();
    track_errors::builder()
        .before_emit(move |record| {
            scrubber.scrub(record);
            Keep::Yes
        })
        .init();
    if charge("jane.doe@example.com", 4_111_111_111_111_111).is_err() {
        eprintln!("the charge failed; its error log is on stdout");
    }
}

/// Fields of these names are replaced, whatever they hold.
const SECRET_FIELDS: [&str; 6] =
    ["authorization", "cookie", "password", "secret", "set-cookie", "token"];

/// Replaces secrets in error logs.
struct Scrubber {
    /// Each pattern, with its replacement.
    patterns: Vec<(Regex, &'static str)>,
    bearer: Regex,
    digits: Regex,
}

impl Scrubber {
    fn new() -> Self {
        let patterns = [
            // The password of a URL. Up to the last `@`: it may have some itself.
            (r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/?#@:]*):[^\s/?#]+@", "$1:[password]@"),
            // `token=…` and its kin in a query, a form or a connection string.
            (
                r#"(?i)\b((?:[a-z]+[_-])?(?:key|secret|token)|passw(?:or)?d|pwd)=[^\s&;,"']+"#,
                "$1=[secret]",
            ),
            // The same in JSON, and in what `Debug` writes of a struct.
            (
                r#"(?i)\b((?:[a-z]+[_-])?(?:key|secret|token)|passw(?:or)?d|pwd)("?: *)"(?:[^"\\]|\\.)*""#,
                r#"$1$2"[secret]""#,
            ),
            // A JSON Web Token: three parts, the first one of which begins with `{"`.
            (r"\beyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*", "[token]"),
            // Keys that say whose they are: AWS, GitHub, GitLab, Google, npm, OpenAI, Slack, Stripe.
            (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "[token]"),
            (r"\b(?:gh[opsur]_|github_pat_)[0-9A-Za-z_]{20,}", "[token]"),
            (r"\bglpat-[0-9A-Za-z_-]{20,}", "[token]"),
            (r"\bAIza[0-9A-Za-z_-]{35}", "[token]"),
            (r"\bnpm_[0-9A-Za-z]{36}\b", "[token]"),
            (r"\bsk-[0-9A-Za-z_-]{20,}", "[token]"),
            (r"\bxox[abeoprs]-[0-9A-Za-z_-]{10,}", "[token]"),
            (r"\b[prs]k_(?:live|test)_[0-9A-Za-z]{10,}", "[token]"),
            // An e-mail address. Versions of symbols in a stack (`memcpy@GLIBC_2.14`) are none.
            (r"(?i)[\p{L}\p{N}._%+-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}", "[e-mail]"),
        ];
        let regex = |pattern| Regex::new(pattern).expect("the pattern is valid");
        Scrubber {
            patterns: patterns.map(|(pattern, by)| (regex(pattern), by)).into(),
            bearer: regex(r"(?i)\b(bearer|basic) +([0-9A-Za-z_.~+/-]{8,}=*)"),
            digits: regex(r"\b[0-9](?:[ -]?[0-9]){12,}\b"),
        }
    }

    /// Replaces the secrets in every text of a record that is not from the source. The stack has the message
    /// and the causes once more.
    fn scrub(&self, record: &mut ErrorRecord) {
        self.text(&mut record.message);
        self.text(&mut record.stack);
        // A function of the error may have made it.
        self.text(&mut record.kind);
        record.log_message.iter_mut().for_each(|message| self.text(message));
        record.fingerprint.iter_mut().for_each(|fingerprint| self.text(fingerprint));
        record.attachments.iter_mut().for_each(|attachment| self.text(attachment));
        record.causes.iter_mut().for_each(|cause| self.text(&mut cause.message));
        record.step_messages.iter_mut().for_each(|step| self.text(&mut step.message));
        for field in &mut record.fields {
            self.named(&field.name, &mut field.value);
        }
    }

    fn named(&self, name: &str, value: &mut FieldValue) {
        if SECRET_FIELDS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            *value = FieldValue::Text("[secret]".to_owned());
        } else {
            self.value(value);
        }
    }

    fn value(&self, value: &mut FieldValue) {
        match value {
            FieldValue::Text(text) => self.text(text),
            FieldValue::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            FieldValue::Object(entries) => {
                entries.iter_mut().for_each(|(name, value)| self.named(name, value));
            }
            // A card number is a number too.
            FieldValue::Int(number) => self.number(number.to_string(), value),
            FieldValue::Uint(number) => self.number(number.to_string(), value),
            _ => {}
        }
    }

    fn number(&self, digits: String, value: &mut FieldValue) {
        if let Cow::Owned(text) = self.digits.replace_all(&digits, cards)
            && text != digits
        {
            *value = FieldValue::Text(text);
        }
    }

    /// The texts of a record have several types. Each is read as a `str`, and made of a `String`.
    fn text<T: Deref<Target = str> + From<String>>(&self, text: &mut T) {
        for (pattern, by) in &self.patterns {
            replace(text, pattern, *by);
        }
        replace(text, &self.bearer, token);
        replace(text, &self.digits, cards);
    }
}

/// Replaces what matches; a text without a match is not copied.
fn replace<T: Deref<Target = str> + From<String>>(
    text: &mut T,
    pattern: &Regex,
    by: impl Replacer,
) {
    if let Cow::Owned(replaced) = pattern.replace_all(text, by) {
        *text = replaced.into();
    }
}

/// The credentials after `Bearer` or `Basic`. `basic authentication` is none.
fn token(found: &Captures<'_>) -> String {
    let is_word = found[2].bytes().all(|byte| byte.is_ascii_lowercase());
    if is_word { found[0].to_owned() } else { format!("{} [token]", &found[1]) }
}

/// Digits in groups (`4111 1111 1111 1111`), with the card numbers in them replaced.
fn cards(found: &Captures<'_>) -> String {
    let mut rest = &found[0];
    let mut out = String::new();
    while !rest.is_empty() {
        // Where a group ends, the longest number first.
        let is_end = |at: &usize| rest[*at..].bytes().next().is_none_or(|b| !b.is_ascii_digit());
        let end = (1..=rest.len()).rev().filter(is_end).find(|end| is_card(&rest[..*end]));
        let (taken, written) = match end {
            Some(end) => (end, "[card]"),
            None => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                (digits.max(1), &rest[..digits.max(1)])
            }
        };
        out.push_str(written);
        rest = &rest[taken..];
    }
    out
}

/// Whether a text is the number of a payment card: 13 to 19 digits, the first one of an issuer, the last one
/// the check digit of Luhn's formula (ISO/IEC 7812-1).
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|char| char.to_digit(10)).collect();
    let begins_like_a_card = text.starts_with(|first| ('2'..='6').contains(&first));
    if !begins_like_a_card || !(13..=19).contains(&digits.len()) {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let values = digits.iter().rev().enumerate();
    let sum: u32 =
        values.map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use track_errors::{BacktraceMode, testing};

    use super::*;

    fn scrubbed(text: &str) -> String {
        let mut text = text.to_owned();
        Scrubber::new().text(&mut text);
        text
    }

    #[track_caller]
    fn assert_scrubbed(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(scrubbed(text), *expected, "{text}");
        }
    }

    #[track_caller]
    fn assert_unchanged(texts: &[&str]) {
        for text in texts {
            assert_eq!(scrubbed(text), *text);
        }
    }

    #[test]
    fn e_mail_addresses_are_replaced() {
        assert_scrubbed(&[
            ("no user jane.doe+shop@mail.example.co.uk, sorry", "no user [e-mail], sorry"),
            ("<müller@bücher.example>", "<[e-mail]>"),
            ("a@b.example,c@d.example", "[e-mail],[e-mail]"),
        ]);
        assert_unchanged(&["memcpy@GLIBC_2.14", "@types/node", "user@localhost", "5 @ 3.20"]);
    }

    #[test]
    fn card_numbers_are_replaced_where_their_check_digit_is_right() {
        assert_scrubbed(&[
            ("card 4111111111111111 refused", "card [card] refused"),
            ("4111 1111 1111 1111", "[card]"),
            ("3782-822463-10005", "[card]"),
            ("5555555555554444 2 4012888888881881", "[card] 2 [card]"),
            ("order 17 4111-1111-1111-1111 02", "order 17 [card] 02"),
        ]);
        assert_unchanged(&[
            "4111111111111112",
            "1764141900123",
            "order 1111111111111117 of 2026-11-26",
            "a8f5aa734111111111111111d0909d3e",
        ]);
    }

    #[test]
    fn credentials_are_replaced() {
        assert_scrubbed(&[
            ("Authorization: Bearer abcdef0123456789==", "Authorization: Bearer [token]"),
            ("authorization: basic dXNlcjpwYXNz", "authorization: basic [token]"),
            ("jwt eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln!", "jwt [token]!"),
            ("GET /?access_token=abc&page=2", "GET /?access_token=[secret]&page=2"),
            ("host=db password=hunter2 user=shop", "host=db password=[secret] user=shop"),
            (r#"{"pwd":"a\"b","page":2}"#, r#"{"pwd":"[secret]","page":2}"#),
            (r#"Login { api_key: "abc", page: 2 }"#, r#"Login { api_key: "[secret]", page: 2 }"#),
            ("AKIAIOSFODNN7EXAMPLE", "[token]"),
            ("key sk_test_4eC39HqLyjWDarjtT1zdp7dc", "key [token]"),
        ]);
        for prefix in ["ghp_", "github_pat_", "glpat-", "sk-", "xoxb-", "npm_", "AIza"] {
            let key = format!("{prefix}{}", "a1".repeat(18));
            let text = scrubbed(&format!("key {key}"));
            assert!(text.starts_with("key [token]"), "{text}");
        }
        assert_unchanged(&[
            "a basic authentication error",
            "unexpected token `,`",
            "the key is missing",
            "task-local",
        ]);
    }

    #[test]
    fn the_password_of_a_url_is_replaced() {
        assert_scrubbed(&[
            (
                "postgres://shop:hunter2@db.example/orders",
                "postgres://shop:[password]@db.example/orders",
            ),
            ("redis://:p@ss@db:6379", "redis://:[password]@db:6379"),
        ]);
        assert_unchanged(&["http://localhost:8080/", "https://user@host/", "http://[::1]:80/"]);
    }

    #[test]
    fn no_text_of_a_record_has_the_secret() {
        #[derive(Debug)]
        struct NotSent(std::io::Error);
        impl std::fmt::Display for NotSent {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "not sent: {}", self.0)
            }
        }
        impl std::error::Error for NotSent {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        #[track_errors(
            fields(to, card, password = "hunter2"),
            kind = |error: &NotSent| format!("kind: {error}"),
            fingerprint = |error: &NotSent| error.to_string()
        )]
        fn send(to: &str, card: u64) -> Result<(), NotSent> {
            Err(NotSent(std::io::Error::other(format!("no mailbox {to} for {card}"))))
        }
        #[track_errors]
        fn outer() -> Result<(), String> {
            send("jane@example.com", 4_111_111_111_111_111)
                .map_err(|error| format!("sending to jane@example.com: {error}"))
        }
        let scrubber = Scrubber::new();
        // The names of native frames are from the source, and slow to find in a debug build.
        let settings =
            track_errors::builder().backtrace(BacktraceMode::Trail).before_emit(move |record| {
                scrubber.scrub(record);
                Keep::Yes
            });
        let (result, records) = testing::capture_with(settings, outer);
        assert!(
            result.is_err_and(|text| text.contains("jane@example.com")),
            "the error is as before"
        );
        let [record] = &*records else { panic!("one record: {records:?}") };
        assert_eq!(record.message, "not sent: no mailbox [e-mail] for [card]");
        assert_eq!(record.step_messages.len(), 1);
        assert!(!record.causes.is_empty() && record.stack.contains("[card]"));
        let all = format!("{record:?}");
        for secret in ["jane", "41111", "hunter2"] {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }

    #[test]
    fn the_message_and_the_fingerprint_of_a_report_by_hand_are_scrubbed() {
        let scrubber = Scrubber::new();
        let settings =
            track_errors::builder().backtrace(BacktraceMode::Trail).before_emit(move |record| {
                scrubber.scrub(record);
                Keep::Yes
            });
        let (_, records) = testing::capture_with(settings, || {
            let fingerprint = "mail to jane@example.com";
            track_errors::error!(
                std::fmt::Error,
                "no mail to jane@example.com",
                fingerprint = fingerprint
            );
        });
        let record = records.assert_one().log_message("no mail to [e-mail]");
        assert_eq!(record.fingerprint.as_deref(), Some("mail to [e-mail]"));
    }

    #[test]
    fn structured_fields_are_scrubbed_at_every_depth() {
        let object =
            |name: &str, value: FieldValue| FieldValue::Object(vec![(name.to_owned(), value)]);
        let mut value = FieldValue::Array(vec![
            object("to", "jane@example.com".into()),
            object("Password", 4711.into()),
            4_111_111_111_111_111_i64.into(),
            17.into(),
        ]);
        Scrubber::new().value(&mut value);
        let expected = FieldValue::Array(vec![
            object("to", "[e-mail]".into()),
            object("Password", "[secret]".into()),
            "[card]".into(),
            17.into(),
        ]);
        assert_eq!(value, expected);
    }
}
