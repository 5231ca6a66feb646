//! When an error is logged: the policies of the program and of one function, and boundaries.

mod boundaries;
#[path = "../collect/mod.rs"]
mod collect;
mod every;
mod one_function;
mod program;

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::pin;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::yield_now;
use track_errors::testing::{self, Records};
use track_errors::{BacktraceMode, Counters, ReportPolicy, counters, track_errors};
use track_errors_tests::admission;
use track_errors_tests::executors::{current_thread, multi_thread, poll_once};

use collect::{Collector, Line, trail_only};

/// The process has one set of counters, so tests run one at a time.
static SERIAL: Mutex<()> = Mutex::new(());

/// The records of this thread.
fn records<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> Records {
    records_and_handled(report, f).0
}

/// The records of this thread, and how many errors were handled.
fn records_and_handled<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> (Records, u64) {
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

/// Line of `main.rs` that ends with this comment.
fn line_of(comment: &str) -> usize {
    let lines = include_str!("main.rs").lines();
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
