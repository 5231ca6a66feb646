//! A program whose error logs go through the batch processor of the SDK; see `tests/opentelemetry_program.rs`.
//!
//! Its exporter writes the message of each record to stderr. Lines of JSON go to stdout.

use std::num::ParseIntError;
use std::time::Duration;

use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLoggerProvider};
use track_errors::{builder, track_errors};

#[derive(Debug)]
struct Stderr;

impl LogExporter for Stderr {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        for (record, _) in batch.iter() {
            match record.body() {
                Some(AnyValue::String(text)) => eprintln!("{}", text.as_str()),
                other => eprintln!("{other:?}"),
            }
        }
        Ok(())
    }
}

#[track_errors(fields(text))]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

fn init() -> SdkLoggerProvider {
    let provider = SdkLoggerProvider::builder().with_batch_exporter(Stderr).build();
    let sink = track_errors::opentelemetry::sink(provider.clone(), SdkLoggerProvider::force_flush);
    builder().record_sink(sink).init();
    provider
}

fn main() {
    let provider = init();
    match &*std::env::args().nth(1).expect("what to do") {
        "exit" => drop(parse("x")),
        "shutdown" => {
            drop(parse("x"));
            assert!(track_errors::flush(Duration::from_secs(60)));
            provider.shutdown().expect("a shutdown");
            drop(parse(""));
        }
        "fork" => fork(|| drop(parse(""))),
        "fork_with_init" => fork(|| {
            init();
            drop(parse(""));
        }),
        other => panic!("unknown: {other}"),
    }
}

/// Fails in the parent before and after a fork, and runs this in the child, which ends first.
fn fork(child: impl FnOnce()) {
    drop(parse("x"));
    // SAFETY: the child is one of this crate's users: no call that it makes needs another thread.
    match unsafe { libc::fork() } {
        0 => child(),
        pid => {
            let mut status = 0;
            // SAFETY: `status` lives.
            let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
            assert_eq!((waited, status), (pid, 0));
            drop(parse("x"));
        }
    }
}
