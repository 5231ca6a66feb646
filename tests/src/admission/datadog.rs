//! The admission rule of the `datadog` format.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Broken, parse};

/// The statuses that Error Tracking takes into account.
pub(super) const STATUSES: [&str; 4] = ["error", "critical", "alert", "emergency"];

/// The keys that a line may have at its root: reserved and standard attributes of Datadog, the user's
/// fields, and ours.
const ROOT: [&str; 11] = [
    "timestamp",
    "status",
    "service",
    "ddsource",
    "ddtags",
    "message",
    "logger",
    "error",
    "dd",
    "context",
    "track_errors",
];

/// Checks that Datadog Error Tracking admits a line, and that it has our shape.
///
/// Datadog, "Track Backend Error Logs", section "Attributes for Error Tracking", requires
///
/// * `service`: "A `Service` attribute";
/// * `status`: "A status level of `ERROR`, `CRITICAL`, `ALERT`, or `EMERGENCY`", here in lower case, as
///   Datadog itself writes statuses;
/// * `error.kind` or `error.stack`: "Either an `error.kind` or `error.stack` field … it must be a valid
///   stack trace".
///
/// We require more than admission needs, because more makes better issues:
///
/// * kind *and* stack *and* message, all of them texts that are not blank;
/// * a valid stack is a header line and at least one frame with function, file and line
///   ([`is_valid_stack`]);
/// * the attributes of the same section are in one nested `error` object at the root, as in its Logrus,
///   Winston and Ruby examples, and not as dotted keys, as in its Monolog example;
/// * `timestamp` in RFC 3339 with milliseconds, `ddsource` `rust`, `ddtags` a list of tags;
/// * no unknown key at the root, no duplicate key, one line, under [`MAX_BYTES`](super::MAX_BYTES).
///
/// # Errors
///
/// Every rule that the line breaks, as `rule: what was found`.
pub fn check_datadog(line: &str) -> Result<(), Vec<String>> {
    let mut broken = Broken::default();
    if let Some(value) = parse(line, &mut broken) {
        check(&value, &mut broken);
    }
    broken.result()
}

fn check(line: &Value, broken: &mut Broken) {
    text(line, "service", broken);
    text(line, "message", broken);
    let status = &line["status"];
    broken.unless(
        status.as_str().is_some_and(|text| STATUSES.contains(&text)),
        "status",
        format_args!("{status}, must be one of {STATUSES:?}"),
    );
    let timestamp = &line["timestamp"];
    broken.unless(
        timestamp.as_str().is_some_and(is_rfc_3339_with_millis),
        "timestamp",
        format_args!("{timestamp}, must be like 2024-01-31T23:59:59.123Z"),
    );
    let source = &line["ddsource"];
    broken.unless(source == "rust", "ddsource", source);
    if let Some(tags) = line.get("ddtags") {
        broken.unless(
            tags.as_str().is_some_and(is_tag_list),
            "ddtags",
            format_args!("{tags}, must be a comma-separated list of key:value"),
        );
    }
    for key in line.as_object().into_iter().flat_map(serde_json::Map::keys) {
        broken.unless(!key.contains('.'), "no dotted keys", format_args!("{key:?} at the root"));
        broken.unless(
            key.contains('.') || ROOT.contains(&key.as_str()),
            "known keys",
            format_args!("{key:?} at the root"),
        );
    }
    texts_only(line, "logger", &["name", "thread_name", "method_name"], broken);
    texts_only(line, "dd", &["service", "env", "version", "trace_id", "span_id"], broken);
    for id in ["trace_id", "span_id"] {
        if let Some(id_text) = line["dd"].get(id) {
            broken.unless(
                id_text.as_str().is_some_and(|id| id.parse::<u128>().is_ok()),
                &format!("dd.{id}"),
                format_args!("{id_text}, must be a decimal number as a text"),
            );
        }
    }
    check_error(line, broken);
}

fn check_error(line: &Value, broken: &mut Broken) {
    let error = &line["error"];
    broken.unless(error.is_object(), "error", "no nested object at the root");
    if !error.is_object() {
        return;
    }
    text(error, "kind", broken);
    text(error, "message", broken);
    let stack = &error["stack"];
    broken.unless(
        stack.as_str().is_some_and(is_valid_stack),
        "stack",
        format_args!("{stack}, must be a header and a frame with function, file and line"),
    );
    for key in error.as_object().into_iter().flat_map(serde_json::Map::keys) {
        broken.unless(
            ["kind", "message", "stack", "fingerprint", "causes"].contains(&key.as_str()),
            "known keys",
            format_args!("{key:?} in error"),
        );
    }
    if let Some(causes) = error.get("causes") {
        const KEYS: [&str; 3] = ["kind", "message", "left_out_before"];
        let is_cause = |cause: &Value| {
            cause["message"].is_string()
                && cause.get("kind").is_none_or(Value::is_string)
                && cause.get("left_out_before").is_none_or(Value::is_u64)
                && cause
                    .as_object()
                    .is_some_and(|cause| cause.keys().all(|key| KEYS.contains(&&**key)))
        };
        broken.unless(
            causes
                .as_array()
                .is_some_and(|causes| !causes.is_empty() && causes.iter().all(is_cause)),
            "causes",
            format_args!("{causes}, must be a list of {{kind?, message, left_out_before?}}"),
        );
    }
}

/// A key whose value must be a text that is not blank.
pub(super) fn text(object: &Value, key: &str, broken: &mut Broken) {
    let value = &object[key];
    broken.unless(
        value.as_str().is_some_and(|text| !text.trim().is_empty()),
        key,
        format_args!("{value}, must be a text"),
    );
}

/// An optional object with texts under these keys and nothing else.
fn texts_only(line: &Value, name: &str, keys: &[&str], broken: &mut Broken) {
    let Some(value) = line.get(name) else { return };
    let kept = value.as_object().is_some_and(|object| {
        object.iter().all(|(key, value)| keys.contains(&key.as_str()) && value.is_string())
    });
    broken.unless(kept, name, format_args!("{value}, must have texts under {keys:?}"));
}

/// Whether a text is a stack trace: a header line (the error), and under it at least one frame with
/// function, file and line, in the form of `std::backtrace`:
///
/// ```text
/// std::io::Error: No such file or directory (os error 2)
///    0: shop::config::read
///              at src/config.rs:42:17
/// ```
#[must_use]
pub fn is_valid_stack(stack: &str) -> bool {
    let mut lines = stack.lines();
    let header = lines.next().unwrap_or_default();
    if header.trim().is_empty() || header.starts_with([' ', '\t']) || function_of(header).is_some()
    {
        return false;
    }
    let lines: Vec<_> = lines.collect();
    lines.windows(2).any(|pair| function_of(pair[0]).is_some() && is_place(pair[1]))
}

/// The function of `   0: shop::config::read`.
fn function_of(line: &str) -> Option<&str> {
    let (number, function) = line.trim_start().split_once(": ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !function.trim().is_empty()).then_some(function)
}

/// Whether a line is `             at src/config.rs:42:17`; the column may be missing.
fn is_place(line: &str) -> bool {
    let Some(place) = line.trim_start().strip_prefix("at ") else {
        return false;
    };
    let is_number = |text: &str| text.parse::<u32>().is_ok_and(|number| number > 0);
    match place.rsplit_once(':') {
        Some((front, last)) if is_number(last) => match front.rsplit_once(':') {
            Some((file, line)) if is_number(line) => !file.is_empty(),
            _ => !front.is_empty(),
        },
        _ => false,
    }
}

/// Whether a text is like `2024-01-31T23:59:59.123Z`.
fn is_rfc_3339_with_millis(text: &str) -> bool {
    const SHAPE: &str = "0000-00-00T00:00:00.000Z";
    text.len() == SHAPE.len()
        && text
            .bytes()
            .zip(SHAPE.bytes())
            .all(|(byte, shape)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
}

/// Whether a text is a list of tags: none empty, no white space, none that repeats an attribute of the
/// line.
fn is_tag_list(text: &str) -> bool {
    let is_tag = |tag: &str| !tag.is_empty() && !tag.starts_with(':') && !tag.ends_with(':');
    let keys =
        |wanted: &str| text.split(',').filter(|tag| tag.split(':').next() == Some(wanted)).count();
    !text.contains(char::is_whitespace)
        && text.split(',').all(is_tag)
        && ["env", "version"].iter().all(|key| keys(key) <= 1)
}

/// The names of a line's error attributes: the keys of the nested `error` object, or the ends of dotted keys
/// (`error.kind`), as in the Monolog example of the source.
///
/// # Errors
///
/// If the line is not a JSON object.
pub fn error_keys(line: &str) -> Result<BTreeSet<String>, Vec<String>> {
    let mut broken = Broken::default();
    let value = parse(line, &mut broken);
    broken.result()?;
    let object = value.as_ref().and_then(Value::as_object);
    let mut keys = BTreeSet::new();
    for (key, value) in object.into_iter().flatten() {
        match (key.as_str(), value.as_object()) {
            ("error", Some(error)) => keys.extend(error.keys().cloned()),
            _ => keys.extend(key.strip_prefix("error.").map(str::to_owned)),
        }
    }
    Ok(keys)
}
