//! `unwrap` and `expect` of an error that left a tracked function: the panic is a step of its log.

use std::{fmt, io};

use track_errors::{ErrorRecord, Level, track_errors};

use crate::{caught, records};

#[derive(Debug)]
enum PayError {
    Declined { limit: u32 },
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PayError::Declined { limit } = self;
        write!(f, "too much: {limit}")
    }
}

impl std::error::Error for PayError {}

#[track_errors]
fn of_an_enum() -> Result<(), PayError> {
    Err(PayError::Declined { limit: 5 })
}

#[track_errors]
fn of_a_text() -> Result<(), String> {
    Err("no card".to_owned())
}

#[track_errors]
fn of_the_system() -> Result<(), io::Error> {
    std::fs::File::open("/no/such/file").map(drop)
}

#[track_errors]
fn of_a_library() -> Result<u8, std::num::ParseIntError> {
    "seven".parse()
}

#[track_errors]
fn of_any_type() -> Result<(), anyhow::Error> {
    Err(anyhow::anyhow!("the disk is full").context("writing the order"))
}

/// The one log of an error and of the panic with it.
#[track_caller]
fn logged_once(message: &str, f: impl FnOnce()) -> ErrorRecord {
    let records = records(|| caught(f));
    let record = records.assert_one().message(message);
    let log_message = record.log_message.as_deref().expect("the panic's message");
    assert_eq!(record.step_messages.len(), 1, "{record:#?}");
    assert!(log_message.contains(": "), "{log_message}");
    ErrorRecord::clone(&record)
}

#[test]
fn an_error_that_is_unwrapped_is_logged_once_with_the_panic_as_its_message() {
    let record = logged_once("too much: 5", || of_an_enum().unwrap());
    assert_eq!(record.kind, "panics::of_a_tracked_error::PayError::Declined");
    assert_eq!(
        record.log_message.as_deref(),
        Some("called `Result::unwrap()` on an `Err` value: Declined { limit: 5 }")
    );
    assert!(record.step_messages[0].location.file.ends_with("of_a_tracked_error.rs"));
    assert_eq!(record.level, Level::Error);
}

#[test]
fn errors_of_all_types_are_recognised_by_their_debug() {
    logged_once("too much: 5", || of_an_enum().expect("paying: a limit"));
    logged_once("no card", || of_a_text().unwrap());
    logged_once("No such file or directory (os error 2)", || of_the_system().unwrap());
    logged_once("invalid digit found in string", || {
        of_a_library().expect("a number");
    });
    logged_once("writing the order", || of_any_type().unwrap());
}

#[test]
fn an_error_that_a_boundary_holds_is_logged_once() {
    #[track_errors(report = "boundary")]
    fn handler() -> Result<(), PayError> {
        of_an_enum().unwrap();
        Ok(())
    }
    let record = logged_once("too much: 5", || drop(handler()));
    assert_eq!(record.boundary.expect("its boundary").end, track_errors::BoundaryEnd::Panicked);
}

#[test]
fn each_of_many_errors_that_are_unwrapped_is_logged_once() {
    let records = records(|| {
        for _ in 0..20 {
            caught(|| of_an_enum().unwrap());
        }
    });
    records.assert_count(20);
}

#[test]
fn an_expected_error_that_is_unwrapped_is_a_panic() {
    #[track_errors(when = |_| false)]
    fn expected() -> Result<(), PayError> {
        Err(PayError::Declined { limit: 5 })
    }
    #[track_errors(report = "boundary")]
    fn handler() -> Result<(), PayError> {
        expected().unwrap();
        Ok(())
    }
    records(|| caught(|| expected().unwrap())).assert_one().kind("panic");
    records(|| caught(|| drop(handler()))).assert_one().kind("panic");
}

#[test]
fn a_panic_with_another_message_is_another_log() {
    fn without_attribute() -> Result<(), io::Error> {
        Err(io::Error::other("the disk is full"))
    }
    let records = records(|| {
        drop(of_an_enum());
        caught(|| without_attribute().unwrap())
    });
    records.assert_count(2);
}
