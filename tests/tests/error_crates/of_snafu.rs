//! `snafu`.

use snafu::{Location, OptionExt, ResultExt, Snafu, Whatever, ensure, whatever};
use track_errors::track_errors;

use super::*;

#[derive(Debug, Snafu)]
enum ShopError {
    #[snafu(display("reading {path}"))]
    Read {
        path: String,
        source: io::Error,
        #[snafu(implicit)]
        location: Location,
    },
    #[snafu(display("no price"))]
    NoPrice,
    #[snafu(display("starting"))]
    Start {
        #[snafu(source(from(ShopError, Box::new)))]
        source: Box<ShopError>,
        #[snafu(implicit)]
        location: Location,
    },
    #[snafu(transparent)]
    Number { source: std::num::ParseIntError },
}

#[test]
fn a_selector_gives_the_variant_and_the_source_is_a_cause() {
    #[track_errors]
    fn prices() -> Result<String, ShopError> {
        read().context(ReadSnafu { path: "prices" })
    }
    let record = record(prices);
    let expected = ("error_crates::of_snafu::ShopError::Read", vec!["reading prices", NO_FILE]);
    assert_eq!(described(&record), expected);
    assert_eq!(cause_kinds(&record), [Some("std::io::Error")]);
}

#[test]
fn an_error_without_a_source_has_its_variant() {
    #[track_errors]
    fn of_none() -> Result<u8, ShopError> {
        None.context(NoPriceSnafu)
    }
    #[track_errors]
    fn of_fail() -> Result<u8, ShopError> {
        NoPriceSnafu.fail()
    }
    #[track_errors]
    fn of_ensure() -> Result<u8, ShopError> {
        ensure!(read().is_ok(), NoPriceSnafu);
        Ok(1)
    }
    for call in [of_none, of_fail, of_ensure] {
        assert_eq!(record(call).kind, "error_crates::of_snafu::ShopError::NoPrice");
    }
}

#[test]
fn a_transparent_variant_has_the_message_of_its_source() {
    #[track_errors]
    fn number() -> Result<u8, ShopError> {
        Ok("seven".parse()?)
    }
    let expected =
        ("error_crates::of_snafu::ShopError::Number", vec!["invalid digit found in string"]);
    assert_eq!(described(&record(number)), expected);
}

#[test]
fn whatever_is_a_container_whose_kind_is_that_of_the_root() {
    #[track_errors]
    fn prices() -> Result<String, Whatever> {
        read().whatever_context("reading prices")
    }
    let expected = ("std::io::Error", vec!["reading prices", NO_FILE]);
    assert_eq!(described(&record(prices)), expected);

    #[track_errors]
    fn uploading() -> Result<(), Whatever> {
        upload().with_whatever_context(|error| format!("uploading: {error}"))?;
        Ok(())
    }
    assert_eq!(record(uploading).kind, "error_crates::QuotaExceeded");

    #[track_errors]
    fn text() -> Result<(), Whatever> {
        whatever!("no {}", "price")
    }
    assert_eq!(described(&record(text)), ("snafu::Whatever", vec!["no price"]));
}

#[test]
fn carried_locations_are_attachments() {
    const LINE: u32 = line!() + 2;
    fn prices() -> Result<String, ShopError> {
        read().context(ReadSnafu { path: "prices" })
    }
    #[track_errors(backtrace = "carried")]
    fn start() -> Result<String, ShopError> {
        prices().context(StartSnafu)
    }
    let place = |line| format!("tests/tests/error_crates/of_snafu.rs:{line}");
    let mut found = places(&record(start)).join(" ");
    // In the order of the type's fields.
    assert!(found.contains(&place(LINE)), "{found}");
    found = found.replace(&place(LINE), "").trim().to_owned();
    assert_eq!(found, place(LINE + 4));
}
