//! The real worker: what it logs about each of its jobs.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

/// A server that the test plays. What it does depends on the path before `/documents`.
struct Server {
    url: String,
    /// The job of each request for which there will be no answer.
    waiting: mpsc::UnboundedReceiver<u64>,
}

#[derive(Clone)]
struct Requests {
    by_job: Arc<Mutex<HashMap<u64, u32>>>,
    waiting: mpsc::UnboundedSender<u64>,
}

impl Server {
    async fn start() -> Server {
        let (sender, waiting) = mpsc::unbounded_channel();
        let requests = Requests { by_job: Arc::default(), waiting: sender };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/{kind}/documents/{job}", put(answer)).with_state(requests);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Server { url, waiting }
    }

    fn job(&self, id: u64, kinds: &[&str]) -> Value {
        let servers: Vec<_> = kinds.iter().map(|kind| format!("{}/{kind}", self.url)).collect();
        json!({ "id": id, "document": "hello", "servers": servers })
    }
}

async fn answer(
    State(requests): State<Requests>,
    Path((kind, job)): Path<(String, u64)>,
) -> StatusCode {
    let first = {
        let mut by_job = requests.by_job.lock().unwrap();
        let count = by_job.entry(job).or_default();
        *count += 1;
        *count == 1
    };
    match &*kind {
        "works" => StatusCode::OK,
        "works-at-second" if !first => StatusCode::OK,
        "full" => StatusCode::INSUFFICIENT_STORAGE,
        "waits-at-second" if !first => {
            requests.waiting.send(job).unwrap();
            std::future::pending().await
        }
        "forbids" => StatusCode::FORBIDDEN,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The worker, whose stdin the test writes.
fn start() -> (Child, ChildStdin) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_worker"))
        .env_clear()
        .env("DRAIN_MS", "2000")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

async fn send(stdin: &mut ChildStdin, job: &str) {
    stdin.write_all(format!("{job}\n").as_bytes()).await.unwrap();
}

/// The lines of stdout, each of which is one JSON object, once the worker has ended by itself.
async fn lines(child: Child) -> Vec<Value> {
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

/// Runs jobs to their end, and returns what was logged.
async fn logs_of(jobs: &[String]) -> Vec<Value> {
    let (child, mut stdin) = start();
    for job in jobs {
        send(&mut stdin, job).await;
    }
    drop(stdin);
    lines(child).await
}

/// The status of each line, in order.
fn statuses(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_job_that_succeeds_logs_nothing() {
    let server = Server::start().await;
    let lines = logs_of(&[server.job(1, &["works", "works"]).to_string()]).await;
    assert!(lines.is_empty(), "{lines:?}");
}

#[tokio::test]
async fn a_failure_that_a_retry_repaired_is_a_warning_with_its_job() {
    let server = Server::start().await;
    let lines = logs_of(&[server.job(1, &["works-at-second"]).to_string()]).await;
    assert_eq!(statuses(&lines), ["warn"]);
    assert_eq!(lines[0]["track_errors"]["handled"], true);
    assert_eq!(lines[0]["context"]["job"], 1);
}

#[tokio::test]
async fn a_job_that_fails_is_one_error_log() {
    let server = Server::start().await;
    let lines = logs_of(&[server.job(1, &["forbids"]).to_string()]).await;
    assert_eq!(statuses(&lines), ["error"]);
    assert_eq!(lines[0]["error"]["message"], "the server answered 403 Forbidden");
    assert_eq!(
        lines[0]["context"],
        json!({ "job": 1, "server": format!("{}/forbids", server.url) })
    );
}

#[tokio::test]
async fn attempts_before_the_last_are_warnings() {
    let server = Server::start().await;
    let lines = logs_of(&[server.job(1, &["full"]).to_string()]).await;
    let mut statuses = statuses(&lines);
    statuses.sort_unstable();
    assert_eq!(statuses, ["error", "warn", "warn"]);
    assert!(lines.iter().all(|line| line["context"]["job"] == 1));
}

#[tokio::test]
async fn a_line_that_is_no_job_is_logged_and_the_next_job_runs() {
    let server = Server::start().await;
    let lines = logs_of(&["hello".to_owned(), server.job(2, &["forbids"]).to_string()]).await;
    let kinds: Vec<_> = lines.iter().map(|line| line["error"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["serde_json::Error", "worker::job::CopyError::Refused"]);
    assert_eq!(lines[0]["message"], "a line is no job");
    assert_eq!(lines[0]["context"]["line"], 1);
}

#[tokio::test]
async fn a_job_that_is_cancelled_at_shutdown_logs_the_attempts_that_failed() {
    let mut server = Server::start().await;
    let (child, mut stdin) = start();
    send(&mut stdin, &server.job(7, &["waits-at-second"]).to_string()).await;
    assert_eq!(server.waiting.recv().await, Some(7));
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").arg(id).status().unwrap().success());

    let lines = lines(child).await;
    assert_eq!(statuses(&lines), ["error"]);
    assert_eq!(lines[0]["track_errors"]["boundary"]["end"], "cancelled");
    assert_eq!(lines[0]["context"]["job"], 7);
}
