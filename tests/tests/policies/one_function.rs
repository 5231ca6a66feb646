//! The policy of one function.

use super::*;

#[test]
fn the_innermost_boundary_decides() {
    let records = records(ReportPolicy::Origin, serve_at_the_boundary);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "the disk is full");
    assert_eq!(records[0].kind, "std::io::Error");
    assert_eq!(records[0].function, "policies::write_quietly");
}

#[test]
fn the_tracked_caller_of_a_boundary_does_not_log_again() {
    #[track_errors(service = "policies")]
    fn caller() -> Result<(), String> {
        write_quietly().map_err(|error| format!("calling: {error}"))
    }
    let records = records(ReportPolicy::Origin, caller);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "the disk is full");
}

#[test]
fn a_boundary_logs_an_error_of_its_own() {
    let records = records(ReportPolicy::Origin, write_quietly);
    assert_eq!(records.len(), 1, "{records:#?}");
}

#[test]
fn a_boundary_logs_an_error_that_its_tracked_caller_handles() {
    #[track_errors(service = "policies")]
    fn caller() -> io::Result<()> {
        let _: io::Result<()> = write_quietly();
        Ok(())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, caller);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
}

#[test]
fn a_function_with_every_logs_again_what_an_inner_function_logged() {
    let records = records(ReportPolicy::Origin, serve_loudly);
    let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["the disk is full", "serving: the disk is full"]);
    assert_eq!(records[0].id, records[1].id);
}

#[test]
fn a_function_with_origin_logs_at_once_inside_a_boundary() {
    #[track_errors(service = "policies", report = "origin")]
    fn at_once() -> io::Result<()> {
        Err(io::Error::other("no time to lose"))
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn caller() -> Result<(), String> {
        at_once().map_err(|error| format!("calling: {error}"))
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, caller);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
    assert_eq!(records[0].message, "no time to lose");
}

#[test]
fn an_async_function_can_have_its_own_policy() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn boundary() -> Result<(), String> {
        write().map_err(|error| format!("calling: {error}"))
    }
    #[track_errors(service = "policies", report = "every")]
    async fn every() -> Result<(), String> {
        write().map_err(|error| format!("calling: {error}"))
    }
    let messages = |records: Records| -> Vec<String> {
        records.into_iter().map(|record| record.message).collect()
    };
    let at_boundary =
        records(ReportPolicy::Origin, || assert!(poll_once(pin!(boundary())).is_ready()));
    assert_eq!(messages(at_boundary), ["calling: the disk is full"]);
    let at_every = records(ReportPolicy::Origin, || assert!(poll_once(pin!(every())).is_ready()));
    assert_eq!(messages(at_every), ["the disk is full", "calling: the disk is full"]);
}
