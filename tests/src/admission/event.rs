//! The admission rule of error logs that are events of `tracing`.

use serde_json::Value;

use super::datadog::{STATUSES, is_valid_stack, text};
use super::{Broken, parse};

/// What JSON layers write themselves.
const OF_LAYERS: [&str; 9] = [
    "timestamp",
    "level",
    "target",
    "filename",
    "line_number",
    "span",
    "spans",
    "threadName",
    "threadId",
];

/// The first parts of our names.
const GROUPS: [&str; 6] = ["error", "exception", "logger", "dd", "track_errors", "context"];

/// Checks that Datadog Error Tracking admits an error log that a JSON layer of `tracing` wrote: that of
/// `tracing-subscriber` with `flatten_event(true)`, or of `json-subscriber`.
///
/// Such a layer writes `level` in the words of `tracing`, and the fields of an event at the root, under the names
/// that they have. So the attributes have dotted keys, as in the Monolog example of Datadog, "Track Backend Error
/// Logs"; its intake reads these as `error.kind` and so on. `status` is a field: Datadog, "Log Status Remapper",
/// reads it before `level`.
///
/// * `service`, `message`, `error.kind`, `error.message`: texts that are not blank;
/// * `error.stack`: a [valid stack](is_valid_stack);
/// * `status`: one that Error Tracking takes into account; `level`: `ERROR`;
/// * at the root only dotted keys of ours and the keys of the layer; no duplicate key, and no nested object that
///   has the same name as a dotted key has up to its dot;
/// * one line.
///
/// # Errors
///
/// Every rule that the line breaks, as `rule: what was found`.
pub fn check_event(line: &str) -> Result<(), Vec<String>> {
    let mut broken = Broken::default();
    if let Some(value) = parse(line, &mut broken) {
        check(&value, &mut broken);
    }
    broken.result()
}

fn check(line: &Value, broken: &mut Broken) {
    for key in ["service", "message", "error.kind", "error.message", "timestamp", "target"] {
        text(line, key, broken);
    }
    let stack = &line["error.stack"];
    broken.unless(
        stack.as_str().is_some_and(is_valid_stack),
        "error.stack",
        format_args!("{stack}, must be a header and a frame with function, file and line"),
    );
    let status = &line["status"];
    broken.unless(
        status.as_str().is_some_and(|text| STATUSES.contains(&text)),
        "status",
        format_args!("{status}, must be one of {STATUSES:?}"),
    );
    broken.unless(line["level"] == "ERROR", "level", &line["level"]);
    for (key, value) in line.as_object().into_iter().flatten() {
        let is_known = match key.split_once('.') {
            Some((group, _)) => GROUPS.contains(&group) && !value.is_object() && !value.is_array(),
            None => {
                OF_LAYERS.contains(&&**key) || ["message", "service", "status"].contains(&&**key)
            }
        };
        broken.unless(is_known, "known keys", format_args!("{key:?} at the root"));
    }
}
