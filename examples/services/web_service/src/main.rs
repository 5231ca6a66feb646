//! Orders of a shop, over HTTP. Each request that fails is one error log on stdout, among the lines of `tracing`,
//! and has the id and route of its request under `context`.
//!
//! ```sh
//! DATABASE=orders.db GATEWAY=http://127.0.0.1:9090 cargo run
//! curl -i localhost:8080/orders -H 'content-type: application/json' \
//!     -d '{"reference":"A-1","item":"pencil","cents":120}'
//! ```

mod api_error;
mod app;
mod gateway;
mod store;
mod telemetry;

use std::error::Error;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use track_errors::track_errors;

use crate::gateway::Gateway;
use crate::store::Store;

/// How long requests may go on after SIGTERM: less than the 30 seconds after which Kubernetes sends SIGKILL.
const DRAIN: Duration = Duration::from_secs(20);

// An error that ends the service is `emergency`, which OpenTelemetry calls FATAL.
#[track_errors(report = "boundary", level = "emergency")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    telemetry::init();
    let store = Store::open(&setting("DATABASE", "orders.db")).await?;
    let timeout = Duration::from_millis(setting("GATEWAY_TIMEOUT_MS", "2000").parse()?);
    let gateway = Gateway::new(setting("GATEWAY", "http://127.0.0.1:9090"), timeout)?;
    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:8080")).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");

    let server = axum::serve(listener, app::router(store, gateway)).with_graceful_shutdown(stop());
    tokio::select! {
        result = server => result?,
        () = drained() => tracing::warn!("requests were still running after {DRAIN:?}"),
    }
    // Requests that still run are dropped with the runtime, after this function: their boundaries log what they
    // hold then. So there is no `flush` here. What was logged is written when the process exits.
    Ok(())
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// SIGTERM, by which Kubernetes and systemd stop a service, or Ctrl-C. Without this handler, SIGTERM would end the
/// process at once, and the errors of the last milliseconds would be lost.
async fn stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be handled");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

async fn drained() {
    stop().await;
    tokio::time::sleep(DRAIN).await;
}
