//! `thiserror`.

use thiserror::Error;
use track_errors::track_errors;

use super::*;

#[derive(Debug, Error)]
enum ShopError {
    #[error("no prices")]
    Read(#[from] io::Error),
    #[error("no price")]
    Format {
        #[source]
        why: fmt::Error,
    },
    #[error(transparent)]
    Number(#[from] std::num::ParseIntError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

#[test]
fn a_converted_error_has_the_variant_and_its_source_is_a_cause() {
    #[track_errors]
    fn prices() -> Result<String, ShopError> {
        Ok(read()?)
    }
    let record = record(prices);
    let expected = ("error_crates::of_thiserror::ShopError::Read", vec!["no prices", NO_FILE]);
    assert_eq!(described(&record), expected);
    assert_eq!(cause_kinds(&record), [Some("std::io::Error")]);
}

#[test]
fn a_field_that_is_the_source_is_a_cause() {
    #[track_errors]
    fn format() -> Result<String, ShopError> {
        Err(ShopError::Format { why: fmt::Error })
    }
    assert_eq!(cause_kinds(&record(format)), [Some("std::fmt::Error")]);
}

#[test]
fn a_transparent_variant_has_the_message_and_the_causes_of_its_source() {
    #[track_errors]
    fn number() -> Result<u8, ShopError> {
        Ok("seven".parse::<u8>()?)
    }
    let expected =
        ("error_crates::of_thiserror::ShopError::Number", vec!["invalid digit found in string"]);
    assert_eq!(described(&record(number)), expected);

    #[track_errors]
    fn other() -> Result<u8, ShopError> {
        Err(anyhow::anyhow!("no shop").context("no price"))?
    }
    let expected = ("error_crates::of_thiserror::ShopError::Other", vec!["no price", "no shop"]);
    assert_eq!(described(&record(other)), expected);
}
