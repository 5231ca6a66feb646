//! The return trail: the tracked functions that an error left, each with the line of its `?`, without a
//! symbol.

mod collect;

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::process::Command;

use async_trait::async_trait;
use serde_json::Value;
use tokio::task::yield_now;
use track_errors::{BacktraceMode, testing, track_errors};
use track_errors_tests::executors::{multi_thread, poll_once};

use collect::{Collector, trail_only};

const THIS: &str = include_str!("return_trail.rs");

/// Functions (without paths) and lines of the first stack that is logged on this thread, the innermost
/// first.
fn first_stack<T>(f: impl FnOnce() -> T) -> Vec<(String, usize)> {
    stacks(f).remove(0)
}

/// All stacks that are logged on this thread.
fn stacks<T>(f: impl FnOnce() -> T) -> Vec<Vec<(String, usize)>> {
    let settings = track_errors::builder().backtrace(BacktraceMode::Trail);
    let (_, records) = testing::capture_with(settings, f);
    records.iter().map(|record| frames(&record.stack)).collect()
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

/// The step of a function of this file: the line with the comment `// leaves` and its name.
fn step(function: &str) -> (String, usize) {
    let comment = format!("// leaves `{function}`");
    let mut lines = THIS.lines().enumerate().filter(|(_, line)| line.ends_with(&comment));
    let (line, _) = lines.next().expect("the line");
    assert!(lines.next().is_none(), "an error leaves {function} twice");
    (function.to_owned(), line + 1)
}

fn steps<const N: usize>(functions: [&str; N]) -> [(String, usize); N] {
    functions.map(step)
}

fn run<F: Future>(future: F) {
    let mut future = pin!(future);
    while poll_once(future.as_mut()).is_pending() {}
}

fn failing() -> io::Result<()> {
    Err(io::Error::other("out of order"))
}

#[track_errors(service = "trail")]
fn innermost() -> io::Result<()> {
    failing()?; // leaves `innermost`
    Ok(())
}

fn untracked() -> io::Result<()> {
    innermost()
}

#[track_errors(service = "trail")]
fn middle() -> io::Result<()> {
    untracked() // leaves `middle`
}

#[track_errors(service = "trail")]
fn outermost() -> io::Result<()> {
    middle()?; // leaves `outermost`
    Ok(())
}

#[track_errors(service = "trail")]
async fn inner_later(waits: usize) -> io::Result<()> {
    for _ in 0..waits {
        yield_now().await;
    }
    innermost() // leaves `inner_later`
}

#[track_errors(service = "trail")]
async fn middle_later(waits: usize) -> io::Result<()> {
    inner_later(waits).await // leaves `middle_later`
}

#[track_errors(service = "trail")]
async fn outer_later(waits: usize) -> io::Result<()> {
    yield_now().await;
    middle_later(waits).await?; // leaves `outer_later`
    Ok(())
}

/// A boundary's log has every step, however late it comes.
#[track_errors(service = "trail", report = "boundary")]
async fn task(waits: usize) -> io::Result<()> {
    let result = outer_later(waits).await;
    yield_now().await;
    result?; // leaves `task`
    Ok(())
}

const OF_A_TASK: [&str; 5] = ["innermost", "inner_later", "middle_later", "outer_later", "task"];

#[test]
fn the_trail_has_the_line_at_which_the_error_left_each_function() {
    assert_eq!(first_stack(outermost), steps(["innermost", "middle", "outermost"]));
}

#[test]
fn a_function_that_the_error_did_not_leave_is_not_in_the_trail() {
    #[track_errors(service = "trail")]
    fn succeeds() -> io::Result<()> {
        Ok(())
    }
    #[track_errors(service = "trail")]
    fn both() -> io::Result<()> {
        succeeds()?;
        innermost() // leaves `both`
    }
    #[track_errors(service = "trail")]
    fn handles() -> io::Result<()> {
        let _: io::Result<()> = both();
        Ok(())
    }
    assert_eq!(first_stack(handles), steps(["innermost", "both"]));
}

#[test]
fn the_trail_goes_through_awaits() {
    let stack = first_stack(|| run(outer_later(2)));
    assert_eq!(stack, steps(["innermost", "inner_later", "middle_later", "outer_later"]));
}

#[test]
fn each_of_two_joined_futures_has_its_own_trail() {
    #[track_errors(service = "trail")]
    async fn left() -> io::Result<()> {
        inner_later(1).await
    }
    #[track_errors(service = "trail")]
    async fn right() -> io::Result<()> {
        inner_later(2).await
    }
    let stacks = stacks(|| run(async { futures::join!(left(), right()) }));
    assert_eq!(
        stacks.into_iter().map(names).collect::<Vec<_>>(),
        [["innermost", "inner_later", "left"], ["innermost", "inner_later", "right"]]
    );
}

#[test]
fn a_task_that_moved_to_another_thread_keeps_its_trail() {
    let collector = Collector::install(trail_only());
    let mut future = Box::pin(task(2));
    for _ in 0..4 {
        let polled = std::thread::spawn(move || {
            assert!(poll_once(future.as_mut()).is_pending());
            future
        });
        future = polled.join().expect("no panic");
    }
    assert!(poll_once(future.as_mut()).is_ready());
    let lines = collector.drain();
    assert_eq!(lines.len(), 1);
    assert_eq!(frames(&lines[0].stack), steps(OF_A_TASK));
}

#[test]
fn tasks_of_a_runtime_keep_their_trails() {
    let collector = Collector::install(trail_only());
    let runtime = multi_thread();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..50).map(|waits| tokio::spawn(task(waits))).collect();
        for task in tasks {
            assert!(task.await.expect("no panic").is_err());
        }
    });
    let lines = collector.drain();
    assert_eq!(lines.len(), 50);
    for line in lines {
        assert_eq!(frames(&line.stack), steps(OF_A_TASK));
    }
}

#[test]
fn a_future_that_waits_on_the_same_thread_is_not_in_the_trail() {
    let stack = first_stack(|| {
        let mut future = pin!(outer_later(2));
        assert!(poll_once(future.as_mut()).is_pending());
        outermost()
    });
    assert_eq!(names(stack), ["innermost", "middle", "outermost"]);
}

#[test]
fn the_trail_goes_through_traits_and_boxed_futures() {
    #[async_trait]
    trait Service {
        async fn serve(&self) -> io::Result<()>;
    }
    struct Shop;
    #[async_trait]
    impl Service for Shop {
        #[track_errors(service = "trail")]
        async fn serve(&self) -> io::Result<()> {
            inner_later(0).await
        }
    }
    #[track_errors(service = "trail")]
    fn boxed() -> Pin<Box<dyn Future<Output = io::Result<()>>>> {
        Box::pin(async { Shop.serve().await })
    }
    let stack = first_stack(|| run(boxed()));
    assert_eq!(names(stack), ["innermost", "inner_later", "serve", "boxed"]);
}

#[test]
fn the_trail_of_a_deep_recursion_keeps_the_innermost_steps_and_the_last() {
    #[track_errors(service = "trail")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { innermost() } else { descend(depth - 1) }
    }
    #[track_errors(service = "trail")]
    fn around() -> io::Result<()> {
        descend(90)
    }
    let settings = track_errors::builder().backtrace(BacktraceMode::Trail);
    let (_, records) = testing::capture_with(settings, around);
    // 93 functions: `innermost`, 91 calls of `descend`, `around`.
    assert_eq!(records[0].steps_left_out, 93 - 32);
    let names = names(frames(&records[0].stack));
    assert_eq!(names.len(), 32);
    assert_eq!(names[0], "innermost");
    assert!(names[1..31].iter().all(|name| name == "descend"), "{names:?}");
    assert_eq!(names[31], "around");
}

#[test]
fn after_a_deep_recursion_the_trail_is_right_again() {
    #[track_errors(service = "trail")]
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
        .env("TRACK_ERRORS_BACKTRACE", "trail")
        .env_remove("TRACK_ERRORS_OUTPUT")
        .env_remove("TRACK_ERRORS_FORMAT")
        .env_remove("TRACK_ERRORS_REPORT")
        .output()
        .expect("the scenario starts");
    assert!(output.status.success(), "{output:?}");
    let line: Value = serde_json::from_slice(&output.stdout).expect("one line");
    let stack = line["error"]["stack"].as_str().expect("a text");
    let source = include_str!("../src/bin/scenario.rs");
    let line_after = |function: &str| {
        let name = format!("fn {function}(");
        source.lines().position(|line| line.starts_with(&name)).expect("the function") + 2
    };
    let expected = ["read_settings", "start"].map(|name| (name.to_owned(), line_after(name)));
    assert_eq!(frames(stack), expected);
}
