//! One error, one log: how many lines each way of failing makes, on one thread and on Tokio.

mod collect;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use anyhow::Context as _;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::runtime::{Builder as Tokio, Runtime};
use tokio::task::yield_now;
use track_errors::{BacktraceMode, testing, track_errors};

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
    let multi = Tokio::new_multi_thread().worker_threads(4).enable_time().build();
    let current = Tokio::new_current_thread().enable_time().build();
    [("multi-thread", multi.expect("a runtime")), ("current-thread", current.expect("a runtime"))]
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
// Conversions

mod nested {
    use super::*;

    #[track_errors(service = "once")]
    fn one() -> io::Result<()> {
        failing("disk on fire")?;
        Ok(())
    }

    #[track_errors(service = "once")]
    fn two() -> Result<(), StoreError> {
        one()?;
        Ok(())
    }

    #[track_errors(service = "once")]
    fn three() -> Result<(), String> {
        two().map_err(|error| format!("order 17: {error}"))
    }

    #[track_errors(service = "once")]
    fn four() -> anyhow::Result<()> {
        three().map_err(anyhow::Error::msg).context("handling a request")
    }

    #[track_errors(service = "once")]
    pub(super) fn five() -> Result<(), Boxed> {
        four()?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn one_later() -> io::Result<()> {
        yield_now().await;
        failing("disk on fire")?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn two_later() -> Result<(), StoreError> {
        yield_now().await;
        one_later().await?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn three_later() -> Result<(), String> {
        let result = two_later().await;
        yield_now().await;
        result.map_err(|error| format!("order 17: {error}"))
    }

    #[track_errors(service = "once")]
    async fn four_later() -> anyhow::Result<()> {
        let result = three_later().await.map_err(anyhow::Error::msg);
        yield_now().await;
        result.context("handling a request")
    }

    #[track_errors(service = "once")]
    pub(super) async fn five_later() -> Result<(), Boxed> {
        four_later().await?;
        Ok(())
    }
}

#[test]
fn five_nested_levels_with_conversions_log_once() {
    logs(1, nested::five);
}

#[test]
fn five_nested_async_levels_with_conversions_log_once() {
    task_logs(1, nested::five_later);
}

/// A test of a conversion in a sync function, and one in an async function.
macro_rules! converted {
    ($($name:ident $later:ident: |$result:ident| -> Result<(), $error:ty> { $converted:expr })*) => {
        $(
            #[test]
            fn $name() {
                #[track_errors(service = "once")]
                fn outer() -> Result<(), $error> {
                    let $result = fail("the disk is full");
                    $converted
                }
                logs(1, outer);
            }

            #[test]
            fn $later() {
                #[track_errors(service = "once")]
                async fn outer() -> Result<(), $error> {
                    let $result = fail_and_wait("the disk is full").await;
                    yield_now().await;
                    $converted
                }
                task_logs(1, outer);
            }
        )*
    };
}

converted! {
    an_error_that_is_passed_on_is_logged_once
    an_async_error_that_is_passed_on_is_logged_once:
        |result| -> Result<(), io::Error> { result }
    an_error_that_the_question_mark_converts_is_logged_once
    an_async_error_that_the_question_mark_converts_is_logged_once:
        |result| -> Result<(), StoreError> { Ok(result?) }
    an_error_with_context_is_logged_once
    an_async_error_with_context_is_logged_once:
        |result| -> Result<(), anyhow::Error> { result.context("writing the order") }
    an_error_with_context_of_eyre_is_logged_once
    an_async_error_with_context_of_eyre_is_logged_once:
        |result| -> Result<(), eyre::Report> { eyre::WrapErr::wrap_err(result, "writing the order") }
    an_error_that_becomes_the_source_of_another_is_logged_once
    an_async_error_that_becomes_the_source_of_another_is_logged_once:
        |result| -> Result<(), StoreError> { result.map_err(|error| StoreError::Other(error.into())) }
    an_error_whose_text_is_part_of_another_is_logged_once
    an_async_error_whose_text_is_part_of_another_is_logged_once:
        |result| -> Result<(), String> { result.map_err(|error| format!("order 17: {error}!")) }
    an_error_that_is_boxed_is_logged_once
    an_async_error_that_is_boxed_is_logged_once:
        |result| -> Result<(), Boxed> { Ok(result?) }
    an_error_nested_in_two_others_is_logged_once
    an_async_error_nested_in_two_others_is_logged_once:
        |result| -> Result<(), io::Error> { result.map_err(|error| {
            io::Error::new(io::ErrorKind::UnexpectedEof, StoreError::Disk(error))
        }) }
}

#[test]
fn a_transparent_error_is_logged_once_however_short_its_text() {
    #[track_errors(service = "once")]
    fn transparent() -> Result<(), Transparent> {
        Ok(fail("eof")?)
    }
    #[track_errors(service = "once")]
    fn boxed() -> Result<(), Boxed> {
        Ok(fail("eof")?)
    }
    logs(1, transparent);
    logs(1, boxed);
}

#[test]
fn an_error_whose_message_exceeds_the_limit_of_a_log_is_logged_once() {
    let long = "a long story, ".repeat(1_000);

    #[track_errors(service = "once")]
    fn handed_on(message: &str) -> io::Result<()> {
        fail(message)
    }
    #[track_errors(service = "once")]
    fn as_source(message: &str) -> Result<(), StoreError> {
        Ok(fail(message)?)
    }
    #[track_errors(service = "once")]
    fn in_text(message: &str) -> Result<(), String> {
        fail(message).map_err(|error| format!("order 17: {error}"))
    }
    logs(1, || handed_on(&long));
    logs(1, || as_source(&long));
    logs(1, || in_text(&long));
}

// ------------------------------------------------------------------------------------------------
// Several errors in one call

#[test]
fn a_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors(service = "once")]
    fn sweep() -> io::Result<()> {
        for _ in 0..100 {
            let _: io::Result<()> = fail("the disk is full");
        }
        Ok(())
    }
    logs(100, sweep);
}

#[test]
fn an_async_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors(service = "once")]
    async fn sweep() -> io::Result<()> {
        for _ in 0..100 {
            let _: io::Result<()> = fail_and_wait("the disk is full").await;
        }
        Ok(())
    }
    task_logs(100, sweep);
}

#[test]
fn a_handled_error_and_then_a_different_one_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> Result<(), Boxed> {
        if fail("no cache").is_err() {
            "twelve".parse::<u32>()?;
        }
        Ok(())
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_a_different_one_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> Result<(), Boxed> {
        if fail_and_wait("no cache").await.is_err() {
            yield_now().await;
            "twelve".parse::<u32>()?;
        }
        Ok(())
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_a_different_one_of_the_same_type_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> io::Result<()> {
        if fail("no cache").is_err() {
            failing("no database")?;
        }
        Ok(())
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_a_different_one_of_the_same_type_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> io::Result<()> {
        if fail_and_wait("no cache").await.is_err() {
            yield_now().await;
            failing("no database")?;
        }
        Ok(())
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_an_unrelated_one_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> Result<(), &'static str> {
        let _: io::Result<()> = fail("no cache");
        Err("out of order")
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_an_unrelated_one_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> Result<(), &'static str> {
        let _: io::Result<()> = fail_and_wait("no cache").await;
        yield_now().await;
        Err("out of order")
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_the_same_one_from_tracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> io::Result<()> {
        let _: io::Result<()> = fail("no cache");
        fail("no cache")
    }
    logs(2, load);
}

#[test]
fn three_retries_of_which_the_last_is_returned_log_three_times() {
    #[track_errors(service = "once")]
    fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = fail("connection refused");
        }
        last
    }
    logs(3, retry);
}

#[test]
fn three_async_retries_of_which_the_last_is_returned_log_three_times() {
    #[track_errors(service = "once")]
    async fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = fail_and_wait("connection refused").await;
            yield_now().await;
        }
        last
    }
    task_logs(3, retry);
}

// ------------------------------------------------------------------------------------------------
// Recursion

#[track_errors(service = "once")]
fn descend(depth: u32) -> io::Result<()> {
    if depth == 0 {
        failing("bottom")?;
    }
    descend(depth - 1)
}

#[track_errors(service = "once")]
fn descend_later(depth: u32) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
    Box::pin(async move {
        yield_now().await;
        if depth == 0 {
            failing("bottom")?;
        }
        descend_later(depth - 1).await
    })
}

#[track_errors(service = "once")]
async fn descend_boxed(depth: u32) -> io::Result<()> {
    yield_now().await;
    if depth == 0 {
        failing("bottom")?;
    }
    Box::pin(descend_boxed(depth - 1)).await
}

#[test]
fn recursion_logs_once() {
    logs(1, || descend(100));
}

#[test]
fn async_recursion_through_boxed_futures_logs_once() {
    task_logs(1, || descend_later(100));
    task_logs(1, || descend_boxed(100));
}

// ------------------------------------------------------------------------------------------------
// Futures that run side by side

#[test]
fn three_joined_futures_that_fail_log_three_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let (first, second, third) = tokio::join!(
            fail_and_wait("no card"),
            fail_and_wait("no cash"),
            fail_later("no cheque")
        );
        first.and(second).and(third)
    }
    task_logs(3, all);
}

#[test]
fn three_joined_futures_that_fail_alike_log_three_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let (first, second, third) = futures::join!(
            fail_and_wait("no money at all"),
            fail_later("no money at all"),
            fail_and_wait("no money at all")
        );
        first.and(second).and(third)
    }
    task_logs(3, all);
}

#[test]
fn twenty_unordered_futures_of_which_the_last_is_returned_log_twenty_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let messages: Vec<_> = (0..20).map(|number| format!("no item {number:02}")).collect();
        let mut futures: FuturesUnordered<_> =
            messages.iter().map(|message| fail_and_wait(message)).collect();
        let mut last = Ok(());
        while let Some(result) = futures.next().await {
            last = result;
        }
        last
    }
    task_logs(20, all);
}

#[test]
fn a_select_of_which_one_future_fails_logs_once() {
    #[track_errors(service = "once")]
    async fn first() -> io::Result<()> {
        tokio::select! {
            result = fail_and_wait("no answer") => result,
            () = std::future::pending() => Ok(()),
        }
    }
    task_logs(1, first);
}

#[test]
fn a_select_of_several_that_would_fail_logs_the_first() {
    #[track_errors(service = "once")]
    async fn slow() -> io::Result<()> {
        std::future::pending::<()>().await;
        failing("too late")
    }
    #[track_errors(service = "once")]
    async fn first() -> io::Result<()> {
        tokio::select! {
            result = slow() => result,
            result = fail_and_wait("no answer") => result,
            result = slow() => result,
        }
    }
    task_logs(1, first);
}

#[test]
fn fifty_tasks_with_nested_levels_log_fifty_times() {
    for (name, runtime) in runtimes() {
        let lines = lines(|| {
            runtime.block_on(async {
                let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(nested::five_later())).collect();
                for task in tasks {
                    assert!(task.await.expect("no panic").is_err());
                }
            });
        });
        assert_eq!(lines.len(), 50, "on the {name} runtime");
    }
}

#[test]
fn the_tasks_of_a_tracked_sync_function_log_once_each() {
    #[track_errors(service = "once")]
    fn serve(runtime: &Runtime) -> Result<(), Boxed> {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(nested::five_later())).collect();
            for task in tasks {
                assert!(task.await.expect("no panic").is_err());
            }
        });
        Ok(())
    }
    for (_, runtime) in runtimes() {
        logs(50, || serve(&runtime));
    }
}

#[test]
fn an_error_that_fails_a_tracked_sync_function_around_a_runtime_logs_once() {
    #[track_errors(service = "once")]
    fn serve(runtime: &Runtime) -> anyhow::Result<()> {
        runtime.block_on(fail_and_wait("no answer")).context("serving")
    }
    for (_, runtime) in runtimes() {
        logs(1, || serve(&runtime));
    }
}

// ------------------------------------------------------------------------------------------------
// Futures and functions that do not finish

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

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

// ------------------------------------------------------------------------------------------------
// Errors that are logged again, because nothing shows that they are the same

#[test]
fn an_error_handed_over_by_a_task_is_logged_again_by_the_task_that_gets_it() {
    #[track_errors(service = "once")]
    async fn gets() -> Result<(), Boxed> {
        tokio::spawn(fail_later("no answer")).await??;
        Ok(())
    }
    task_logs(2, gets);
}

#[test]
fn an_error_handed_over_by_a_channel_is_logged_again_by_the_thread_that_gets_it() {
    #[track_errors(service = "once")]
    fn gets() -> Result<(), Boxed> {
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || send.send(fail("no answer")));
        receive.recv()??;
        Ok(())
    }
    logs(2, gets);
}

#[test]
fn an_error_that_loses_every_trace_of_the_original_is_logged_again() {
    #[track_errors(service = "once")]
    fn hides() -> Result<(), &'static str> {
        fail("the disk is full").map_err(|_| "internal error")
    }
    logs(2, hides);
}

#[test]
fn an_error_is_logged_again_after_more_than_sixteen_others_in_the_same_call() {
    #[track_errors(service = "once")]
    fn keeps_the_first(others: usize) -> io::Result<()> {
        let first = fail("the first of all");
        for _ in 0..others {
            let _: io::Result<()> = fail("one of the others");
        }
        first
    }
    logs(1 + 15, || keeps_the_first(15));
    logs(1 + 16 + 1, || keeps_the_first(16));
}
