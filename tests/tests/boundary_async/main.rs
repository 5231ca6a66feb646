//! Futures as boundaries, on one thread: polls, cancellation, and what happens to held errors.

#[path = "../attempts/mod.rs"]
mod attempts;
mod cancellation;
mod in_records;
mod nested;
#[path = "../recorded/mod.rs"]
mod recorded;

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::time::Duration;

use futures::executor::block_on;
use futures::future::join_all;
use tokio::task::yield_now;
use track_errors::{
    BoundaryEnd, BoundaryRecord, ErrorRecord, boundary, boundary_fn, inherit, track_errors,
};
use track_errors_tests::executors::{current_thread, poll_once};

use attempts::later::store;
use recorded::{causes, field, functions, int, messages, only, records};

/// Fails twice, and waits between and after the attempts.
#[track_errors(service = "job", report = "boundary")]
async fn endless_job() -> io::Result<()> {
    for attempt in 1..=2 {
        if store(attempt).await.is_ok() {
            return Ok(());
        }
    }
    pending().await
}

const BOTH: [&str; 2] = ["attempt number 1 was refused", "attempt number 2 was refused"];

/// Polls a future until it only waits.
fn poll_often<F: Future>(mut future: Pin<&mut F>) {
    for _ in 0..10 {
        assert!(poll_once(future.as_mut()).is_pending());
    }
}

// ------------------------------------------------------------------------------------------------
// Retries, and errors that turn into others

#[test]
fn an_async_boundary_logs_nothing_of_attempts_before_one_that_succeeds() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        for attempt in 1..=2 {
            let _: io::Result<()> = store(attempt).await;
        }
        yield_now().await;
        Ok(())
    }
    records(|| block_on(job())).assert_none();
}

#[test]
fn an_async_boundary_logs_the_last_of_three_attempts_with_the_final_message() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> Result<(), String> {
        let mut last = Ok(());
        for attempt in 1..=3 {
            last = store(attempt).await;
            yield_now().await;
        }
        last.map_err(|error| format!("giving up: {error}"))
    }
    let record = only(records(|| block_on(job())));
    assert_eq!(record.message, "giving up: attempt number 3 was refused");
    assert_eq!(field(&record, "attempt"), int(3));
    assert_eq!(functions(&record), ["store", "job"]);
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

#[test]
fn an_async_handler_that_hides_the_cause_logs_its_own_error_with_the_presumed_cause() {
    #[track_errors(service = "api", report = "boundary")]
    async fn handler() -> Result<(), Api> {
        let stored = store(1).await;
        yield_now().await;
        stored.map_err(|_| Api::Internal)?;
        Ok(())
    }
    let record = only(records(|| block_on(handler())));
    assert_eq!(record.kind, "boundary_async::Api::Internal");
    assert_eq!(record.message, "something went wrong");
    assert_eq!(causes(&record), ["attempt number 1 was refused"]);
    assert_eq!(functions(&record), ["handler"]);
    assert_eq!(field(&record, "attempt"), int(1));
    assert!(record.presumed);
}

async fn respond(status: u16) -> u16 {
    let handler = async { if store(1).await.is_err() { status } else { 200 } };
    boundary(handler).failed_if(|status| *status >= 500).await
}

#[test]
fn a_response_that_counts_as_failed_logs_the_newest_error_as_presumed() {
    let record = only(records(|| block_on(respond(500))));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", true));
}

#[test]
fn a_response_that_does_not_count_as_failed_logs_nothing() {
    records(|| block_on(respond(404))).assert_none();
}

#[test]
fn a_future_wrapped_in_boundary_logs_the_error_that_it_returns() {
    let job = || {
        block_on(boundary(async {
            yield_now().await;
            store(2).await
        }))
    };
    let record = only(records(job));
    assert_eq!((&*record.message, record.presumed), ("attempt number 2 was refused", false));
}

#[test]
fn a_future_wrapped_in_boundary_does_not_log_errors_that_it_handles() {
    let job = || {
        block_on(boundary(async {
            let _: io::Result<()> = store(1).await;
            Ok::<_, io::Error>(())
        }))
    };
    records(job).assert_none();
}

/// A boundary function that returns a future: its error is logged, handled or dropped.
macro_rules! returns_a_future {
    ($($name:ident $handles:ident $dropped:ident: $future:ty { |$body:ident| $made:expr })*) => {$(
        #[test]
        fn $name() {
            #[track_errors(service = "job", report = "boundary")]
            fn job() -> $future {
                let $body = async { store(1).await };
                $made
            }
            let record = only(records(|| block_on(job())));
            assert_eq!(functions(&record), ["store", "job"]);
        }

        #[test]
        fn $handles() {
            #[track_errors(service = "job", report = "boundary")]
            fn job() -> $future {
                let $body = async { store(1).await.or(Ok(())) };
                $made
            }
            records(|| block_on(job())).assert_none();
        }

        #[test]
        fn $dropped() {
            #[track_errors(service = "job", report = "boundary")]
            fn job() -> $future {
                let $body = async { store(1).await.or(pending().await) };
                $made
            }
            let records = records(|| poll_often(pin!(job())));
            assert_eq!(only(records).message, "attempt number 1 was refused");
        }
    )*};
}

/// The macro does not see that this alias is a future.
type BoxedResult = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

returns_a_future! {
    a_boundary_that_returns_an_async_block_logs_its_error_once
    a_boundary_that_returns_an_async_block_does_not_log_handled_errors
    dropping_an_async_block_that_a_boundary_returned_logs_the_held_errors:
        impl Future<Output = io::Result<()>> { |body| body }
    a_boundary_that_returns_a_boxed_future_logs_its_error_once
    a_boundary_that_returns_a_boxed_future_does_not_log_handled_errors
    dropping_a_boxed_future_that_a_boundary_returned_logs_the_held_errors:
        Pin<Box<dyn Future<Output = io::Result<()>> + Send>> { |body| Box::pin(body) }
    a_boundary_that_returns_a_future_by_an_alias_logs_its_error_once
    a_boundary_that_returns_a_future_by_an_alias_does_not_log_handled_errors
    dropping_an_aliased_future_that_a_boundary_returned_logs_the_held_errors:
        BoxedResult { |body| Box::pin(body) }
}

/// Fails before there is a future.
#[track_errors(service = "store", fields(attempt))]
fn store_at_once(attempt: i64) -> io::Result<()> {
    Err(io::Error::other(format!("attempt number {attempt} was refused")))
}

/// The call already holds an error when it returns the future.
#[track_errors(service = "job", report = "boundary")]
fn begun_job(gives_up: bool) -> BoxedResult {
    let begun = store_at_once(1);
    Box::pin(async move {
        yield_now().await;
        if gives_up { begun } else { Ok(()) }
    })
}

#[test]
fn a_boxed_future_that_returns_the_error_held_by_its_call_logs_it_once() {
    let record = only(records(|| block_on(begun_job(true))));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", false));
    assert_eq!(functions(&record), ["store_at_once", "begun_job"]);
}

#[test]
fn a_boxed_future_can_handle_the_error_held_by_its_call() {
    records(|| block_on(begun_job(false))).assert_none();
}

#[test]
fn dropping_a_boxed_future_logs_the_error_held_by_its_call() {
    let records = records(|| drop(begun_job(true)));
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn a_boundary_closure_extends_to_the_boxed_future_that_it_returns() {
    fn job<F>(body: F) -> BoxedResult
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        boundary_fn(|| -> BoxedResult { Box::pin(body) }).call()
    }
    let record = only(records(|| block_on(job(async { store(1).await }))));
    assert_eq!(record.message, "attempt number 1 was refused");
    records(|| block_on(job(async { store(1).await.or(Ok(())) }))).assert_none();
    let dropped = records(|| poll_often(pin!(job(async { store(1).await.or(pending().await) }))));
    assert_eq!(only(dropped).message, "attempt number 1 was refused");
}

#[test]
fn a_boxed_future_of_a_boundary_belongs_to_that_boundary_only() {
    #[track_errors(service = "job", report = "boundary")]
    async fn outer() -> io::Result<()> {
        let job = begun_job(true);
        let _: io::Result<()> = store(2).await;
        job.await
    }
    let record = only(records(|| block_on(outer())));
    assert_eq!(record.message, "attempt number 1 was refused");
}
