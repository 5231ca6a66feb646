//! Boundaries that are dropped, cancelled or panic.

use super::*;

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
    records(|| drop(endless_job())).assert_none();
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
