//! Records of this thread, for tests of which errors are logged and with what.

#![allow(dead_code, reason = "each test program uses a part")]

use track_errors::testing::Records;
use track_errors::{BacktraceMode, ErrorRecord, FieldValue, ReportPolicy, testing};

/// The records of `f` under `origin`, without native frames, which are slow in debug builds.
pub(crate) fn records<T>(f: impl FnOnce() -> T) -> Records {
    records_under(ReportPolicy::Origin, f)
}

pub(crate) fn records_under<T>(report: ReportPolicy, f: impl FnOnce() -> T) -> Records {
    let settings = track_errors::builder().report(report).backtrace(BacktraceMode::Trail);
    testing::capture_with(settings, f).1
}

/// The only record.
#[track_caller]
pub(crate) fn only(records: Records) -> ErrorRecord {
    ErrorRecord::clone(&records.assert_one())
}

pub(crate) fn messages(records: &[ErrorRecord]) -> Vec<&str> {
    records.iter().map(|record| &*record.message).collect()
}

pub(crate) fn causes(record: &ErrorRecord) -> Vec<&str> {
    record.causes.iter().map(|cause| &*cause.message).collect()
}

pub(crate) fn field(record: &ErrorRecord, name: &str) -> Option<FieldValue> {
    let field = record.fields.iter().find(|field| field.name == name);
    field.map(|field| field.value.clone())
}

pub(crate) fn text(text: &str) -> Option<FieldValue> {
    Some(FieldValue::Text(text.to_owned()))
}

pub(crate) fn int(number: i64) -> Option<FieldValue> {
    Some(FieldValue::Int(number))
}

/// Functions of the stack without their paths, the innermost first.
pub(crate) fn functions(record: &ErrorRecord) -> Vec<&str> {
    functions_of(&record.stack)
}

pub(crate) fn functions_of(stack: &str) -> Vec<&str> {
    let frames = stack.lines().filter_map(|line| line.trim_start().split_once(": "));
    let frames = frames.filter(|(number, _)| number.parse::<u32>().is_ok());
    frames.map(|(_, name)| name.rsplit("::").next().expect("a name")).collect()
}
