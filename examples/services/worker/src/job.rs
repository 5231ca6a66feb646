//! One job: a document is put on several servers at the same time, with retries.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Deserialize;
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;
use track_errors::{inherit, track_errors};

const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
pub struct Job {
    id: u64,
    document: String,
    servers: Vec<String>,
}

#[derive(Debug, Error)]
pub enum CopyError {
    #[error("the server answered {0}")]
    Refused(StatusCode),
    #[error("the server did not answer")]
    NoAnswer(#[from] reqwest::Error),
    #[error("the task of a copy ended early")]
    Task(#[from] JoinError),
}

impl CopyError {
    fn is_transient(&self) -> bool {
        match self {
            CopyError::Refused(status) => status.is_server_error(),
            CopyError::NoAnswer(_) => true,
            CopyError::Task(_) => false,
        }
    }
}

/// The boundary of a job, and not of the loop that takes jobs. The error that it returns is one error log. What a retry
/// repaired is a warning, which Datadog does not make an issue of: a server that needs retries is worth a look.
#[track_errors(report = "boundary", handled = "warn", fields(job = job.id))]
pub async fn run(job: Job, client: Client) -> Result<(), CopyError> {
    let document: Arc<str> = job.document.into();
    let mut copies = JoinSet::new();
    for server in job.servers {
        // A task begins outside of any boundary: without `inherit`, each attempt that fails would be an error log.
        copies.spawn(inherit(copy(client.clone(), job.id, document.clone(), server)));
    }
    // The first server that fails for good ends the job: the set is dropped, and with it the other copies.
    while let Some(result) = copies.join_next().await {
        result??;
    }
    Ok(())
}

async fn copy(
    client: Client,
    job: u64,
    document: Arc<str>,
    server: String,
) -> Result<(), CopyError> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match put(&client, job, &document, &server).await {
            Err(error) if error.is_transient() => sleep(pause).await,
            result => return result,
        }
        pause *= 2;
    }
    put(&client, job, &document, &server).await
}

// Fields of each line, also of warnings, which do not leave `run`.
#[track_errors(fields(job, server))]
async fn put(
    client: &Client,
    job: u64,
    document: &Arc<str>,
    server: &str,
) -> Result<(), CopyError> {
    let response =
        client.put(format!("{server}/documents/{job}")).body(document.to_string()).send().await?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status => Err(CopyError::Refused(status)),
    }
}
