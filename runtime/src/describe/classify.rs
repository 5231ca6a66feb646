//! `Classify`: what an error type says about itself, once, for every function that it leaves.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use crate::model::Level;

/// What an error type says about itself, once, for every tracked function that it leaves.
///
/// Each method has a default: say only what differs. A key of the attribute (`kind`, `level`,
/// `fingerprint`, `when`) stands before what the type says.
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
/// For an enum there is a derive of the same name:
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
/// It is asked where the type is known: where a function returns the type itself, a `Box`, an `Arc`
/// or a reference of it. Behind `Box<dyn Error>`, `anyhow::Error` and the like it is not; the
/// function that made the error can be tracked, or the attribute can say it.
///
/// A method that panics counts as not written.
pub trait Classify: Error {
    /// What the error is grouped by, in place of its type and variant; at most 512 bytes are kept.
    fn kind(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// How severe it is. The default is that of the function it leaves, else [`Level::Error`].
    fn level(&self) -> Option<Level> {
        None
    }

    /// Datadog's `error.fingerprint`: errors with the same one are one issue, whatever their kind
    /// and stack are. At most 512 bytes are kept. Source: Datadog, "Error Grouping", section
    /// "Custom grouping".
    fn fingerprint(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Whether the error belongs to the normal course of things: it is not logged, and counted in
    /// [`Counters::expected`](crate::Counters::expected).
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
