//! A process may fork at any moment: no child hangs, and each error is logged exactly once, by the process in
//! which it happened.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use track_errors_tests::{admission, process};

/// Runs a scenario; returns the lines of the file that all its processes log to, and of their stderr.
fn run(scenario: &str, number: usize, backtrace: &str) -> (Vec<Value>, Vec<Value>) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("forks-{scenario}.jsonl"));
    std::fs::write(&file, "").expect("the file is ours");
    let settings = [
        // Each batch is appended as a whole, even if several processes write.
        ("TRACK_ERRORS_OUTPUT", file.to_str().expect("UTF-8")),
        ("TRACK_ERRORS_BACKTRACE", backtrace),
    ];
    let mut command = process::program(env!("CARGO_BIN_EXE_forks"), settings);
    let output = command.arg(scenario).arg(number.to_string()).output().expect("it starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{scenario}: {}\n{stderr}", output.status);
    let text = std::fs::read_to_string(&file).expect("UTF-8");
    // A sink of the program's own writes to stdout.
    let text = text + std::str::from_utf8(&output.stdout).expect("UTF-8");
    (lines(&text), lines(&stderr))
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).expect("a whole line")).collect()
}

fn text<'v>(line: &'v Value, pointer: &str) -> &'v str {
    line.pointer(pointer).and_then(Value::as_str).expect("a text")
}

/// The messages, sorted. Each line must be admissible, and have an id of its own.
fn messages(lines: &[Value]) -> Vec<&str> {
    for line in lines {
        admission::check_datadog(&line.to_string()).expect("admissible");
    }
    let ids: BTreeSet<_> = lines.iter().map(|line| text(line, "/track_errors/id")).collect();
    assert_eq!(ids.len(), lines.len(), "two errors have the same id");
    let mut messages: Vec<_> = lines.iter().map(|line| text(line, "/error/message")).collect();
    messages.sort_unstable();
    messages
}

/// Each process of `first-moments` logs these, each once.
fn of_first_moments(forks: usize) -> Vec<String> {
    let names = ["a thread", "another thread", "in a boundary", "the child"];
    let of_one = |number| names.map(|name| format!("{number}: {name}"));
    let mut all: Vec<_> = (0..forks).flat_map(of_one).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_process_that_forks_while_its_threads_have_their_first_errors_logs_each_error_once() {
    const FORKS: usize = 1_000;
    let (logs, _) = run("first-moments", FORKS, "trail");
    assert_eq!(messages(&logs), of_first_moments(FORKS));
    let boundaries = logs.iter().filter_map(|log| log.pointer("/track_errors/boundary/id"));
    let boundaries: BTreeSet<_> = boundaries.map(Value::to_string).collect();
    assert_eq!(boundaries.len(), FORKS, "boundaries of two processes have the same id");
}

#[test]
fn children_of_a_process_that_has_logged_fork_while_their_threads_have_their_first_errors() {
    const FORKS: usize = 100;
    let (logs, _) = run("first-moments-of-children", FORKS, "native");
    let (first, others): (Vec<_>, Vec<_>) =
        logs.into_iter().partition(|log| text(log, "/error/message") == "the first error");
    assert_eq!(first.len(), 1);
    assert_eq!(messages(&others), of_first_moments(FORKS));
}

#[test]
fn a_child_that_inherits_a_locked_loader_logs_without_native_frames() {
    let (logs, _) = run("loader-is-locked", 0, "native");
    assert_eq!(messages(&logs), ["the child", "the child, again"]);
    for log in &logs {
        let stack = text(log, "/error/stack");
        assert!(stack.contains("   0: forks::unix::fail") && !stack.contains("   1: "), "{stack}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_of_a_program_without_threads_of_its_own_has_whole_stacks_from_its_first_error_on() {
    for output in ["stdout", "stderr"] {
        let settings = [("TRACK_ERRORS_OUTPUT", output)];
        let mut command = process::program(env!("CARGO_BIN_EXE_forks"), settings);
        let output = command.arg("alone").output().expect("it starts");
        let written = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        let logs = lines(&written);
        assert_eq!(messages(&logs), ["the child", "the program"]);
        for log in &logs {
            let stack = text(log, "/error/stack");
            assert!(stack.contains("forks::main"), "{stack}");
        }
    }
}

#[test]
fn a_child_forked_while_a_panic_is_printed_logs_its_first_error() {
    assert_eq!(messages(&run("panic-is-printed", 0, "native").0), ["the child"]);
}

#[test]
fn processes_that_fork_from_one_another_make_ids_of_their_own() {
    let (logs, _) = run("family", 0, "trail");
    // 63 processes, of which each fails 40 times.
    assert_eq!(messages(&logs).len(), 63 * 40);
}

#[test]
fn what_a_program_logged_is_written_before_it_forks_and_ends_without_exit_handlers() {
    let (logs, _) = run("daemonize", 0, "native");
    assert_eq!(messages(&logs), ["the child", "the daemon", "the program"]);
    let (logs, _) = run("daemonize-with-a-buffer", 0, "native");
    assert_eq!(messages(&logs), ["the daemon", "the program"]);
}

#[test]
fn the_counts_of_what_was_not_logged_are_written_before_a_fork() {
    const ERRORS: u64 = 100;
    let (lines, _) = run("daemonize-with-counts", ERRORS as usize, "trail");
    let logged = lines.iter().filter(|line| line.get("error").is_some()).count() as u64;
    let suppressed = lines.iter().filter_map(|line| line["track_errors"]["suppressed"].as_u64());
    assert_eq!(logged + suppressed.sum::<u64>(), ERRORS);
}

#[test]
fn a_fork_does_not_wait_for_a_sink_that_hangs() {
    let (logs, of_children) = run("sink-hangs", 0, "trail");
    assert_eq!(messages(&logs), ["before the forks", "waits in the queue"]);
    let children: BTreeMap<_, _> = (0..20).map(|number| (format!("child {number}"), ())).collect();
    assert_eq!(messages(&of_children), children.keys().collect::<Vec<_>>());
}

#[test]
fn a_sink_that_forks_does_not_wait_for_itself() {
    let (logs, of_child) = run("sink-forks", 0, "trail");
    assert_eq!(messages(&logs), ["the program"]);
    assert_eq!(messages(&of_child), ["a thread of the child"]);
}

#[test]
fn a_program_that_starts_another_one_logs_once() {
    assert_eq!(messages(&run("spawn", 0, "trail").0), ["the program"]);
    // With `pre_exec` the standard library forks.
    assert_eq!(messages(&run("spawn-by-fork", 0, "trail").0), ["before exec", "the program"]);
}

#[test]
fn what_was_flushed_before_exec_and_exit_without_handlers_is_written() {
    for scenario in ["exec", "end-at-once"] {
        assert_eq!(messages(&run(scenario, 0, "trail").0), ["the program"], "{scenario}");
    }
}
