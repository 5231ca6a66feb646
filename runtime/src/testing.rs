//! For tests of tracked code: captures error logs.

use crate::config::Builder;
use crate::model::ErrorRecord;
use crate::pipeline;

/// Runs `f`. Returns its value and the records of the errors that left tracked functions *on this thread*
/// meanwhile. These errors are not logged.
///
/// Concurrent tests on other threads do not see each other. Uses the default settings, and does not read the
/// environment.
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
    capture_with(Builder::new(), f)
}

/// Like [`capture`], with these settings.
///
/// ```
/// use track_errors::{ReportPolicy, testing, track_errors};
///
/// #[track_errors]
/// fn inner() -> Result<(), &'static str> {
///     Err("no card")
/// }
///
/// #[track_errors]
/// fn outer() -> Result<(), String> {
///     inner().map_err(|error| format!("paying: {error}"))
/// }
///
/// let settings = track_errors::builder().report(ReportPolicy::Every);
/// let (_, records) = testing::capture_with(settings, outer);
/// let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
/// assert_eq!(messages, ["no card", "paying: no card"]);
/// ```
pub fn capture_with<T>(settings: Builder, f: impl FnOnce() -> T) -> (T, Vec<ErrorRecord>) {
    pipeline::with_records(settings, f)
}
