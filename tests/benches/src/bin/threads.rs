//! Total errors a second of one failing thread, and of two at once. The clock stops while the worker of a
//! peer writes, as in `benches/err_path.rs`.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use track_errors_benches::peers::{self, Peer};
use track_errors_benches::{at_depth, print, times};

/// Errors of a thread in a round; few enough for any queue, even from two threads.
const BATCH: usize = 2_000;

fn main() {
    let rounds = times(20);
    for peer in peers::measured() {
        (peer.set_up)();
        let errors = if peer.is_slow() { BATCH / 10 } else { BATCH };
        at_depth(30, || (0..black_box(BATCH / 20)).for_each(|_| (peer.fail)()));
        // One and two alternate, and the best of each counts: other load on the machine only slows down.
        let (mut one, mut two) = (0_f64, 0_f64);
        for _ in 0..rounds {
            one = one.max(rate(peer, 1, errors));
            two = two.max(rate(peer, 2, errors));
        }
        print("threads", peer.name, &[("one", one), ("two", two), ("ratio", two / one)]);
    }
}

/// Errors a second of this many threads with this many errors each.
fn rate(peer: &Peer, threads: usize, errors: usize) -> f64 {
    let begin = Barrier::new(threads);
    let fail = || {
        at_depth(30, || {
            begin.wait();
            let start = Instant::now();
            (0..errors).for_each(|_| (peer.fail)());
            start.elapsed()
        })
    };
    let spent: Vec<Duration> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(fail)).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    (peer.settle)();
    let spent = spent.iter().max().map_or(f64::NAN, Duration::as_secs_f64);
    (threads * errors) as f64 / spent
}
