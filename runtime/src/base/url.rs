//! URLs in texts that may reach a log.

/// A text without the user name and password of any URL in it: `https://token@example.com/x` becomes
/// `https://example.com/x`.
///
/// A URL's authority ends at a slash, at white space, or at a mark that text puts around a URL. It does not
/// end at `?` or `#`: passwords may contain them unencoded.
pub(crate) fn without_credentials(text: &str) -> String {
    let is_end = |char: char| char.is_whitespace() || "/\"'<>".contains(char);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, url)) = rest.split_once("://") {
        out.extend([before, "://"]);
        let authority = url.split(is_end).next().unwrap_or(url);
        rest = authority.rfind('@').map_or(url, |at| &url[at + 1..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_dropped_and_nothing_else_is() {
        for (text, expected) in [
            ("https://user:pa@ss@host/a@b", "https://host/a@b"),
            ("https://user:a?b#c@host", "https://host"),
            ("https://host/a@b", "https://host/a@b"),
            ("git@github.com:org/repo.git", "git@github.com:org/repo.git"),
            ("ssh://git@host", "ssh://host"),
            (
                "\"tcp://u:p@h:1\", http://a@b/c, http://c/d@e",
                "\"tcp://h:1\", http://b/c, http://c/d@e",
            ),
            ("me@example.com and ://", "me@example.com and ://"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }
}
