//! Helpers of the tests.

use track_errors::{BacktraceMode, ErrorRecord, FieldValue, builder, testing};

/// Runs the examples of pages of the guide that need other crates.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../../runtime/guide/opentelemetry.md")]
    struct OpenTelemetry;

    #[doc = include_str!("../../../runtime/guide/outputs.md")]
    struct Outputs;

    #[doc = include_str!("../../../runtime/guide/tracing.md")]
    struct Tracing;
}

/// The one error that is logged meanwhile, without a stack.
///
/// # Panics
///
/// If there is none or several.
pub fn one_error<T, E>(f: impl FnOnce() -> Result<T, E>) -> ErrorRecord {
    let settings = builder().backtrace(BacktraceMode::Trail);
    let (result, records) = testing::capture_with(settings, f);
    assert!(result.is_err(), "it did not fail");
    ErrorRecord::clone(&records.assert_one())
}

/// The value of a field.
#[must_use]
pub fn field<'a>(record: &'a ErrorRecord, name: &str) -> Option<&'a FieldValue> {
    record.fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

/// The names and values of all fields, as text.
#[must_use]
pub fn fields(record: &ErrorRecord) -> Vec<String> {
    record.fields.iter().map(|field| format!("{}={:?}", field.name, field.value)).collect()
}
