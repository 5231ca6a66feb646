//! An error that left a tracked function and is reported by hand has one log.

use std::{fmt, io};

use futures::executor::block_on;
use track_errors::{Level, boundary, counters, error, report, track_errors};

use crate::recorded::{field, functions, int, only, records, text};

#[track_errors(fields(order))]
fn charge(order: u8) -> Result<(), io::Error> {
    Err(io::Error::other(format!("card {order} declined")))
}

#[track_errors(when = |_| false)]
fn expects() -> Result<(), io::Error> {
    charge_plainly()
}

fn charge_plainly() -> Result<(), io::Error> {
    Err(io::Error::other("card 0 declined"))
}

/// The messages that were given at steps.
fn contexts(record: &track_errors::ErrorRecord) -> Vec<&str> {
    record.step_messages.iter().map(|step| &*step.message).collect()
}

#[test]
fn a_report_of_a_logged_error_is_added_to_its_log() {
    let mut ids = Vec::new();
    let record = only(records(|| {
        let error = charge(7).unwrap_err();
        let repeated = counters().repeated;
        ids.push(report(&error).message("order 7 failed").field("user", "ada").emit());
        assert!(counters().repeated > repeated);
    }));
    assert_eq!(ids, [Some(record.id)]);
    assert_eq!(record.message, "card 7 declined");
    assert_eq!(record.log_message.as_deref(), Some("order 7 failed"));
    assert_eq!(contexts(&record), ["order 7 failed"]);
    assert_eq!((field(&record, "order"), field(&record, "user")), (int(7), text("ada")));
    assert_eq!(record.function, "by_hand::one_log::charge");
}

#[test]
fn a_report_that_may_be_of_an_earlier_error_hides_none_of_its_own_function() {
    #[track_errors]
    fn charge_and_report(order: u8) -> Result<(), io::Error> {
        let error = io::Error::other(format!("card {order} declined"));
        report(&error).emit();
        Err(error)
    }

    let all = records(|| {
        assert!(charge(7).is_err());
        assert!(charge_and_report(7).is_err());
    });
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn the_macro_and_the_extension_of_results_follow_the_rule_as_well() {
    use track_errors::ReportErr;

    assert_eq!(records(|| charge(7).map_err(|error| error!(&error, "failed"))).len(), 1);
    assert_eq!(records(|| charge(7).inspect_err(|error| error!(error, "failed"))).len(), 1);
    assert_eq!(records(|| charge(7).report_err("failed")).len(), 1);
}

#[test]
fn a_converted_error_is_the_same_one() {
    #[derive(Debug)]
    struct OrderError(io::Error);
    impl fmt::Display for OrderError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "ordering: {}", self.0)
        }
    }
    impl std::error::Error for OrderError {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let record = only(records(|| {
        let error = OrderError(charge(7).unwrap_err());
        error!(error, "order failed");
    }));
    assert_eq!(record.log_message.as_deref(), Some("order failed"));
    assert_eq!(contexts(&record), ["ordering: card 7 declined", "order failed"]);
}

#[test]
fn a_loop_that_fails_and_reports_a_hundred_times_logs_a_hundred_times() {
    let in_loop = records(|| {
        for _ in 0..100 {
            let error = charge(7).unwrap_err();
            error!(error, "attempt failed");
        }
    });
    assert_eq!(in_loop.len(), 100);
    assert!(in_loop.iter().all(|record| record.log_message.is_some()));

    let without_attribute = records(|| {
        for _ in 0..100 {
            error!(charge_plainly().unwrap_err(), "attempt failed");
        }
    });
    assert_eq!(without_attribute.len(), 100);
}

#[test]
fn a_report_in_a_tracked_function_that_returns_the_error_is_one_log() {
    #[track_errors]
    fn outer() -> Result<(), io::Error> {
        charge_plainly().inspect_err(|error| error!(error, "reported inside", attempt = 1))?;
        Ok(())
    }
    let record = only(records(outer));
    assert_eq!(record.log_message.as_deref(), Some("reported inside"));
    assert_eq!(functions(&record)[1..], ["outer"]);
}

#[test]
fn what_a_boundary_holds_is_logged_at_the_report_and_not_again() {
    #[track_errors(report = "boundary", handled = "warn")]
    fn handler(returns: bool) -> Result<(), io::Error> {
        let error = charge(7).unwrap_err();
        report(&error).message("in the handler").level(Level::Critical).field("order", 8).emit();
        if returns { Err(error) } else { Ok(()) }
    }
    for returns in [true, false] {
        let record = only(records(|| handler(returns)));
        assert_eq!(record.log_message.as_deref(), Some("in the handler"));
        assert_eq!((record.level, field(&record, "order")), (Level::Critical, int(8)));
        assert!(!record.handled);
    }
}

#[test]
fn an_error_without_a_tracked_function_is_logged_at_once_and_its_boundary_recognises_it() {
    #[track_errors(report = "boundary")]
    async fn handler() -> Result<(), io::Error> {
        let error = charge_plainly().unwrap_err();
        error!(error, "in the handler");
        Err(error)
    }
    let record = only(records(|| block_on(handler())));
    assert_eq!(record.log_message.as_deref(), Some("in the handler"));
}

#[test]
fn an_error_that_a_boundary_returned_is_reported_outside_of_it_once() {
    #[track_errors(report = "boundary")]
    fn handler() -> Result<(), io::Error> {
        charge(7)
    }
    let record = only(records(|| error!(handler().unwrap_err(), "outside")));
    assert_eq!(record.log_message.as_deref(), Some("outside"));
}

#[test]
fn an_error_that_another_boundary_handled_is_another_one() {
    let handled = || boundary(async { charge(7).err().map_or(Ok::<_, io::Error>(()), |_| Ok(())) });
    let record = only(records(|| {
        block_on(handled()).expect("it is handled");
        error!(io::Error::other("card 7 declined"), "outside");
    }));
    assert_eq!(record.log_message.as_deref(), Some("outside"));
}

#[test]
fn an_expected_error_stays_expected() {
    let error = || expects().unwrap_err();
    assert_eq!(records(|| assert_eq!(report(&error()).emit(), None)).len(), 0);
}

#[test]
fn two_reports_of_one_error_are_two_logs() {
    let error = charge_plainly().unwrap_err();
    let twice = || [report(&error).emit(), report(&error).emit()];
    assert_eq!(records(twice).len(), 2);
}

#[test]
fn a_report_inside_the_display_of_an_error_is_ignored() {
    struct Reports;
    impl fmt::Display for Reports {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            error!("inner", "inside of a Display");
            f.write_str("outer")
        }
    }
    assert_eq!(only(records(|| error!(Reports))).message, "outer");
}
