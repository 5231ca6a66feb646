//! Settings with named values: the names, and the error for an unknown name.

use std::fmt;

use super::escape::Quoted;

/// The text is not an accepted value of the setting.
///
/// `parse` returns it for [`Format`](crate::Format), [`Level`](crate::Level) and all other settings. Its
/// `Display` shows the text (at most 100 characters, control characters escaped) and the accepted values.
///
/// ```
/// use track_errors::Format;
///
/// let error = "xml".parse::<Format>().unwrap_err();
/// assert_eq!(error.to_string(), r#""xml" is not a format, expected one of datadog, otlp"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseSettingError {
    text: String,
    pub(crate) problem: String,
    pub(crate) accepted: String,
}

impl ParseSettingError {
    /// `problem` continues "the text …", and `accepted` continues "expected …".
    pub(crate) fn new(text: &str, problem: impl Into<String>, accepted: impl Into<String>) -> Self {
        ParseSettingError {
            text: text.to_owned(),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }
}

impl fmt::Display for ParseSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseSettingError { text, problem, accepted } = self;
        write!(f, "{} {problem}, expected {accepted}", Quoted(text))
    }
}

impl std::error::Error for ParseSettingError {}

/// The value of this name, in any case and with white space around it. The error contains `noun`.
pub(crate) fn parse<T: Copy, const N: usize>(
    text: &str,
    noun: &str,
    values: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, ParseSettingError> {
    let word = text.trim();
    let found = values.into_iter().find(|value| name(*value).eq_ignore_ascii_case(word));
    found.ok_or_else(|| {
        let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let accepted = format!("one of {}", values.map(name).join(", "));
        ParseSettingError::new(text, format!("is not {article} {noun}"), accepted)
    })
}

/// How many letters to change, add or leave out to make one text of the other; `None` if they are too many for
/// a typing error.
pub(crate) fn typos(one: &str, other: &str) -> Option<usize> {
    const MAX_TYPOS: usize = 2;

    if one.len().abs_diff(other.len()) > MAX_TYPOS {
        return None;
    }
    Some(strsim::levenshtein(one, other)).filter(|typos| *typos <= MAX_TYPOS)
}

/// Gives an enum without data names in lower case: `ALL`, `as_str` and `Display`. `parsed as "noun"` adds
/// `FromStr`, which accepts the names in any case and with white space around them. `or "name" => Variant`
/// adds an accepted name.
macro_rules! named {
    ($ty:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $ty {
            /// Every value, in the order of declaration.
            pub const ALL: [$ty; [$($name),*].len()] = [$($ty::$variant),*];

            /// The name in lower case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($ty::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    (
        $ty:ident parsed as $noun:literal { $($variant:ident = $name:literal),* $(,)? }
        $(or $word:literal => $meant:ident)*
    ) => {
        $crate::base::named::named!($ty { $($variant = $name),* });

        impl std::str::FromStr for $ty {
            type Err = $crate::base::named::ParseSettingError;

            /// Accepts the names that `as_str` returns, in any case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $(if text.trim().eq_ignore_ascii_case($word) {
                    return Ok($ty::$meant);
                })*
                $crate::base::named::parse(text, $noun, $ty::ALL, $ty::as_str)
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_counted() {
        for (one, other, count) in [
            ("abc", "abc", Some(0)),
            ("abc", "abd", Some(1)),
            ("abc", "ab", Some(1)),
            ("bac", "abc", Some(2)),
            ("", "ab", Some(2)),
            ("abcd", "dcba", None),
            ("a", "abcdef", None),
        ] {
            assert_eq!(typos(one, other), count);
        }
    }
}
