//! The real server as a child process, and the payment gateway, which the test plays.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

pub struct Server {
    child: Child,
    pub url: String,
    lines: JoinHandle<Vec<Value>>,
}

impl Server {
    /// Starts the server on a free port, which its first line names. `log` is `RUST_LOG`.
    pub async fn start(database: &Path, gateway: &Gateway, log: &str) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_web_service"))
            .env_clear()
            .env("RUST_LOG", log)
            .env("LISTEN", "127.0.0.1:0")
            .env("DATABASE", database)
            .env("GATEWAY", &gateway.url)
            .env("GATEWAY_TIMEOUT_MS", "1000")
            // Lines would be missing if the service did not switch the limit off in code.
            .env("TRACK_ERRORS_RATE_LIMIT", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // the panic hook's text
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).await.unwrap();
        let first: Value = serde_json::from_str(&first).unwrap();
        let address = first["fields"]["address"].as_str().unwrap();
        Server { child, url: format!("http://{address}"), lines: tokio::spawn(read_lines(stdout)) }
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let id = self.child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    }

    /// All lines but the first, once the server has ended by itself.
    pub async fn lines(mut self) -> Vec<Value> {
        assert!(self.child.wait().await.unwrap().success());
        self.lines.await.unwrap()
    }
}

/// Every line is one JSON object.
async fn read_lines(stdout: BufReader<ChildStdout>) -> Vec<Value> {
    let mut lines = stdout.lines();
    let mut parsed = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        match serde_json::from_str(&line) {
            Ok(Value::Object(object)) => parsed.push(Value::Object(object)),
            other => panic!("{other:?} in {line:?}"),
        }
    }
    parsed
}

/// What the gateway does depends on the amount.
pub const PAID: u32 = 100;
pub const PAID_AT_THE_SECOND_ATTEMPT: u32 = 200;
pub const REFUSED: u32 = 300;
pub const NO_ANSWER: u32 = 400;
pub const DECLINED: u32 = 500;
/// Refused, but only once the test says so.
pub const HELD: u32 = 600;

pub struct Gateway {
    pub url: String,
    /// One message for each charge that is held.
    pub held: mpsc::UnboundedReceiver<()>,
    /// A permit lets one held charge go on.
    pub release: Arc<Semaphore>,
}

impl Gateway {
    pub async fn start() -> Gateway {
        let (sender, held) = mpsc::unbounded_channel();
        let release = Arc::new(Semaphore::new(0));
        let calls = Arc::new(AtomicU32::new(0));
        let waiting = release.clone();
        let charge = move |Json(charge): Json<Value>| {
            let (sender, waiting, calls) = (sender.clone(), waiting.clone(), calls.clone());
            async move {
                match u32::try_from(charge["cents"].as_u64().unwrap()).unwrap() {
                    PAID => StatusCode::OK,
                    // Every other call.
                    PAID_AT_THE_SECOND_ATTEMPT
                        if calls.fetch_add(1, Ordering::Relaxed) % 2 == 1 =>
                    {
                        StatusCode::OK
                    }
                    NO_ANSWER => std::future::pending().await,
                    DECLINED => StatusCode::PAYMENT_REQUIRED,
                    HELD => {
                        sender.send(()).unwrap();
                        waiting.acquire().await.unwrap().forget();
                        StatusCode::BAD_REQUEST
                    }
                    _ => StatusCode::SERVICE_UNAVAILABLE,
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/charges", post(charge))).await.unwrap();
        });
        Gateway { url, held, release }
    }
}
