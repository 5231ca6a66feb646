//! Errors that turn into others, and presumed causes.

use super::*;

#[test]
fn an_error_that_hides_its_cause_is_logged_once_with_its_own_kind_and_message() {
    let record = only(records(handler));
    assert_eq!(record.kind, "boundary_sync::Api::Internal");
    assert_eq!(record.message, "something went wrong");
    assert_eq!(record.service.as_deref(), Some("api"));
    assert!(record.presumed);
}

#[test]
fn the_newest_held_error_is_the_presumed_cause_of_an_error_that_was_not_held() {
    let record = only(records(handler));
    assert_eq!(causes(&record), ["attempt number 2 was refused"]);
    assert_eq!(field(&record, "attempt"), int(2));
    assert_eq!(field(&record, "path"), text("/orders"));
}

#[test]
fn a_presumed_cause_is_marked_in_the_causes_and_in_the_stack() {
    let record = only(records(handler));
    let [cause] = &record.causes[..] else { panic!("{record:#?}") };
    assert_eq!((cause.is_presumed, cause.kind.as_deref()), (true, Some("std::io::Error")));
    let presumed = record.stack.lines().find(|line| line.starts_with("Presumably caused by: "));
    assert!(presumed.is_some_and(|line| line.contains("attempt number 2")), "{}", record.stack);
    // It is not a `source()`.
    assert!(!record.stack.contains("\nCaused by: "), "{}", record.stack);
}

#[test]
fn a_line_with_a_presumed_cause_begins_at_the_place_of_its_own_error() {
    #[track_errors(service = "api", report = "boundary")]
    fn handler(handled: bool) -> Result<(), Api> {
        let stored = if handled { store(1) } else { store_at_last(2, 3) };
        stored.map_err(|_| Api::Internal)?; // here
        Ok(())
    }
    // Whatever the presumed cause is, the line is in the same group.
    for handled in [true, false] {
        let record = only(records(|| handler(handled)));
        assert_eq!(functions(&record), ["handler"], "{}", record.stack);
        let line =
            include_str!("conversions.rs").lines().position(|line| line.ends_with("// here"));
        let line = line.expect("the comment") + 1;
        assert_eq!(record.location.line as usize, line);
        assert!(record.stack.contains(&format!("conversions.rs:{line}:")), "{}", record.stack);
    }
}

#[test]
fn the_way_of_a_presumed_cause_is_in_its_line() {
    let record = only(records(handler));
    let presumed = record.stack.lines().find(|line| line.starts_with("Presumably caused by: "));
    let presumed = presumed.expect("there is one");
    let way = presumed.split_once(" (from ").expect("a way").1;
    assert!(way.contains("::store at ") && way.contains("attempts/mod.rs:"), "{presumed}");
}

#[test]
fn a_line_has_the_earlier_messages_of_its_error_or_presumed_cause_and_the_last_one_once() {
    #[track_errors(service = "store")]
    fn read() -> Result<(), String> {
        store(1).map_err(|error| format!("reading: {error}"))
    }
    #[track_errors(service = "store")]
    fn start() -> Result<(), String> {
        read().map_err(|error| format!("starting {}: {error}", "x".repeat(300)))
    }
    #[track_errors(service = "api", report = "boundary")]
    fn returns_it() -> Result<(), String> {
        start()
    }
    #[track_errors(service = "api", report = "boundary")]
    fn hides_it() -> Result<(), Api> {
        start().map_err(|_| Api::Internal)
    }
    for record in [only(records(returns_it)), only(records(hides_it))] {
        let earlier: Vec<_> = record.step_messages.iter().map(|step| &*step.message).collect();
        assert_eq!(earlier, ["reading: attempt number 1 was refused"], "{record:#?}");
    }
}

#[test]
fn a_cause_that_is_the_source_of_its_error_is_not_presumed() {
    #[derive(Debug)]
    struct JobError(io::Error);

    impl fmt::Display for JobError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the job failed")
        }
    }

    impl Error for JobError {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[track_errors(service = "job", report = "boundary")]
    fn job() -> Result<(), JobError> {
        store(1).map_err(JobError)
    }
    let record = only(records(job));
    assert!(matches!(&record.causes[..], [cause] if !cause.is_presumed), "{record:#?}");
    assert!(!record.stack.contains("Presumably"), "{}", record.stack);
}

#[test]
fn an_older_error_is_not_presumed_when_the_newest_was_expected() {
    #[track_errors(service = "store", when = |_: &io::Error| false)]
    fn expected() -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
    #[track_errors(service = "api", report = "boundary")]
    fn handler() -> Result<(), Api> {
        let _: io::Result<()> = store(1);
        expected().map_err(|_| Api::Internal)
    }
    let record = only(records(handler));
    assert!(record.causes.is_empty(), "{record:#?}");
    let failed = || {
        boundary_fn(|| {
            let _: io::Result<()> = store(1);
            if expected().is_err() { 500 } else { 200 }
        })
        .failed_if(|status| *status >= 500)
        .call()
    };
    records(failed).assert_none();
}

#[test]
fn an_older_error_is_not_presumed_when_the_newest_was_already_logged() {
    #[track_errors(service = "store", report = "origin")]
    fn logs() -> io::Result<()> {
        store(2)
    }
    #[track_errors(service = "api", report = "boundary")]
    fn handler() -> Result<(), Api> {
        let _: io::Result<()> = store(1);
        logs().map_err(|_| Api::Internal)
    }
    let records = records(handler);
    assert_eq!(messages(&records), ["attempt number 2 was refused", "something went wrong"]);
    assert!(records[1].causes.is_empty(), "{records:#?}");
}

#[test]
fn an_error_of_a_boundary_that_holds_nothing_has_no_presumed_cause() {
    #[track_errors(service = "api", report = "boundary")]
    fn handler() -> Result<(), Api> {
        Err(Api::Internal)
    }
    let record = only(records(handler));
    assert_eq!((&*record.message, record.presumed), ("something went wrong", false));
    assert!(record.causes.is_empty());
}

#[test]
fn an_outer_boundary_does_not_log_an_error_that_hides_its_cause_again() {
    #[track_errors(service = "api", report = "boundary")]
    fn outer() -> Result<(), Api> {
        handler()
    }
    assert_eq!(only(records(outer)).message, "something went wrong");
}

fn respond(status: u16) -> u16 {
    boundary_fn(|| if store(1).is_err() { status } else { 200 })
        .failed_if(|status| *status >= 500)
        .call()
}

#[test]
fn a_value_that_counts_as_failed_logs_the_newest_error_as_presumed() {
    let record = only(records(|| respond(500)));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!((record.presumed, record.handled, record.level), (true, false, Level::Error));
}

#[test]
fn a_value_that_does_not_count_as_failed_logs_nothing() {
    records(|| respond(404)).assert_none();
}

#[test]
fn a_value_that_counts_as_failed_logs_nothing_without_an_error() {
    let respond = || boundary_fn(|| 500).failed_if(|status| *status >= 500).call();
    records(respond).assert_none();
}

#[test]
fn a_panicking_predicate_logs_the_held_errors_once() {
    let respond = || {
        caught(|| {
            boundary_fn(|| drop(store(1))).failed_if(|()| panic!("on purpose")).call();
        });
    };
    assert_eq!(only(records(respond)).message, "attempt number 1 was refused");
}

#[test]
fn code_that_returns_a_container_of_any_error_has_a_presumed_one() {
    type Any = Box<dyn Error>;
    #[track_errors(service = "cache")]
    fn cached() -> Result<(), Any> {
        Ok(store(1)?)
    }
    let job = || boundary_fn(|| cached().or(Err::<(), Any>("15 digits".into()))).call();
    let record = only(records(job));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", true));
}

#[test]
fn a_boundary_closure_logs_the_error_that_it_returns() {
    let job = || boundary_fn(|| store(1)).call();
    let record = only(records(job));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", false));
}

#[test]
fn a_boundary_closure_logs_the_newest_of_several_errors_of_its_type_as_presumed() {
    let job = || {
        boundary_fn(|| {
            let _: io::Result<()> = store(1);
            store(2)
        })
        .call()
    };
    let record = only(records(job));
    assert_eq!((&*record.message, record.presumed), ("attempt number 2 was refused", true));
}

#[test]
fn a_generic_boundary_presumes_which_of_several_errors_of_its_type_it_returns() {
    #[track_errors(service = "job", report = "boundary")]
    fn job<T, E>(f: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        f()
    }
    let returns_the_first = || {
        let first = store(1);
        let _: io::Result<()> = store(2);
        first
    };
    assert!(only(records(|| job(returns_the_first))).presumed);
}

#[test]
fn a_boundary_closure_recognises_its_error_by_type() {
    #[track_errors(service = "job")]
    fn count() -> Result<(), String> {
        Err("there is nothing to count".to_owned())
    }
    let job = || {
        boundary_fn(|| {
            let first = store(1);
            let _: Result<(), String> = count();
            first
        })
        .call()
    };
    let record = only(records(job));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", false));
}

#[test]
fn a_boundary_closure_does_not_log_errors_that_it_handles() {
    let job = || boundary_fn(|| store(1).or(Ok::<_, io::Error>(()))).call();
    records(job).assert_none();
}

#[test]
fn a_boundary_closure_that_returns_another_type_logs_the_newest_error_as_presumed() {
    let job = || boundary_fn(|| store(1).map_err(|_| Api::Internal)).call();
    let record = only(records(job));
    assert_eq!((&*record.kind, record.presumed), ("std::io::Error", true));
}

#[test]
fn a_boundary_closure_logs_the_type_of_an_untracked_error() {
    let job = || boundary_fn(|| Err::<(), _>(Api::Internal)).call();
    let record = only(records(job));
    assert_eq!((&*record.error_type, record.presumed), ("boundary_sync::Api", false));
}
