//! What the log of a report has.

use std::io;

use track_errors::{Level, ReportErr, report, testing};

use crate::recorded::{field, int, only, records, text};

fn failure() -> io::Error {
    io::Error::other("the disk is full")
}

#[test]
fn a_report_has_its_message_keys_and_fields() {
    let record = only(records(|| {
        let order = 7;
        report(&failure())
            .message(format_args!("order {order} failed"))
            .field("order", order)
            .field("user", "ada")
            .field("user", "second")
            .level(Level::Critical)
            .kind("disk.full")
            .fingerprint("disk")
            .service("storage")
            .emit()
    }));
    assert_eq!(record.log_message.as_deref(), Some("order 7 failed"));
    assert_eq!(record.message, "the disk is full");
    assert_eq!((field(&record, "order"), field(&record, "user")), (int(7), text("ada")));
    assert_eq!(record.level, Level::Critical);
    assert_eq!((&*record.kind, &*record.error_type), ("disk.full", "std::io::Error"));
    assert_eq!(record.fingerprint.as_deref(), Some("disk"));
    assert_eq!(record.service.as_deref(), Some("storage"));
}

#[test]
fn a_report_returns_the_id_of_its_log() {
    let mut id = None;
    let record = only(records(|| id = report(&failure()).emit()));
    assert_eq!(id, Some(record.id));
}

fn reports_here() -> u32 {
    report(&failure()).emit();
    line!() - 1
}

#[test]
fn the_place_is_that_of_the_report_and_the_function_comes_from_its_symbol() {
    let (line, records) = testing::capture(reports_here);
    let record = only(records);
    assert_eq!(record.location.line, line);
    assert!(record.location.file.ends_with("tests/by_hand/the_line.rs"));
    assert_eq!(record.function, "by_hand::the_line::reports_here");
    assert_eq!(record.module, "by_hand::the_line");
    let lines: Vec<_> = record.stack.lines().collect();
    assert_eq!(lines[1], "   0: by_hand::the_line::reports_here", "{}", record.stack);
    assert!(lines[2].ends_with(&format!("the_line.rs:{line}:5")), "{}", record.stack);
    let next = "   1: by_hand::the_line::the_place_is_that_of_the_report_and_the_function_comes_from_its_symbol";
    assert_eq!(lines[3], next, "{}", record.stack);
}

#[test]
fn the_place_of_a_reported_result_is_that_of_the_method() {
    fn parse() -> (u16, u32) {
        let port = "http".parse::<u16>().report_err("using 80").unwrap_or(80);
        (port, line!() - 1)
    }
    let ((_, line), records) = testing::capture(parse);
    let record = only(records);
    assert_eq!(record.location.line, line);
    assert!(record.function.ends_with("the_method::parse"), "{}", record.function);
}

#[test]
fn without_a_stack_the_function_is_unknown_and_not_in_the_line() {
    let record = only(records(reports_here));
    assert_eq!((&*record.function, &*record.module), ("", ""));
    let lines: Vec<_> = record.stack.lines().collect();
    assert_eq!(lines[1], "   0: <unknown>");
    assert!(lines[2].contains("the_line.rs:"), "{}", record.stack);
}

#[test]
fn a_long_message_is_cut_with_a_note() {
    let record = only(records(|| report(&failure()).message("x".repeat(5_000)).emit()));
    let message = record.log_message.expect("a message");
    assert!(message.len() < 2_100 && message.ends_with("[cut at 2048 bytes]"), "{message}");
}

#[test]
fn a_message_that_panics_is_caught() {
    struct Wild;
    impl std::fmt::Display for Wild {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("on purpose: a message that panics")
        }
    }
    let record = only(records(|| report(&failure()).message(Wild).emit()));
    assert!(record.log_message.expect("a message").contains("panicked"));
}

#[test]
fn more_fields_than_fit_are_counted() {
    let record = only(records(|| {
        let all = (0..40).map(|number| (format!("field{number}"), number));
        all.fold(report(&failure()), |report, (name, value)| report.field(name, value)).emit()
    }));
    assert_eq!((record.fields.len(), record.fields_left_out), (32, 8));
}
