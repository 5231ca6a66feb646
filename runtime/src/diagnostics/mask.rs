//! `mask`: removes secrets from lines of the debug mode.
//!
//! Secrets are the values of `DD_API_KEY` and `DD_APP_KEY`, user names and passwords in URLs, and the values
//! of tags, except for a short list of keys. The crate does not guess other secrets: the program is
//! responsible for what it writes through [`debug::log`](crate::debug::log).

use std::env;
use std::ffi::OsString;

use crate::base::once_box::OnceBox;
use crate::base::url::without_credentials;
use crate::config::{ConfigTag, datadog_json};

const MASK: &str = "<masked>";

/// Keys of tags with shown values: where the program runs, and who works on it. `service`, `env`, `version`
/// and the `git.…` keys are settings and never reach this list.
const SHOWN_TAGS: [&str; 10] = [
    "app",
    "availability-zone",
    "cluster_name",
    "component",
    "datacenter",
    "kube_namespace",
    "region",
    "team",
    "tier",
    "zone",
];

/// The text without keys, and without user names and passwords of URLs.
pub(super) fn secrets(text: &str) -> String {
    static OWN: OnceBox<Vec<String>> = OnceBox::new();
    let own = OWN.get_or_init(|| {
        let names = ["DD_API_KEY", "DD_APP_KEY", "DD_APPLICATION_KEY"];
        let of_file =
            |name| datadog_json::value(name).and_then(|value| OsString::into_string(value).ok());
        let values = names.iter().flat_map(|name| [env::var(name).ok(), of_file(name)]).flatten();
        // Short values are parts of many words.
        values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= 8).collect()
    });
    without_keys(text, own)
}

fn without_keys(text: &str, own: &[String]) -> String {
    let text = without_credentials(text);
    own.iter().fold(text, |text, key| text.replace(key, MASK))
}

/// A tag as `key:value`, or as `key` if it has no value.
pub(super) fn tag(ConfigTag { key, value }: &ConfigTag) -> String {
    match value.as_str() {
        "" => key.clone(),
        value if SHOWN_TAGS.contains(&key.as_str()) => format!("{key}:{value}"),
        _ => format!("{key}:{MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_tags_on_the_list_are_shown() {
        for (key, value, shown) in [
            ("team", "payments", "team:payments"),
            ("note", "payments", "note:<masked>"),
            ("api_key", "x", "api_key:<masked>"),
            ("canary", "", "canary"),
        ] {
            let masked = tag(&ConfigTag { key: key.to_owned(), value: value.to_owned() });
            assert_eq!(masked, shown);
        }
        assert!(SHOWN_TAGS.is_sorted());
    }

    #[test]
    fn keys_and_credentials_are_masked_anywhere_in_a_text() {
        let own = ["s3cr3tk3y".to_owned()];
        for (text, expected) in [
            ("a s3cr3tk3y, twice: s3cr3tk3y", "a <masked>, twice: <masked>"),
            (
                "commit 0123456789abcdef0123456789abcdef01234567",
                "commit 0123456789abcdef0123456789abcdef01234567",
            ),
            ("\"tcp://user:hunter2@h:1\", http://c/d@e", "\"tcp://h:1\", http://c/d@e"),
            ("", ""),
        ] {
            assert_eq!(without_keys(text, &own), expected);
        }
    }
}
