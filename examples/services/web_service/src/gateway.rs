//! The payment gateway: another service, which fails now and then.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Serialize;
use thiserror::Error;
use track_errors::{Classify, track_errors};

use crate::store::Order;

const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Error, Classify)]
pub enum GatewayError {
    #[error("the card was declined")]
    #[classify(expected)]
    Declined,
    // Datadog groups by the message too, of which variable parts are masked; the status is one. It belongs into
    // the text all the same: it is what a reader wants to know first.
    #[error("the gateway answered {0}")]
    Refused(StatusCode),
    #[error("the gateway did not answer in time")]
    Timeout(#[source] reqwest::Error),
    #[error("the gateway cannot be reached")]
    Unreachable(#[source] reqwest::Error),
}

impl From<reqwest::Error> for GatewayError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            GatewayError::Timeout(error)
        } else {
            GatewayError::Unreachable(error)
        }
    }
}

impl GatewayError {
    fn is_transient(&self) -> bool {
        match self {
            GatewayError::Declined => false,
            GatewayError::Refused(status) => status.is_server_error(),
            GatewayError::Timeout(_) | GatewayError::Unreachable(_) => true,
        }
    }
}

#[derive(Serialize)]
struct Charge<'a> {
    /// The gateway charges once for a reference, however often it is sent: else a retry after a timeout could charge
    /// twice.
    reference: &'a str,
    cents: u32,
}

pub struct Gateway {
    client: Client,
    url: String,
}

impl Gateway {
    /// `timeout` is that of one attempt.
    pub fn new(url: String, timeout: Duration) -> Result<Self, reqwest::Error> {
        Ok(Gateway { client: Client::builder().timeout(timeout).build()?, url })
    }

    /// Charges the card, with retries. If one of them succeeds, the failures before it were handled: the handler, which
    /// is the boundary, counts them and logs nothing.
    pub async fn charge(&self, order: &Order) -> Result<(), GatewayError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.charge_once(order).await {
                Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                result => return result,
            }
            pause *= 2;
        }
        self.charge_once(order).await
    }

    #[track_errors]
    async fn charge_once(&self, order: &Order) -> Result<(), GatewayError> {
        let charge = Charge { reference: &order.reference, cents: order.cents };
        let response =
            self.client.post(format!("{}/charges", self.url)).json(&charge).send().await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            StatusCode::PAYMENT_REQUIRED => Err(GatewayError::Declined),
            status => Err(GatewayError::Refused(status)),
        }
    }
}
