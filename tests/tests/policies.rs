//! When an error is logged: the policies of the program and of one function, and boundaries.

mod collect;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use anyhow::Context as _;
use serde_json::Value;
use tokio::runtime::{Builder as Tokio, Runtime};
use tokio::task::yield_now;
use track_errors::{
    BacktraceMode, Counters, ErrorRecord, ReportPolicy, counters, testing, track_errors,
};
use track_errors_tests::admission;

use collect::{Collector, Line, trail_only};

/// The process has one set of counters, so tests run one at a time.
static SERIAL: Mutex<()> = Mutex::new(());

/// The records of this thread.
fn records<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> Vec<ErrorRecord> {
    records_and_handled(report, f).0
}

/// The records of this thread, and how many errors were handled.
fn records_and_handled<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> (Vec<ErrorRecord>, u64) {
    let _serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    let before = counters();
    let settings = track_errors::builder().report(report).backtrace(BacktraceMode::Trail);
    let (_, records) = testing::capture_with(settings, f);
    (records, handled_since(before))
}

/// The lines of all threads, and how many errors were handled.
fn lines_and_handled<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> (Vec<Line>, u64) {
    let _serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    let collector = Collector::install(trail_only().report(report));
    let before = counters();
    f();
    (collector.drain(), handled_since(before))
}

fn handled_since(before: Counters) -> u64 {
    counters().handled - before.handled
}

fn multi_thread() -> Runtime {
    Tokio::new_multi_thread().worker_threads(4).build().expect("a runtime")
}

fn current_thread() -> Runtime {
    Tokio::new_current_thread().build().expect("a runtime")
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Line of this file that ends with this comment.
fn line_of(comment: &str) -> usize {
    let lines = include_str!("policies.rs").lines();
    lines.clone().position(|line| line.trim_end().ends_with(comment)).expect("the comment") + 1
}

/// The functions of a stack without their paths, and the lines in them, the innermost first.
fn frames(stack: &str) -> Vec<(&str, usize)> {
    let mut lines = stack.lines().skip(1);
    let mut frames = Vec::new();
    while let (Some(function), Some(place)) = (lines.next(), lines.next()) {
        let function = function.rsplit("::").next().expect("a name");
        let line = place.split(':').nth(1).expect("a line").parse().expect("a number");
        frames.push((function, line));
    }
    frames
}

// ------------------------------------------------------------------------------------------------
// An error that climbs through three functions

#[derive(Debug)]
struct StoreError(io::Error);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot store the order")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        StoreError(error)
    }
}

#[track_errors(service = "policies")]
fn write() -> io::Result<()> {
    Err(io::Error::other("the disk is full"))?; // leaves `write`
    Ok(())
}

#[track_errors(service = "policies")]
fn store() -> Result<(), StoreError> {
    write()?; // leaves `store`
    Ok(())
}

#[track_errors(service = "policies")]
fn serve() -> anyhow::Result<()> {
    store().context("serving a request")?; // leaves `serve`
    Ok(())
}

#[track_errors(service = "policies")]
async fn write_later() -> io::Result<()> {
    yield_now().await;
    write()?; // leaves `write_later`
    Ok(())
}

#[track_errors(service = "policies")]
async fn store_later() -> Result<(), StoreError> {
    let written = write_later().await;
    yield_now().await;
    written?; // leaves `store_later`
    Ok(())
}

#[track_errors(service = "policies")]
async fn serve_later() -> anyhow::Result<()> {
    let stored = store_later().await;
    yield_now().await;
    stored.context("serving a request")?; // leaves `serve_later`
    Ok(())
}

/// Errors of `serve` stop climbing here.
#[track_errors(service = "policies", report = "boundary")]
fn handler() -> anyhow::Result<()> {
    serve()?; // leaves `handler`
    Ok(())
}

#[track_errors(service = "policies", report = "boundary")]
async fn handler_later() -> anyhow::Result<()> {
    serve_later().await?; // leaves `handler_later`
    Ok(())
}

/// Handles the error of `serve`.
#[track_errors(service = "policies", report = "boundary")]
fn handle() -> io::Result<()> {
    let _: anyhow::Result<()> = serve();
    Ok(())
}

fn trail() -> Vec<(&'static str, usize)> {
    vec![
        ("write", line_of("// leaves `write`")),
        ("store", line_of("// leaves `store`")),
        ("serve", line_of("// leaves `serve`")),
    ]
}

fn trail_to_the_handler() -> Vec<(&'static str, usize)> {
    let mut trail = trail();
    trail.push(("handler", line_of("// leaves `handler`")));
    trail
}

fn trail_later() -> Vec<(&'static str, usize)> {
    vec![
        ("write", line_of("// leaves `write`")),
        ("write_later", line_of("// leaves `write_later`")),
        ("store_later", line_of("// leaves `store_later`")),
        ("serve_later", line_of("// leaves `serve_later`")),
        ("handler_later", line_of("// leaves `handler_later`")),
    ]
}

// ------------------------------------------------------------------------------------------------
// boundary

#[test]
fn a_boundary_logs_once_with_the_final_message_the_first_kind_and_all_causes() {
    let records = records(ReportPolicy::Origin, handler);
    assert_eq!(records.len(), 1, "{records:#?}");
    let record = &records[0];
    assert_eq!(record.message, "serving a request");
    assert_eq!((&*record.kind, &*record.error_type), ("std::io::Error", "std::io::Error"));
    let causes: Vec<_> = record.causes.iter().map(|cause| &*cause.message).collect();
    assert_eq!(causes, ["cannot store the order", "the disk is full"]);
}

#[test]
fn a_boundary_decides_whatever_the_policy_of_the_program() {
    let records = records(ReportPolicy::Every, handler);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "serving a request");
}

#[test]
fn a_boundary_logs_the_place_where_the_error_came_from() {
    let records = records(ReportPolicy::Origin, handler);
    assert_eq!(records[0].function, "policies::write");
    assert_eq!(records[0].location.line as usize, line_of("// leaves `write`"));
}

#[test]
fn a_boundary_logs_every_function_that_the_error_left_with_the_line_of_its_question_mark() {
    let records = records(ReportPolicy::Origin, handler);
    let stack = &records[0].stack;
    assert!(stack.starts_with("std::io::Error: serving a request\n"), "{stack}");
    let (frames_part, causes) = stack.split_once("\nCaused by: ").expect("causes");
    assert_eq!(frames(frames_part), trail_to_the_handler());
    assert_eq!(causes, "cannot store the order\nCaused by: the disk is full");
}

#[test]
fn a_boundary_logs_the_functions_that_an_async_error_left() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, _) = lines_and_handled(ReportPolicy::Origin, || {
            runtime.block_on(async { tokio::spawn(handler_later()).await.map(drop) })
        });
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_eq!((&*lines[0].kind, &*lines[0].message), ("std::io::Error", "serving a request"));
        let frames_part = lines[0].stack.split("\nCaused by").next().expect("frames");
        assert_eq!(frames(frames_part), trail_later());
    }
}

#[test]
fn a_boundary_puts_the_return_trail_before_native_frames() {
    let _serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    #[inline(never)]
    fn around() -> anyhow::Result<()> {
        std::hint::black_box(handler())
    }
    let settings = track_errors::builder().backtrace(BacktraceMode::Native);
    let (_, records) = testing::capture_with(settings, around);
    let stack = records[0].stack.split("\nCaused by").next().expect("frames");
    let frames = frames(stack);
    assert_eq!(frames[..4], trail_to_the_handler());
    assert_eq!(frames[4].0, "around");
}

#[test]
fn a_boundary_keeps_the_causes_of_an_error_that_became_a_text() {
    #[track_errors(service = "policies", report = "boundary")]
    fn text() -> Result<(), String> {
        store().map_err(|error| format!("order 17: {error}"))
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn text_as_cause() -> anyhow::Result<()> {
        store().map_err(|error| anyhow::anyhow!("{error}").context("order 17"))
    }
    let causes = |records: Vec<ErrorRecord>| -> Vec<String> {
        assert_eq!(records.len(), 1, "{records:#?}");
        records[0].causes.iter().map(|cause| cause.message.clone()).collect()
    };
    assert_eq!(causes(records(ReportPolicy::Origin, text)), ["the disk is full"]);
    assert_eq!(
        causes(records(ReportPolicy::Origin, text_as_cause)),
        ["cannot store the order", "the disk is full"]
    );
}

#[test]
fn a_boundary_counts_an_error_handled_inside_it_and_does_not_log_it() {
    let (records, handled) = records_and_handled(ReportPolicy::Origin, handle);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 1);
}

/// A boundary would log more than it can hold.
#[test]
fn a_boundary_counts_each_of_sixty_handled_errors() {
    #[track_errors(service = "policies", report = "boundary")]
    fn sweep() -> io::Result<()> {
        for _ in 0..60 {
            let _: io::Result<()> = write();
        }
        Ok(())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, sweep);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 60);
}

#[test]
fn a_boundary_counts_each_of_a_hundred_errors_handled_in_their_own_boundary() {
    #[track_errors(service = "policies")]
    fn sweep() -> io::Result<()> {
        (0..100).try_for_each(|_| handle())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, sweep);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 100);
}

#[test]
fn a_boundary_counts_each_of_sixty_errors_handled_in_an_async_function() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn sweep() -> io::Result<()> {
        for _ in 0..60 {
            let _: io::Result<()> = write_later().await;
        }
        Ok(())
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || {
            runtime.block_on(async { tokio::spawn(sweep()).await.map(drop) })
        });
        assert!(lines.is_empty(), "{lines:#?}");
        assert_eq!(handled, 60);
    }
}

#[test]
fn a_boundary_counts_the_retries_before_the_last() {
    #[track_errors(service = "policies", report = "boundary")]
    fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = write();
        }
        last
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, retry);
    assert_eq!((records.len(), handled), (1, 2));
}

#[test]
fn a_boundary_that_returns_another_error_logs_it_with_the_held_one_as_presumed_cause() {
    #[track_errors(service = "policies", report = "boundary")]
    fn other() -> Result<(), &'static str> {
        let _: io::Result<()> = write();
        Err("another reason")
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, other);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
    assert_eq!(records[0].message, "another reason");
    assert_eq!(records[0].causes.len(), 1);
    assert_eq!(records[0].causes[0].message, "the disk is full");
    assert!(records[0].presumed);
}

#[test]
fn a_boundary_whose_future_is_dropped_logs_what_it_holds() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn half_way() -> io::Result<()> {
        let result = write();
        yield_now().await;
        result
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, || {
        let mut future = Box::pin(half_way());
        assert!(poll_once(future.as_mut()).is_pending());
    });
    assert_eq!((records.len(), handled), (1, 0));
    assert_eq!(records[0].message, "the disk is full");
}

#[test]
fn a_logged_error_does_not_count_as_handled() {
    let (_, handled) = records_and_handled(ReportPolicy::Origin, handler);
    assert_eq!(handled, 0);
    #[track_errors(service = "policies")]
    fn handle_outside_of_any_boundary() -> io::Result<()> {
        let _: anyhow::Result<()> = serve();
        Ok(())
    }
    let (records, handled) =
        records_and_handled(ReportPolicy::Origin, handle_outside_of_any_boundary);
    assert_eq!((records.len(), handled), (1, 0));
}

#[test]
fn after_deep_recursion_a_boundary_logs_the_innermost_steps_and_the_last() {
    #[track_errors(service = "policies")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { write() } else { descend(depth - 1) }
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn around() -> io::Result<()> {
        descend(500)
    }
    for _ in 0..2 {
        let records = records(ReportPolicy::Origin, around);
        assert_eq!(records.len(), 1);
        let frames = frames(&records[0].stack);
        assert_eq!(frames[0], ("write", line_of("// leaves `write`")));
        assert_eq!(frames[1].0, "descend");
        assert_eq!(frames.last().expect("frames").0, "around");
    }
}

// ------------------------------------------------------------------------------------------------
// A boundary, and tasks that a sync function runs

/// Like a `main` that runs a runtime and starts tasks that it does not await.
#[track_errors(service = "policies", report = "boundary")]
fn start_and_forget(runtime: &Runtime, tasks: usize) -> io::Result<()> {
    runtime.block_on(async {
        let (ended, mut wait) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..tasks {
            let ended = ended.clone();
            drop(tokio::spawn(async move {
                let _: anyhow::Result<()> = serve_later().await;
                ended.send(()).expect("the function waits");
            }));
        }
        for _ in 0..tasks {
            wait.recv().await.expect("a task that ended");
        }
    });
    Ok(())
}

#[test]
fn a_boundary_loses_no_error_of_a_task_that_is_not_awaited() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) =
            lines_and_handled(ReportPolicy::Origin, || start_and_forget(&runtime, 50));
        assert_eq!((lines.len(), handled), (50, 0));
        assert!(lines.iter().all(|line| line.message == "the disk is full"), "{lines:#?}");
    }
}

/// Nothing distinguishes such a call from one that the boundary made itself.
#[test]
fn a_sync_boundary_counts_an_error_ignored_by_an_untracked_task_as_handled() {
    #[track_errors(service = "policies", report = "boundary")]
    fn wait(runtime: &Runtime) -> io::Result<()> {
        runtime.block_on(async {
            assert!(tokio::spawn(async { write().is_err() }).await.expect("no panic"));
        });
        Ok(())
    }
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&current_thread()));
    assert_eq!((lines.len(), handled), (0, 1), "{lines:#?}");
    // On another thread the task is outside the boundary.
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&multi_thread()));
    assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
}

#[test]
fn the_error_of_a_future_that_a_sync_boundary_waits_for_is_logged_once() {
    #[track_errors(service = "policies", report = "boundary")]
    fn wait(runtime: &Runtime) -> anyhow::Result<()> {
        runtime.block_on(serve_later()).context("the program failed")
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&runtime));
        assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
    }
}

#[test]
fn tasks_that_an_async_boundary_spawns_are_outside_it() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn main() -> anyhow::Result<()> {
        let forgotten = tokio::spawn(serve_later());
        let awaited = tokio::spawn(async { serve_later().await.is_err() });
        assert!(awaited.await?);
        while !forgotten.is_finished() {
            yield_now().await;
        }
        Ok(())
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || runtime.block_on(main()));
        assert_eq!((lines.len(), handled), (2, 0), "{lines:#?}");
    }
}

#[test]
fn a_thread_that_a_boundary_starts_is_outside_it() {
    #[track_errors(service = "policies", report = "boundary")]
    fn start() -> io::Result<()> {
        let thread = std::thread::spawn(|| serve().is_err());
        assert!(thread.join().expect("no panic"));
        Ok(())
    }
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, start);
    assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
}

// ------------------------------------------------------------------------------------------------
// every

#[test]
fn every_logs_each_level_with_its_own_message_and_place() {
    let records = records(ReportPolicy::Every, serve);
    let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["the disk is full", "cannot store the order", "serving a request"]);
    let places: Vec<_> = records
        .iter()
        .map(|record| {
            let function = record.function.rsplit("::").next().expect("a name");
            (function, record.location.line as usize)
        })
        .collect();
    assert_eq!(places, trail());
}

#[test]
fn every_logs_all_levels_of_an_error_under_one_id() {
    let records = records(ReportPolicy::Every, || [serve(), serve()]);
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 6);
    assert!(ids[..3].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(ids[3..].iter().all(|id| *id == ids[3]), "{ids:?}");
    assert_ne!(ids[0], ids[3]);
}

#[test]
fn every_logs_all_levels_of_an_async_error_under_one_id() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, _) = lines_and_handled(ReportPolicy::Every, || {
            runtime.block_on(async { tokio::spawn(serve_later()).await.map(drop) })
        });
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines.iter().all(|line| line.id == lines[0].id), "{lines:#?}");
    }
}

#[test]
fn every_logs_the_whole_message_outside_a_rate_limited_function() {
    #[track_errors(service = "policies", rate_limit = "off")]
    fn inner(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }
    #[track_errors(service = "policies", rate_limit = 1)]
    fn middle(text: &str) -> Result<(), String> {
        inner(text)
    }
    #[track_errors(service = "policies", rate_limit = "off")]
    fn outer(text: &str) -> Result<(), String> {
        middle(text)
    }
    const CALLS: usize = 20;
    let text = "x".repeat(2_000);
    let (lines, _) = lines_and_handled(ReportPolicy::Every, || {
        (0..CALLS).for_each(|_| assert!(outer(&text).is_err()));
    });
    let of = |name: &str| lines.iter().filter(|line| line.function.ends_with(name)).count();
    assert_eq!((of("::inner"), of("::outer")), (CALLS, CALLS));
    assert!((1..CALLS).contains(&of("::middle")), "{}", of("::middle"));
    assert!(lines.iter().all(|line| line.message == text), "whole");
}

#[test]
fn every_gives_the_caller_the_id_of_the_last_of_equal_retries() {
    #[track_errors(service = "policies")]
    fn retry() -> io::Result<()> {
        let _: [io::Result<()>; 2] = [write(), write()];
        write()
    }
    let records = records(ReportPolicy::Every, retry);
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[3], ids[2]);
}

#[test]
fn every_gives_the_caller_the_id_of_the_last_of_equal_async_retries() {
    /// Waits between the attempts, and not after the last.
    #[track_errors(service = "policies")]
    async fn retry() -> io::Result<()> {
        let _: io::Result<()> = write();
        yield_now().await;
        write()
    }
    let records = records(ReportPolicy::Every, || {
        let mut future = pin!(retry());
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(poll_once(future.as_mut()).is_ready());
    });
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 3);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[2], ids[1]);
}

#[test]
fn every_logs_the_place_of_each_level_of_a_deep_recursion() {
    #[track_errors(service = "policies")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { write() } else { descend(depth - 1) }
    }
    #[track_errors(service = "policies")]
    fn outermost() -> io::Result<()> {
        descend(100)
    }
    let records = records(ReportPolicy::Every, outermost);
    assert_eq!(records.len(), 103);
    assert!(records[102].function.ends_with("::outermost"), "{}", records[102].function);
    let frames: Vec<_> = records.iter().map(|record| frames(&record.stack)[0]).collect();
    assert_eq!(frames[0], ("write", line_of("// leaves `write`")));
    assert_eq!(frames[102].0, "outermost");
}

// ------------------------------------------------------------------------------------------------
// The policy of one function

#[track_errors(service = "policies", report = "boundary")]
fn write_quietly() -> io::Result<()> {
    Err(io::Error::other("the disk is full"))
}

#[track_errors(service = "policies", report = "boundary")]
fn serve_at_the_boundary() -> Result<(), String> {
    write_quietly().map_err(|error| format!("serving: {error}"))
}

#[track_errors(service = "policies", report = "every")]
fn serve_loudly() -> Result<(), String> {
    write().map_err(|error| format!("serving: {error}"))
}

#[test]
fn the_innermost_boundary_decides() {
    let records = records(ReportPolicy::Origin, serve_at_the_boundary);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "the disk is full");
    assert_eq!(records[0].kind, "std::io::Error");
    assert_eq!(records[0].function, "policies::write_quietly");
}

#[test]
fn the_tracked_caller_of_a_boundary_does_not_log_again() {
    #[track_errors(service = "policies")]
    fn caller() -> Result<(), String> {
        write_quietly().map_err(|error| format!("calling: {error}"))
    }
    let records = records(ReportPolicy::Origin, caller);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "the disk is full");
}

#[test]
fn a_boundary_logs_an_error_of_its_own() {
    let records = records(ReportPolicy::Origin, write_quietly);
    assert_eq!(records.len(), 1, "{records:#?}");
}

#[test]
fn a_boundary_logs_an_error_that_its_tracked_caller_handles() {
    #[track_errors(service = "policies")]
    fn caller() -> io::Result<()> {
        let _: io::Result<()> = write_quietly();
        Ok(())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, caller);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
}

#[test]
fn a_function_with_every_logs_again_what_an_inner_function_logged() {
    let records = records(ReportPolicy::Origin, serve_loudly);
    let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["the disk is full", "serving: the disk is full"]);
    assert_eq!(records[0].id, records[1].id);
}

#[test]
fn a_function_with_origin_logs_at_once_inside_a_boundary() {
    #[track_errors(service = "policies", report = "origin")]
    fn at_once() -> io::Result<()> {
        Err(io::Error::other("no time to lose"))
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn caller() -> Result<(), String> {
        at_once().map_err(|error| format!("calling: {error}"))
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, caller);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
    assert_eq!(records[0].message, "no time to lose");
}

#[test]
fn an_async_function_can_have_its_own_policy() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn boundary() -> Result<(), String> {
        write().map_err(|error| format!("calling: {error}"))
    }
    #[track_errors(service = "policies", report = "every")]
    async fn every() -> Result<(), String> {
        write().map_err(|error| format!("calling: {error}"))
    }
    let messages = |records: Vec<ErrorRecord>| -> Vec<String> {
        records.into_iter().map(|record| record.message).collect()
    };
    let at_boundary =
        records(ReportPolicy::Origin, || assert!(poll_once(pin!(boundary())).is_ready()));
    assert_eq!(messages(at_boundary), ["calling: the disk is full"]);
    let at_every = records(ReportPolicy::Origin, || assert!(poll_once(pin!(every())).is_ready()));
    assert_eq!(messages(at_every), ["the disk is full", "calling: the disk is full"]);
}

// ------------------------------------------------------------------------------------------------
// The policy of a program

/// The lines of a program in which an error climbs through two functions, and its report of handled errors.
fn climb(settings: &[(&str, &str)]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
    command.arg("climb");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["DD_", "OTEL_", "TRACK_ERRORS_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    let output = command.envs(settings.iter().copied()).output().expect("the scenario starts");
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn messages(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["error"]["message"].as_str().expect("a text")).collect()
}

const INNER: &str = "No such file or directory (os error 2)";
const OUTER: &str = "starting: No such file or directory (os error 2)";

#[test]
fn the_environment_sets_the_policy_of_a_program() {
    assert_eq!(messages(&climb(&[])), [INNER]);
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "origin")])), [INNER]);
    // A boundary is a place, not a policy.
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "boundary")])), [INNER]);
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "every")])), [INNER, OUTER]);
}

#[test]
fn the_levels_of_an_error_share_one_id_in_datadog_lines() {
    let lines = climb(&[("TRACK_ERRORS_REPORT", "every")]);
    for line in &lines {
        admission::check_datadog(&line.to_string()).expect("admissible");
    }
    let id = lines[0]["track_errors"]["id"].as_str().expect("an id");
    assert_eq!(id.len(), 16);
    assert_eq!(lines[1]["track_errors"]["id"], id);
    assert!(lines[0]["error"]["id"].is_null(), "a name that is not ours");
}

#[test]
fn the_levels_of_an_error_share_one_id_in_otlp_lines() {
    let lines = climb(&[("TRACK_ERRORS_REPORT", "every"), ("TRACK_ERRORS_FORMAT", "otlp")]);
    let ids: Vec<_> = lines
        .iter()
        .map(|line| {
            admission::check_otlp(&line.to_string()).expect("admissible");
            let record = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
            let attributes = record["attributes"].as_array().expect("attributes");
            let id = attributes.iter().find(|attribute| attribute["key"] == "track_errors.id");
            id.expect("an id")["value"]["stringValue"].as_str().expect("a text").to_owned()
        })
        .collect();
    assert_eq!((ids.len(), ids[0].len()), (2, 16));
    assert_eq!(ids[0], ids[1]);
}
