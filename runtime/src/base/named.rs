//! Values that a user writes as a word: their names, and the error for a word that is none of them.

use std::fmt;

use super::escape::{Escaping, escaped};

/// A text that is no value of a setting.
///
/// What `parse` returns for [`Format`](crate::Format), [`Level`](crate::Level) and all other settings. Its `Display` says the text
/// (at most 100 characters of it, control characters escaped) and what is accepted.
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
    /// `text`, which has this problem where `accepted` is.
    pub(crate) fn new(text: &str, problem: impl Into<String>, accepted: impl Into<String>) -> Self {
        ParseSettingError {
            text: text.to_owned(),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }

    /// A text that is none of the names of a setting.
    pub(crate) fn unknown(text: &str, what: &str, names: &[&str]) -> Self {
        let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let accepted = format!("one of {}", names.join(", "));
        ParseSettingError::new(text, format!("is not {article} {what}"), accepted)
    }
}

impl fmt::Display for ParseSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseSettingError { text, problem, accepted } = self;
        let text = Quoted(text);
        write!(f, "{text} {problem}, expected {accepted}")
    }
}

impl std::error::Error for ParseSettingError {}

/// A text in quotation marks: at most 100 characters, control characters escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Shortened(self.0))
    }
}

/// At most 100 characters of a text; quotation marks and what is not printable is escaped.
pub(crate) struct Shortened<'a>(pub(crate) &'a str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 100;
        let end = self.0.char_indices().nth(SHOWN).map(|(end, _)| end);
        f.write_str(&escaped(&self.0[..end.unwrap_or(self.0.len())], Escaping::Quoted))?;
        f.write_str(if end.is_some() { "…" } else { "" })
    }
}

/// Gives an enum without data names in lower case: `ALL`, `as_str` and `Display`; and, with
/// `parsed as "noun"`, `FromStr`, which takes the names in any case and with white space around them.
/// `or "word" => Variant` are further words that it takes.
macro_rules! named {
    ($ty:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $ty {
            /// Every value, in the order in which they are declared.
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
                let word = text.trim();
                $(if word.eq_ignore_ascii_case($word) {
                    return Ok($ty::$meant);
                })*
                let found = $ty::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word));
                found.ok_or_else(|| Self::Err::unknown(text, $noun, &[$($name),*]))
            }
        }
    };
}
pub(crate) use named;
