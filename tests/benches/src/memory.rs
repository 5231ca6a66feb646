//! Resident memory of a process as its errors come, and once they are over.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::{at_depth, print};

/// How long the process is watched after its last error.
const IDLE: Duration = Duration::from_secs(20);
/// How much memory the process gives back at once, when it does.
const RELEASED: f64 = (1 << 20) as f64;

/// Prints the growth since now, in bytes: after one error, after a thousand, after `many`, and the least of the twenty
/// seconds without errors that follow.
pub fn watch(what: &str, peer: &str, many: usize, set_up: fn(), fail: fn(), settle: fn()) {
    let start = resident();
    set_up();
    let grown = || resident() - start;
    at_depth(30, || {
        let mut done = 0;
        for errors in [1, 1_000, many] {
            while done < errors {
                fail();
                done += 1;
                // Otherwise a full queue would be measured.
                if done % 1_000 == 0 {
                    settle();
                }
            }
            settle();
            print(what, peer, &[(&errors.to_string(), grown())]);
        }
    });
    print(what, peer, &[("idle", idle(grown))]);
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
