//! The layer for `tracing`: an error log has the fields of the spans around the error.

mod debug_mode;
mod events;
mod exactly_once;
mod fields;
mod hostile;
mod instrument_err;
mod service;
mod spans;
mod subscribers;

use tracing::Subscriber;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use track_errors::track_errors;

/// Fails.
#[track_errors(service = "shop")]
fn fail() -> Result<(), String> {
    Err("no card".to_owned())
}

/// A registry with the layer.
fn registry() -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync {
    tracing_subscriber::registry().with(track_errors::tracing::layer())
}

/// Runs this with such a registry.
fn with_layer<T>(f: impl FnOnce() -> T) -> T {
    tracing::subscriber::with_default(registry(), f)
}
