//! Keys and fields in the lines of both formats.

use super::*;

fn line(format: Format) -> Value {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyed"))
        .env("TRACK_ERRORS_FORMAT", format.as_str())
        .env_remove("DD_SERVICE")
        .output()
        .expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "{text}");
    match format {
        Format::Otlp => admission::check_otlp(text.trim_end()),
        _ => admission::check_datadog(text.trim_end()),
    }
    .expect("admitted");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn datadog_has_the_fields_under_context_and_a_fingerprint_that_is_a_string() {
    let line = line(Format::Datadog);
    assert_eq!(line["context"]["order.id"], 7);
    assert_eq!(line["context"]["paid"], true);
    assert_eq!(line["context"]["name"], "tea");
    assert_eq!(line["error"]["fingerprint"], "17");
    // Readers with doubles for numbers would round the big one.
    let details =
        serde_json::json!({"items": [{"sku": 12, "note": null}], "big": "18446744073709551615"});
    assert_eq!(line["context"]["the \"details\""], details);
}

#[test]
fn otlp_has_the_fields_as_attributes_of_their_types() {
    let line = line(Format::Otlp);
    let attributes = line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"]
        .as_array()
        .expect("attributes")
        .iter()
        .map(|entry| format!("{}={}", entry["key"].as_str().unwrap_or(""), entry["value"]))
        .collect::<Vec<_>>();
    for attribute in [
        r#"order.id={"intValue":"7"}"#,
        r#"paid={"boolValue":true}"#,
        r#"name={"stringValue":"tea"}"#,
        r#"the "details"={"kvlistValue":{"values":[{"key":"big","value":{"stringValue":"18446744073709551615"}},{"key":"items","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"note","value":{}},{"key":"sku","value":{"intValue":"12"}}]}}]}}}]}}"#,
        r#"track_errors.fingerprint={"stringValue":"17"}"#,
    ] {
        assert!(attributes.iter().any(|found| found == attribute), "{attributes:#?}");
    }
}
