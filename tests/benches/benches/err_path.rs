//! The `Err` path: what a failing call costs the calling thread, on a stack of 10, 30 and 100
//! frames, for each of the [peers](track_errors_benches::peers).
//!
//! `RUST_BACKTRACE=1` measures those that only create an error; without it, the others.
//!
//! What a peer does on a thread of its own is not in it: after every hundred errors the clock
//! stops until everything is written. `src/bin/end_to_end.rs` measures the whole.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use track_errors_benches::at_depth;
use track_errors_benches::peers::{self, Peer};

/// Errors between two pauses; few enough to fit into any queue.
const BATCH: u64 = 100;

fn measure(peer: &Peer, errors: u64) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = errors;
    while left > 0 {
        let batch = left.min(BATCH);
        let start = Instant::now();
        for _ in 0..batch {
            (peer.fail)();
        }
        spent += start.elapsed();
        left -= batch;
        (peer.settle)();
    }
    spent
}

fn err(criterion: &mut Criterion) {
    let group = if peers::takes_backtraces() { "err_backtrace" } else { "err" };
    for peer in peers::measured() {
        (peer.set_up)();
        let mut group = criterion.benchmark_group(group);
        for frames in [10, 30, 100] {
            group.bench_function(BenchmarkId::new(peer.name, frames), |b| {
                b.iter_custom(|errors| at_depth(frames, || measure(peer, errors)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, err);
criterion_main!(benches);
