//! Helpers for tests of shapes and marks: run something that fails, and check its record.

#![allow(dead_code, reason = "each test program uses a part")]

use std::future::Future;
use std::num::ParseIntError;

use track_errors::{ErrorRecord, testing};

/// The error of every test of shapes, unless the error itself is the subject.
pub(crate) const KIND: &str = "std::num::ParseIntError";
pub(crate) const MESSAGE: &str = "invalid digit found in string";

/// The error of kind `KIND` and message `MESSAGE`.
pub(crate) fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

/// The value of `f`, and its one record.
#[track_caller]
pub(crate) fn one_record<T>(f: impl FnOnce() -> T) -> (T, ErrorRecord) {
    let (value, records) = testing::capture(f);
    let record = ErrorRecord::clone(&records.assert_one());
    assert_stack_shows_location(&record);
    (value, record)
}

/// The same for a future.
#[track_caller]
pub(crate) fn one_record_of<F: Future>(future: F) -> (F::Output, ErrorRecord) {
    one_record(|| futures::executor::block_on(future))
}

/// The value of `f`, which logs nothing.
#[track_caller]
pub(crate) fn no_record<T>(f: impl FnOnce() -> T) -> T {
    let (value, records) = testing::capture(f);
    records.assert_none();
    value
}

/// Kind, message, function and line.
pub(crate) fn facts(record: &ErrorRecord) -> (&str, &str, &str, u32) {
    (&record.kind, &record.message, &record.function, record.location.line)
}

/// Line and column.
pub(crate) fn place(record: &ErrorRecord) -> (u32, u32) {
    (record.location.line, record.location.column)
}

/// The column, counted from 1, of the first `what` in a line of a source file.
#[track_caller]
pub(crate) fn column(source: &str, line: u32, what: &str) -> u32 {
    let text = source.lines().nth(line as usize - 1).expect("the file has this line");
    let at = text.find(what).unwrap_or_else(|| panic!("no {what:?} in line {line}: {text}"));
    u32::try_from(text[..at].chars().count()).expect("a short line") + 1
}

/// Asserts that the stack is a header and then the function of the record at its location.
#[track_caller]
fn assert_stack_shows_location(record: &ErrorRecord) {
    let stack = &record.stack;
    assert!(stack.starts_with(&format!("{}: ", record.kind)), "{stack}");
    let location = &record.location;
    let place = format!("at {}:{}:{}", location.file, location.line, location.column);
    let frame = format!("   0: {}\n             {place}", record.function);
    assert!(
        stack.lines().skip(1).collect::<Vec<_>>().join("\n").starts_with(&frame),
        "{frame}\n{stack}"
    );
    assert!(!location.file.starts_with('/'), "the path depends on the machine: {}", location.file);
}
