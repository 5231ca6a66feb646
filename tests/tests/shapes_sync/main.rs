//! Every shape of sync function: the value is unchanged, and the error is logged once, with its kind, its
//! message, the function's path and the line.

#![allow(clippy::needless_question_mark, reason = "the `?` is the subject")]

mod arguments;
mod generics;
mod qualifiers;
mod receivers;
#[path = "../support/mod.rs"]
mod support;
mod tests_that_return_a_result;
mod traits;

use std::num::ParseIntError;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use support::{KIND, MESSAGE, facts, no_record, not_a_number, one_record, one_record_of};
use track_errors::track_errors;

#[test]
fn a_free_function() {
    #[track_errors]
    fn parse(text: &str) -> Result<u32, ParseIntError> {
        Ok(text.parse::<u32>()? + 1)
    }
    let line = line!() - 2;

    let (value, record) = one_record(|| parse("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_eq!(facts(&record), (KIND, MESSAGE, "shapes_sync::a_free_function::parse", line));
    assert_eq!(no_record(|| parse("12")), Ok(13));
}
