//! Boundaries and executors on one thread: a task is outside the boundary that started it, unless it
//! inherits it.

mod attempts;
mod recorded;

use std::io;

use futures::executor::block_on;
use tokio::task::{LocalSet, yield_now};
use track_errors::{inherit, track_errors};
use track_errors_tests::executors::current_thread;

use attempts::later::store;
use recorded::{functions, only, records};

#[test]
fn a_task_error_that_a_boundary_handles_is_logged_at_its_origin() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = tokio::spawn(store(1)).await.expect("no panic");
        Ok(())
    }
    let records = records(|| current_thread().block_on(job()));
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn an_error_of_a_task_that_inherits_is_not_logged_when_the_boundary_handles_it() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = tokio::spawn(inherit(store(1))).await.expect("no panic");
        Ok(())
    }
    records(|| current_thread().block_on(job())).assert_none();
}

#[test]
fn an_error_of_a_task_that_inherits_is_logged_once_when_the_boundary_returns_it() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        tokio::spawn(inherit(store(1))).await.expect("no panic")
    }
    let record = only(records(|| current_thread().block_on(job())));
    assert_eq!((&*record.message, record.presumed), ("attempt number 1 was refused", false));
    assert_eq!(functions(&record), ["store", "job"]);
}

#[test]
fn a_task_that_outlives_its_inherited_boundary_logs_at_the_origin() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        tokio::spawn(inherit(store(1)));
        Ok(())
    }
    let records = records(|| {
        current_thread().block_on(async {
            assert!(job().await.is_ok());
            for _ in 0..10 {
                yield_now().await;
            }
        });
    });
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn inherit_outside_of_a_boundary_does_nothing() {
    let records = records(|| block_on(inherit(store(1))));
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn a_local_task_is_outside_of_the_boundary_that_spawned_it() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = tokio::task::spawn_local(store(1)).await.expect("no panic");
        Ok(())
    }
    let records = records(|| current_thread().block_on(LocalSet::new().run_until(job())));
    assert_eq!(only(records).message, "attempt number 1 was refused");
}

#[test]
fn a_local_task_that_inherits_is_in_the_boundary_that_spawned_it() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> =
            tokio::task::spawn_local(inherit(store(1))).await.expect("no panic");
        Ok(())
    }
    records(|| current_thread().block_on(LocalSet::new().run_until(job()))).assert_none();
}

#[test]
fn a_local_set_that_a_boundary_runs_is_outside_it_unless_it_inherits() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let local = LocalSet::new();
        local.spawn_local(store(1));
        local.spawn_local(inherit(store(2)));
        current_thread().block_on(local);
        Ok(())
    }
    assert_eq!(only(records(job)).message, "attempt number 1 was refused");
}

#[test]
fn a_function_that_runs_an_executor_logs_the_errors_of_its_futures() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        current_thread().block_on(async {
            let _: io::Result<()> = store(1).await;
        });
        Ok(())
    }
    assert_eq!(only(records(job)).message, "attempt number 1 was refused");
}

#[test]
fn a_function_that_runs_an_executor_and_returns_its_error_logs_it_once() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        current_thread().block_on(store(1))
    }
    assert_eq!(only(records(job)).message, "attempt number 1 was refused");
}

#[test]
fn a_boundary_below_an_executor_that_a_boundary_runs_decides_for_itself() {
    #[track_errors(service = "job", report = "boundary")]
    async fn handler() -> io::Result<()> {
        let _: io::Result<()> = store(1).await;
        store(2).await
    }
    #[track_errors(service = "job", report = "boundary")]
    fn serve() -> io::Result<()> {
        current_thread().block_on(async { tokio::spawn(handler()).await.expect("no panic") })
    }
    assert_eq!(only(records(serve)).message, "attempt number 2 was refused");
}

#[test]
fn a_boundary_above_tokio_main_logs_the_error_that_it_returns_once() {
    #[track_errors(service = "job", report = "boundary")]
    #[tokio::main(flavor = "current_thread")]
    async fn run() -> io::Result<()> {
        store(1).await
    }
    assert_eq!(only(records(run)).message, "attempt number 1 was refused");
}

#[test]
fn a_boundary_below_tokio_main_logs_the_error_that_it_returns_once() {
    #[tokio::main(flavor = "current_thread")]
    #[track_errors(service = "job", report = "boundary")]
    async fn run() -> io::Result<()> {
        store(1).await
    }
    assert_eq!(only(records(run)).message, "attempt number 1 was refused");
}

#[test]
fn a_boundary_below_tokio_main_does_not_log_errors_that_it_handles() {
    #[tokio::main(flavor = "current_thread")]
    #[track_errors(service = "job", report = "boundary")]
    async fn run() -> io::Result<()> {
        store(1).await.or(Ok(()))
    }
    records(run).assert_none();
}
