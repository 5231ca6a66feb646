//! The lines of the guide's table, which do what the examples of Datadog's "Track Backend Error Logs" do.

use std::num::ParseIntError;

use serde_json::{Value, json};
use track_errors::{Format, ReportErr, error, report};
use track_errors_tests::admission;

use crate::collect::Collector;

fn failure() -> ParseIntError {
    "seven".parse::<u8>().unwrap_err()
}

/// What the example's line has, in the names of the reserved and standard attributes: the message of the log,
/// and the keys of its error. (`level` is `status`, `msg` is `message`, `error.kind` is `kind` in `error`;
/// Datadog's pipelines make the same of a stack trace in an `Exception` or `exc_info`.)
struct Example {
    section: &'static str,
    line: fn(),
    expected: Value,
}

fn examples() -> Vec<Example> {
    let occurred =
        || json!({"message": "an exception occurred", "keys": ["kind", "message", "stack"]});
    let inspected = || {
        let message = "ParseIntError { kind: InvalidDigit }";
        json!({"message": message, "keys": ["kind", "message", "stack"]})
    };
    vec![
        Example {
            section: "Serilog",
            line: || {
                let ex = failure();
                error!(ex, "an exception occurred");
            },
            expected: occurred(),
        },
        Example {
            section: "NLog",
            line: || {
                let ex = failure();
                report(&ex).message("an exception occurred").emit();
            },
            expected: occurred(),
        },
        Example {
            section: "Log4Net",
            line: || {
                let ex = failure();
                error!(ex, "an exception occurred");
            },
            expected: occurred(),
        },
        Example {
            section: "Logrus",
            line: || {
                let err = failure();
                error!(err, "an exception occurred");
            },
            expected: occurred(),
        },
        Example {
            section: "Log4j",
            line: || {
                let e = failure();
                error!(e, "an exception occurred");
            },
            expected: occurred(),
        },
        Example {
            section: "SLF4J",
            line: || {
                let result = Err::<(), _>(failure());
                assert!(result.report_err("an exception occurred").is_err());
            },
            expected: occurred(),
        },
        Example {
            section: "Winston",
            line: || {
                let e = failure();
                error!(e, "an exception occurred");
            },
            // It names no kind.
            expected: json!({"message": "an exception occurred", "keys": ["message", "stack"]}),
        },
        Example {
            section: "Monolog",
            line: || {
                let e = failure();
                error!(e, "An error occurred");
            },
            expected: json!({"message": "An error occurred", "keys": ["kind", "message", "stack"]}),
        },
        Example {
            section: "Python logging",
            line: || {
                let error = failure();
                error!(error, "an exception occurred");
            },
            expected: occurred(),
        },
        Example {
            section: "Rails' formatter",
            line: || {
                let exception = failure();
                error!(exception, "{exception:?}");
            },
            expected: inspected(),
        },
        Example {
            section: "Lograge",
            line: || {
                let exception = failure();
                error!(exception, "{exception:?}", level = "error");
            },
            expected: inspected(),
        },
    ]
}

#[test]
fn each_example_is_a_line_with_what_its_library_writes() {
    let collector = Collector::install(track_errors::builder());
    for Example { section, line, expected } in examples() {
        line();
        let lines = collector.drain();
        let [line] = &lines[..] else { panic!("{section}: one line, not {}", lines.len()) };
        admission::check_datadog(&line.json.to_string()).expect(section);
        assert_eq!(line.json["status"], "error", "{section}");
        assert_eq!(line.json["message"], expected["message"], "{section}");
        let error = line.json["error"].as_object().expect("an object");
        for key in expected["keys"].as_array().expect("keys") {
            assert!(error.contains_key(key.as_str().expect("a text")), "{section}: {key}");
        }
        assert_eq!(error["kind"], "std::num::ParseIntError", "{section}");
        assert_eq!(error["message"], "invalid digit found in string", "{section}");
        let stack = error["stack"].as_str().expect("a text");
        assert!(admission::is_valid_stack(stack), "{section}: {stack}");
    }
}

#[test]
fn the_message_is_the_body_of_a_record_for_opentelemetry() {
    let collector = Collector::install(track_errors::builder().format(Format::Otlp));
    error!(failure(), "an exception occurred", order = 7);
    let line = collector.drain_lines().pop().expect("a line");
    admission::check_otlp(&line).expect("a valid record");
    let line: Value = serde_json::from_str(&line).expect("JSON");
    let record = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["body"]["stringValue"], "an exception occurred");
    let attributes = record["attributes"].as_array().expect("attributes");
    let message = attributes.iter().find(|attribute| attribute["key"] == "exception.message");
    let message = &message.expect("a message")["value"]["stringValue"];
    assert_eq!(message, "invalid digit found in string");
}

#[test]
fn each_row_of_the_guide_is_an_example_that_runs_here() {
    let guide = include_str!("../../../runtime/guide/by_hand.md");
    let source = include_str!("the_guide.rs");
    for Example { section, .. } in examples() {
        let row = guide.lines().find(|line| line.starts_with(&format!("| {section} |")));
        let row = row.unwrap_or_else(|| panic!("a row for {section}"));
        let code = row.rsplit('`').nth(1).expect("a line of code");
        let example =
            source.split("section: ").find(|part| part.starts_with(&format!("{section:?}")));
        assert!(example.expect(section).contains(code), "{section}: {code}");
    }
}
