//! Nested boundaries, and boundaries that run side by side.

use super::*;

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
    records(|| block_on(job())).assert_none();
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
    records(|| block_on(Retry.run(2))).assert_none();
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
