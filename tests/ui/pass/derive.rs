//! `#[derive(Classify)]` on every form of type, without a warning.
#![deny(warnings, missing_docs)]

use std::fmt;

use track_errors::Classify;

/// Every key, on the type and on variants of each form.
#[derive(Debug, Classify)]
#[classify(level = "error", kind = "All", fingerprint = "all", expected = false)]
pub enum All {
    /// A unit.
    #[classify(level = "warn", kind = "Unit")]
    Unit,
    /// A tuple.
    #[classify(expected, fingerprint = "tuple")]
    Tuple(u8, u8),
    /// A struct.
    Struct {
        /// A field.
        field: u8,
    },
    /// An old one.
    #[deprecated]
    #[classify(level = "alert")]
    Old,
}

/// No keys.
#[derive(Debug, Classify)]
pub struct Nothing;

/// A type with parameters.
#[derive(Debug, Classify)]
#[classify(kind = "Wrapped", crate = ::track_errors)]
pub struct Wrapped<'a, T, const N: usize>(pub &'a [T; N]);

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all")
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Display for Wrapped<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for All {}
impl std::error::Error for Nothing {}
impl<T: fmt::Debug, const N: usize> std::error::Error for Wrapped<'_, T, N> {}

fn main() {
    assert!(All::Tuple(1, 2).is_expected() && !All::Unit.is_expected());
    assert_eq!(All::Struct { field: 1 }.kind().as_deref(), Some("All"));
    assert_eq!(Nothing.level(), None);
    assert_eq!(Wrapped(&[1]).kind().as_deref(), Some("Wrapped"));
}
