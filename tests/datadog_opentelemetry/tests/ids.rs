//! Error logs have the ids of the spans of Datadog's tracer.

use datadog_opentelemetry::configuration::Config;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use track_errors::{builder, testing, track_errors};

#[track_errors]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

#[test]
fn an_error_has_the_ids_of_a_span_of_datadogs_tracer() {
    let mut config = Config::builder();
    config.set_telemetry_enabled(false).set_remote_config_enabled(false);
    // No agent listens there.
    config.set_trace_agent_url("http://127.0.0.1:9".to_owned());
    let (provider, _) = datadog_opentelemetry::tracing().with_config(config.build()).init_local();
    let (span, records) = testing::capture_with(builder().opentelemetry(), || {
        provider.tracer("test").in_span("request", |context| {
            drop(parse("x"));
            context.span().span_context().clone()
        })
    });
    let trace = records[0].trace.expect("ids");
    assert_eq!(trace.trace_id.to_be_bytes(), span.trace_id().to_bytes());
    assert_eq!(trace.span_id.to_be_bytes(), span.span_id().to_bytes());
}
