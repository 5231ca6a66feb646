//! Errors as real failures come, in bursts after a pause, and steadily in the same rounds: the time of the failing
//! thread. The first argument is the number of rounds.
//!
//! The peers take turns in each round, so that other load on the machine hits all alike. The ratio to
//! `tracing::instrument(err)` is of the same round.

use std::hint::black_box;
use std::thread::sleep;
use std::time::{Duration, Instant};

use track_errors_benches::peers::Peer;
use track_errors_benches::{at_depth, print, quartiles, times};

const PEERS: [&str; 4] =
    ["track_errors", "track_errors, trail", "tracing::instrument(err)", "tracing::error!"];
/// What the ratios compare with.
const REFERENCE: usize = 2;

/// Errors of a burst. All fit into the queue.
const BURST: u64 = 300;
/// Time enough for caches to cool and for threads to fall asleep.
const PAUSE: Duration = Duration::from_millis(120);
/// Steady errors of a round.
const STEADY: u64 = 1_000;

fn main() {
    let rounds = times(200);
    let peers = PEERS.map(Peer::named);
    peers.iter().for_each(|peer| (peer.set_up)());
    // Nanoseconds an error: of each round, of each peer.
    let (mut bursts, mut steady) = (Vec::new(), Vec::new());
    at_depth(30, || {
        // The first round makes the process warm.
        for round in 0..=rounds {
            let (mut in_burst, mut steadily) = ([0.0; PEERS.len()], [0.0; PEERS.len()]);
            for turn in 0..PEERS.len() {
                let at = (round + turn) % PEERS.len();
                in_burst[at] = burst(peers[at]);
                steadily[at] = steady_errors(peers[at]);
            }
            if round > 0 {
                bursts.push(in_burst);
                steady.push(steadily);
            }
        }
    });
    report("bursts", &bursts);
    report("steady", &steady);
}

fn burst(peer: &Peer) -> f64 {
    sleep(PAUSE);
    let start = Instant::now();
    (0..black_box(BURST)).for_each(|_| (peer.fail)());
    let spent = start.elapsed();
    (peer.settle)();
    spent.as_nanos() as f64 / BURST as f64
}

fn steady_errors(peer: &Peer) -> f64 {
    peer.measure(STEADY / 4);
    peer.measure(STEADY).as_nanos() as f64 / STEADY as f64
}

fn report(what: &str, rounds: &[[f64; PEERS.len()]]) {
    for (at, name) in PEERS.into_iter().enumerate() {
        let [lower, median, upper] = quartiles(rounds.iter().map(|round| round[at]).collect());
        let ratios = rounds.iter().map(|round| round[at] / round[REFERENCE]);
        let [_, ratio, _] = quartiles(ratios.collect());
        let values = [("ns", median), ("lower", lower), ("upper", upper), ("ratio", ratio)];
        print(what, name, &values);
    }
}
