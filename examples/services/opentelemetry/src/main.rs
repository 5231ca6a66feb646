//! Takes orders, all at once. Traces and error logs go to an OpenTelemetry Collector.
//!
//! ```sh
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 cargo run -- 1000
//! OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 cargo run -- 1000
//! ```

mod order;
mod telemetry;

use tokio::task::JoinSet;

use crate::telemetry::Telemetry;

// More than one thread: the exporter works while `main` waits for it.
#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(1000), |count| count.parse())?;
    let telemetry = Telemetry::start()?;
    let mut orders = JoinSet::new();
    for number in 0..count {
        // Its boundary logs the error. A real service answers with a status here.
        orders.spawn(async move { order::take(number).await.is_ok() });
    }
    let taken = orders.join_all().await.into_iter().filter(|is_taken| *is_taken).count();
    println!("{taken} of {count} orders were taken");
    telemetry.stop()
}
