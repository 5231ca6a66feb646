//! Helpers of the tests.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;
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

/// What a layer or a sink writes. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// The lines until now.
    ///
    /// # Panics
    ///
    /// If they are not UTF-8.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }

    /// The lines as JSON.
    ///
    /// # Panics
    ///
    /// If one is none.
    #[must_use]
    pub fn json_lines(&self) -> Vec<Value> {
        let lines = self.lines();
        lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The one line.
    ///
    /// # Panics
    ///
    /// If there is none or several.
    #[track_caller]
    #[must_use]
    pub fn only_line(&self) -> String {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "one line: {lines:#?}");
        lines.remove(0)
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Buffer {
    type Writer = Buffer;

    fn make_writer(&'a self) -> Buffer {
        self.clone()
    }
}
