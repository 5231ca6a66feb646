//! Growth of resident memory since the start of `main` after 1, 1,000 and 1,000,000 errors (or as many as
//! the first argument says) of the peer that the second argument names.

use track_errors_benches::peers::Peer;
use track_errors_benches::{at_depth, print, times};

fn main() {
    let many = times(1_000_000);
    let peer = Peer::named(&std::env::args().nth(2).expect("the name of a peer"));
    let start = resident();
    (peer.set_up)();
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
            print("memory", peer.name, &[(&errors.to_string(), resident() - start)]);
        }
    });
}

/// Bytes of this process that are in memory.
fn resident() -> f64 {
    const PAGE: f64 = 4096.0;
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * PAGE
}
