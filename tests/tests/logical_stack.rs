//! The logical call stack: the tracked calls that are running, by name and line, without a symbol.

mod collect;

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::process::Command;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use serde_json::Value;
use tokio::runtime::Builder as Tokio;
use tokio::task::yield_now;
use track_errors::{BacktraceMode, testing, track_errors};

use collect::Collector;

const THIS: &str = include_str!("logical_stack.rs");

/// The functions of the first stack that is logged on this thread, without their paths, and the
/// lines in them, the innermost first.
fn first_stack<T>(f: impl FnOnce() -> T) -> Vec<(String, usize)> {
    let settings = track_errors::builder().backtrace(BacktraceMode::Off);
    let (_, records) = testing::capture_with(settings, f);
    frames(&records.first().expect("something fails").stack)
}

fn frames(stack: &str) -> Vec<(String, usize)> {
    let mut lines = stack.lines().skip(1);
    let mut frames = Vec::new();
    while let (Some(function), Some(place)) = (lines.next(), lines.next()) {
        let function = function.rsplit("::").next().expect("a name");
        let line = place.split(':').nth(1).expect("a line").parse().expect("a number");
        frames.push((function.to_owned(), line));
    }
    frames
}

fn names(stack: Vec<(String, usize)>) -> Vec<String> {
    stack.into_iter().map(|(name, _)| name).collect()
}

/// Line of the only function with this name in a source file.
fn defined(source: &str, function: &str) -> usize {
    let name = format!("fn {function}(");
    let mut lines = source.lines().enumerate().filter(|(_, line)| line.contains(&name));
    let (line, _) = lines.next().expect("the function");
    assert!(lines.next().is_none(), "two functions are named {function}");
    line + 1
}

fn frame(function: &str) -> (String, usize) {
    (function.to_owned(), defined(THIS, function))
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn failing() -> io::Result<()> {
    Err(io::Error::other("out of order"))
}

#[track_errors(service = "stack")]
fn innermost() -> io::Result<()> {
    failing()?; // fails
    Ok(())
}

fn fails() -> (String, usize) {
    let line = THIS.lines().position(|line| line.ends_with("?; // fails")).expect("the line");
    ("innermost".to_owned(), line + 1)
}

fn untracked() -> io::Result<()> {
    innermost()
}

#[track_errors(service = "stack")]
fn middle() -> io::Result<()> {
    untracked()
}

#[track_errors(service = "stack")]
fn outermost() -> io::Result<()> {
    middle()
}

#[track_errors(service = "stack")]
async fn inner_later(waits: usize) -> io::Result<()> {
    for _ in 0..waits {
        yield_now().await;
    }
    innermost()
}

#[track_errors(service = "stack")]
async fn middle_later(waits: usize) -> io::Result<()> {
    inner_later(waits).await
}

#[track_errors(service = "stack")]
async fn outer_later(waits: usize) -> io::Result<()> {
    yield_now().await;
    middle_later(waits).await
}

#[test]
fn the_calls_around_the_one_that_fails_stand_at_their_definitions() {
    assert_eq!(first_stack(outermost), [fails(), frame("middle"), frame("outermost")]);
}

#[test]
fn a_call_that_has_ended_is_not_in_the_stack() {
    #[track_errors(service = "stack")]
    fn succeeds() -> io::Result<()> {
        Ok(())
    }
    #[track_errors(service = "stack")]
    fn both() -> io::Result<()> {
        succeeds()?;
        innermost()
    }
    assert_eq!(first_stack(both), [fails(), frame("both")]);
}

#[test]
fn the_stack_goes_through_awaits() {
    let stack = first_stack(|| {
        let mut future = pin!(outer_later(2));
        while poll_once(future.as_mut()).is_pending() {}
    });
    let expected = [fails(), frame("inner_later"), frame("middle_later"), frame("outer_later")];
    assert_eq!(stack, expected);
}

#[test]
fn each_of_two_joined_futures_has_its_own_callers() {
    #[track_errors(service = "stack")]
    async fn left() -> io::Result<()> {
        inner_later(1).await
    }
    #[track_errors(service = "stack")]
    async fn right() -> io::Result<()> {
        inner_later(2).await
    }
    #[track_errors(service = "stack")]
    async fn join() -> io::Result<()> {
        let (left, right) = futures::join!(left(), right());
        left.and(right)
    }
    let settings = track_errors::builder().backtrace(BacktraceMode::Off);
    let (_, records) = testing::capture_with(settings, || {
        let mut future = pin!(join());
        while poll_once(future.as_mut()).is_pending() {}
    });
    let stacks: Vec<_> = records.iter().map(|record| names(frames(&record.stack))).collect();
    assert_eq!(
        stacks,
        [
            ["innermost", "inner_later", "left", "join"],
            ["innermost", "inner_later", "right", "join"]
        ]
    );
}

#[test]
fn a_task_that_moved_to_another_thread_keeps_its_stack() {
    let collector = Collector::install(track_errors::builder().backtrace(BacktraceMode::Off));
    let mut future = Box::pin(outer_later(2));
    for _ in 0..3 {
        let polled = std::thread::spawn(move || {
            assert!(poll_once(future.as_mut()).is_pending());
            future
        });
        future = polled.join().expect("no panic");
    }
    assert!(poll_once(future.as_mut()).is_ready());
    let lines = collector.drain();
    assert_eq!(lines.len(), 1);
    let expected = [fails(), frame("inner_later"), frame("middle_later"), frame("outer_later")];
    assert_eq!(frames(&lines[0].stack), expected);
}

#[test]
fn tasks_of_a_runtime_keep_their_stacks() {
    let collector = Collector::install(track_errors::builder().backtrace(BacktraceMode::Off));
    let runtime = Tokio::new_multi_thread().worker_threads(4).build().expect("a runtime");
    runtime.block_on(async {
        let tasks: Vec<_> = (0..50).map(|waits| tokio::spawn(outer_later(waits))).collect();
        for task in tasks {
            assert!(task.await.expect("no panic").is_err());
        }
    });
    let lines = collector.drain();
    assert_eq!(lines.len(), 50);
    let expected = [fails(), frame("inner_later"), frame("middle_later"), frame("outer_later")];
    for line in lines {
        assert_eq!(frames(&line.stack), expected);
    }
}

#[test]
fn a_thread_that_polled_a_task_is_not_in_it_any_more() {
    let stack = first_stack(|| {
        let mut future = pin!(outer_later(2));
        assert!(poll_once(future.as_mut()).is_pending());
        outermost()
    });
    assert_eq!(names(stack), ["innermost", "middle", "outermost"]);
}

#[test]
fn the_stack_goes_through_traits_and_boxed_futures() {
    #[async_trait]
    trait Service {
        async fn serve(&self) -> io::Result<()>;
    }
    struct Shop;
    #[async_trait]
    impl Service for Shop {
        #[track_errors(service = "stack")]
        async fn serve(&self) -> io::Result<()> {
            inner_later(0).await
        }
    }
    #[track_errors(service = "stack")]
    fn boxed() -> Pin<Box<dyn Future<Output = io::Result<()>>>> {
        Box::pin(async { Shop.serve().await })
    }
    let stack = first_stack(|| assert!(poll_once(pin!(boxed())).is_ready()));
    assert_eq!(names(stack), ["innermost", "inner_later", "serve", "boxed"]);
}

#[test]
fn a_recursion_that_is_too_deep_is_cut_and_its_innermost_calls_are_kept() {
    #[track_errors(service = "stack")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { innermost() } else { descend(depth - 1) }
    }
    let settings = track_errors::builder().backtrace(BacktraceMode::Off);
    let (_, records) = testing::capture_with(settings, || descend(90));
    let stack = &records[0].stack;
    assert!(stack.starts_with("std::io::Error: out of order\n   0: logical_stack::innermost\n"));
    assert!(stack.ends_with("\n      … 28 more frames"), "{stack}");
}

#[test]
fn after_a_recursion_that_was_too_deep_the_stack_is_right_again() {
    #[track_errors(service = "stack")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { Ok(()) } else { descend(depth - 1) }
    }
    let stack = first_stack(|| {
        descend(1_000).expect("nothing fails");
        outermost()
    });
    assert_eq!(names(stack), ["innermost", "middle", "outermost"]);
}

#[test]
fn the_environment_turns_native_frames_off() {
    let output = Command::new(env!("CARGO_BIN_EXE_scenario"))
        .arg("climb")
        .env("TRACK_ERRORS_BACKTRACE", "off")
        .env_remove("TRACK_ERRORS_OUTPUT")
        .env_remove("TRACK_ERRORS_FORMAT")
        .env_remove("TRACK_ERRORS_REPORT")
        .output()
        .expect("the scenario starts");
    assert!(output.status.success(), "{output:?}");
    let line: Value = serde_json::from_slice(&output.stdout).expect("one line");
    let stack = line["error"]["stack"].as_str().expect("a text");
    let source = include_str!("../src/bin/scenario.rs");
    let frames = frames(stack);
    assert_eq!(frames.len(), 2, "{stack}");
    assert_eq!(frames[0].0, "read_settings");
    assert_eq!(frames[0].1, defined(source, "read_settings") + 1);
    assert_eq!(frames[1], ("start".to_owned(), defined(source, "start")));
}
