//! Marks: the log has the line and the column of the `?` that failed, and the type of the error there.

#![allow(clippy::needless_question_mark, reason = "the `?` is the subject")]
#![allow(clippy::redundant_closure_for_method_calls, reason = "so are closures that convert")]

mod context;
mod conversions;
mod kinds;
mod many_question_marks;
mod marks_of_other_calls;
mod not_entered;
mod places;
#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::fs;
use std::future::Future;
use std::num::ParseIntError;
use std::panic::Location;
use std::path::Path;
use std::pin::Pin;

use futures::executor::block_on;
use support::{KIND, column, no_record, not_a_number, one_record, one_record_of, place};
use track_errors::{ErrorRecord, testing, track_errors};

/// The source of the calling file.
#[track_caller]
fn source() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(folder.join(Location::caller().file())).unwrap()
}

/// Line and column of the first `what` in a line of the calling file.
#[track_caller]
fn at(line: u32, what: &str) -> (u32, u32) {
    (line, column(&source(), line, what))
}

/// Line and column of the last `what` in a line of the calling file.
#[track_caller]
fn at_last(line: u32, what: &str) -> (u32, u32) {
    let source = source();
    let text = source.lines().nth(line as usize - 1).unwrap();
    let found = text.rfind(what).unwrap();
    (line, u32::try_from(text[..found].chars().count()).unwrap() + 1)
}

fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}
