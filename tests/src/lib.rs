//! Helpers for the tests of `track_errors`.
//!
//! * [`admission`]: the rules by which the back ends accept an error log line, for both formats.
//! * [`compiler`]: sources that are compiled with the attribute and without it.
//! * [`executors`]: ways to run a future.
//! * [`process`]: programs that a test runs with its own settings.

#[doc(hidden)]
pub use track_errors as telemetry;

/// A tracked function made by another crate's macro, which names the runtime by `$crate`.
#[macro_export]
macro_rules! tracked_elsewhere {
    ($name:ident($text:ident) $body:block $($later:ident)?) => {
        #[$crate::telemetry::track_errors(crate = $crate::telemetry, fields($text))]
        $($later)? fn $name($text: &str) -> Result<u32, std::num::ParseIntError> $body
    };
    ($name:ident $($later:ident)?) => {
        $crate::tracked_elsewhere! { $name(text) { Ok(text.parse::<u32>()?) } $($later)? }
    };
}

pub mod admission;
pub mod compiler;
pub mod executors;
pub mod process;

/// Runs the examples of the README, and of those pages of the guide that need crates on which the runtime does not
/// depend.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../runtime/guide/error_crates.md")]
#[doc = include_str!("../../runtime/guide/recipes.md")]
#[doc = include_str!("../../runtime/guide/testing.md")]
struct Examples;
