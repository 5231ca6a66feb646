//! Growth of resident memory since the start of `main`, with the peer that the second argument names: after one error, a
//! thousand, a million (or as many as the first argument says), and the least of the twenty seconds without errors that
//! follow.

use std::thread::sleep;
use std::time::{Duration, Instant};

use track_errors_benches::peers::Peer;
use track_errors_benches::{at_depth, print, times};

/// How long the process is watched after its last error.
const IDLE: Duration = Duration::from_secs(20);
/// How much memory the process gives back at once, when it does.
const RELEASED: f64 = (1 << 20) as f64;

fn main() {
    let many = times(1_000_000);
    let peer = Peer::named(&std::env::args().nth(2).expect("the name of a peer"));
    let start = resident();
    (peer.set_up)();
    let grown = || resident() - start;
    at_depth(30, || {
        let mut done = 0;
        for errors in [1, 1_000, many] {
            while done < errors {
                (peer.fail)();
                done += 1;
                // Otherwise a full queue would be measured.
                if done % 1_000 == 0 {
                    (peer.settle)();
                }
            }
            (peer.settle)();
            print("memory", peer.name, &[(&errors.to_string(), grown())]);
        }
    });
    print("memory", peer.name, &[("idle", idle(grown))]);
}

/// The least memory until the process gave some back, or until the time is over.
fn idle(grown: impl Fn() -> f64) -> f64 {
    let begun = Instant::now();
    let before = grown();
    let mut now = before;
    while begun.elapsed() < IDLE && before - now < RELEASED {
        sleep(Duration::from_millis(100));
        now = now.min(grown());
    }
    // It may not be given back all at once.
    sleep(Duration::from_secs(1));
    now.min(grown())
}

/// Bytes of this process that are in memory.
fn resident() -> f64 {
    const PAGE: f64 = 4096.0;
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * PAGE
}
