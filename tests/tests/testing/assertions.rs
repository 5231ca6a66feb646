//! What a failed assertion prints.

use std::panic::{AssertUnwindSafe, catch_unwind};

use track_errors::testing::{Records, capture_with};
use track_errors::{Level, track_errors};

use super::{fail, settings};

#[derive(Debug)]
struct NoCard(std::io::Error);

impl std::fmt::Display for NoCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no card\nfor this customer")
    }
}

impl std::error::Error for NoCard {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

const LINE: u32 = line!() + 8;
#[track_errors(
    service = "shop",
    level = "critical",
    fingerprint = "card",
    fields(order, vip, name, ratio = 0.5)
)]
fn pay(order: u64, vip: bool, name: &str) -> Result<(), NoCard> {
    Err(NoCard(std::io::Error::other("timed out")))
}

fn records(f: impl FnOnce()) -> Records {
    capture_with(settings(), f).1
}

fn paid() -> Records {
    records(|| assert!(pay(7, true, "Ada").is_err()))
}

/// The record of `paid`, in the short form.
fn shown() -> String {
    format!(
        "1. critical testing::assertions::NoCard: no card
     for this customer
     at tests/tests/testing/assertions.rs:{LINE}:5, in testing::assertions::pay
     fields: order = 7, vip = true, name = \"Ada\", ratio = 0.5
     caused by std::io::Error: timed out"
    )
}

/// The message of a failed assertion.
#[track_caller]
fn message(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion fails");
    *panic.downcast::<String>().expect("a text")
}

#[test]
fn assertions_that_are_true_can_be_chained() {
    let records = paid();
    records
        .assert_one()
        .kind("testing::assertions::NoCard")
        .message("no card\nfor this customer")
        .message_contains("for this")
        .level(Level::Critical)
        .service("shop")
        .fingerprint("card")
        .function("testing::assertions::pay")
        .field("order", 7)
        .field("order", 7_u64)
        .field("vip", true)
        .field("name", "Ada")
        .field("name", String::from("Ada"))
        .field("ratio", 0.5)
        .no_field("card")
        .cause("timed out");
    assert_eq!(records.assert_one().location.line, LINE);
    records.assert_count(1);
    self::records(|| ()).assert_none();
}

#[test]
fn a_wrong_value_is_printed_with_the_right_one_and_the_whole_record() {
    let records = paid();
    let one = records.assert_one();
    for (message, expected) in [
        (
            message(|| _ = one.kind("NoCard")),
            "kind \"NoCard\", found \"testing::assertions::NoCard\"",
        ),
        (
            message(|| _ = one.message("no card")),
            "message \"no card\", found \"no card\\nfor this customer\"",
        ),
        (
            message(|| _ = one.message_contains("No")),
            "a message that contains \"No\", found \"no card\\nfor this customer\"",
        ),
        (message(|| _ = one.level(Level::Error)), "level error, found critical"),
        (message(|| _ = one.service("bank")), "service \"bank\", found \"shop\""),
        (message(|| _ = one.fingerprint("x")), "fingerprint \"x\", found \"card\""),
        (
            message(|| _ = one.function("pay")),
            "function \"pay\", found \"testing::assertions::pay\"",
        ),
        (
            message(|| _ = one.field("order", "7")),
            "a field order = \"7\", found order = 7, vip = true, name = \"Ada\", ratio = 0.5",
        ),
        (
            message(|| _ = one.no_field("vip")),
            "no field vip, found order = 7, vip = true, name = \"Ada\", ratio = 0.5",
        ),
        (message(|| _ = one.cause("refused")), "a cause \"refused\", found [\"timed out\"]"),
    ] {
        let shown = shown();
        assert_eq!(message, format!("expected {expected}\n\n1 error log:\n  {shown}\n"));
    }
}

#[test]
fn what_is_not_there_is_printed_as_none() {
    let records = records(|| assert!(fail("plain").is_err()));
    let one = records.assert_one();
    assert!(
        message(|| _ = one.fingerprint("x"))
            .starts_with("expected fingerprint \"x\", found none\n")
    );
    assert!(
        message(|| _ = one.log_message("x"))
            .starts_with("expected log message \"x\", found none\n")
    );
    assert!(
        message(|| _ = one.field("x", 1)).starts_with("expected a field x = 1, found no fields\n")
    );
    assert!(message(|| _ = one.cause("x")).starts_with("expected a cause \"x\", found []\n"));
}

#[test]
fn a_wrong_number_of_records_is_printed_with_all_of_them() {
    let none = records(|| ());
    let expected = "expected one error log, found none\n\nno error log\n";
    assert_eq!(message(|| _ = none.assert_one()), expected);
    assert!(message(|| none.assert_count(2)).starts_with("expected 2 error logs, found none\n"));

    let shown = shown();
    let expected = format!("expected no error log, found 1\n\n1 error log:\n  {shown}\n");
    assert_eq!(message(|| paid().assert_none()), expected);

    let two = records(|| {
        assert!(pay(7, true, "Ada").is_err());
        assert!(fail("plain").is_err());
    });
    let message = message(|| _ = two.assert_one());
    let expected =
        format!("expected one error log, found 2\n\n2 error logs:\n  {shown}\n  2. error ");
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.contains("String: plain\n"), "{message}");
}

#[test]
fn a_selection_prints_what_it_left_out() {
    let records = paid();
    records.with_kind("testing::assertions::NoCard").assert_one().field("order", 7);
    records.with_kind("std::fmt::Error").assert_none();
    records.matching(|record| record.level == Level::Critical).assert_count(1);
    let shown = shown();
    let expected = format!(
        "expected one error log of kind \"std::fmt::Error\", found none\n\n\
         no error log of kind \"std::fmt::Error\"\nand not selected, 1 error log:\n  {shown}\n"
    );
    assert_eq!(message(|| _ = records.with_kind("std::fmt::Error").assert_one()), expected);
    let twice = records.with_kind("testing::assertions::NoCard").matching(|_| false);
    let expected =
        "expected one error log of kind \"testing::assertions::NoCard\", that matches, found none";
    assert!(message(|| _ = twice.assert_one()).starts_with(expected));
}

#[test]
fn of_many_records_and_long_texts_the_beginning_is_printed() {
    let long = "x".repeat(5_000);
    let records = records(|| (0..500).for_each(|_| assert!(fail(&long).is_err())));
    let text = records.to_string();
    assert!(text.starts_with("500 error logs:\n  1. "), "{text}");
    assert!(text.ends_with("\n     … and 480 more"), "{text}");
    assert!(text.len() < 20 * 1_300, "{}", text.len());
}
