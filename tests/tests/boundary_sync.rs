//! Functions and closures as boundaries: which held errors are logged, how often, and with what.

mod recorded;

use std::error::Error;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use track_errors::{ErrorRecord, Level, boundary_fn, track_errors};

use recorded::{assert_none, causes, field, functions, int, messages, only, records, text};

#[track_errors(service = "store", fields(attempt))]
fn store(attempt: i64) -> io::Result<()> {
    Err(io::Error::other(format!("attempt number {attempt} was refused")))
}

/// Succeeds at this attempt.
#[track_errors(service = "store", fields(attempt))]
fn store_at_last(attempt: i64, last: i64) -> io::Result<()> {
    if attempt < last { store(attempt) } else { Ok(()) }
}

/// Makes three attempts, and returns the last.
fn three_times(attempt: impl Fn(i64) -> io::Result<()>) -> io::Result<()> {
    let mut last = Ok(());
    for number in 1..=3 {
        last = attempt(number);
    }
    last
}

/// Runs `f`, which must panic.
fn caught<T>(f: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "it panics");
}

// ------------------------------------------------------------------------------------------------
// Retries

#[test]
fn failed_attempts_before_a_success_are_not_logged() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        three_times(|attempt| store_at_last(attempt, 3))
    }
    assert_none(&records(job));
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
    assert_none(&records(job));
}

// ------------------------------------------------------------------------------------------------
// Errors that turn into others

#[derive(Debug)]
enum Api {
    Internal,
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something went wrong")
    }
}

impl Error for Api {}

#[track_errors(service = "api", report = "boundary", fields(path = "/orders"))]
fn handler() -> Result<(), Api> {
    let _: io::Result<()> = store(1);
    store(2).map_err(|_| Api::Internal)?;
    Ok(())
}

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
    assert_eq!(functions(&record), ["store", "handler"]);
    assert_eq!(field(&record, "attempt"), int(2));
    assert_eq!(field(&record, "path"), text("/orders"));
}

#[test]
fn a_presumed_cause_is_marked_in_the_causes_and_in_the_stack() {
    let record = only(records(handler));
    assert!(matches!(&record.causes[..], [cause] if cause.is_presumed), "{record:#?}");
    let presumed = record.stack.lines().find(|line| line.starts_with("Presumably caused by: "));
    assert!(presumed.is_some_and(|line| line.contains("attempt number 2")), "{}", record.stack);
    // It is not a `source()`.
    assert!(!record.stack.contains("\nCaused by: "), "{}", record.stack);
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
    assert_none(&records(failed));
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
    assert_none(&records(|| respond(404)));
}

#[test]
fn a_value_that_counts_as_failed_logs_nothing_without_an_error() {
    let respond = || boundary_fn(|| 500).failed_if(|status| *status >= 500).call();
    assert_none(&records(respond));
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
    assert_none(&records(job));
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

// ------------------------------------------------------------------------------------------------
// Functions that log by themselves, and errors that come back

/// A function inside a boundary that logs by itself.
macro_rules! logs_by_itself {
    ($($name:ident $handled:ident: $report:literal;)*) => {$(
        #[test]
        fn $name() {
            #[track_errors(service = "audit", report = $report)]
            fn audit() -> io::Result<()> {
                Err(io::Error::other("the audit trail is full"))
            }
            #[track_errors(service = "job", report = "boundary")]
            fn job() -> io::Result<()> {
                audit()
            }
            assert_eq!(only(records(job)).function, concat!("boundary_sync::", stringify!($name), "::audit"));
        }

        #[test]
        fn $handled() {
            #[track_errors(service = "audit", report = $report)]
            fn audit() -> io::Result<()> {
                Err(io::Error::other("the audit trail is full"))
            }
            #[track_errors(service = "job", report = "boundary")]
            fn job() -> io::Result<()> {
                audit().or(Ok(()))
            }
            assert_eq!(only(records(job)).message, "the audit trail is full");
        }
    )*};
}

logs_by_itself! {
    a_function_that_reports_at_origin_logs_an_error_that_the_boundary_returns_once
    a_function_that_reports_at_origin_logs_an_error_that_the_boundary_handles: "origin";
    a_function_that_reports_every_error_logs_one_that_the_boundary_returns_once
    a_function_that_reports_every_error_logs_one_that_the_boundary_handles: "every";
}

#[test]
fn a_function_that_logs_by_itself_takes_a_held_error_out_of_the_boundary() {
    #[track_errors(service = "audit", report = "origin")]
    fn audit() -> io::Result<()> {
        store(1)
    }
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        audit().or(Ok(()))
    }
    let record = only(records(job));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!(functions(&record), ["store", "audit"]);
}

#[test]
fn an_error_stored_by_one_call_and_returned_by_a_later_one_is_logged_by_the_later_one() {
    #[derive(Debug)]
    struct Refused;

    #[track_errors(service = "job")]
    fn connect() -> Result<(), Refused> {
        Err(Refused)
    }
    #[track_errors(service = "job", report = "boundary")]
    fn job(kept: &mut Option<Refused>) -> Result<(), Refused> {
        match kept.take() {
            Some(error) => Err(error),
            None => {
                *kept = connect().err();
                Ok(())
            }
        }
    }
    let mut kept = None;
    assert_none(&records(|| job(&mut kept)));
    let record = only(records(|| job(&mut kept)));
    assert_eq!((record.presumed, functions(&record)), (false, vec!["job"]));
}

#[test]
fn a_caller_that_returns_an_error_handled_by_a_boundary_logs_it() {
    #[track_errors(service = "job", report = "boundary")]
    fn job(kept: &mut Option<io::Error>) -> io::Result<()> {
        *kept = store(1).err();
        Ok(())
    }
    #[track_errors(service = "job")]
    fn outer() -> io::Result<()> {
        let mut kept = None;
        job(&mut kept)?;
        kept.map_or(Ok(()), Err)
    }
    let record = only(records(outer));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!(functions(&record), ["outer"]);
}

#[test]
fn an_iterator_that_is_a_boundary_logs_the_error_that_it_yields() {
    #[track_errors(service = "job", report = "boundary")]
    fn next(attempt: i64) -> Option<io::Result<()>> {
        let _: io::Result<()> = store(attempt);
        (attempt > 1).then(|| store(attempt))
    }
    assert_none(&records(|| next(1)));
    assert_eq!(only(records(|| next(2))).message, "attempt number 2 was refused");
}

#[test]
fn a_boundary_block_makes_each_method_a_boundary_unless_the_method_sets_report() {
    struct Jobs;

    #[track_errors(service = "jobs", report = "boundary")]
    impl Jobs {
        fn handles(&self) -> io::Result<()> {
            store(1).or(Ok(()))
        }

        #[track_errors(report = "origin")]
        fn logs(&self) -> io::Result<()> {
            store(2).or(Ok(()))
        }
    }
    assert_none(&records(|| Jobs.handles()));
    assert_eq!(only(records(|| Jobs.logs())).message, "attempt number 2 was refused");
}

#[test]
fn a_method_with_origin_logs_by_itself_in_a_boundary_block_with_handled() {
    struct Jobs;

    #[track_errors(service = "jobs", report = "boundary", handled = "warn")]
    impl Jobs {
        fn handles(&self) -> io::Result<()> {
            store(1).or(Ok(()))
        }

        #[track_errors(report = "origin")]
        fn logs(&self) -> io::Result<()> {
            store(2).or(Err(io::ErrorKind::Other.into()))
        }
    }
    let handled = only(records(|| Jobs.handles()));
    assert_eq!((handled.handled, handled.level), (true, Level::Warn));
    let records = records(|| Jobs.logs());
    assert_eq!(messages(&records), ["attempt number 2 was refused", "other error"]);
    assert!(records.iter().all(|record| !record.handled && record.level == Level::Error));
}

#[test]
fn outside_a_boundary_errors_are_logged_at_their_origin() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        Ok(())
    }
    let all = || {
        let _: io::Result<()> = store(1);
        let _: io::Result<()> = job();
        let _: io::Result<()> = store(2);
    };
    let records: Vec<ErrorRecord> = records(all);
    assert_eq!(records.len(), 2);
}
