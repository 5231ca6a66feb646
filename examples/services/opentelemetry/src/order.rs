//! An order: stock is reserved, then the card is charged.

use thiserror::Error;
use tracing::instrument;
use track_errors::track_errors;

#[derive(Debug, Error)]
pub enum OrderError {
    #[error("only {left} items are left")]
    OutOfStock { left: u64 },
    #[error("the card was declined")]
    Declined(#[source] Declined),
}

#[derive(Debug, Error)]
#[error("limit of {limit} exceeded")]
pub struct Declined {
    limit: u64,
}

// `track_errors` comes first, so that the span of the order is around the boundary.
#[track_errors(report = "boundary")]
#[instrument]
pub async fn take(order: u64) -> Result<(), OrderError> {
    reserve(order).await?;
    charge(order).await?;
    Ok(())
}

#[track_errors]
#[instrument]
async fn reserve(order: u64) -> Result<(), OrderError> {
    tokio::task::yield_now().await;
    if order.is_multiple_of(3) {
        return Err(OrderError::OutOfStock { left: order % 7 });
    }
    Ok(())
}

#[track_errors(fields(card = "visa"))]
#[instrument]
async fn charge(order: u64) -> Result<(), OrderError> {
    tokio::task::yield_now().await;
    Err(OrderError::Declined(Declined { limit: order * 10 }))
}
