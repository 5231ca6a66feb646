//! Errors of crates for errors: what the line of each has.

mod carried;
mod of_anyhow;
mod of_error_stack;
mod of_eyre;
mod of_snafu;
mod of_thiserror;

use std::fmt;
use std::io;

use track_errors::{ErrorRecord, testing};

const NO_FILE: &str = "No such file or directory (os error 2)";

/// An error of the standard library.
fn read() -> io::Result<String> {
    std::fs::read_to_string("/there/is/no/such/file")
}

/// An error of the program.
#[derive(Debug)]
struct QuotaExceeded {
    used: u32,
}

impl fmt::Display for QuotaExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of 10 used", self.used)
    }
}

impl std::error::Error for QuotaExceeded {}

fn upload() -> Result<(), QuotaExceeded> {
    Err(QuotaExceeded { used: 11 })
}

/// The one record of a call.
#[track_caller]
fn record<T>(call: impl FnOnce() -> T) -> ErrorRecord {
    let (_, records) = testing::capture(call);
    ErrorRecord::clone(&records.assert_one())
}

/// Kind, message, and the messages of the causes.
fn described(record: &ErrorRecord) -> (&str, Vec<&str>) {
    let causes = record.causes.iter().map(|cause| &*cause.message);
    (&record.kind, [&*record.message].into_iter().chain(causes).collect())
}

fn cause_kinds(record: &ErrorRecord) -> Vec<Option<&str>> {
    record.causes.iter().map(|cause| cause.kind.as_deref()).collect()
}

/// `at tests/tests/error_crates/of_eyre.rs:12:5`, without the column.
fn places(record: &ErrorRecord) -> Vec<&str> {
    let places = record.attachments.iter().filter_map(|text| text.strip_prefix("at "));
    places.map(|place| place.rsplit_once(':').map_or(place, |(place, _)| place)).collect()
}
