//! A service of axum with `TraceLayer` of tower-http.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use tokio::runtime::Builder;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;
use tracing::info_span;
use tracing_subscriber::prelude::*;
use track_errors::{FieldValue, testing, track_errors};
use track_errors_integration_tests::field;

use crate::with_layer;

#[track_errors(service = "shop")]
async fn load_order(id: u32) -> Result<String, String> {
    tokio::task::yield_now().await;
    Err(format!("no order {id}"))
}

async fn handler() -> Result<String, StatusCode> {
    load_order(7).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn make_span(request: &Request<Body>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    info_span!("request", method = %request.method(), path = request.uri().path(), request_id = id)
}

#[test]
fn each_error_of_a_service_has_the_id_of_its_request() {
    let router = Router::new().route("/orders", get(handler)).layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(TraceLayer::new_for_http().make_span_with(make_span))
            .layer(PropagateRequestIdLayer::x_request_id()),
    );
    let requests = 20;
    let (responses, records) = with_layer(|| {
        let runtime = Builder::new_current_thread().build().unwrap();
        testing::capture(|| {
            runtime.block_on(async {
                let mut tasks = tokio::task::JoinSet::new();
                for _ in 0..requests {
                    let request = Request::get("/orders").body(Body::empty()).unwrap();
                    tasks.spawn(router.clone().oneshot(request));
                }
                tasks.join_all().await
            })
        })
    });
    let text = |value: Option<&FieldValue>| match value {
        Some(FieldValue::Text(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    let mut answered: Vec<_> = responses
        .into_iter()
        .map(|response| {
            let response = response.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            response.headers()["x-request-id"].to_str().unwrap().to_owned()
        })
        .collect();
    let mut logged: Vec<_> =
        records.iter().map(|record| text(field(record, "request_id"))).collect();
    answered.sort();
    logged.sort();
    assert_eq!(answered, logged);
    assert!(records.iter().all(|record| text(field(record, "path")) == "/orders"));
    assert!(records.iter().all(|record| record.spans == ["request"]));
}

#[test]
fn a_request_that_fails_is_logged_once_though_the_trace_layer_has_an_event_for_it() {
    let layer = track_errors::tracing::layer()
        .log_error_events()
        .log_text_events()
        .take_over_instrument_err();
    let subscriber = tracing_subscriber::registry().with(layer);
    let router = Router::new()
        .route("/orders", get(handler))
        .layer(TraceLayer::new_for_http().make_span_with(make_span));
    let (_, records) = tracing::subscriber::with_default(subscriber, || {
        let runtime = Builder::new_current_thread().build().unwrap();
        let request = Request::get("/orders").body(Body::empty()).unwrap();
        testing::capture(|| runtime.block_on(router.oneshot(request)).unwrap())
    });
    records.assert_one().message("no order 7").field("path", "/orders");
}
