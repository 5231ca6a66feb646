//! What the debug mode says about spans.

use std::process::Command;

#[test]
fn errors_outside_of_any_span_are_reported_once() {
    let program = Command::new(env!("CARGO_BIN_EXE_outside_of_spans"))
        .env("DD_TRACE_DEBUG", "true")
        .output()
        .unwrap();
    let log = String::from_utf8(program.stderr).unwrap();
    assert_eq!(log.matches("outside of any span of tracing").count(), 1, "{log}");
    let lines = String::from_utf8(program.stdout).unwrap();
    assert_eq!(lines.lines().count(), 4, "{lines}");
    assert_eq!(lines.matches(r#""spans":["request"]"#).count(), 1, "{lines}");
}
