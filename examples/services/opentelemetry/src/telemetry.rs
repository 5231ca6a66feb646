//! Traces and error logs: where they come from, and how they leave the process.

use std::error::Error;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{LogExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;
use track_errors::{Overflow, RateLimit};

/// How long the end of the program waits for the Collector.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Telemetry {
    traces: SdkTracerProvider,
    logs: SdkLoggerProvider,
}

impl Telemetry {
    /// Sets up both signals. The exporters read `OTEL_EXPORTER_OTLP_…`.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let (spans, logs) = exporters()?;
        // Its name comes from OTEL_SERVICE_NAME.
        let resource = Resource::builder().build();
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans)
            .build();
        let logs =
            SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(logs).build();

        tracing_subscriber::registry()
            .with(tracing_subscriber::fmt::layer().with_filter(EnvFilter::from_default_env()))
            .with(tracing_opentelemetry::layer().with_tracer(traces.tracer("orders")))
            // The fields of the spans, and the ids of the trace.
            .with(track_errors::tracing::layer())
            .init();

        let sink = track_errors::opentelemetry::sink(logs.clone(), SdkLoggerProvider::force_flush);
        track_errors::builder()
            .record_sink(sink)
            .span_status(true)
            // Every order counts: none is suppressed, and a burst waits for room in the queue.
            .rate_limit(RateLimit::Off)
            .overflow(Overflow::Block)
            .init();
        Ok(Telemetry { traces, logs })
    }

    /// Exports what is left. Errors after that are lines on stdout.
    pub fn stop(self) -> Result<(), Box<dyn Error>> {
        // First into the provider, then out of it.
        if !track_errors::flush(PATIENCE) {
            eprintln!("some error logs are late");
        }
        self.logs.shutdown_with_timeout(PATIENCE)?;
        self.traces.shutdown_with_timeout(PATIENCE)?;
        Ok(())
    }
}

fn exporters() -> Result<(SpanExporter, LogExporter), Box<dyn Error>> {
    let is_grpc =
        std::env::var("OTEL_EXPORTER_OTLP_PROTOCOL").is_ok_and(|protocol| protocol == "grpc");
    Ok(if is_grpc {
        (
            SpanExporter::builder().with_tonic().build()?,
            LogExporter::builder().with_tonic().build()?,
        )
    } else {
        (SpanExporter::builder().with_http().build()?, LogExporter::builder().with_http().build()?)
    })
}
