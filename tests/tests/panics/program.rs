//! Panics that end a program, and settings of the process.

use std::process::Output;

use serde_json::Value;
use track_errors_tests::process;

/// Runs a scenario with the setting.
fn run(scenario: &str, panics: &str) -> Output {
    let settings = [("TRACK_ERRORS_PANICS", panics)];
    let program = env!("CARGO_BIN_EXE_panics");
    process::program(program, settings).arg(scenario).output().expect("it starts")
}

/// The messages of the error logs, sorted.
fn messages(output: &Output) -> Vec<String> {
    let lines = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let errors = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let errors = errors.filter(|line| line.get("error").is_some());
    let mut messages: Vec<_> =
        errors.map(|line| line["error"]["message"].as_str().expect("a text").to_owned()).collect();
    messages.sort();
    messages
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_panic_of_main_is_logged_and_the_previous_hook_still_runs() {
    let output = run("main", "true");
    assert_eq!(output.status.code(), Some(101));
    assert_eq!(messages(&output), ["on purpose: in main"]);
    let stderr = stderr(&output);
    assert!(stderr.contains("the previous hook: on purpose: in main"), "{stderr}");
}

#[test]
fn without_the_setting_it_is_not_logged() {
    for panics in ["false", ""] {
        let output = run("main", panics);
        assert_eq!(output.status.code(), Some(101));
        assert!(messages(&output).is_empty());
    }
}

#[test]
fn a_wrong_value_of_the_variable_is_reported() {
    let stderr = stderr(&run("main", "maybe"));
    assert!(stderr.contains("TRACK_ERRORS_PANICS is \"maybe\""), "{stderr}");
}

#[test]
fn a_panic_while_panicking_is_logged_before_the_program_aborts() {
    let output = run("destructor", "true");
    assert_eq!(output.status.code(), None, "it aborts");
    let messages = messages(&output);
    for message in ["on purpose: first", "on purpose: in a destructor"] {
        assert!(messages.iter().any(|logged| logged == message), "{messages:?}");
    }
}

#[test]
fn a_panic_in_a_function_that_cannot_unwind_is_logged_before_the_program_aborts() {
    let output = run("extern", "true");
    assert_eq!(output.status.code(), None, "it aborts");
    let messages = messages(&output);
    assert!(messages.iter().any(|logged| logged == "on purpose: in C"), "{messages:?}");
}

#[test]
fn a_sink_that_panics_does_not_abort_the_program() {
    let output = run("sink", "true");
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
}

#[test]
fn the_panic_of_a_thread_that_is_joined_is_logged_once() {
    let output = run("thread", "true");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(messages(&output), ["on purpose: in a thread"]);
    let line: Value = serde_json::from_slice(&output.stdout).expect("one line");
    assert_eq!(line["logger"]["thread_name"], "payer");
    assert_eq!((&line["error"]["kind"], &line["status"]), (&"panic".into(), &"critical".into()));
}
