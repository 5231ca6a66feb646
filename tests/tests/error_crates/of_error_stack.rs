//! `error-stack`, with the feature of that name.

use error_stack::{Report, ResultExt, bail};
use track_errors::track_errors;

use super::*;

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("no prices for {shop}")]
    Prices { shop: u8 },
    #[error("no currency")]
    Currency(#[source] std::num::ParseIntError),
}

type Result<T, C> = std::result::Result<T, Report<C>>;

const FILE: &str = "tests/tests/error_crates/of_error_stack.rs";

#[test]
fn the_current_context_is_the_error_and_those_behind_it_are_causes() {
    #[track_errors]
    fn start() -> Result<usize, StartError> {
        let prices = read().change_context(StartError::Prices { shop: 7 })?;
        Ok(prices.len())
    }
    let record = record(start);
    let expected =
        ("error_crates::of_error_stack::StartError::Prices", vec!["no prices for 7", NO_FILE]);
    assert_eq!(described(&record), expected);
    assert_eq!(record.error_type, "error_crates::of_error_stack::StartError");
    assert_eq!(cause_kinds(&record), [Some("std::io::Error")]);
}

#[test]
fn the_source_of_a_context_keeps_its_type() {
    #[track_errors]
    fn start() -> Result<u8, StartError> {
        bail!(StartError::Currency("seven".parse::<u8>().expect_err("no number")))
    }
    let record = record(start);
    assert_eq!(cause_kinds(&record), [Some("std::num::ParseIntError")]);
}

#[test]
fn a_source_that_the_report_does_not_have_is_a_cause() {
    #[track_errors]
    fn start() -> Result<String, StartError> {
        let not_a_number = "seven".parse::<u8>().expect_err("no number");
        read().change_context(StartError::Currency(not_a_number))
    }
    let record = record(start);
    let expected = vec!["no currency", "invalid digit found in string", NO_FILE];
    assert_eq!(described(&record).1, expected);
    let kinds = [Some("std::num::ParseIntError"), Some("std::io::Error")];
    assert_eq!(cause_kinds(&record), kinds);
}

#[test]
fn a_report_of_thousands_of_errors_is_bounded_and_says_so() {
    #[track_errors]
    fn check() -> Result<(), [QuotaExceeded]> {
        let errors = (0..5_000).map(|used| Report::new(QuotaExceeded { used }));
        Err(errors.collect::<Option<Report<[_]>>>().expect("errors"))
    }
    let record = record(check);
    assert_eq!((&*record.message, record.causes.len()), ("0 of 10 used", 32));
    let last = &record.causes[31];
    assert!(last.message.ends_with("[more than 1024 contexts and attachments]"), "{last:?}");
    assert_eq!(record.attachments.len(), 32);
}

#[test]
fn attachments_and_locations_are_those_that_its_debug_shows_in_that_order() {
    const LINE: u32 = line!() + 4;
    #[track_errors]
    fn start() -> Result<String, StartError> {
        read()
            .attach("path: prices.csv")
            .attach_opaque(7_u8)
            .change_context(StartError::Prices { shop: 7 })
            .attach_with(|| format!("attempt {}", 2))
    }
    let record = record(start);
    let shown: Vec<_> = record.attachments.iter().map(String::as_str).collect();
    assert_eq!(shown.len(), 4, "{shown:?}");
    assert!(shown[0].starts_with(&format!("at {FILE}:{}:", LINE + 2)), "{shown:?}");
    assert_eq!(shown[1], "attempt 2");
    assert!(shown[2].starts_with(&format!("at {FILE}:{LINE}:")), "{shown:?}");
    assert_eq!(shown[3], "path: prices.csv");
    assert_eq!(record.attachments_left_out, 1, "the attachment without a text");
}

#[test]
fn a_new_context_further_out_is_the_same_error() {
    #[track_errors]
    fn prices() -> Result<String, io::Error> {
        Ok(read()?)
    }
    #[track_errors]
    fn start() -> Result<String, StartError> {
        prices().attach("path: prices.csv").change_context(StartError::Prices { shop: 7 })
    }
    let record = record(start);
    assert_eq!(described(&record), ("std::io::Error", vec![NO_FILE]));
    assert_eq!(record.step_messages[0].message, "no prices for 7");
}

#[test]
fn the_line_of_a_boundary_has_all_contexts_and_attachments() {
    #[track_errors]
    fn prices() -> Result<String, io::Error> {
        Ok(read()?)
    }
    #[track_errors(report = "boundary")]
    fn start() -> Result<String, StartError> {
        prices().attach("path: prices.csv").change_context(StartError::Prices { shop: 7 })
    }
    let record = record(start);
    assert_eq!(described(&record), ("std::io::Error", vec!["no prices for 7", NO_FILE]));
    assert_eq!(record.attachments.last().map(String::as_str), Some("path: prices.csv"));
}

#[test]
fn of_several_errors_the_first_one_is_the_error() {
    #[track_errors]
    fn start() -> Result<String, [StartError]> {
        let mut all = Report::new(StartError::Prices { shop: 7 }).expand();
        all.push(Report::new(StartError::Prices { shop: 8 }));
        Err(all)
    }
    let expected = (
        "error_crates::of_error_stack::StartError::Prices",
        vec!["no prices for 7", "no prices for 8"],
    );
    assert_eq!(described(&record(start)), expected);
}

#[test]
fn in_a_box_it_keeps_the_type_of_the_current_context() {
    fn start() -> Result<String, StartError> {
        read().change_context(StartError::Prices { shop: 7 })
    }
    #[track_errors]
    fn main() -> std::result::Result<String, Box<dyn std::error::Error>> {
        Ok(start()?)
    }
    let expected = ("error_crates::of_error_stack::StartError", vec!["no prices for 7"]);
    assert_eq!(described(&record(main)), expected);
}
