//! The `Err` path: what a failing call costs the calling thread, on a stack of 30 and 100
//! frames, for each of the [peers](track_errors_benches::peers).
//!
//! `RUST_BACKTRACE=1` measures those that only create an error; without it, the others.
//!
//! The group `suppressed` is an error that the rate limiter suppresses, and that leaves one function or
//! three.
//!
//! Work of a peer on another thread is not included: after every hundred errors the clock stops until
//! everything is written. `src/bin/end_to_end.rs` measures the whole.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use track_errors_benches::peers::{self, Peer};
use track_errors_benches::{at_depth, levels};

fn err(criterion: &mut Criterion) {
    let group = if peers::takes_backtraces() { "err_backtrace" } else { "err" };
    for peer in peers::measured() {
        (peer.set_up)();
        let mut group = criterion.benchmark_group(group);
        for frames in [30, 100] {
            group.bench_function(BenchmarkId::new(peer.name, frames), |b| {
                b.iter_custom(|errors| {
                    at_depth(frames, || {
                        // The first error of a thread costs more.
                        peer.measure(1);
                        peer.measure(errors)
                    })
                });
            });
        }
        group.finish();
    }
}

/// `tracing` has no rate limit: it logs each error, once a level.
fn suppressed(criterion: &mut Criterion) {
    if peers::takes_backtraces() {
        return;
    }
    let mut group = criterion.benchmark_group("suppressed");
    for (name, one, three) in [
        ("plain", levels::plain::one as fn(), levels::plain::three as fn()),
        ("track_errors", levels::suppressed::one, levels::suppressed::three),
        ("tracing::instrument(err)", levels::traced::one, levels::traced::three),
    ] {
        (Peer::named(name).set_up)();
        for (levels, fail) in [(1, one), (3, three)] {
            group.bench_function(BenchmarkId::new(name, levels), |b| b.iter(fail));
        }
    }
    group.finish();
}

criterion_group!(benches, err, suppressed);
criterion_main!(benches);
