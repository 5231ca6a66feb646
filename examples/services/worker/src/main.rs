//! Copies documents to servers. Jobs arrive on stdin, one line of JSON each, in place of a message queue.
//!
//! ```sh
//! echo '{"id":1,"document":"hello","servers":["http://127.0.0.1:9001","http://127.0.0.1:9002"]}' | cargo run
//! ```

mod job;

use std::io::{self, BufRead};
use std::time::Duration;

use reqwest::Client;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::timeout;
use track_errors::track_errors;

use crate::job::Job;

const JOBS_AT_ONCE: usize = 16;
/// Of one attempt.
const TIMEOUT: Duration = Duration::from_secs(10);

// An error that ends the worker is `emergency`, which OpenTelemetry calls FATAL.
#[track_errors(report = "boundary", level = "emergency")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    track_errors::builder()
        .service("copier")
        .version(env!("CARGO_PKG_VERSION"))
        .panics(true) // of a task, they end nothing but the task
        .init();
    // How long jobs may go on after SIGTERM.
    let drain =
        Duration::from_millis(std::env::var("DRAIN_MS").map_or(Ok(20_000), |text| text.parse())?);
    let client = Client::builder().timeout(TIMEOUT).build()?;

    let (sender, receiver) = mpsc::channel(JOBS_AT_ONCE);
    // A thread of its own: the process may end while it waits for a line. A task that reads stdin would be waited for.
    std::thread::spawn(move || read_jobs(&sender));
    let mut jobs = run_jobs(receiver, client).await?;
    if timeout(drain, finish(&mut jobs)).await.is_err() {
        // Each job is dropped in the middle, and its boundary logs what it holds: the attempts that failed. No retry
        // will repair them.
        jobs.shutdown().await;
    }
    Ok(())
}

/// Runs jobs until there are no more, or SIGTERM comes; returns those that still run.
async fn run_jobs(mut receiver: Receiver<Job>, client: Client) -> io::Result<JoinSet<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut jobs = JoinSet::new();
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = jobs.join_next(), if !jobs.is_empty() => {}
            job = receiver.recv(), if jobs.len() < JOBS_AT_ONCE => {
                let Some(job) = job else { break };
                let client = client.clone();
                jobs.spawn(async move {
                    // Its boundary has logged the error. A real worker tells the queue here that the job failed.
                    let _ = job::run(job, client).await;
                });
            }
        }
    }
    Ok(jobs)
}

async fn finish(jobs: &mut JoinSet<()>) {
    while jobs.join_next().await.is_some() {}
}

#[track_errors]
fn read_jobs(sender: &Sender<Job>) -> io::Result<()> {
    for (i, line) in io::stdin().lock().split(b'\n').enumerate() {
        match serde_json::from_slice(&line?) {
            Ok(job) => {
                if sender.blocking_send(job).is_err() {
                    break; // the worker stops
                }
            }
            // It must not stop the others, so it leaves no function, and is reported by hand.
            Err(error) => track_errors::error!(error, "a line is no job", line = i + 1),
        }
    }
    Ok(())
}
