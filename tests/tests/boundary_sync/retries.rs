//! Failed attempts before the last one.

use super::*;

#[test]
fn failed_attempts_before_a_success_are_not_logged() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        three_times(|attempt| store_at_last(attempt, 3))
    }
    records(job).assert_none();
}

#[test]
fn a_boundary_with_handled_logs_failed_attempts_at_that_level() {
    #[track_errors(service = "job", report = "boundary", handled = "warn")]
    fn job() -> io::Result<()> {
        three_times(|attempt| store_at_last(attempt, 3))
    }
    let records = records(job);
    assert_eq!(
        messages(&records),
        ["attempt number 1 was refused", "attempt number 2 was refused"]
    );
    assert!(records.iter().all(|record| record.handled && record.level == Level::Warn));
}

#[test]
fn a_handled_error_is_described_as_at_its_origin() {
    #[track_errors(service = "job", report = "boundary", handled = "warn", fields(job = "nightly"))]
    fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        Ok(())
    }
    let record = only(records(job));
    assert_eq!((&*record.kind, record.service.as_deref()), ("std::io::Error", Some("store")));
    assert_eq!(field(&record, "attempt"), int(1));
    assert_eq!(field(&record, "job"), None);
    assert_eq!(functions(&record), ["store"]);
}

#[test]
fn the_last_of_three_failed_attempts_is_logged_with_the_final_message() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> Result<(), String> {
        let last = three_times(store);
        last.map_err(|error| format!("giving up: {error}"))
    }
    let record = only(records(job));
    assert_eq!(record.message, "giving up: attempt number 3 was refused");
    assert_eq!(field(&record, "attempt"), int(3));
    assert!(!record.handled && !record.presumed && !record.ambiguous);
}

#[test]
fn the_first_attempt_is_logged_when_a_boundary_returns_the_first() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let mut all = (1..=3).map(store).collect::<Vec<_>>();
        all.swap_remove(0)
    }
    let record = only(records(job));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!(field(&record, "attempt"), int(1));
}

#[test]
fn a_boundary_that_swallows_a_hundred_errors_logs_the_oldest_beyond_sixty_four() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        (0..100).for_each(|number| drop(store(number)));
        Ok(())
    }
    let records = records(job);
    assert_eq!(records.len(), 36);
    assert_eq!(records[35].message, "attempt number 35 was refused");
    assert!(records.iter().all(|record| !record.handled && record.level == Level::Error));
}

#[test]
fn an_error_logged_for_lack_of_room_is_not_logged_again_when_it_is_returned() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let mut all = (0..100).map(store).collect::<Vec<_>>();
        all.swap_remove(35)
    }
    assert_eq!(records(job).len(), 36);
}

#[test]
fn an_error_that_a_function_on_the_way_expects_is_not_logged_as_handled() {
    #[track_errors(service = "job", when = |_| false)]
    fn lenient() -> io::Result<()> {
        store(1)
    }
    #[track_errors(service = "job", report = "boundary", handled = "warn")]
    fn job() -> io::Result<()> {
        let _: io::Result<()> = lenient();
        Ok(())
    }
    records(job).assert_none();
}
