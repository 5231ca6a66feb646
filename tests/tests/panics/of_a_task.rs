//! A Tokio task or a thread that panics: the `JoinError` is the same error.

use std::fmt;

use futures::future::join_all;
use tokio::task::{JoinError, spawn};
use track_errors::testing::{self, Records};
use track_errors::{BacktraceMode, error, track_errors};
use track_errors_tests::executors::multi_thread;

#[derive(Debug)]
struct OrderError(JoinError);

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the order failed")
    }
}

impl std::error::Error for OrderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<JoinError> for OrderError {
    fn from(error: JoinError) -> Self {
        OrderError(error)
    }
}

async fn panicking(number: u32) {
    panic!("on purpose: \"task\" {number}\nof many");
}

/// The records of the future and of the tasks that it spawns.
fn records<F>(future: impl FnOnce(testing::CaptureHandle) -> F) -> Records
where
    F: Future,
{
    let settings = track_errors::builder().panics(true).backtrace(BacktraceMode::Trail);
    let capture = testing::Capture::start_with(settings);
    multi_thread().block_on(future(capture.handle()));
    capture.records()
}

#[track_errors]
async fn order(handle: testing::CaptureHandle, number: u32) -> Result<(), OrderError> {
    spawn(handle.follow(panicking(number))).await?;
    Ok(())
}

#[track_errors(report = "boundary")]
async fn handler(handle: testing::CaptureHandle, number: u32) -> Result<(), OrderError> {
    spawn(handle.follow(panicking(number))).await?;
    Ok(())
}

#[test]
fn the_join_error_of_a_task_that_panicked_is_the_same_error() {
    let all = records(|handle| async move { order(handle, 1).await.is_err() });
    let record = all.assert_one().kind("panic").message("on purpose: \"task\" 1\nof many");
    assert_eq!(record.function, "");
}

#[test]
fn a_boundary_that_returns_the_join_error_does_not_log_it_again() {
    records(|handle| async move { handler(handle, 2).await.is_err() }).assert_one().kind("panic");
}

#[test]
fn the_join_error_that_is_reported_by_hand_is_the_same_error() {
    let all = records(|handle| async move {
        let error = spawn(handle.follow(panicking(3))).await.unwrap_err();
        error!(error, "a task failed");
    });
    all.assert_one().kind("panic");
}

#[test]
fn each_of_many_tasks_that_panic_is_logged_once() {
    let all = records(|handle| async move {
        join_all((10..40).map(|number| order(handle.clone(), number))).await
    });
    all.assert_count(30);
}

#[test]
fn an_error_that_only_mentions_a_panic_is_another_one() {
    #[track_errors]
    fn fail() -> Result<(), String> {
        Err("the other side panicked, it says".to_owned())
    }
    let all = records(|handle| async move {
        drop(spawn(handle.follow(panicking(4))).await);
        fail()
    });
    all.assert_count(2);
}
