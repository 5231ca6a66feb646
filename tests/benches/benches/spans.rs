//! What a span costs with layers that keep its fields, and what an error costs inside of two spans.
//!
//! Each layer is alone on a registry, which is the dispatcher of the thread. `fmt, JSON` formats the fields of a span
//! when the span begins.

use std::hint::black_box;
use std::io;

use criterion::{Criterion, criterion_group, criterion_main};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::prelude::*;
use track_errors_benches::peers::Peer;

fn span(number: u64) -> tracing::Span {
    tracing::info_span!("request", number, method = "GET", path = black_box("/orders/7"))
}

fn dispatchers() -> [(&'static str, Dispatch); 4] {
    let registry = tracing_subscriber::registry;
    let json = tracing_subscriber::fmt::layer().json().with_writer(io::sink);
    [
        ("registry", registry().into()),
        ("tracing_error::ErrorLayer", registry().with(tracing_error::ErrorLayer::default()).into()),
        ("track_errors::tracing::layer()", registry().with(track_errors::tracing::layer()).into()),
        ("fmt, JSON", registry().with(json).into()),
    ]
}

fn spans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("span");
    for (name, dispatch) in dispatchers() {
        with_default(&dispatch, || {
            group.bench_function(name, |b| b.iter(|| span(black_box(7)).in_scope(|| ())));
        });
    }
    group.finish();
}

/// As in `err_path`, the clock stops while the worker writes.
fn errors(criterion: &mut Criterion) {
    let peer = Peer::named("track_errors, trail");
    (peer.set_up)();
    let mut group = criterion.benchmark_group("error_in_spans");
    for (name, dispatch) in dispatchers() {
        with_default(&dispatch, || {
            let _outer = span(1).entered();
            let _inner =
                tracing::info_span!("query", table = "orders", rows = 3, cached = false).entered();
            group.bench_function(name, |b| b.iter_custom(|errors| peer.measure(errors)));
        });
    }
    group.finish();
}

criterion_group!(benches, spans, errors);
criterion_main!(benches);
