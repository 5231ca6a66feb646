//! What can go wrong in a request: which of it is logged, and what the client gets to know.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;
use track_errors::{Classify, ErrorId};

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
    #[error("there is an order with this reference already")]
    #[classify(expected)]
    Duplicate,
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_duplicate() { ApiError::Duplicate } else { ApiError::Store(error) }
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            ApiError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::NoSuchOrder(_) => StatusCode::NOT_FOUND,
            ApiError::Duplicate => StatusCode::CONFLICT,
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
        let body = if status.is_server_error() {
            ErrorBody::internal(ErrorId::of(&self))
        } else {
            ErrorBody { error: self.to_string(), error_id: None }
        };
        (status, Json(body)).into_response()
    }
}

/// The body of a response that is no success.
#[derive(Serialize)]
pub struct ErrorBody {
    error: String,
    /// `track_errors.id` of the error log. The client may tell it to the support, and it reveals nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<String>,
}

impl ErrorBody {
    pub fn internal(id: Option<ErrorId>) -> Self {
        ErrorBody { error: "internal error".to_owned(), error_id: id.map(|id| id.to_string()) }
    }
}
