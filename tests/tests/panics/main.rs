//! `Builder::panics`: panics are error logs.

#[path = "../recorded/mod.rs"]
mod recorded;

mod of_a_task;
mod of_a_tracked_error;
mod program;

use std::panic::{catch_unwind, resume_unwind};
use std::{fmt, thread};

use track_errors::testing::{self, Records};
use track_errors::{BacktraceMode, ErrorId, Level, error, report, track_errors};

/// The records of `f`, whose panics are logged and caught.
pub(crate) fn records<T>(f: impl FnOnce() -> T) -> Records {
    let settings = track_errors::builder().panics(true).backtrace(BacktraceMode::Trail);
    testing::capture_with(settings, f).1
}

/// Runs code that panics.
pub(crate) fn caught(f: impl FnOnce()) -> Box<dyn std::any::Any + Send> {
    catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("it panics")
}

fn pay(limit: u8) {
    assert!(limit > 5, "on purpose: the limit is {limit}");
}

#[test]
fn a_panic_is_a_critical_log_of_kind_panic_with_its_message_place_and_stack() {
    let settings = track_errors::builder().panics(true);
    let (_, records) = testing::capture_with(settings, || caught(|| pay(3)));
    let record = records.assert_one();
    assert_eq!((&*record.kind, &*record.error_type), ("panic", "panic"));
    assert_eq!(record.message, "on purpose: the limit is 3");
    assert_eq!(record.level, Level::Critical);
    assert_eq!(record.function, "panics::pay");
    assert_eq!(record.module, "panics");
    assert!(record.location.file.ends_with("tests/panics/main.rs"), "{:?}", record.location);
    assert_eq!((record.location.line, record.location.column), (line!() - 14, 5));
    let lines: Vec<_> = record.stack.lines().collect();
    assert_eq!(lines[..2], ["panic: on purpose: the limit is 3", "   0: panics::pay"]);
    assert!(lines[2].contains("tests/panics/main.rs:"), "{}", record.stack);
    assert!(lines[3].starts_with("   1: panics::a_panic_is_a_critical_log"), "{}", record.stack);
    assert_eq!(record.thread.as_deref(), thread::current().name());
}

#[test]
fn panics_are_not_logged_by_default() {
    let (_, records) = testing::capture(|| caught(|| pay(3)));
    records.assert_none();
}

#[test]
fn a_message_made_at_run_time_and_a_payload_that_is_no_text_are_logged() {
    let texts = records(|| {
        caught(|| std::panic::panic_any(String::from("on purpose: a string")));
        caught(|| std::panic::panic_any(7));
    });
    let messages: Vec<_> = texts.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["on purpose: a string", "[a payload that is no text]"]);
}

#[test]
fn a_panic_that_is_resumed_is_logged_once() {
    let resumed = records(|| {
        caught(|| {
            let payload = caught(|| pay(3));
            resume_unwind(payload);
        })
    });
    resumed.assert_one();
}

#[test]
fn two_panics_are_two_logs() {
    let two = records(|| [caught(|| pay(3)), caught(|| pay(3))]);
    two.assert_count(2);
    assert_ne!(two[0].id, two[1].id);
}

#[test]
fn a_panic_of_code_that_describes_an_error_is_not_logged() {
    struct Wild;
    impl fmt::Display for Wild {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose: a Display that panics")
        }
    }
    let record = records(|| error!(Wild, "a wild error"));
    record.assert_one().log_message("a wild error");
}

#[test]
fn a_hook_of_the_context_does_not_run_in_the_panic_hook() {
    let settings = track_errors::builder()
        .panics(true)
        .context(|_| panic!("on purpose: it would abort the program"));
    let (_, records) = testing::capture_with(settings, || caught(|| pay(3)));
    records.assert_one().kind("panic");
}

#[test]
fn a_panic_that_was_caught_has_the_id_of_its_log_and_is_not_logged_again() {
    let mut id = None;
    let records = records(|| {
        let payload = caught(|| pay(3));
        let text = payload.downcast_ref::<String>().expect("a text");
        id = ErrorId::of(text);
        report(text).message("the request failed").emit();
    });
    let record = records.assert_one().log_message("the request failed");
    assert_eq!(id, Some(record.id));
}

#[test]
fn a_panic_that_left_a_boundary_has_the_id_of_its_log() {
    #[track_errors(report = "boundary")]
    fn handler() -> Result<(), String> {
        pay(3);
        Ok(())
    }
    for _ in 0..2 {
        let mut id = None;
        let records = records(|| {
            let payload = caught(|| drop(handler()));
            id = ErrorId::of(payload.downcast_ref::<String>().expect("a text"));
        });
        assert_eq!(id, Some(records.assert_one().id));
    }
}

#[test]
fn a_tracked_function_that_returns_what_it_caught_is_the_same_log() {
    #[track_errors]
    fn catches() -> Result<(), String> {
        let payload = caught(|| pay(3));
        Err(format!("paying panicked: {}", payload.downcast_ref::<String>().expect("a text")))
    }
    records(catches).assert_one().kind("panic");
}

#[test]
fn the_errors_that_the_boundary_of_the_thread_holds_are_logged_as_well() {
    #[track_errors]
    fn fail() -> Result<(), String> {
        Err("the card was declined".to_owned())
    }
    #[track_errors(report = "boundary")]
    fn handler() -> Result<(), String> {
        fail().unwrap_or_default();
        panic!("on purpose: in a handler")
    }
    let all = records(|| caught(|| drop(handler())));
    let mut kinds: Vec<_> = all.iter().map(|record| &*record.kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["String", "panic"]);
}
