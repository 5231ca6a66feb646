//! What is logged, and where.

use axum::extract::{MatchedPath, Request};
use tower_http::request_id::RequestId;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;
use track_errors::RateLimit;

/// Events of `tracing` and error logs, both as lines of JSON on stdout.
pub fn init() {
    let level =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    // The filter belongs to the layer that writes. One for the whole registry, such as `RUST_LOG=error`, would
    // disable the spans too, and with them the request ids of error logs.
    let events = tracing_subscriber::fmt::layer().json().with_filter(level);
    tracing_subscriber::registry().with(track_errors::tracing::layer()).with(events).init();

    track_errors::builder()
        .service("orders")
        .version(env!("CARGO_PKG_VERSION"))
        // Panics become error logs too, of kind `panic`.
        .panics(true)
        // By default a function logs 100 errors of a kind a second, and counts the others: right for a loop that
        // fails, but here a client has the id of the log of its request. There is at most one line a request, so the
        // load balancer's limit of requests is the limit of lines.
        .rate_limit(RateLimit::Off)
        .init();
}

/// The span of a request, whose fields are in each of its lines. `TraceLayer` by itself has the path, of which there
/// are as many as orders, and no id.
pub fn request_span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let request_id =
        request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", method = %request.method(), route, request_id)
}
