//! Events of level error as error logs.

use std::error::Error;
use std::fmt;
use std::io;

use tracing::subscriber::with_default;
use tracing::{error, info_span, warn};
use tracing_subscriber::prelude::*;
use track_errors::{ErrorRecord, Level, testing, track_errors};
use track_errors_integration_tests::fields;

use crate::fail;

/// Runs this with a layer that logs events; returns what was logged.
fn logged(layer: track_errors::tracing::Layer, f: impl FnOnce()) -> testing::Records {
    with_default(tracing_subscriber::registry().with(layer), || testing::capture(f).1)
}

fn errors(f: impl FnOnce()) -> testing::Records {
    logged(track_errors::tracing::layer().log_error_events(), f)
}

fn texts(f: impl FnOnce()) -> testing::Records {
    logged(track_errors::tracing::layer().log_error_events().log_text_events(), f)
}

fn messages(records: &[ErrorRecord]) -> Vec<&str> {
    records.iter().map(|record| &*record.message).collect()
}

/// An error of the application, with a cause.
#[derive(Debug)]
enum PayError {
    Declined(io::Error),
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the payment was declined")
    }
}

impl Error for PayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let PayError::Declined(cause) = self;
        Some(cause)
    }
}

fn declined() -> PayError {
    PayError::Declined(io::Error::other("no connection to the bank"))
}

#[test]
fn an_event_with_an_error_is_an_error_log() {
    let cause = "x".parse::<u32>().unwrap_err();
    let line = line!() + 3;
    let records = errors(|| {
        let _request = info_span!("request", id = 1).entered();
        error!(error = &cause as &dyn Error, order = 7, "using the default");
    });
    let record = records.assert_one().kind("std::num::ParseIntError").level(Level::Error);
    assert_eq!(record.message, "invalid digit found in string");
    assert_eq!(record.log_message.as_deref(), Some("using the default"));
    assert_eq!(fields(&record), ["order=Int(7)", "id=Int(1)"]);
    assert_eq!(record.module, module_path!());
    assert!(record.location.file.ends_with("events.rs"), "{}", record.location.file);
    assert_eq!(record.location.line, line);
}

#[test]
fn the_stack_of_an_event_begins_at_its_function() {
    let records = errors(|| error!(error = &declined() as &dyn Error, "failed"));
    let stack = &records.assert_one().stack;
    let first = stack.lines().find(|line| line.trim_start().starts_with("0:")).unwrap();
    assert!(first.contains("the_stack_of_an_event_begins_at_its_function"), "{stack}");
    assert!(!stack.contains("tracing_core") && !stack.contains("tracing-"), "{stack}");
    assert!(stack.contains("no connection to the bank"), "{stack}");
}

#[test]
fn the_kind_of_an_application_error_is_that_of_the_event_else_that_of_its_cause() {
    let records = errors(|| {
        error!(error = &declined() as &dyn Error, error.kind = "Declined", "failed");
        error!(error = &declined() as &dyn Error, "failed");
    });
    let kinds: Vec<_> = records.iter().map(|record| &*record.kind).collect();
    assert_eq!(kinds, ["Declined", "std::io::Error"]);
    assert_eq!(records[0].causes[0].message, "no connection to the bank");
}

#[test]
fn an_event_of_text_is_logged_by_choice_only() {
    let log = || {
        error!(order = 7, "no card");
        error!(error = %declined(), "payment failed");
        warn!("not an error");
    };
    errors(log).assert_none();
    let records = texts(log);
    assert_eq!(messages(&records), ["no card", "the payment was declined"]);
    assert_eq!(records[1].log_message.as_deref(), Some("payment failed"));
    assert!(records.iter().all(|record| record.kind == "tracing::Event"));
    assert_eq!(fields(&records[0]), ["order=Int(7)"]);
}

#[test]
fn events_of_failed_responses_are_never_logged() {
    texts(|| error!(target: "tower_http::trace::on_failure", "response failed")).assert_none();
}

#[test]
fn an_event_about_an_error_that_an_attribute_logged_adds_its_message_and_fields() {
    #[track_errors(service = "shop")]
    fn charge() -> Result<(), PayError> {
        Err(declined())
    }

    for _ in 0..3 {
        let records = errors(|| {
            let _request = info_span!("request").entered();
            let error = charge().unwrap_err();
            error!(error = &error as &dyn Error, order = 7, "payment failed");
        });
        let record = records.assert_one().service("shop").message("the payment was declined");
        assert!(record.kind.ends_with("PayError::Declined"), "{}", record.kind);
        assert_eq!(fields(&record), ["order=Int(7)"]);
    }
}

#[test]
fn an_event_that_names_the_cause_or_wraps_the_error_is_not_logged_again() {
    let records = texts(|| {
        let _request = info_span!("request").entered();
        let _ = fail();
        error!("payment failed: no card");
    });
    assert_eq!(messages(&records), ["no card"]);
}

#[test]
fn an_error_inside_an_inner_span_is_recognised_outside_of_it() {
    let records = texts(|| {
        let _request = info_span!("request").entered();
        let result = info_span!("query").in_scope(fail);
        error!(error = %result.unwrap_err(), "failed");
    });
    assert_eq!(messages(&records), ["no card"]);
}

#[test]
fn an_error_of_another_span_is_another_error() {
    let records = texts(|| {
        let _ = info_span!("request").in_scope(fail);
        info_span!("request").in_scope(|| error!("no card"));
    });
    assert_eq!(messages(&records), ["no card", "no card"]);
}

#[test]
fn each_error_takes_one_event() {
    let records = texts(|| {
        let _request = info_span!("request").entered();
        let _ = fail();
        error!("no card");
        error!("no card");
    });
    assert_eq!(messages(&records), ["no card", "no card"]);
}

#[test]
fn an_error_that_an_attribute_sees_later_replaces_the_event_of_its_text() {
    #[track_errors(service = "shop", fields(order))]
    fn charge(order: u32) -> Result<(), PayError> {
        let error = declined();
        error!("{error}");
        Err(error)
    }

    let records = texts(|| {
        let _request = info_span!("request").entered();
        let _ = charge(7);
    });
    let record = records.assert_one().service("shop").field("order", 7);
    assert!(record.kind.ends_with("PayError::Declined"), "{}", record.kind);
}

#[test]
fn an_event_inside_of_an_errors_own_code_is_ignored() {
    struct Speaks;
    impl fmt::Debug for Speaks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            error!("inside");
            f.write_str("Speaks")
        }
    }
    impl fmt::Display for Speaks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            error!("inside");
            f.write_str("spoken")
        }
    }
    impl Error for Speaks {}

    let records = texts(|| error!(error = &Speaks as &dyn Error));
    assert_eq!(messages(&records), ["spoken"]);
}

#[test]
fn an_event_about_an_error_that_a_boundary_holds_is_its_log() {
    #[track_errors(service = "shop", report = "boundary")]
    fn handle() -> Result<(), String> {
        let result = fail();
        error!(order = 7, "payment failed: no card");
        result
    }

    let records = texts(|| {
        let _request = info_span!("request").entered();
        let _ = handle();
    });
    records.assert_one().message("no card").field("order", 7);
}

#[test]
fn an_error_that_is_returned_after_an_event_about_it_is_logged_once() {
    #[track_errors(service = "shop")]
    fn pay() -> Result<(), String> {
        let error = fail().unwrap_err();
        error!("payment failed: {error}");
        Err(error)
    }

    #[track_errors(service = "shop")]
    fn pay_with_context() -> Result<(), String> {
        let error = fail().unwrap_err();
        error!("payment failed: {error}");
        Err(format!("checkout: {error}"))
    }

    for pay in [pay, pay_with_context] {
        let records = texts(|| {
            let _request = info_span!("request").entered();
            let _ = pay();
        });
        records.assert_one();
    }
}
