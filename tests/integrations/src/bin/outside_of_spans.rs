//! Logs errors outside of any span, after one inside a span. In debug mode this crate writes once what may be wrong.

use tracing_subscriber::prelude::*;
use track_errors::track_errors;

#[track_errors]
fn fail() -> Result<(), String> {
    Err("no card".to_owned())
}

fn main() {
    tracing_subscriber::registry().with(track_errors::tracing::layer()).init();
    let _ = tracing::info_span!("request").in_scope(fail);
    for _ in 0..3 {
        let _ = fail();
    }
}
