//! [`tracing`](::tracing): the fields of the current spans are in each error log.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! tracing_subscriber::registry()
//!     .with(track_errors::tracing::layer())
//!     .init();
//! ```
//!
//! The [guide](crate::guide::tracing) has the whole set-up of a service.

mod callsite;
mod collect;
mod entered;
mod events;
mod layer;
mod sink;
mod spans;
mod values;

use ::tracing::Dispatch;

pub use layer::{Layer, layer};
pub use sink::{Sink, sink};

/// The dispatcher that was current when an error left its function.
#[derive(Clone)]
pub(crate) struct CurrentDispatch(pub(crate) Dispatch);
