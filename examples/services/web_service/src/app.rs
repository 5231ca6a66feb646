//! The routes, and their handlers. A handler is the boundary of its request: what fails inside and is retried is
//! handled, and the error that it returns is logged once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use tower::ServiceBuilder;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use track_errors::track_errors;

use crate::api_error::ApiError;
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
        .layer(PropagateRequestIdLayer::x_request_id());
    Router::new()
        .route("/orders", post(create))
        .route("/orders/{id}", get(show))
        .route("/orders/{id}/payment", post(pay))
        // `Router::layer` comes after routing, so the span knows the route.
        .layer(layers)
        .with_state(App { store, gateway: Arc::new(gateway) })
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

async fn find(app: &App, id: i64) -> Result<Order, ApiError> {
    app.store.find(id).await?.ok_or(ApiError::NoSuchOrder(id))
}
