//! Open spans have a bound in memory. It holds for the whole process, so this test has one of its own.

use tracing::{info_span, subscriber::with_default};
use tracing_subscriber::prelude::*;
use track_errors::track_errors;
use track_errors_integration_tests::one_error;

#[track_errors]
fn fail() -> Result<(), String> {
    Err("no card".to_owned())
}

#[test]
fn spans_beyond_thirty_two_megabytes_are_left_out_until_others_are_closed() {
    let text = "x".repeat(2_000);
    let subscriber = tracing_subscriber::registry().with(track_errors::tracing::layer());
    with_default(subscriber, || {
        let known = |span: &tracing::Span| span.in_scope(|| !one_error(fail).fields.is_empty());
        let spans: Vec<_> = (0..20_000).map(|_| info_span!("open", text)).collect();
        let kept = spans.iter().step_by(100).filter(|span| known(span)).count() * 100;
        // Each takes 2,000 bytes, and a little for its name and place.
        assert!((12_000..17_000).contains(&kept), "{kept}");
        drop(spans);
        assert!(known(&info_span!("new", text)));
    });
}
