//! Test functions that return a `Result`, in every order of the attributes.

use super::*;
use std::cell::Cell;

thread_local! {
    static FAIL: Cell<bool> = const { Cell::new(false) };
}

fn fails_if_told() -> Result<(), ParseIntError> {
    if FAIL.get() { Err(not_a_number()) } else { Ok(()) }
}

#[test]
#[track_errors]
fn test_above() -> Result<(), ParseIntError> {
    fails_if_told()?;
    Ok(())
}

#[track_errors]
#[test]
fn test_below() -> Result<(), ParseIntError> {
    fails_if_told()?;
    Ok(())
}

#[tokio::test]
#[track_errors]
async fn tokio_test_above() -> Result<(), ParseIntError> {
    std::future::ready(()).await;
    fails_if_told()?;
    Ok(())
}

#[track_errors]
#[tokio::test]
async fn tokio_test_below() -> Result<(), ParseIntError> {
    std::future::ready(()).await;
    fails_if_told()?;
    Ok(())
}

#[test]
fn the_error_of_a_test_is_logged_in_every_order_of_the_attributes() {
    FAIL.set(true);
    type Test = fn() -> Result<(), ParseIntError>;
    let tests: [(Test, &str); 4] = [
        (test_above, "test_above"),
        (test_below, "test_below"),
        (tokio_test_above, "tokio_test_above"),
        (tokio_test_below, "tokio_test_below"),
    ];
    for (test, name) in tests {
        let (value, record) = one_record(test);
        assert_eq!(value, Err(not_a_number()));
        let function = format!("shapes_sync::tests_that_return_a_result::{name}");
        let source = include_str!("tests_that_return_a_result.rs");
        let start = source.find(&format!("fn {name}(")).unwrap();
        let mark = start + source[start..].find("fails_if_told()?").unwrap();
        let line = 1 + source[..mark].matches('\n').count();
        assert_eq!(
            facts(&record),
            (KIND, MESSAGE, &*function, u32::try_from(line).unwrap()),
            "{name}"
        );
    }
}
