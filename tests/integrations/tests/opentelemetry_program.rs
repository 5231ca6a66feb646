//! Feature `opentelemetry` in a program of its own: what its environment says about exceptions.

use std::process::{Command, Output};

use serde_json::{Value, json};

/// Runs the program, with this value of the variable.
fn run(what: &str, signals: Option<&str>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_opentelemetry_spans"));
    program.arg(what).env_remove("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN");
    if let Some(signals) = signals {
        program.env("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", signals);
    }
    let output = program.output().unwrap();
    assert!(output.status.success());
    output
}

fn lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_exception_is_a_log_and_no_event_of_its_span() {
    for signals in [None, Some("logs")] {
        let output = run("boundary", signals);
        assert_eq!((lines(&output.stdout).len(), &*output.stderr), (1, &b""[..]));
    }
}

#[test]
fn an_exception_is_also_an_event_of_its_span_with_logs_dup() {
    let event = json!({"name": "exception", "attributes": {
        "exception.type": "std::num::ParseIntError",
        "exception.message": "invalid digit found in string",
    }});
    for what in ["origin", "boundary"] {
        let output = run(what, Some("logs/dup"));
        assert_eq!(lines(&output.stderr), std::slice::from_ref(&event));
        assert_eq!(lines(&output.stdout).len(), 1);
    }
}

#[test]
fn a_handled_error_is_no_event_of_its_span() {
    let output = run("handled", Some("logs/dup"));
    assert_eq!((lines(&output.stdout).len(), &*output.stderr), (1, &b""[..]));
}

#[test]
fn a_message_that_a_hook_may_edit_is_not_in_the_event() {
    let output = run("hook", Some("logs/dup"));
    let attributes = json!({"exception.type": "std::num::ParseIntError"});
    assert_eq!(lines(&output.stderr)[0]["attributes"], attributes);
}

#[test]
fn a_wrong_value_is_reported() {
    let output = run("boundary", Some("log"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN is \"log\""), "{stderr}");
    assert!(stderr.contains("one of logs, logs/dup"), "{stderr}");
}

#[test]
fn an_error_is_logged_in_a_thread_that_has_destroyed_its_context() {
    let output = run("ending_thread", None);
    assert_eq!((lines(&output.stdout).len(), &*output.stderr), (2, &b""[..]));
}

/// Runs the program with a batch processor. Returns the messages in its lines, and those that were exported.
fn run_sink(what: &str) -> (Vec<String>, Vec<String>) {
    let program =
        Command::new(env!("CARGO_BIN_EXE_opentelemetry_sink")).arg(what).output().unwrap();
    assert!(program.status.success());
    let of_lines = lines(&program.stdout);
    let of_lines = of_lines.iter().map(|line| line["message"].as_str().unwrap().to_owned());
    let exported = String::from_utf8(program.stderr).unwrap();
    (of_lines.collect(), exported.lines().map(str::to_owned).collect())
}

const INVALID: &str = "invalid digit found in string";
const EMPTY: &str = "cannot parse integer from empty string";

#[test]
fn at_the_end_of_the_program_the_provider_is_flushed() {
    assert_eq!(run_sink("exit"), (vec![], vec![INVALID.to_owned()]));
}

#[test]
fn an_error_after_the_shutdown_of_the_provider_is_a_line() {
    assert_eq!(run_sink("shutdown"), (vec![EMPTY.to_owned()], vec![INVALID.to_owned()]));
}

#[test]
fn an_error_of_a_forked_child_is_a_line_and_those_of_the_parent_are_exported_once() {
    assert_eq!(run_sink("fork"), (vec![EMPTY.to_owned()], vec![INVALID.to_owned(); 2]));
}

#[test]
fn an_error_of_a_forked_child_with_a_provider_of_its_own_is_exported() {
    let (of_lines, mut exported) = run_sink("fork_with_init");
    exported.sort();
    assert_eq!(
        (of_lines, exported),
        (vec![], vec![EMPTY.to_owned(), INVALID.to_owned(), INVALID.to_owned()])
    );
}
