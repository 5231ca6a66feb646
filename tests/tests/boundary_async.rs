//! Futures as boundaries, on one thread: polls, cancellation, and what happens to held errors.

mod recorded;

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::executor::block_on;
use futures::future::join_all;
use tokio::runtime::{Builder as Tokio, Runtime};
use tokio::task::yield_now;
use track_errors::{
    BoundaryEnd, BoundaryRecord, ErrorRecord, boundary, boundary_fn, inherit, track_errors,
};

use recorded::{assert_none, causes, field, functions, int, messages, only, records};

#[track_errors(service = "store", fields(attempt))]
async fn store(attempt: i64) -> io::Result<()> {
    yield_now().await;
    Err(io::Error::other(format!("attempt number {attempt} was refused")))
}

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

fn current_thread() -> Runtime {
    Tokio::new_current_thread().enable_time().build().expect("a runtime")
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

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
    assert_none(&records(|| block_on(job())));
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
    assert_eq!(functions(&record), ["store", "handler"]);
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
    assert_none(&records(|| block_on(respond(404))));
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
    assert_none(&records(job));
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
            assert_none(&records(|| block_on(job())));
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
    assert_none(&records(|| block_on(begun_job(false))));
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
    assert_none(&records(|| block_on(job(async { store(1).await.or(Ok(())) }))));
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

// ------------------------------------------------------------------------------------------------
// Cancellation

#[test]
fn a_boundary_dropped_between_retries_logs_its_held_errors() {
    let records = records(|| poll_often(pin!(endless_job())));
    assert_eq!(messages(&records), BOTH);
}

#[test]
fn a_boundary_that_a_timeout_cancels_logs_its_held_errors() {
    #[track_errors(service = "store")]
    fn store(attempt: i64) -> io::Result<()> {
        Err(io::Error::other(format!("attempt number {attempt} was refused")))
    }
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        // Both fail in the first poll, before the timeout is checked.
        store(1).or_else(|_| store(2)).or(pending().await)
    }
    let records = records(|| {
        current_thread().block_on(async {
            assert!(tokio::time::timeout(Duration::ZERO, job()).await.is_err());
        });
    });
    assert_eq!(messages(&records), BOTH);
}

#[test]
fn a_boundary_that_select_cancels_logs_its_held_errors() {
    let records = records(|| {
        block_on(async {
            let enough = async {
                for _ in 0..10 {
                    yield_now().await;
                }
            };
            tokio::select! {
                biased;
                result = endless_job() => unreachable!("{result:?}"),
                () = enough => {}
            }
        });
    });
    assert_eq!(messages(&records), BOTH);
}

#[test]
fn a_boundary_on_a_dropped_runtime_logs_its_held_errors() {
    let records = records(|| {
        let runtime = current_thread();
        runtime.block_on(async {
            tokio::spawn(endless_job());
            for _ in 0..10 {
                yield_now().await;
            }
        });
        drop(runtime);
    });
    assert_eq!(messages(&records), BOTH);
}

#[test]
fn an_aborted_task_logs_the_held_errors_of_its_boundary() {
    let records = records(|| {
        current_thread().block_on(async {
            let task = tokio::spawn(endless_job());
            for _ in 0..10 {
                yield_now().await;
            }
            task.abort();
            assert!(task.await.expect_err("it is cancelled").is_cancelled());
        });
    });
    assert_eq!(messages(&records), BOTH);
}

#[test]
fn a_boundary_dropped_before_its_first_poll_logs_nothing() {
    assert_none(&records(|| drop(endless_job())));
}

#[test]
fn a_boundary_dropped_after_it_returned_its_value_logs_nothing_more() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        store(1).await
    }
    let records = records(|| {
        let mut job = Box::pin(job());
        while poll_once(job.as_mut()).is_pending() {}
        drop(job);
    });
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn a_forgotten_boundary_does_not_affect_the_outer_one() {
    #[track_errors(service = "job", report = "boundary")]
    async fn outer() -> io::Result<()> {
        let mut inner = Box::pin(endless_job());
        poll_often(inner.as_mut());
        std::mem::forget(inner);
        store(3).await
    }
    assert_eq!(only(records(|| block_on(outer()))).message, "attempt number 3 was refused");
}

#[test]
fn a_panic_during_a_poll_logs_the_held_errors_once() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        store(1).await.expect("the store works");
        Ok(())
    }
    let records = records(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(job()))).is_err());
    });
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn a_panicking_task_logs_the_held_errors_of_its_boundary_once() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let error = store(1).await.expect_err("it fails");
        yield_now().await;
        panic!("{error}");
    }
    let records = records(|| {
        current_thread().block_on(async {
            assert!(tokio::spawn(job()).await.expect_err("it panics").is_panic());
        });
    });
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

// ------------------------------------------------------------------------------------------------
// Boundaries in boundaries, and side by side

#[test]
fn the_innermost_async_boundary_logs_an_error_that_every_boundary_returns() {
    #[track_errors(service = "job", report = "boundary")]
    async fn inner() -> io::Result<()> {
        store(1).await
    }
    #[track_errors(service = "job", report = "boundary")]
    async fn outer() -> Result<(), String> {
        let result = inner().await;
        yield_now().await;
        result.map_err(|error| format!("the job failed: {error}"))
    }
    assert_eq!(only(records(|| block_on(outer()))).message, "attempt number 1 was refused");
}

#[test]
fn an_inner_boundary_logs_the_error_that_it_returns_although_the_outer_one_holds_it() {
    #[track_errors(service = "inner", report = "boundary")]
    async fn inner(job: impl Future<Output = io::Result<()>>) -> io::Result<()> {
        job.await
    }
    #[track_errors(service = "outer", report = "boundary")]
    async fn outer() -> io::Result<()> {
        inner(inherit(store(1))).await
    }
    let record = only(records(|| block_on(outer())));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!(functions(&record), ["store", "inner", "outer"]);
    // The outer call held it. Another call is another boundary.
    let other = only(records(|| block_on(outer())));
    let id = |record: ErrorRecord| record.boundary.expect("one held it").id;
    assert_ne!(id(record), id(other));
}

#[test]
fn a_dropped_tracked_future_leaves_its_errors_to_the_enclosing_boundary() {
    #[track_errors(service = "store")]
    async fn never_gives_up() -> io::Result<()> {
        let _: io::Result<()> = store(1).await;
        pending().await
    }
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        poll_often(pin!(never_gives_up()));
        Ok(())
    }
    assert_none(&records(|| block_on(job())));
}

#[test]
fn a_boundary_dropped_inside_another_logs_its_held_errors() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = store(3).await;
        poll_often(pin!(endless_job()));
        Ok(())
    }
    assert_eq!(messages(&records(|| block_on(job()))), BOTH);
}

#[test]
fn an_async_trait_method_can_be_a_boundary() {
    #[async_trait::async_trait]
    trait Job {
        async fn run(&self, attempts: i64) -> io::Result<()>;
    }

    struct Retry;

    #[async_trait::async_trait]
    impl Job for Retry {
        #[track_errors(service = "job", report = "boundary")]
        async fn run(&self, attempts: i64) -> io::Result<()> {
            let mut last = Ok(());
            for attempt in 1..=attempts {
                last = store(attempt).await;
            }
            if attempts > 2 { last } else { Ok(()) }
        }
    }
    assert_none(&records(|| block_on(Retry.run(2))));
    let record = only(records(|| block_on(Retry.run(3))));
    assert_eq!(record.message, "attempt number 3 was refused");
}

#[test]
fn boundaries_that_run_side_by_side_hold_their_own_errors() {
    #[track_errors(service = "job", report = "boundary", fields(job))]
    async fn job(job: i64) -> io::Result<()> {
        let first = store(10 * job).await;
        yield_now().await;
        let _: io::Result<()> = store(10 * job + 1).await;
        first
    }
    let records = records(|| {
        block_on(join_all([job(1), job(2), job(3)]));
    });
    assert_eq!(records.len(), 3, "{records:#?}");
    for record in records {
        let numbers = [field(&record, "job"), field(&record, "attempt")];
        assert!((1..=3).any(|job| numbers == [int(job), int(10 * job)]), "{record:#?}");
    }
}

#[test]
fn an_error_between_the_polls_of_a_boundary_is_logged_at_its_origin() {
    let records = records(|| {
        let mut job = pin!(endless_job());
        poll_often(job.as_mut());
        assert!(block_on(store(3)).is_err());
        poll_often(job);
    });
    assert_eq!(records[0].message, "attempt number 3 was refused");
    assert_eq!(records.len(), 3);
}

// ------------------------------------------------------------------------------------------------
// The boundary in a record

/// The boundary of the only record.
#[track_caller]
fn boundary_of<T>(f: impl FnOnce() -> T) -> BoundaryRecord {
    only(records(f)).boundary.expect("a boundary held it")
}

#[track_caller]
fn assert_ended(boundary: &BoundaryRecord, function: &str, end: BoundaryEnd) {
    let path = boundary.function.as_deref().expect("it is over");
    assert!(path.starts_with("boundary_async::"), "{path}");
    assert_eq!((path.rsplit("::").next(), boundary.end), (Some(function), end));
}

#[test]
fn a_record_names_the_boundary_that_returned_the_error() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        store(1).await
    }
    let boundary = boundary_of(|| block_on(job()));
    assert_ended(&boundary, "job", BoundaryEnd::Returned);
    assert_eq!(boundary.id.len(), 16);
    assert!(boundary.id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", boundary.id);
}

#[test]
fn a_record_names_the_boundary_that_handled_the_error() {
    #[track_errors(service = "job", report = "boundary", handled = "warn")]
    async fn job() -> io::Result<()> {
        store(1).await.or(Ok(()))
    }
    assert_ended(&boundary_of(|| block_on(job())), "job", BoundaryEnd::Handled);
}

#[test]
fn records_name_the_cancelled_boundary_and_share_its_id() {
    let records = records(|| poll_often(pin!(endless_job())));
    let boundaries: Vec<_> = records.iter().filter_map(|record| record.boundary.clone()).collect();
    assert_eq!(boundaries.len(), 2, "{records:#?}");
    assert_ended(&boundaries[0], "endless_job", BoundaryEnd::Cancelled);
    assert_eq!(boundaries[0], boundaries[1]);
}

#[test]
fn a_record_says_that_its_boundary_panicked() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1).await;
        panic!("on purpose");
    }
    let boundary = boundary_of(|| {
        let caught = catch_unwind(|| block_on(job()));
        assert!(caught.is_err());
    });
    assert_eq!(boundary.end, BoundaryEnd::Panicked);
}

#[test]
fn records_of_two_calls_of_a_boundary_have_different_boundary_ids() {
    let records = records(|| {
        poll_often(pin!(endless_job()));
        poll_often(pin!(endless_job()));
    });
    let ids = records.iter().map(|record| &record.boundary.as_ref().expect("one").id);
    let ids: Vec<_> = ids.collect();
    assert!(ids.len() == 4 && ids[0] == ids[1] && ids[2] == ids[3], "{ids:?}");
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn a_record_that_no_boundary_held_names_none() {
    assert!(only(records(|| block_on(store(1)))).boundary.is_none());
}
