//! The kind before `context` of anyhow and `wrap_err` of eyre.

use std::fmt;

use anyhow::Context as _;
use track_errors::{testing, track_errors};

#[derive(Debug)]
enum PayError {
    Declined,
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for PayError {}

fn pay() -> Result<u32, PayError> {
    Err(PayError::Declined)
}

#[track_errors]
fn added_by_context() -> anyhow::Result<u32> {
    let paid = pay().context("paying")?;
    Ok(paid)
}

#[track_errors]
fn added_twice() -> anyhow::Result<u32> {
    Ok(pay().with_context(|| "paying").context("checking out")?)
}

#[track_errors]
async fn added_later() -> eyre::Result<u32> {
    use eyre::WrapErr as _;
    Ok(std::future::ready(pay()).await.wrap_err("paying")?)
}

#[track_errors]
fn of_an_option() -> anyhow::Result<u32> {
    Ok(None.context("no card")?)
}

#[track_errors]
fn of_another_type() -> Result<u32, PayError> {
    struct Question;
    impl Question {
        fn new() -> Self {
            Question
        }
        fn context(&self, _: &str) -> Result<u32, PayError> {
            pay()
        }
    }
    Ok(Question::new().context("not an error's")?)
}

fn kind<T, E>(f: impl FnOnce() -> Result<T, E>) -> String {
    let (result, records) = testing::capture(f);
    assert!(result.is_err());
    records[0].kind.to_string()
}

#[test]
fn the_kind_under_context_is_the_original_type() {
    let pay_error = "marks::context::PayError";
    assert_eq!(kind(added_by_context), pay_error);
    assert_eq!(kind(added_twice), pay_error);
    assert_eq!(kind(|| futures::executor::block_on(added_later())), pay_error);
}

#[test]
fn context_on_other_types_is_left_alone() {
    assert_eq!(kind(of_an_option), "anyhow::Error");
    assert_eq!(kind(of_another_type), "marks::context::PayError::Declined");
}
