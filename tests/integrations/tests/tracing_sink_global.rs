//! The sink of `tracing` in a program as it is: one subscriber for the whole process, and a writer of its own
//! thread.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::prelude::*;
use track_errors::{Batch, Delivery, track_errors};
use track_errors_integration_tests::Buffer;

struct Output;

static OUTPUT: LazyLock<Buffer> = LazyLock::new(Buffer::default);

impl track_errors::Sink for Output {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        io::Write::write_all(&mut OUTPUT.clone(), batch.bytes())
    }
}

fn init_tracing(buffer: &Buffer) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(buffer.clone());
    let json = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer);
    tracing_subscriber::registry().with(track_errors::tracing::layer()).with(json).init();
    guard
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

#[track_errors(rate_limit = 1)]
fn limited(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

fn with_message<'a>(lines: &'a [Value], text: &str) -> Vec<&'a Value> {
    let has =
        |line: &&Value| line["message"].as_str().is_some_and(|message| message.contains(text));
    lines.iter().filter(has).collect()
}

/// One test: the subscriber of a process is set once, and a guard ends its writer.
#[test]
fn all_that_was_flushed_before_the_guard_is_dropped_is_written() {
    let buffer = Buffer::default();
    let sink = track_errors::tracing::sink();
    // Before the program has a subscriber.
    track_errors::builder().record_sink(sink).init_with_sink(Output);
    assert!(limited(100).is_err());
    flush();
    assert_eq!(with_message(&OUTPUT.json_lines(), "number 100").len(), 1);

    let guard = init_tracing(&buffer);
    for number in 0..50 {
        let _request = tracing::info_span!("request", request_id = number).entered();
        assert!(limited(number).is_err());
    }
    flush();

    // Everything on the calling thread: a layer might hold a lock.
    track_errors::builder().delivery(Delivery::Sync).record_sink(sink).init_with_sink(Output);
    #[track_errors]
    fn fails() -> Result<(), &'static str> {
        Err("written by its thread")
    }
    let _request = tracing::info_span!("request").entered();
    assert!(fails().is_err());
    flush();
    drop(guard);

    let lines = buffer.json_lines();
    let logged = with_message(&lines, "number");
    assert!(!logged.is_empty());
    for line in &logged {
        assert_eq!(line["message"], format!("number {}", line["context.request_id"]));
        assert!(line.get("span").is_none() && line.get("spans").is_none(), "{line}");
    }
    let counts = with_message(&lines, "not logged");
    assert_eq!(counts.len(), 1, "{lines:#?}");
    assert_eq!(counts[0]["level"], "INFO");
    assert_eq!(counts[0]["target"], "tracing_sink_global");
    let suppressed = lines.iter().filter_map(|line| line["track_errors.suppressed"].as_u64());
    assert_eq!(logged.len() as u64 + suppressed.sum::<u64>(), 50);
    assert!(with_message(&lines, "written by its thread").is_empty());
    assert_eq!(with_message(&OUTPUT.json_lines(), "written by its thread").len(), 1);
}
