//! The first error of a process, with the peer that the first argument names: its cost on the calling
//! thread, and when it is written.
//!
//! With `beside` as second argument: the cost of the errors of another thread while the first stack of the
//! process is being resolved, compared with a quiet time. (Then either thread may be the first.)

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use track_errors_benches::peers::Peer;
use track_errors_benches::{at_depth, print};

/// The other thread pauses between two errors, so that it fills no queue.
const PAUSE: Duration = Duration::from_micros(50);

fn main() {
    let name = std::env::args().nth(1).expect("the name of a peer");
    let peer = Peer::named(&name);
    (peer.set_up)();

    let nanos = |duration: Duration| duration.as_nanos() as f64;
    if std::env::args().nth(2).as_deref() == Some("beside") {
        let (during, quiet) = beside(peer);
        let values = [("worst_ns", nanos(during)), ("worst_quiet_ns", nanos(quiet))];
        print("beside", peer.name, &values);
    } else {
        let (first, written) = at_depth(30, || first(peer));
        print("first", peer.name, &[("ns", nanos(first)), ("written_ns", nanos(written))]);
    }
}

/// One error: the time on the calling thread, and the time until it is written.
fn first(peer: &Peer) -> (Duration, Duration) {
    let start = Instant::now();
    (peer.fail)();
    let first = start.elapsed();
    (peer.settle)();
    if peer.is_creation() {
        // The other peers resolve by themselves.
        black_box(anyhow::Error::msg("first").backtrace().to_string());
    }
    (first, start.elapsed())
}

/// The slowest error of another thread until the first stack is resolved, and for a while later.
fn beside(peer: &Peer) -> (Duration, Duration) {
    let resolved = AtomicBool::new(false);
    let begin = Barrier::new(2);
    let during = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            at_depth(30, || {
                begin.wait();
                worst(peer, || resolved.load(Ordering::Relaxed))
            })
        });
        at_depth(30, || {
            begin.wait();
            first(peer);
        });
        resolved.store(true, Ordering::Relaxed);
        other.join().expect("no panic")
    });
    let until = Instant::now() + Duration::from_millis(50);
    (during, at_depth(30, || worst(peer, || Instant::now() >= until)))
}

/// The slowest error until the deadline.
fn worst(peer: &Peer, stop: impl Fn() -> bool) -> Duration {
    let mut worst = Duration::ZERO;
    loop {
        let start = Instant::now();
        (peer.fail)();
        worst = worst.max(start.elapsed());
        if stop() {
            return worst;
        }
        let pause = Instant::now();
        while pause.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
}
