//! The routes, and their handlers. A handler is the boundary of its request: what fails inside and is retried is
//! handled, and the error that it returns is logged once.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use track_errors::{ErrorId, track_errors};

use crate::api_error::{ApiError, ErrorBody};
use crate::gateway::Gateway;
use crate::store::{NewOrder, Order, Store};
use crate::telemetry;

#[derive(Clone)]
struct App {
    store: Store,
    gateway: Arc<Gateway>,
}

pub fn router(store: Store, gateway: Gateway) -> Router {
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(telemetry::request_span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                // A response with status 5xx would be an event of level error, beside the error log.
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        // Innermost, so that the response to a panic has the request's id as well.
        .layer(CatchPanicLayer::custom(panicked));
    Router::new()
        .route("/orders", post(create))
        .route("/orders/{id}", get(show))
        .route("/orders/{id}/payment", post(pay))
        .route("/orders/{id}/label", get(label))
        // `Router::layer` comes after routing, so the span knows the route.
        .layer(layers)
        .with_state(App { store, gateway: Arc::new(gateway) })
}

/// The panic hook has made the error log, which is found by the panic's text.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let literal = || panic.downcast_ref::<&str>().copied();
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(literal);
    let body = ErrorBody::internal(text.and_then(ErrorId::of));
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

#[track_errors(report = "boundary")]
async fn create(
    State(app): State<App>,
    Json(order): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), ApiError> {
    if order.item.trim().is_empty() {
        return Err(ApiError::Invalid("an order needs an item"));
    }
    let order = app.store.insert(order).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

#[track_errors(report = "boundary", fields(order = id))]
async fn show(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Order>, ApiError> {
    find(&app, id).await.map(Json)
}

#[track_errors(report = "boundary", fields(order = id))]
async fn pay(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Order>, ApiError> {
    let order = find(&app, id).await?;
    app.gateway.charge(&order).await?;
    Ok(Json(order))
}

/// The first twelve characters of the item. Or so it should be: this counts bytes, and panics if the twelfth is in
/// the middle of a character. The bug is here to show what a panic becomes.
#[track_errors(report = "boundary", fields(order = id))]
async fn label(State(app): State<App>, Path(id): Path<i64>) -> Result<String, ApiError> {
    let order = find(&app, id).await?;
    Ok(order.item[..order.item.len().min(12)].to_owned())
}

async fn find(app: &App, id: i64) -> Result<Order, ApiError> {
    app.store.find(id).await?.ok_or(ApiError::NoSuchOrder(id))
}
