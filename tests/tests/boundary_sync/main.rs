//! Functions and closures as boundaries: which held errors are logged, how often, and with what.

#[path = "../attempts/mod.rs"]
mod attempts;
mod conversions;
#[path = "../recorded/mod.rs"]
mod recorded;
mod retries;

use std::error::Error;
use std::fmt;
use std::io;

use track_errors::{Level, boundary_fn, track_errors};

use attempts::{caught, store, store_at_last};
use recorded::{causes, field, functions, int, messages, only, records, text};

/// Makes three attempts, and returns the last.
fn three_times(attempt: impl Fn(i64) -> io::Result<()>) -> io::Result<()> {
    let mut last = Ok(());
    for number in 1..=3 {
        last = attempt(number);
    }
    last
}

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
    a_function_with_origin_logs_once_when_the_boundary_returns_its_error
    a_function_with_origin_logs_when_the_boundary_handles_its_error: "origin";
    a_function_with_every_logs_once_when_the_boundary_returns_its_error
    a_function_with_every_logs_when_the_boundary_handles_its_error: "every";
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
    records(|| job(&mut kept)).assert_none();
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
    records(|| next(1)).assert_none();
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
    records(|| Jobs.handles()).assert_none();
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
    records(all).assert_count(2);
}
