//! A generic function may lack the bounds to describe an error. It makes no second error of it, and does
//! not replace a better description.

mod recorded;

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;

use futures::executor::block_on;
use futures::future::ready;
use tokio::task::yield_now;
use track_errors::{ErrorRecord, track_errors};

use recorded::{causes, field, functions, int, only, records};

#[derive(Debug)]
struct QueryError(io::Error);

impl Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the query failed")
    }
}

impl Error for QueryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// A conversion by `?`.
#[derive(Debug)]
struct Wrapped(QueryError);

impl Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrapped: {}", self.0)
    }
}

impl Error for Wrapped {}

impl From<QueryError> for Wrapped {
    fn from(error: QueryError) -> Self {
        Wrapped(error)
    }
}

#[track_errors(service = "same")]
fn attempt<T, E>(f: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    f()
}

#[track_errors(service = "same")]
fn attempt_debug<T, E: Debug>(f: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    f()
}

#[track_errors(service = "same")]
fn attempt_display<T, E: Display>(f: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    f()
}

#[track_errors(service = "same")]
async fn attempt_later<T, E, F: Future<Output = Result<T, E>>>(future: F) -> Result<T, E> {
    yield_now().await;
    future.await
}

#[track_errors(service = "same")]
fn tracked_query() -> Result<(), QueryError> {
    untracked_query()
}

fn untracked_query() -> Result<(), QueryError> {
    Err(QueryError(io::Error::other("shard 1 is down")))
}

/// A function around this call, as a plain function and as a boundary.
macro_rules! around {
    ($($name:ident $at_boundary:ident: $call:expr;)*) => {$(
        #[test]
        fn $name() {
            #[track_errors(service = "same")]
            fn outer() -> Result<(), QueryError> {
                $call
            }
            assert_best_description(&only(records(outer)));
        }

        #[test]
        fn $at_boundary() {
            #[track_errors(service = "same", report = "boundary")]
            fn outer() -> Result<(), QueryError> {
                $call
            }
            assert_best_description(&only(records(outer)));
        }
    )*};
}

#[track_caller]
fn assert_best_description(record: &ErrorRecord) {
    assert_eq!(
        (&*record.kind, &*record.message),
        ("generic_functions::QueryError", "the query failed")
    );
    assert_eq!(causes(record), ["shard 1 is down"]);
    assert!(!record.presumed && !record.ambiguous, "{record:#?}");
}

around! {
    a_function_without_bounds_makes_no_second_error
    a_function_without_bounds_makes_no_second_error_under_a_boundary:
        attempt(tracked_query);
    a_function_with_debug_makes_no_second_error
    a_function_with_debug_makes_no_second_error_under_a_boundary:
        attempt_debug(tracked_query);
    a_function_with_display_makes_no_second_error
    a_function_with_display_makes_no_second_error_under_a_boundary:
        attempt_display(tracked_query);
    an_error_first_seen_without_bounds_is_described_by_the_caller
    an_error_first_seen_without_bounds_is_described_by_the_boundary:
        attempt(untracked_query);
    an_error_first_seen_with_debug_is_described_by_the_caller
    an_error_first_seen_with_debug_is_described_by_the_boundary:
        attempt_debug(untracked_query);
    an_error_first_seen_with_display_is_described_by_the_caller
    an_error_first_seen_with_display_is_described_by_the_boundary:
        attempt_display(untracked_query);
    functions_with_fewer_and_fewer_bounds_keep_the_best_description
    functions_with_fewer_and_fewer_bounds_keep_the_best_description_under_a_boundary:
        attempt(|| attempt_debug(|| attempt_display(tracked_query)));
    functions_with_more_and_more_bounds_end_with_the_best_description
    functions_with_more_and_more_bounds_end_with_the_best_description_under_a_boundary:
        attempt_display(|| attempt_debug(|| attempt(untracked_query)));
    an_async_function_without_bounds_makes_no_second_error
    an_async_function_without_bounds_makes_no_second_error_under_a_boundary:
        block_on(attempt_later(async { tracked_query() }));
    an_error_first_seen_by_an_async_function_without_bounds_is_described_by_the_caller
    an_error_first_seen_by_an_async_function_without_bounds_is_described_by_the_boundary:
        block_on(attempt_later(ready(untracked_query())));
}

#[test]
fn an_error_keeps_its_description_when_the_outermost_function_has_no_bounds() {
    let record = only(records(|| attempt(tracked_query)));
    assert_best_description(&record);
    assert_eq!(functions(&record), ["tracked_query", "attempt"]);
}

#[test]
fn a_boundary_without_bounds_logs_the_error_that_it_returns() {
    #[track_errors(service = "same", report = "boundary")]
    fn job<T, E>(f: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        f()
    }
    assert_best_description(&only(records(|| job(tracked_query))));
}

#[test]
fn a_generic_retry_that_gives_up_logs_the_last_attempt() {
    #[track_errors(service = "same", report = "boundary")]
    fn retry<T, E>(mut f: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        let mut last = f();
        for _ in 0..2 {
            last = f();
        }
        last
    }
    #[track_errors(service = "same", fields(number))]
    fn numbered(number: i64) -> Result<(), String> {
        Err(format!("attempt number {number} was refused"))
    }
    let mut number = 0;
    let record = only(records(|| {
        retry(|| {
            number += 1;
            numbered(number)
        })
    }));
    assert_eq!(record.message, "attempt number 3 was refused");
    assert_eq!(field(&record, "number"), int(3));
}

#[test]
fn a_conversion_of_an_error_first_seen_by_a_generic_function_keeps_the_kind_of_the_origin() {
    #[track_errors(service = "same", report = "boundary")]
    fn run() -> Result<(), Wrapped> {
        Ok(attempt(|| Err(QueryError(io::Error::other("shard 1 is down"))))?)
    }
    let record = only(records(run));
    assert_eq!(
        (&*record.error_type, &*record.message),
        ("generic_functions::QueryError", "wrapped: the query failed")
    );
}
