//! For tests of code that is tracked: what would have been logged.

use crate::pipeline;
use crate::record::ErrorRecord;

/// Runs `f` and returns its value and the records of the errors that left tracked functions *on
/// this thread* meanwhile. They are not logged.
///
/// Tests that run at the same time on other threads do not see each other. The environment is not
/// read; the default settings hold.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors(service = "checkout")]
/// fn parse(amount: &str) -> Result<u32, std::num::ParseIntError> {
///     Ok(amount.parse()?)
/// }
///
/// let (result, records) = testing::capture(|| parse("twelve"));
/// assert!(result.is_err());
/// assert_eq!(records[0].kind, "std::num::ParseIntError");
/// assert_eq!(records[0].message, "invalid digit found in string");
/// ```
pub fn capture<T>(f: impl FnOnce() -> T) -> (T, Vec<ErrorRecord>) {
    pipeline::with_records(f)
}
