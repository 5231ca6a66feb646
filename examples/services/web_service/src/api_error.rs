//! What can go wrong in a request: which of it is logged, and what the client gets to know.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;
use track_errors::Classify;

use crate::gateway::GatewayError;
use crate::store::StoreError;

/// The client's mistakes are expected, and not logged. What our side fails at has its kind and its message from
/// where it began: `transparent` adds nothing to it.
#[derive(Debug, Error, Classify)]
pub enum ApiError {
    #[error("{0}")]
    #[classify(expected)]
    Invalid(&'static str),
    #[error("there is no order {0}")]
    #[classify(expected)]
    NoSuchOrder(i64),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            ApiError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::NoSuchOrder(_) => StatusCode::NOT_FOUND,
            ApiError::Store(error) if error.is_duplicate() => StatusCode::CONFLICT,
            ApiError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
            ApiError::Gateway(GatewayError::Declined) => StatusCode::PAYMENT_REQUIRED,
            ApiError::Gateway(GatewayError::Timeout(_)) => StatusCode::GATEWAY_TIMEOUT,
            ApiError::Gateway(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        // Clients learn nothing about what failed on our side.
        let error =
            if status.is_server_error() { "internal error".to_owned() } else { self.to_string() };
        let body = ErrorBody { error };
        (status, Json(body)).into_response()
    }
}

/// The body of a response that is no success.
#[derive(Serialize)]
struct ErrorBody {
    error: String,
}
