//! `report` takes any error type; the compiler infers which kind of type it is.

use std::borrow::Cow;
use std::error::Error;
use std::num::ParseIntError;
use std::sync::Arc;
use std::{fmt, io};

use track_errors::{AnyError, ErrorRecord, ReportErr, report};

use crate::recorded::{causes, only, records};

fn no_number() -> ParseIntError {
    "seven".parse::<u8>().unwrap_err()
}

/// The log of an error.
#[track_caller]
fn logged<E: AnyError<Kind> + ?Sized, Kind>(error: &E) -> ErrorRecord {
    only(records(|| report(error).emit().expect("it is logged")))
}

#[derive(Debug)]
enum PayError {
    Declined { limit: u32 },
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PayError::Declined { limit } = self;
        write!(f, "declined above {limit}")
    }
}

impl Error for PayError {}

#[test]
fn an_error_has_its_type_and_variant() {
    let record = logged(&PayError::Declined { limit: 5 });
    assert_eq!(record.kind, "by_hand::any_error::PayError::Declined");
    assert_eq!(record.error_type, "by_hand::any_error::PayError");
    assert_eq!(record.message, "declined above 5");
}

#[test]
fn pointers_to_an_error_have_its_type() {
    let error = no_number();
    assert_eq!(logged(&error).kind, "std::num::ParseIntError");
    assert_eq!(logged(&&error).kind, "std::num::ParseIntError");
    assert_eq!(logged(&Box::new(error.clone())).kind, "std::num::ParseIntError");
    assert_eq!(logged(&Arc::new(error)).kind, "std::num::ParseIntError");
}

#[test]
fn containers_for_any_error_have_the_type_inside_if_it_is_known() {
    for record in [
        logged(&anyhow::Error::new(no_number())),
        logged(&eyre::Report::new(no_number())),
        logged::<Box<dyn Error + Send + Sync>, _>(&no_number().into()),
        logged::<Box<dyn Error + Send>, _>(&(Box::new(no_number()) as _)),
        logged::<Box<dyn Error>, _>(&no_number().into()),
        logged::<dyn Error, _>(&no_number()),
        logged::<dyn Error + Send + Sync, _>(&no_number()),
    ] {
        assert_eq!(record.kind, "std::num::ParseIntError");
        assert_eq!(record.message, "invalid digit found in string");
    }
}

#[test]
fn a_context_is_the_message_and_what_it_wraps_is_a_cause() {
    let record = logged(&anyhow::Error::new(no_number()).context("reading the port"));
    assert_eq!(record.message, "reading the port");
    assert_eq!(causes(&record), ["invalid digit found in string"]);
    assert_eq!(record.kind, "std::num::ParseIntError");
}

#[test]
fn a_reference_to_an_error_of_unknown_type_is_an_error() {
    fn log(error: &dyn Error) -> ErrorRecord {
        let [by_reference, by_itself] = [logged(&error), logged(error)];
        assert_eq!(by_reference.message, by_itself.message);
        by_itself
    }
    let record = log(&io::Error::other(no_number()));
    assert_eq!(record.kind, "std::io::Error");
}

#[test]
fn texts_are_errors() {
    let text = "no card";
    for (record, kind) in [
        (logged(text), "&str"),
        (logged(&text), "&str"),
        (logged(&text.to_owned()), "String"),
        (logged::<Box<str>, _>(&text.into()), "Box<str>"),
    ] {
        assert_eq!((&*record.message, &*record.kind), ("no card", kind));
    }
    assert_eq!(logged(&Cow::Borrowed(text)).message, "no card");
}

#[test]
fn an_error_that_borrows_and_a_generic_one_are_errors() {
    #[derive(Debug)]
    struct Token<'a>(&'a str);
    impl fmt::Display for Token<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "unexpected {}", self.0)
        }
    }
    impl Error for Token<'_> {}
    fn generic<E: Error>(error: &E) -> ErrorRecord {
        logged(error)
    }

    let source = String::from("brace");
    assert_eq!(logged(&Token(&source)).message, "unexpected brace");
    assert_eq!(generic(&Token(&source)).message, "unexpected brace");
}

#[test]
fn the_extension_of_results_takes_the_same_types() {
    fn all() -> Result<(), Box<dyn Error>> {
        Err::<(), _>(no_number()).report_err("a type").ok();
        Err::<(), _>(anyhow::anyhow!("any")).report_err("anyhow").ok();
        Err::<(), _>("text").report_err("a text").ok();
        Err::<(), Box<dyn Error>>("boxed".into()).report_err("boxed")?;
        Ok(())
    }
    let records = records(all);
    let messages: Vec<_> = records.iter().filter_map(|log| log.log_message.as_deref()).collect();
    assert_eq!(messages, ["a type", "anyhow", "a text", "boxed"]);
}
