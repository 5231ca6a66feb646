//! `track_errors::testing`: what a test captures, on which threads, and what its assertions print.

mod assertions;
mod captures;
#[path = "../collect/mod.rs"]
mod collect;
mod threads;

use track_errors::{BacktraceMode, Builder, track_errors};

/// Without native frames, which are slow in debug builds.
fn settings() -> Builder {
    track_errors::builder().backtrace(BacktraceMode::Trail)
}

#[track_errors(service = "testing")]
fn fail(message: &str) -> Result<(), String> {
    Err(message.to_owned())
}

#[track_errors(service = "testing")]
async fn fail_later(message: &str) -> Result<(), String> {
    tokio::task::yield_now().await;
    Err(message.to_owned())
}

fn messages(records: &[track_errors::ErrorRecord]) -> Vec<&str> {
    records.iter().map(|record| &*record.message).collect()
}
