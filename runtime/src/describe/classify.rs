//! `Classify`: an error type that classifies itself, for every function that it leaves.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use crate::model::Level;

/// An error type that classifies itself, for every tracked function that it leaves.
///
/// Each method has a default. A key of the attribute (`kind`, `level`, `fingerprint`, `when`) overrides
/// the type's method.
///
/// ```
/// use std::borrow::Cow;
/// use std::fmt;
///
/// use track_errors::{Classify, Level, testing, track_errors};
///
/// #[derive(Debug)]
/// struct HttpError {
///     status: u16,
/// }
///
/// impl fmt::Display for HttpError {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         write!(f, "status {}", self.status)
///     }
/// }
///
/// impl std::error::Error for HttpError {}
///
/// impl Classify for HttpError {
///     fn kind(&self) -> Option<Cow<'_, str>> {
///         Some(format!("HttpError::{}", self.status).into())
///     }
///
///     fn level(&self) -> Option<Level> {
///         (self.status >= 500).then_some(Level::Critical)
///     }
///
///     fn is_expected(&self) -> bool {
///         self.status == 404
///     }
/// }
///
/// #[track_errors(service = "checkout")]
/// fn fetch(status: u16) -> Result<(), HttpError> {
///     Err(HttpError { status })
/// }
///
/// let (_, records) = testing::capture(|| [fetch(503), fetch(404)]);
/// assert_eq!(records.len(), 1);
/// assert_eq!((&*records[0].kind, records[0].level), ("HttpError::503", Level::Critical));
/// ```
///
/// Enums can derive it:
///
/// ```
/// # use std::fmt;
/// use track_errors::{Classify, Level};
///
/// #[derive(Debug, Classify)]
/// #[classify(level = "critical")]
/// enum PayError {
///     #[classify(level = "warn", kind = "CardDeclined")]
///     Declined { card: String },
///     #[classify(expected)]
///     NoSuchOrder,
///     #[classify(fingerprint = "gateway")]
///     Gateway(std::io::Error),
/// }
/// # impl fmt::Display for PayError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
/// #         f.write_str("cannot pay")
/// #     }
/// # }
/// # impl std::error::Error for PayError {}
///
/// assert_eq!(PayError::Declined { card: "4711".to_owned() }.level(), Some(Level::Warn));
/// assert!(PayError::NoSuchOrder.is_expected());
/// assert_eq!(PayError::Gateway(std::io::ErrorKind::Other.into()).level(), Some(Level::Critical));
/// ```
///
/// It works if the type is known: the function returns the type itself, or a `Box`, an `Arc` or a reference
/// of it. Behind `Box<dyn Error>`, `anyhow::Error` and the like it has no effect: track the function that
/// makes the error, or use the keys of the attribute.
///
/// A method that panics counts as the default.
pub trait Classify: Error {
    /// Groups errors, instead of type and variant; at most 512 bytes are kept.
    fn kind(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// How severe it is. Default: the level of the function that it leaves, else [`Level::Error`].
    fn level(&self) -> Option<Level> {
        None
    }

    /// Datadog's `error.fingerprint`: errors with the same fingerprint are one issue, whatever their kind and
    /// stack. At most 512 bytes are kept. Source: Datadog, "Error Grouping", section "Custom grouping".
    fn fingerprint(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Whether the error is no failure. Then it is counted in
    /// [`Counters::expected`](crate::Counters::expected), not logged. Default: no.
    fn is_expected(&self) -> bool {
        false
    }
}

macro_rules! through {
    ($([$($generics:tt)*] $ty:ty),*) => {
        $(impl<$($generics)*> Classify for $ty {
            fn kind(&self) -> Option<Cow<'_, str>> {
                (**self).kind()
            }

            fn level(&self) -> Option<Level> {
                (**self).level()
            }

            fn fingerprint(&self) -> Option<Cow<'_, str>> {
                (**self).fingerprint()
            }

            fn is_expected(&self) -> bool {
                (**self).is_expected()
            }
        })*
    };
}

through!([T: Classify] Box<T>, [T: Classify + ?Sized] Arc<T>, ['a, T: Classify + ?Sized] &'a T);
