//! The debug mode as a user sees it: how it is switched on, where its lines go, and what is in them.
//! The names in the comments are the sections of Datadog's "Tracer Debug Logs".

#[path = "../debug_log/mod.rs"]
mod debug_log;
mod errors;
mod layout;
mod loggers;
mod startup;
mod switch;

use debug_log::about;
use serde_json::Value;

const ON: (&str, &str) = ("DD_TRACE_DEBUG", "true");
const QUIET_START: (&str, &str) = ("DD_TRACE_STARTUP_LOGS", "false");

/// The start-up line's JSON.
fn configuration(lines: &[debug_log::Line]) -> Value {
    let found = about(lines, "DATADOG TRACER CONFIGURATION - ");
    assert_eq!(found.len(), 1, "{lines:#?}");
    let (_, json) = found[0].split_once(" - ").expect("a separator");
    serde_json::from_str(json).expect("JSON")
}
