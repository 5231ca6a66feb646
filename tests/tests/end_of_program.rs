//! Nothing is lost at the end of the program, however it ends.

use std::process::{Command, Output};

use track_errors_tests::admission;

const RUNS: usize = 20;

fn run(scenario: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scenario"))
        .arg(scenario)
        .env_remove("DD_SERVICE")
        .output()
        .expect("the scenario starts")
}

/// Runs a scenario twenty times: each run logs one admissible line that contains `message`, and exits with
/// `code`.
fn logs_one_line_in_every_run(scenario: &str, message: &str, code: i32) {
    logs_in_every_run(1, scenario, message, code);
}

/// The same for so many lines.
fn logs_in_every_run(count: usize, scenario: &str, message: &str, code: i32) {
    for _ in 0..RUNS {
        let output = run(scenario);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        let lines: Vec<_> = stdout.lines().collect();
        assert_eq!(lines.len(), count, "{stdout}");
        for line in lines {
            admission::check_datadog(line).expect("admissible");
            assert!(line.contains(message), "{stdout}");
        }
    }
}

#[test]
fn main_that_returns_an_error_at_once_logs_it() {
    logs_one_line_in_every_run("main-returns-err", "main failed at once", 1);
}

#[test]
fn an_error_before_process_exit_is_logged() {
    logs_one_line_in_every_run("exit", "No such file", 3);
}

#[test]
fn an_error_before_a_panic_is_logged() {
    logs_one_line_in_every_run("panic", "No such file", 101);
}

#[test]
fn an_error_in_a_thread_that_ends_is_logged() {
    logs_one_line_in_every_run("thread", "No such file", 0);
}

#[test]
fn an_error_in_a_thread_that_still_runs_when_main_returns_is_logged() {
    logs_one_line_in_every_run("detached-thread", "No such file", 0);
}

#[test]
fn an_error_while_a_thread_drops_its_locals_is_logged() {
    logs_one_line_in_every_run("thread-local-destructor", "No such file", 0);
}

#[test]
fn an_error_that_climbs_while_a_thread_drops_older_locals_is_logged_once() {
    logs_in_every_run(2, "older-thread-local-destructor", "No such file", 0);
}

#[test]
fn an_error_that_climbs_in_an_exit_handler_is_logged_once() {
    logs_in_every_run(2, "exit-handler", "No such file", 0);
}

#[test]
fn an_error_of_an_async_function_is_logged() {
    logs_one_line_in_every_run("async", "No such file", 0);
}

#[test]
fn errors_of_eight_threads_are_logged_line_by_line() {
    let output = run("eight-threads");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(stdout.lines().count(), 200);
    for line in stdout.lines() {
        admission::check_datadog(line).expect("admissible");
    }
}
