//! Held errors are logged exactly once, however the program, its threads, tasks and children end. They
//! stay within their bounds, and the counts are exact.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;
use track_errors_tests::{admission, process};

const RUNS: usize = 10;
/// The one error of most scenarios.
const HELD: &str = "the error that a boundary holds";

fn run(arguments: &[&str]) -> Output {
    let mut command = process::program(env!("CARGO_BIN_EXE_boundary"), []);
    command.args(arguments).output().expect("the program starts")
}

/// The error logs on stdout. Each must be admissible.
fn logs(output: &Output) -> Vec<Value> {
    let stdout = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let mut logs = Vec::new();
    for line in stdout.lines() {
        let json: Value = serde_json::from_str(line).expect("JSON");
        // The counts of what was not logged.
        if json["status"] != "info" {
            admission::check_datadog(line).expect("admissible");
            logs.push(json);
        }
    }
    logs
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).expect("a text")
}

fn messages(logs: &[Value]) -> Vec<&str> {
    logs.iter().map(|log| text(log, "/error/message")).collect()
}

/// Runs a scenario several times: each run exits with `code` and logs exactly these messages.
fn logs_in_every_run(scenario: &str, expected: &[&str], code: i32) {
    for _ in 0..RUNS {
        let output = run(&[scenario]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let logs = logs(&output);
        let mut messages = messages(&logs);
        messages.sort_unstable();
        assert_eq!(messages, expected, "{scenario}");
    }
}

// ------------------------------------------------------------------------------------------------
// Ends

#[test]
fn an_error_that_expect_turns_into_a_panic_is_logged_once() {
    logs_in_every_run("expect", &[HELD], 101);
}

#[test]
fn an_error_whose_text_a_panic_repeats_is_logged_once() {
    logs_in_every_run("panic", &["further out: the error that a boundary holds"], 101);
}

#[test]
fn an_error_that_a_panic_logged_is_not_logged_again_when_its_boundary_returns_it() {
    logs_in_every_run("panic-caught-and-returned", &[HELD], 0);
}

#[test]
fn an_error_of_a_thread_that_a_panic_ends_is_logged_once() {
    logs_in_every_run("thread-panics", &["further out: the error that a boundary holds"], 0);
}

#[test]
fn an_error_of_a_future_that_panics_is_logged_once() {
    let message = "further out: the error that a boundary holds";
    logs_in_every_run("future-is-dropped-after-a-panic", &[message], 0);
}

#[test]
fn an_exit_inside_a_boundary_logs_its_held_errors_once() {
    logs_in_every_run("exit", &[HELD], 3);
}

#[test]
fn an_exit_on_another_thread_logs_the_held_errors_of_a_running_boundary_once() {
    logs_in_every_run("exit-by-another-thread", &[HELD], 3);
    logs_in_every_run("exit-while-another-thread-runs", &[HELD], 3);
}

#[test]
fn an_error_held_on_a_detached_thread_is_logged_once_when_main_returns() {
    logs_in_every_run("main-returns-while-a-detached-thread-runs", &[HELD], 0);
}

#[test]
fn a_dropped_runtime_logs_the_held_errors_of_its_tasks_once() {
    logs_in_every_run("runtime-is-dropped", &[HELD], 0);
}

#[test]
fn the_held_errors_of_a_forgotten_future_are_logged_at_the_end_of_the_program() {
    logs_in_every_run("future-is-forgotten", &[HELD], 0);
}

#[test]
fn an_error_held_during_init_is_logged_once() {
    logs_in_every_run("init-while-an-error-is-held", &[HELD], 0);
}

#[test]
fn an_unwrapped_error_is_logged_even_if_the_first_error_came_during_a_panic() {
    let expected = ["the error that a boundary holds", "the first error of the process"];
    logs_in_every_run("first-error-in-a-destructor-of-a-panic", &expected, 0);
}

/// The held errors that were written when a process with this sink exits.
#[cfg(unix)]
fn held_at_the_exit(scenario: &str, code: i32) -> Vec<String> {
    let output = run(&[scenario]);
    // A signal ends a process that hangs.
    assert_eq!(output.status.code(), Some(code), "{scenario}: {:?}", output.status);
    let logs = logs(&output);
    let mut held: Vec<_> = messages(&logs)
        .into_iter()
        .filter(|message| message.starts_with("held "))
        .map(str::to_owned)
        .collect();
    held.sort_unstable();
    held
}

#[cfg(unix)]
#[test]
fn an_exit_does_not_wait_for_a_hanging_sink_once_per_held_error() {
    for scenario in ["sink-hangs", "sink-hangs-sync"] {
        assert!(held_at_the_exit(scenario, 0).is_empty(), "{scenario}");
    }
}

#[cfg(unix)]
#[test]
fn an_exit_waits_until_a_slow_sink_has_taken_every_held_error() {
    let mut all: Vec<_> = (0..20).map(|number| format!("held {number}")).collect();
    all.sort_unstable();
    for scenario in ["sink-is-slow", "sink-is-slow-sync"] {
        assert_eq!(held_at_the_exit(scenario, 0), all, "{scenario}");
    }
}

#[cfg(unix)]
#[test]
fn a_sink_that_calls_exit_while_errors_are_held_does_not_hang_the_process() {
    assert!(held_at_the_exit("sink-exits", 3).is_empty());
}

#[test]
fn a_panicking_sink_and_logger_do_not_turn_a_panic_into_an_abort() {
    let output = run(&["panic-with-a-sink-and-a-logger-that-panic"]);
    assert!(output.status.success(), "{:?}", output.status);
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(text.contains("the sink panics") && text.contains("the logger panics"), "{text}");
}

#[test]
fn every_held_error_is_logged_once_before_a_panic_aborts() {
    let program = process::built_with_abort(env!("CARGO_TARGET_TMPDIR"));
    let all = ["held by a future", "held by another thread", "held by this thread"];
    for (scenario, expected) in
        [("panic", &all[..]), ("panic-outside", &all[..1]), ("panic-while-describing", &all[..])]
    {
        for _ in 0..RUNS {
            let mut command = process::program(program.to_str().expect("UTF-8"), []);
            let output = command.arg(scenario).output().expect("the program starts");
            assert!(!output.status.success(), "{output:?}");
            let logs = logs(&output);
            let mut messages = messages(&logs);
            messages.sort_unstable();
            assert_eq!(messages, expected, "{scenario}");
        }
    }
}

#[test]
fn a_panic_that_aborts_is_logged_with_what_is_held_if_panics_are() {
    let program = process::built_with_abort(env!("CARGO_TARGET_TMPDIR"));
    let panics =
        ["on purpose, while boundaries hold errors", "on purpose, while an error is described"];
    for (scenario, panic) in ["panic", "panic-while-describing"].into_iter().zip(panics) {
        let settings = [("TRACK_ERRORS_PANICS", "true")];
        let mut command = process::program(program.to_str().expect("UTF-8"), settings);
        let output = command.arg(scenario).output().expect("the program starts");
        assert!(!output.status.success(), "{output:?}");
        let logs = logs(&output);
        let mut messages = messages(&logs);
        messages.sort_unstable();
        let held = ["held by a future", "held by another thread", "held by this thread"];
        assert_eq!(messages[..3], held, "{scenario}");
        assert_eq!(messages[3..], [panic], "{scenario}");
    }
}

// ------------------------------------------------------------------------------------------------
// Forks

#[cfg(unix)]
#[test]
fn an_error_held_during_a_fork_is_logged_by_the_parent_and_not_by_the_child() {
    for scenario in [
        "fork-and-return-in-both",
        "fork-and-handle-in-the-child",
        "fork-and-exit-in-the-child",
        "fork-and-panic-in-the-child",
        "fork-between-polls",
    ] {
        logs_in_every_run(scenario, &[HELD], 0);
    }
    let message = "further out: the error that a boundary holds";
    logs_in_every_run("fork-and-climb-in-both", &[message], 0);
}

#[cfg(unix)]
#[test]
fn a_boundary_continues_in_a_forked_child_and_logs_the_errors_of_the_child() {
    logs_in_every_run("fork-and-hold-anew-in-the-child", &["new in the child", HELD], 0);
}

#[cfg(unix)]
#[test]
fn new_errors_in_parent_and_child_have_different_ids() {
    for scenario in
        ["fork-and-fail-anew-in-both", "fork-after-an-expected-error", "fork-with-sync-delivery"]
    {
        let output = run(&[scenario]);
        let logs = logs(&output);
        let ids: BTreeSet<_> = logs.iter().map(|log| text(log, "/track_errors/id")).collect();
        assert_eq!(ids.len(), logs.len(), "{scenario}: {logs:#?}");
        for who in ["new in the child", "new in the parent"] {
            let times = messages(&logs).iter().filter(|message| **message == who).count();
            assert_eq!(times, 1, "{scenario}: {who}");
        }
    }
}

#[cfg(unix)]
#[test]
fn children_forked_while_a_thread_opens_boundaries_do_not_hang() {
    let output = run(&["fork-while-a-thread-opens-boundaries"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_child_forked_while_the_first_scopes_open_does_not_hang() {
    // Only one fork of a process can meet its first scope.
    for _ in 0..10 {
        let output = run(&["fork-while-the-first-scopes-open"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

// ------------------------------------------------------------------------------------------------
// The boundary in a line

/// Message, id of the boundary, its function, and how it ended.
type BoundaryOfLine = (String, String, Option<String>, String);

fn datadog_boundary(line: &str) -> Option<BoundaryOfLine> {
    let line: Value = serde_json::from_str(line).expect("JSON");
    line.get("error")?;
    let of = |key: &str| line["track_errors"]["boundary"][key].as_str().map(str::to_owned);
    let message = text(&line, "/error/message").to_owned();
    Some((message, of("id").expect("an id"), of("function"), of("end").expect("an end")))
}

fn otlp_boundary(line: &str) -> Option<BoundaryOfLine> {
    let line: Value = serde_json::from_str(line).expect("JSON");
    let record = line.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").expect("a record");
    let of = |name: &str| {
        let attributes = record["attributes"].as_array().expect("attributes");
        let found = attributes.iter().find(|attribute| attribute["key"] == name)?;
        Some(text(found, "/value/stringValue").to_owned())
    };
    let part = |name: &str| of(&format!("track_errors.boundary.{name}"));
    let message = of("exception.message")?;
    Some((message, part("id").expect("an id"), part("function"), part("end").expect("an end")))
}

#[test]
fn lines_of_both_formats_say_which_boundary_held_an_error_and_how_it_ended() {
    type Parse = fn(&str) -> Option<BoundaryOfLine>;
    let formats: [(&str, Parse); 2] = [("datadog", datadog_boundary), ("otlp", otlp_boundary)];
    for (format, parse) in formats {
        let settings = [("TRACK_ERRORS_FORMAT", format)];
        let mut command = process::program(env!("CARGO_BIN_EXE_boundary"), settings);
        let output = command.arg("ends").output().expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        let stdout = std::str::from_utf8(&output.stdout).expect("UTF-8");
        let lines: Vec<_> = stdout.lines().filter_map(parse).collect();
        // The message of each error says how its boundary ends.
        for (message, id, _, end) in &lines {
            assert_eq!(message, end, "{format}");
            assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
        let ids = |end: &str| {
            let of_end: Vec<_> = lines.iter().filter(|line| line.3 == end).collect();
            assert_eq!(of_end.len(), 2, "{format}, {end}: {lines:#?}");
            [of_end[0].1.clone(), of_end[1].1.clone()]
        };
        assert_eq!(ids("returned"), ids("handled"), "of the same calls");
        let of_one_call = ["panicked", "full"].map(ids);
        assert!(of_one_call.iter().all(|[first, second]| first == second), "{format}: {lines:#?}");
        let of_two_calls = ["returned", "cancelled", "exited"].map(ids);
        assert!(of_two_calls.iter().all(|[first, second]| first != second), "{format}: {lines:#?}");
        let distinct: BTreeSet<_> = lines.iter().map(|(_, id, ..)| id).collect();
        assert_eq!(distinct.len(), 2 + 2 + 2 + 1 + 1, "{format}: {lines:#?}");
        for (_, _, function, end) in &lines {
            let expected = match &**end {
                "returned" | "handled" => Some("boundary::ends::returns"),
                "cancelled" => Some("boundary::holds_for_ever"),
                // It still runs.
                _ => None,
            };
            assert_eq!(function.as_deref(), expected, "{format}, {end}");
        }
    }
}

// ------------------------------------------------------------------------------------------------
// Bounds

/// The counters of a run: logged, handled, suppressed, expected, dropped.
fn counts(output: &Output) -> [u64; 5] {
    let stderr = std::str::from_utf8(&output.stderr).expect("UTF-8");
    let counts = stderr.lines().last().expect("a line").split(' ');
    let counts: Vec<_> = counts.map(|count| count.parse().expect("a number")).collect();
    counts.try_into().expect("five counters")
}

/// The counts of unlogged errors in the lines of a run: handled and suppressed.
fn not_logged(output: &Output) -> [u64; 2] {
    let stdout = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut sums = [0; 2];
    for line in lines {
        for (sum, key) in sums.iter_mut().zip(["handled_count", "suppressed"]) {
            *sum += line["track_errors"][key].as_u64().unwrap_or(0);
        }
    }
    sums
}

#[test]
fn a_loop_that_swallows_a_hundred_thousand_errors_holds_the_last_64_and_counts_all() {
    let output = run(&["swallows-in-one-boundary"]);
    assert!(output.status.success(), "{output:?}");
    let [logged, handled, suppressed, expected, dropped] = counts(&output);
    assert_eq!(logged + handled + suppressed + expected + dropped, 100_000);
    assert_eq!([handled, expected, dropped], [64, 10_000, 0]);
    assert_eq!(logs(&output).len() as u64, logged);
    assert_eq!(not_logged(&output), [handled, suppressed]);
}

#[test]
fn a_boundary_around_a_loop_body_handles_what_fits_and_counts_the_rest() {
    let output = run(&["swallows-a-boundary-each"]);
    assert!(output.status.success(), "{output:?}");
    let [logged, handled, suppressed, expected, dropped] = counts(&output);
    assert_eq!(logged + handled + suppressed + expected + dropped, 100_000);
    // 7 of 75 errors are expected, and 2 of 25; 64 of the others are held.
    assert_eq!([handled, expected, dropped], [1000 * (64 + 23), 1000 * (7 + 2), 0]);
    assert_eq!(logs(&output).len() as u64, logged);
    assert_eq!(not_logged(&output), [handled, suppressed]);
}

#[test]
fn beyond_sixteen_mebibytes_per_process_new_errors_are_logged_and_none_is_lost() {
    let output = run(&["more-than-a-process-holds"]);
    assert!(output.status.success(), "{output:?}");
}

// ------------------------------------------------------------------------------------------------
// Exit while threads log

/// One run, in which the program exits after this many jobs.
fn race(scenario: &str, jobs: u64) {
    let output = run(&[scenario, &jobs.to_string()]);
    assert!(output.status.success(), "{output:?}");
    let logs = logs(&output);
    let mut times = BTreeMap::new();
    for message in messages(&logs) {
        *times.entry(message).or_insert(0) += 1;
    }
    assert!(times.values().all(|times| *times == 1), "twice: {times:?}");
    let stderr = std::str::from_utf8(&output.stderr).expect("UTF-8");
    // The exit may cut the last line.
    let complete = stderr.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    for text in complete.filter_map(|line| line.strip_prefix("failed ")) {
        // A returned error must be logged; for the others the program may end first.
        let must_be_logged = text.ends_with("is returned");
        let is_logged = times.contains_key(text);
        assert!(is_logged || !must_be_logged, "lost after {jobs} jobs: {text}\n{stderr}");
    }
}

/// Runs a race this many times, two at a time.
fn races(scenario: &str, count: u64) {
    let next = AtomicU64::new(0);
    let run = || {
        let numbers = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|run| *run < count);
        std::iter::from_fn(numbers).for_each(|run| race(scenario, run % 50));
    };
    thread::scope(|scope| {
        scope.spawn(run);
        scope.spawn(run);
    });
}

#[test]
fn an_exit_while_boundaries_return_loses_nothing_and_logs_nothing_twice() {
    races("threads-return-while-main-exits", 350);
}

#[test]
fn an_exit_while_functions_outside_boundaries_fail_loses_nothing() {
    races("threads-fail-while-main-exits", 100);
}
