//! Keys that are constants stand in the site; those that depend on the error become a closure.

#[track_errors(
    service = "checkout",
    level = "critical",
    kind = "PaymentDeclined",
    fingerprint = "payment",
    report = "every",
    rate_limit = 50,
    backtrace = "trail"
)]
fn constants() -> Result<(), PayError> {
    pay()
}

#[track_errors(service = crate::SERVICE, level = Level::Warn, rate_limit = "off", crate = renamed)]
fn paths() -> Result<(), PayError> {
    pay()
}

#[track_errors(
    when = |error| !error.is_timeout(),
    level = |error| error.level(),
    kind = PayError::kind,
    fingerprint = |error| error.code()
)]
fn per_error(order: u32) -> Result<(), PayError> {
    pay(order)
}

#[track_errors(when = PayError::is_worth_a_log)]
async fn per_error_async(order: u32) -> Result<(), PayError> {
    pay(order).await
}
