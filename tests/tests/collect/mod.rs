//! Collects the lines of the whole process, for tests of code that changes threads.

#![allow(dead_code, reason = "each test program uses a part")]

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use track_errors::{BacktraceMode, Batch, Builder, Overflow, RateLimit, Sink};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static SERIAL: Mutex<()> = Mutex::new(());

struct Lines;

impl Sink for Lines {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let lines = batch.lines().map(|line| String::from_utf8(line.to_vec()).expect("UTF-8"));
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
        Ok(())
    }
}

/// The parts of a line that tests check.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) function: String,
    pub(crate) stack: String,
    /// The whole line.
    pub(crate) json: Value,
}

impl Line {
    /// `None` for a line that only counts unlogged errors.
    fn parse(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line.get("error")?;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let error = &line["error"];
        let causes = error["causes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(Line {
            id: text(&line["track_errors"]["id"]),
            kind: text(&error["kind"]),
            message: text(&error["message"]),
            causes: causes.iter().map(|cause| text(&cause["message"])).collect(),
            function: text(&line["logger"]["method_name"]),
            stack: text(&error["stack"]),
            json: line,
        })
    }

    /// A field of a function that the error left, or `null`.
    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.json["context"][name]
    }

    /// An attribute under `track_errors`, or `null`.
    pub(crate) fn note(&self, name: &str) -> &Value {
        &self.json["track_errors"][name]
    }
}

/// Settings without native backtraces, which are slow in debug builds.
pub(crate) fn trail_only() -> Builder {
    track_errors::builder().backtrace(BacktraceMode::Trail)
}

/// The sink of the process. While a test holds it, no other test of this program logs.
pub(crate) struct Collector {
    _serial: MutexGuard<'static, ()>,
}

impl Collector {
    /// Installs the settings, without a rate limit.
    pub(crate) fn install(settings: Builder) -> Self {
        // A test that failed while it held the lock must not fail the next one.
        let serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
        settings.rate_limit(RateLimit::Off).overflow(Overflow::Block).init_with_sink(Lines);
        let collector = Collector { _serial: serial };
        drop(collector.drain());
        collector
    }

    /// The lines that were written since the last call.
    pub(crate) fn drain_lines(&self) -> Vec<String> {
        assert!(track_errors::flush(Duration::from_secs(60)), "the sink takes every line");
        std::mem::take(&mut *LINES.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The errors that were logged since the last call.
    pub(crate) fn drain(&self) -> Vec<Line> {
        self.drain_lines().iter().filter_map(|line| Line::parse(line)).collect()
    }
}
