//! `main` under `#[tokio::main]`, in both orders of the attributes: its error is logged at the `?`, and the
//! program exits as without the attribute. (`end_of_program` tests a `main` without an executor.) And a `main`
//! whose error is fatal.

use serde_json::Value;
use track_errors_tests::{admission, process};

#[track_caller]
fn logs_its_error_at_the_question_mark(program: &str, name: &str) {
    let output = process::program(program, []).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.trim_end(), "Error: ParseIntError { kind: InvalidDigit }");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{stdout}");
    admission::check_datadog(lines[0]).expect("admissible");
    let line: Value = serde_json::from_str(lines[0]).expect("JSON");
    assert_eq!(line["service"], "main");
    assert_eq!(line["logger"]["method_name"], format!("{name}::main"));
    assert_eq!(line["error"]["kind"], "std::num::ParseIntError");
    let stack = line["error"]["stack"].as_str().expect("a stack");
    let frame = format!(
        "std::num::ParseIntError: invalid digit found in string\n   0: {name}::main\n             \
         at tests/src/bin/{name}.rs:7:41"
    );
    assert!(stack.starts_with(&frame), "{stack}");
}

#[test]
fn the_error_that_ends_a_program_is_fatal_if_main_says_so() {
    for (format, severity) in [("datadog", "/status"), ("otlp", "/severityNumber")] {
        let settings = [("TRACK_ERRORS_FORMAT", format)];
        let output = process::program(env!("CARGO_BIN_EXE_fatal"), settings).output();
        let output = output.expect("it starts");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        let line: Value = serde_json::from_str(&stdout).expect("JSON");
        let record = line.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").unwrap_or(&line);
        let expected = if format == "otlp" { Value::from(21) } else { Value::from("emergency") };
        assert_eq!(record.pointer(severity), Some(&expected), "{line}");
    }
}

#[test]
fn main_with_tokio_main_above_the_attribute() {
    logs_its_error_at_the_question_mark(env!("CARGO_BIN_EXE_tokio_main_above"), "tokio_main_above");
}

#[test]
fn main_with_tokio_main_below_the_attribute() {
    logs_its_error_at_the_question_mark(env!("CARGO_BIN_EXE_tokio_main_below"), "tokio_main_below");
}
