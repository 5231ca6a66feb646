//! One error, one log: how many lines each way of failing makes, on one thread and on Tokio.

#[path = "../collect/mod.rs"]
mod collect;
mod conversions;
mod logged_again;
mod repeated;
mod side_by_side;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::mpsc;

use anyhow::Context as _;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::runtime::Runtime;
use tokio::task::yield_now;
use track_errors::{BacktraceMode, testing, track_errors};
use track_errors_tests::executors::{current_thread, multi_thread, poll_once};

use collect::{Collector, Line, trail_only};

type Boxed = Box<dyn Error + Send + Sync>;

// ------------------------------------------------------------------------------------------------
// Counting

/// The lines of `f` on this thread and on the threads that it starts.
fn lines<T>(f: impl FnOnce() -> T) -> Vec<Line> {
    let collector = Collector::install(trail_only());
    f();
    collector.drain()
}

#[track_caller]
fn logs<T>(expected: usize, f: impl FnOnce() -> T) {
    let lines = lines(f);
    assert_eq!(lines.len(), expected, "{lines:#?}");
}

fn runtimes() -> [(&'static str, Runtime); 2] {
    [("multi-thread", multi_thread()), ("current-thread", current_thread())]
}

/// Runs a task on both kinds of runtime, and checks the number of lines.
#[track_caller]
fn task_logs<F>(expected: usize, task: impl Fn() -> F)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    for (name, runtime) in runtimes() {
        let task = task();
        let lines = lines(|| {
            runtime.block_on(async { tokio::spawn(task).await.map(drop).expect("no panic") });
        });
        assert_eq!(lines.len(), expected, "on the {name} runtime: {lines:#?}");
    }
}

// ------------------------------------------------------------------------------------------------
// Errors

/// Its text does not mention its source.
#[derive(Debug)]
enum StoreError {
    Disk(io::Error),
    Other(Boxed),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot store")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StoreError::Disk(error) => Some(error),
            StoreError::Other(error) => Some(&**error),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        StoreError::Disk(error)
    }
}

/// Forwards to the error in it, as `thiserror`'s `transparent` does.
#[derive(Debug)]
struct Transparent(io::Error);

impl fmt::Display for Transparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Transparent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl From<io::Error> for Transparent {
    fn from(error: io::Error) -> Self {
        Transparent(error)
    }
}

fn failing(message: &str) -> io::Result<()> {
    Err(io::Error::other(message))
}

#[track_errors(service = "once")]
fn fail(message: &str) -> io::Result<()> {
    failing(message)?;
    Ok(())
}

#[track_errors(service = "once")]
async fn fail_later(message: &str) -> io::Result<()> {
    yield_now().await;
    failing(message)?;
    Ok(())
}

/// Like `fail_later`, but its task may move to another thread after the error.
#[track_errors(service = "once")]
async fn fail_and_wait(message: &str) -> io::Result<()> {
    let result = fail_later(message).await;
    for _ in 0..3 {
        yield_now().await;
    }
    result
}

// ------------------------------------------------------------------------------------------------
// Futures and functions that do not finish

#[test]
fn a_future_that_is_dropped_half_way_logs_nothing_and_leaves_nothing_behind() {
    #[track_errors(service = "once")]
    async fn half_way() -> io::Result<()> {
        yield_now().await;
        fail("the disk is full")
    }
    logs(0, || {
        let mut future = Box::pin(half_way());
        assert!(poll_once(future.as_mut()).is_pending());
    });
    logs(1, || fail("the disk is full"));
}

#[test]
fn an_error_of_a_future_that_is_dropped_half_way_is_not_mistaken_for_a_later_one() {
    #[track_errors(service = "once")]
    async fn half_way() -> io::Result<()> {
        let result = fail_later("the disk is full").await;
        std::future::pending::<()>().await;
        result
    }

    /// Drops a future that saw an error, and then fails with an equal error in untracked code.
    #[track_errors(service = "once")]
    fn around() -> io::Result<()> {
        {
            let mut future = Box::pin(half_way());
            assert!(poll_once(future.as_mut()).is_pending());
            assert!(poll_once(future.as_mut()).is_pending());
        }
        failing("the disk is full")
    }
    logs(2, around);
}

#[test]
fn a_dropped_future_leaves_nothing_behind_on_another_thread() {
    #[track_errors(service = "once")]
    async fn half_way() -> io::Result<()> {
        let result = fail("the disk is full");
        yield_now().await;
        result
    }
    logs(2, || {
        let mut future = Box::pin(half_way());
        assert!(poll_once(future.as_mut()).is_pending());
        let thread = std::thread::spawn(move || {
            drop(future);
            fail("the disk is full")
        });
        assert!(thread.join().expect("no panic").is_err());
    });
}

#[test]
fn a_panic_that_is_caught_between_two_tracked_functions_leaves_the_trail_right() {
    #[track_errors(service = "once")]
    fn panics() -> io::Result<()> {
        resume_unwind(Box::new("on purpose"));
    }
    #[track_errors(service = "once")]
    fn between() -> io::Result<()> {
        panics()
    }
    #[track_errors(service = "once")]
    fn outer() -> io::Result<()> {
        assert!(catch_unwind(between).is_err());
        fail("after the panic")
    }

    let settings = track_errors::builder().backtrace(BacktraceMode::Trail);
    let (_, records) = testing::capture_with(settings, outer);
    assert_eq!(records.len(), 1);
    assert_eq!(
        functions(&records[0].stack),
        ["once_counts::fail", &name("leaves_the_trail_right::outer")]
    );
}

#[test]
fn a_panic_that_is_caught_in_an_async_function_leaves_the_trail_right() {
    #[track_errors(service = "once")]
    async fn panics() -> io::Result<()> {
        resume_unwind(Box::new("on purpose"));
    }
    #[track_errors(service = "once")]
    async fn outer() -> io::Result<()> {
        {
            let mut panics = pin!(panics());
            assert!(catch_unwind(AssertUnwindSafe(|| poll_once(panics.as_mut()))).is_err());
        }
        fail("after the panic")
    }

    let settings = track_errors::builder().backtrace(BacktraceMode::Trail);
    let (_, records) = testing::capture_with(settings, || {
        assert!(poll_once(pin!(outer())).is_ready());
    });
    assert_eq!(records.len(), 1);
    assert_eq!(
        functions(&records[0].stack),
        ["once_counts::fail", &name("async_function_leaves_the_trail_right::outer")]
    );
}

#[test]
fn after_a_caught_panic_errors_are_still_told_apart() {
    #[track_errors(service = "once")]
    fn fails_and_panics() -> io::Result<()> {
        let _: io::Result<()> = fail("before the panic");
        resume_unwind(Box::new("on purpose"));
    }
    #[track_errors(service = "once")]
    fn outer() -> io::Result<()> {
        assert!(catch_unwind(fails_and_panics).is_err());
        fail("after the panic")
    }
    logs(2, outer);
    // An enclosing boundary still decides.
    #[track_errors(service = "once", report = "boundary")]
    fn boundary() -> io::Result<()> {
        outer()
    }
    let (_, records) = testing::capture(boundary);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "after the panic");
}

/// The functions of a stack, the innermost first.
fn functions(stack: &str) -> Vec<&str> {
    let frames = stack.lines().filter_map(|line| line.trim_start().split_once(": "));
    frames.filter(|(number, _)| number.parse::<u32>().is_ok()).map(|(_, name)| name).collect()
}

/// Full path of a function in this test.
fn name(end: &str) -> String {
    let test = match end {
        "leaves_the_trail_right::outer" => "a_panic_that_is_caught_between_two_tracked_functions_",
        _ => "a_panic_that_is_caught_in_an_",
    };
    format!("once_counts::{test}{end}")
}
