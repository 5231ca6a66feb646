use std::borrow::Cow;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::samples::{record, record_of_boundary, resource};
use super::*;
use crate::config::Shape;
use crate::model::{Cause, Field, FieldValue};

/// The line of a function with seven unlogged errors.
fn line_of_losses(format: Format) -> String {
    let (record, resource) = (record(), resource());
    let common = Common::new(format, &resource);
    let kinds = ["shop::PayError::Declined (6)", "std::io::Error (1)"].map(str::to_owned);
    let losses = LossCounts { suppressed: 4, dropped: 2, handled: 1 };
    let line = Line {
        error: None,
        message: &losses_message("shop::Cart::pay", losses, &kinds),
        losses,
        unlogged_kinds: &kinds,
        ..Line::of_error(&common, &record, &resource)
    };
    let mut out = Vec::new();
    assert!(append(&line, &mut out));
    String::from_utf8(out).expect("a line is UTF-8")
}

fn line(shape: impl Into<Shape>, record: &ErrorRecord, resource: &Resource) -> String {
    let mut out = Vec::new();
    assert!(write_line(&Common::new(shape, resource), record, resource, &mut out));
    String::from_utf8(out).expect("a line is UTF-8")
}

fn json(line: &str) -> Value {
    assert!(line.len() < 256_000, "{} bytes", line.len());
    assert!(line.ends_with('\n') && !line[..line.len() - 1].contains('\n'));
    serde_json::from_str(line).expect("a line is valid JSON")
}

#[test]
fn every_format_is_parsed_from_its_own_name_only() {
    for format in Format::ALL {
        assert_eq!(format.as_str().to_uppercase().parse(), Ok(format));
    }
    let error = "xml".parse::<Format>().unwrap_err();
    assert_eq!(error.to_string(), r#""xml" is not a format, expected one of datadog, otlp"#);
}

#[test]
fn a_line_is_appended_and_leaves_what_is_before_it_alone() {
    let mut out = b"before\n".to_vec();
    for format in Format::ALL {
        let common = Common::new(format, &resource());
        assert!(write_line(&common, &record(), &resource(), &mut out));
    }
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.starts_with("before\n{") && text.ends_with("}\n"));
}

#[test]
fn the_golden_lines_are_what_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/output/format/golden");
    for format in Format::ALL {
        for (name, line) in [
            ("", line(format, &record(), &resource())),
            ("_boundary", line(format, &record_of_boundary(), &resource())),
            ("_losses", line_of_losses(format)),
        ] {
            let golden = folder.join(format!("{format}{name}.jsonl"));
            let line = line.replace(env!("CARGO_PKG_VERSION"), "@VERSION@");
            if std::env::var_os("BLESS").is_some() {
                fs::write(&golden, &line).expect("the golden line is writable");
            }
            assert_eq!(line, fs::read_to_string(golden).expect("the golden line is readable"));
        }
    }
}

#[test]
fn a_line_about_unlogged_errors_has_the_reasons_that_apply() {
    for (counts, message) in [
        ([1, 0, 0], "1 error of f was not logged: 1 suppressed by the rate limit: K (1)"),
        ([0, 2, 0], "2 errors of f were not logged: 2 dropped: K (2)"),
        ([0, 1, 1], "2 errors of f were not logged: 1 dropped, 1 handled by a boundary: K (2)"),
    ] {
        let [suppressed, dropped, handled] = counts;
        let counts = LossCounts { suppressed, dropped, handled };
        assert_eq!(losses_message("f", counts, &[format!("K ({})", counts.sum())]), message);
    }
}

#[test]
fn a_message_of_megabytes_gives_a_short_valid_line_that_says_what_was_cut() {
    let mut record = record();
    // Two bytes a character: the cut must not fall in the middle of one.
    record.message = "é".repeat(3_000_000);
    for format in Format::ALL {
        let line = line(format, &record, &resource());
        json(&line);
        assert!(line.contains("bytes cut]"), "{format}: {}", &line[..200]);
    }
}

#[test]
fn only_the_texts_that_are_too_long_are_cut() {
    let mut record = record();
    record.message = "m".repeat(1_000_000);
    let line = json(&line(Format::Datadog, &record, &resource()));
    assert_eq!(line["error"]["stack"], record.stack.as_str());
    let message = line["error"]["message"].as_str().unwrap();
    assert!(message.ends_with(&format!("m … [{} bytes cut]", 1_000_000 - 512)));
}

#[test]
fn a_line_has_a_long_message_once_in_full() {
    let mut record = record();
    record.message = "€".repeat(2_000);
    for (format, summary, whole) in [
        (Format::Datadog, "/message", "/error/message"),
        (Format::Otlp, "/body/stringValue", "/attributes/2/value/stringValue"),
    ] {
        let line = json(&line(format, &record, &resource()));
        let log = line.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").unwrap_or(&line);
        let text = |pointer| log.pointer(pointer).and_then(Value::as_str).expect("a text");
        assert_eq!(text(summary), format!("{}… [cut at 256 bytes]", "€".repeat(85)));
        assert_eq!(text(whole), record.message);
    }
}

/// The largest record within its bounds: all texts repeat `unit`, and names of the source have 256 bytes.
fn largest(unit: &str) -> ErrorRecord {
    let text = |bytes: usize| unit.repeat(bytes / unit.len());
    let name = || "n".repeat(256);
    let location = || Location { file: Cow::Owned(name()), line: u32::MAX, column: u32::MAX };
    let field = Field {
        name: "of_the_longest_length_that_the_attribute_accepts_".into(),
        // Those of the attribute, and those of the context.
        value: FieldValue::Text(text((18 + 10) * 1024 / 64)),
    };
    let cause = Cause {
        kind: Some(Cow::Borrowed("std::string::FromUtf16Error")),
        message: text(8 * 1024 / 32),
        is_presumed: true,
        left_out_before: u32::MAX / 32,
    };
    let step = StepMessage { function: name().into(), location: location(), message: text(192) };
    ErrorRecord {
        service: Some("n".repeat(512).into()),
        kind: text(512).into(),
        error_type: text(512).into(),
        fingerprint: Some(text(512).into()),
        message: text(8 * 1024),
        log_message: Some(text(2 * 1024)),
        causes: vec![cause; 32],
        attachments: vec![text(4 * 1024 / 32); 32],
        attachments_left_out: u32::MAX,
        stack: text(32 * 1024).into(),
        build_id: Some("0a".repeat(32).into()),
        fields: vec![field; 64],
        spans: vec![name().into(); 16],
        location: location(),
        function: Cow::Owned(name()),
        thread: Some(text(512).into()),
        step_messages: vec![step; 32],
        suppressed: u64::MAX,
        dropped: u64::MAX,
        handled_count: u64::MAX,
        unlogged_kinds: vec![text(512); 11],
        ..record_of_boundary()
    }
}

/// The largest resource: all texts repeat `unit`, which is a byte; no tag keeps it.
fn largest_resource(unit: &str) -> Resource {
    let name = unit.repeat(Resource::MAX_NAME);
    let tag = "t".repeat(200);
    let mut resource =
        Resource::new(&name).with_env(&name).with_version(&name).with_git(&name, &name);
    while resource.tags_left_out() == 0 {
        resource = resource.with_tag(&tag, "");
    }
    let resource = resource.with_attribute("a", &unit.repeat(Resource::MAX_BYTES - 69));
    assert_eq!(resource.attributes().len(), 1);
    resource
}

#[test]
fn the_largest_record_within_its_bounds_is_written_whole() {
    // All texts double: a record has no control characters but line breaks and tabs.
    let (record, resource) = (largest("\""), largest_resource("\""));
    for format in Format::ALL {
        let line = line(format, &record, &resource);
        json(&line);
        assert!(!line.contains("bytes cut]"), "{format}");
        assert!(line.len() < 254_000, "{format}: {}", line.len());
    }
}

#[test]
fn a_resource_of_control_characters_still_leaves_a_valid_bounded_line() {
    for format in Format::ALL {
        let line = line(format, &largest("\""), &largest_resource("\0"));
        json(&line);
    }
}

#[test]
fn the_worst_texts_everywhere_still_give_a_valid_bounded_line() {
    // NUL takes six bytes, and each text alone is too long.
    let worst = "\0".repeat(300_000);
    let mut record = largest("\0");
    record.kind = worst.clone().into();
    record.error_type = worst.clone().into();
    record.message.clone_from(&worst);
    record.stack = worst.as_str().into();
    record.service = Some(worst.clone().into());
    record.module = worst.clone().into();
    record.fingerprint = Some(worst.clone().into());
    record.location.file = Cow::Owned(worst.clone());
    record.function = Cow::Owned(worst.clone());
    record.build_id = Some(worst.clone().into());
    record.thread = Some(worst.clone().into());
    for cause in &mut record.causes {
        cause.message.clone_from(&worst);
        cause.kind = Some(Cow::Owned(worst.clone()));
    }
    record.log_message = Some(worst.clone());
    record.attachments.iter_mut().for_each(|text| text.clone_from(&worst));
    record.spans.iter_mut().for_each(|span| *span = worst.clone().into());
    record.unlogged_kinds.iter_mut().for_each(|kind| kind.clone_from(&worst));
    for field in &mut record.fields {
        field.name = Cow::Owned(worst.clone());
        field.value = FieldValue::Text(worst.clone());
    }
    for step in &mut record.step_messages {
        step.function = worst.clone().into();
        step.location.file = Cow::Owned(worst.clone());
        step.message.clone_from(&worst);
    }
    let boundary = record.boundary.as_mut().unwrap();
    boundary.id.clone_from(&worst);
    boundary.function = Some(worst.into());
    let both_names = Shape { datadog_attributes: true, ..Format::Otlp.into() };
    for shape in [Format::Datadog.into(), Format::Otlp.into(), both_names] {
        let line = line(shape, &record, &largest_resource("\0"));
        json(&line);
        assert!(line.len() < 250_000, "{shape:?}: {}", line.len());
    }
}

#[test]
fn a_line_of_exactly_the_longest_length_is_not_cut() {
    let mut record = record();
    record.causes.clear();
    record.stack.clear();
    let room = MAX_LINE - line(Format::Otlp, &record, &resource()).len();
    record.stack = "s"
        .repeat(room - r#",{"key":"exception.stacktrace","value":{"stringValue":""}}"#.len())
        .into();
    assert_eq!(line(Format::Otlp, &record, &resource()).len(), MAX_LINE);
    record.stack.to_mut().push('s');
    assert!(line(Format::Otlp, &record, &resource()).contains("bytes cut]"));
}

#[test]
fn any_clock_gives_a_time_that_both_formats_can_express() {
    let mut record = record();
    for (time, text) in [
        (UNIX_EPOCH - Duration::from_secs(1), "1970-01-01T00:00:00.000Z"),
        (UNIX_EPOCH + Duration::from_secs(1 << 40), "9999-12-31T23:59:59.999Z"),
    ] {
        record.timestamp = time;
        assert_eq!(json(&line(Format::Datadog, &record, &resource()))["timestamp"], text);
        json(&line(Format::Otlp, &record, &resource()));
    }
}

#[test]
fn a_record_without_a_service_takes_the_one_of_the_program() {
    let mut record = record();
    for none in [None, Some(""), Some("  ")] {
        record.service = none.map(Into::into);
        let line = json(&line(Format::Datadog, &record, &resource()));
        assert_eq!(line["service"], "shop-backend");
        assert_eq!(line["dd"]["service"], "shop-backend");
    }
}
