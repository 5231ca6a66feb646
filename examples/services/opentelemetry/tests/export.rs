//! The real service: what arrives at its Collector.

mod collector;

use std::collections::{HashMap, HashSet};

use collector::{Collector, Protocol, attribute, text};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

/// The order of a log.
fn order(log: &LogRecord) -> u64 {
    attribute(&log.attributes, "order").expect("an order").parse().unwrap()
}

/// Runs the service, of whose orders each fails.
async fn failed_orders(protocol: Protocol, orders: usize, sampler: &str) -> Collector {
    let collector = Collector::default();
    let output = collector.run(protocol, orders, sampler).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    // No error log went to stdout instead.
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, format!("0 of {orders} orders were taken\n"), "{stderr}");
    collector
}

async fn check_that_each_error_arrives_once_inside_its_span(protocol: Protocol) {
    let collector = failed_orders(protocol, 1000, "always_on").await;
    let (logs, spans) = (collector.logs.lock().unwrap(), collector.spans.lock().unwrap());
    let orders: HashSet<_> = logs.iter().map(order).collect();
    assert_eq!((logs.len(), orders.len()), (1000, 1000));

    let spans: HashMap<_, _> =
        spans.iter().map(|span| ((&span.trace_id, &span.span_id), span)).collect();
    for log in &*logs {
        let span = spans[&(&log.trace_id, &log.span_id)];
        let number = order(log).to_string();
        assert_eq!(attribute(&span.attributes, "order"), Some(number));
        let (name, kind) = match order(log).is_multiple_of(3) {
            true => ("reserve", "opentelemetry_service::order::OrderError::OutOfStock"),
            false => ("charge", "opentelemetry_service::order::OrderError::Declined"),
        };
        assert_eq!(span.name, name);
        assert_eq!(attribute(&log.attributes, "error.type").as_deref(), Some(kind));
        assert!((span.start_time_unix_nano..).contains(&log.time_unix_nano));
        // The span of the boundary has failed.
        let parent = spans[&(&log.trace_id, &span.parent_span_id)];
        assert_eq!(parent.name, "take");
        let status = parent.status.as_ref().expect("a status");
        assert_eq!(
            (status.code(), Some(&*status.message)),
            (StatusCode::Error, text(log.body.as_ref()).as_deref())
        );
        assert_eq!(attribute(&parent.attributes, "error.type").as_deref(), Some(kind));
    }
    for resource in &*collector.resources.lock().unwrap() {
        assert_eq!(attribute(resource, "service.name").as_deref(), Some("orders"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_errors_arrive_once_each_inside_their_spans_over_grpc() {
    check_that_each_error_arrives_once_inside_its_span(Protocol::Grpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_errors_arrive_once_each_inside_their_spans_over_http() {
    check_that_each_error_arrives_once_inside_its_span(Protocol::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_errors_at_once_than_the_queue_of_the_sdk_has_room_for_all_arrive() {
    for protocol in [Protocol::Grpc, Protocol::Http] {
        let collector = failed_orders(protocol, 8192, "always_off").await;
        let logs = collector.logs.lock().unwrap();
        let orders: HashSet<_> = logs.iter().map(order).collect();
        assert_eq!((logs.len(), orders.len()), (8192, 8192), "{protocol:?}");
    }
}
