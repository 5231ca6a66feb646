//! The admission rules can fail: each test breaks one rule and no other.
//!
//! The valid line is the golden line of the format, so one file ties what the formats write to what the
//! rules require.

use serde_json::{Value, json};
use track_errors_tests::admission::{
    MAX_BYTES, check_all, check_datadog, check_otlp, error_keys, is_valid_stack,
};

const DATADOG: &str = include_str!("../../runtime/src/output/format/golden/datadog.jsonl");
const OTLP: &str = include_str!("../../runtime/src/output/format/golden/otlp.jsonl");

type Check = fn(&str) -> Result<(), Vec<String>>;

/// Asserts that this rule refuses the line, and that no other rule does.
#[track_caller]
fn refuses(check: Check, line: &str, rule: &str) {
    let broken = check(line).expect_err(rule);
    assert!(
        broken.len() == 1 && broken[0].starts_with(&format!("{rule}: ")),
        "expected {rule}, got {broken:#?}"
    );
}

/// The golden line with `value` at `pointer`; `null` removes what is there.
#[track_caller]
fn changed(golden: &str, pointer: &str, value: impl Into<Option<Value>>) -> String {
    let mut line: Value = serde_json::from_str(golden).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = line.pointer_mut(parent).expect(pointer);
    match (parent, value.into()) {
        (Value::Object(object), Some(value)) => {
            object.insert(key.replace("~1", "/"), value);
        }
        (Value::Object(object), None) => {
            object.remove(key).expect(pointer);
        }
        (Value::Array(array), Some(value)) => array[key.parse::<usize>().unwrap()] = value,
        (Value::Array(array), None) => {
            array.remove(key.parse().unwrap());
        }
        _ => panic!("nothing at {pointer}"),
    }
    line.to_string()
}

#[test]
fn the_golden_lines_are_admitted_with_and_without_their_line_break() {
    for (check, golden) in [(check_datadog as Check, DATADOG), (check_otlp, OTLP)] {
        assert_eq!(check(golden), Ok(()));
        assert_eq!(check(golden.trim_end()), Ok(()));
    }
}

#[test]
fn a_corpus_is_checked_line_by_line_and_an_empty_one_is_refused() {
    assert_eq!(check_all([OTLP, OTLP], check_otlp), Ok(2));
    let broken = check_all([OTLP, DATADOG], check_otlp).unwrap_err();
    assert!(broken.iter().all(|rule| rule.starts_with("line 2: ")));
    assert!(check_all([""; 0], check_otlp).is_err());
}

#[test]
fn both_formats_refuse_a_line_that_is_not_one_short_json_object() {
    for (check, golden) in [(check_datadog as Check, DATADOG), (check_otlp, OTLP)] {
        refuses(check, "", "json");
        refuses(check, "[]", "json");
        refuses(check, golden.trim_end().strip_suffix('}').unwrap(), "json");
        refuses(check, &format!("{} {{}}", golden.trim_end()), "json");
        // White space between tokens is valid JSON, but splits the line.
        refuses(check, &golden.replacen(':', ":\n", 1), "one line");
        let padding = " ".repeat(MAX_BYTES - golden.len());
        refuses(check, &golden.replacen(':', &format!(":{padding}"), 1), "length");
        let padding = &padding[1..];
        let longest = golden.replacen(':', &format!(":{padding}"), 1);
        assert_eq!((longest.len(), check(&longest)), (MAX_BYTES - 1, Ok(())));
    }
}

#[test]
fn a_duplicate_key_is_refused() {
    let twice = DATADOG.replacen("{", r#"{"service":"other","#, 1);
    refuses(check_datadog, &twice, "json");
}

#[test]
fn datadog_refuses_each_missing_attribute() {
    for (pointer, rule) in [
        ("/service", "service"),
        ("/status", "status"),
        ("/message", "message"),
        ("/timestamp", "timestamp"),
        ("/ddsource", "ddsource"),
        ("/error", "error"),
        ("/error/kind", "kind"),
        ("/error/message", "message"),
        ("/error/stack", "stack"),
    ] {
        refuses(check_datadog, &changed(DATADOG, pointer, None), rule);
    }
}

#[test]
fn datadog_refuses_each_wrong_value() {
    for (pointer, value, rule) in [
        ("/service", json!("  "), "service"),
        ("/service", json!(1), "service"),
        // Logged, but not tracked.
        ("/status", json!("warn"), "status"),
        ("/status", json!("ERROR"), "status"),
        ("/message", json!(""), "message"),
        ("/timestamp", json!(1_700_000_000), "timestamp"),
        ("/timestamp", json!("2024-01-31T23:59:59Z"), "timestamp"),
        ("/ddsource", json!("go"), "ddsource"),
        ("/ddtags", json!("env:a,env:b"), "ddtags"),
        ("/ddtags", json!("a:1, b:2"), "ddtags"),
        ("/ddtags", json!("a:1,,b:2"), "ddtags"),
        ("/ddtags", json!(["a:1"]), "ddtags"),
        ("/logger/level", json!("x"), "logger"),
        ("/logger", json!("shop"), "logger"),
        ("/dd/service", json!(1), "dd"),
        ("/dd/trace_id", json!("4bf92f3577b34da6"), "dd.trace_id"),
        ("/error", json!("a text"), "error"),
        ("/error/kind", json!(""), "kind"),
        ("/error/stack", json!("only a header"), "stack"),
        ("/error/type", json!("x"), "known keys"),
        ("/error/causes", json!([]), "causes"),
        ("/error/causes", json!(["x"]), "causes"),
        ("/error/causes/0", json!({"kind": "x"}), "causes"),
        ("/level", json!("error"), "known keys"),
        ("/error.kind", json!("x"), "no dotted keys"),
        ("/dd.service", json!("x"), "no dotted keys"),
    ] {
        refuses(check_datadog, &changed(DATADOG, pointer, value), rule);
    }
}

#[test]
fn datadog_admits_known_optional_attributes() {
    for (pointer, value) in [
        ("/context", json!({"order": 7})),
        ("/track_errors", json!({"id": "x", "suppressed": 3})),
        ("/dd/trace_id", json!("123456789012345678901234567890")),
        ("/error/fingerprint", json!("x")),
        ("/ddtags", json!("canary,team:payments")),
    ] {
        assert_eq!(check_datadog(&changed(DATADOG, pointer, value)), Ok(()));
    }
    for pointer in ["/ddtags", "/logger", "/dd", "/error/causes"] {
        assert_eq!(check_datadog(&changed(DATADOG, pointer, None)), Ok(()));
    }
}

#[test]
fn a_valid_stack_is_a_header_and_a_frame_with_function_file_and_line() {
    for valid in [
        "Error: x\n   0: shop::pay\n             at src/cart.rs:42:17",
        "Error: x\nsecond line\n0: f\nat a.rs:1",
        "E\n   0: f\n   1: g\n     at C:\\shop\\a.rs:1:1\nCaused by: y",
    ] {
        assert!(is_valid_stack(valid), "{valid}");
    }
    for invalid in [
        "",
        "Error: x",
        "Error: x\n   0: shop::pay",
        "Error: x\n             at src/cart.rs:42:17",
        "Error: x\n   0: \n             at src/cart.rs:42:17",
        "Error: x\n   0: shop::pay\n             at src/cart.rs",
        "Error: x\n   0: shop::pay\n             at src/cart.rs:0",
        "Error: x\n   0: shop::pay\n             at :42:17",
        "Error: x\n   0: shop::pay\n\n             at src/cart.rs:42",
        // No header: the first line is a frame, or nothing.
        "   0: shop::pay\n             at src/cart.rs:42:17",
        "\n   0: shop::pay\n             at src/cart.rs:42:17",
        "0: shop::pay\nat a.rs:1\n1: f\nat a.rs:2",
    ] {
        assert!(!is_valid_stack(invalid), "{invalid}");
    }
}

#[test]
fn error_attributes_have_the_names_of_datadogs_examples() {
    let ours = error_keys(DATADOG).unwrap();
    for (example, line) in [
        (
            "Logrus",
            r#"{"error":{"kind":"*errors.fundamental","stack":"main.main\n\t/app/main.go:42","message":"boom"},"level":"error","msg":"an exception occurred","time":"2024-01-31T23:59:59Z"}"#,
        ),
        (
            "Winston",
            r#"{"error":{"message":"boom","stack":"Error: boom\n    at main (/app/index.js:42:17)"},"level":"error","message":"an exception occurred"}"#,
        ),
        (
            "Monolog",
            r##"{"message":"An error occurred","error.message":"boom","error.kind":"RuntimeException","error.stack":"#0 /app/index.php(42): main()"}"##,
        ),
        (
            "Ruby formatter",
            r##"{"timestamp":"2024-01-31 23:59:59 +0000","level":"ERROR","message":"#<RuntimeError: boom>","error":{"kind":"RuntimeError","message":"boom","stack":"/app/main.rb:42:in `main'"}}"##,
        ),
    ] {
        let theirs = error_keys(line).unwrap();
        assert!(!theirs.is_empty() && ours.is_superset(&theirs), "{example}: {theirs:?}");
        // Only Monolog's keys are dotted; ours are nested like those of the others.
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["error"].is_object(), example != "Monolog");
    }
    let line: Value = serde_json::from_str(DATADOG).unwrap();
    assert!(line["error"].is_object());
}

const RESOURCE: &str = "/resourceLogs/0/resource/attributes";
const SCOPE: &str = "/resourceLogs/0/scopeLogs/0";
const RECORD: &str = "/resourceLogs/0/scopeLogs/0/logRecords/0";

/// The golden line with one attribute of the record set, or removed if `value` is null.
fn with_attribute(list: &str, key: &str, value: &Value) -> String {
    let mut line: Value = serde_json::from_str(OTLP).unwrap();
    let list = line.pointer_mut(list).unwrap().as_array_mut().unwrap();
    list.retain(|attribute| attribute["key"] != key);
    if !value.is_null() {
        list.push(json!({"key": key, "value": value}));
    }
    line.to_string()
}

#[test]
fn otlp_refuses_each_missing_attribute() {
    for key in ["service.name", "telemetry.sdk.name", "telemetry.sdk.version"] {
        refuses(check_otlp, &with_attribute(RESOURCE, key, &Value::Null), key);
    }
    for key in [
        "error.type",
        "exception.type",
        "exception.message",
        "exception.stacktrace",
        "code.function.name",
        "code.file.path",
        "code.line.number",
    ] {
        let line = with_attribute(&format!("{RECORD}/attributes"), key, &Value::Null);
        refuses(check_otlp, &line, key);
    }
    for key in ["eventName", "timeUnixNano", "observedTimeUnixNano", "body"] {
        let line = changed(OTLP, &format!("{RECORD}/{key}"), None);
        refuses(check_otlp, &line, key);
    }
    for key in ["severityNumber", "severityText"] {
        let line = changed(OTLP, &format!("{RECORD}/{key}"), None);
        refuses(check_otlp, &line, "severity");
    }
    refuses(check_otlp, &changed(OTLP, &format!("{SCOPE}/scope"), None), "scope");
    refuses(check_otlp, &changed(OTLP, RECORD, None), "one event");
    refuses(check_otlp, r#"{"resourceLogs":[]}"#, "one event");
    // Of Datadog's shape, not of OpenTelemetry's.
    assert!(check_otlp(DATADOG).is_err());
    assert!(check_datadog(OTLP).is_err());
}

#[test]
fn otlp_refuses_each_wrong_value() {
    for (key, value, rule) in [
        ("eventName", json!("error"), "eventName"),
        ("body", json!({"intValue": "1"}), "body"),
        ("body", json!({"stringValue": ""}), "body"),
        ("severityNumber", json!(9), "severity"),
        ("severityNumber", json!(17), "severity"),
        ("severityText", json!("CRITICAL"), "severity"),
        ("timeUnixNano", json!(1_700_000_000_000_000_000_u64), "64-bit integers are strings"),
        ("timeUnixNano", json!("0"), "timeUnixNano"),
        ("timeUnixNano", json!("soon"), "LogsData"),
        ("event_name", json!("exception"), "known keys"),
        ("status", json!("error"), "known keys"),
        ("traceId", json!("0af7651916cd43dd8448eb211c80319"), "ids are hexadecimal"),
        ("traceId", json!("00000000000000000000000000000000"), "ids are hexadecimal"),
        ("spanId", json!("b7ad6b7169203331b7ad6b7169203331"), "ids are hexadecimal"),
    ] {
        let line = changed(OTLP, &format!("{RECORD}/{key}"), value);
        let broken = check_otlp(&line).expect_err(rule);
        assert!(broken[0].starts_with(&format!("{rule}: ")), "{key}: {broken:#?}");
    }
    refuses(check_otlp, &changed(OTLP, "/resource_logs", json!([])), "known keys");
    let enum_name = changed(OTLP, &format!("{RECORD}/severityNumber"), json!("ERROR"));
    assert!(check_otlp(&enum_name).unwrap_err()[0].starts_with("enum values are numbers: "));
}

#[test]
fn otlp_refuses_attributes_of_a_wrong_type_and_datadogs_keys() {
    let attributes = format!("{RECORD}/attributes");
    for (key, value, rule) in [
        ("exception.type", json!({"intValue": "1"}), "exception.type"),
        ("code.line.number", json!({"stringValue": "42"}), "code.line.number"),
        ("code.line.number", json!({"intValue": 42}), "64-bit integers are strings"),
        ("code.line.number", json!({"intValue": "0"}), "code.line.number"),
        ("error.kind", json!({"stringValue": "x"}), "no Datadog key"),
        ("error.stack", json!({"stringValue": "x"}), "no Datadog key"),
        ("dd.trace_id", json!({"stringValue": "1"}), "no Datadog key"),
        ("ddtags", json!({"stringValue": "a:1"}), "no Datadog key"),
    ] {
        refuses(check_otlp, &with_attribute(&attributes, key, &value), rule);
    }
    let twice = changed(
        OTLP,
        &format!("{attributes}/2"),
        json!({"key": "exception.type", "value": {"stringValue": "x"}}),
    );
    let broken = check_otlp(&twice).unwrap_err();
    assert!(broken.iter().any(|rule| rule.starts_with("attributes are unique: ")));
    let language = json!({"stringValue": "go"});
    refuses(
        check_otlp,
        &with_attribute(RESOURCE, "telemetry.sdk.language", &language),
        "telemetry.sdk.language",
    );
}

#[test]
fn otlp_admits_ids_of_the_right_length() {
    let line =
        changed(OTLP, &format!("{RECORD}/traceId"), json!("0af7651916cd43dd8448eb211c80319c"));
    let line = changed(&line, &format!("{RECORD}/spanId"), json!("b7ad6b7169203331"));
    let line = changed(&line, &format!("{RECORD}/flags"), json!(1));
    assert_eq!(check_otlp(&line), Ok(()));
}
