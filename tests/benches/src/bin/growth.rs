//! What an error costs as one thing grows: the cost to the failing thread, and the time until it is written to
//! `/dev/null`. One process measures one point of one curve:
//!
//!     growth <axis> <size> <peer>
//!
//! The axes: `threads`, `depth` (frames), `message` (bytes), `stacks` (distinct ones, in random order), and `burst`
//! (errors without a pause). `growth_sites` has one more.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use track_errors_benches::growth::{self, Cost, Numbers};

use track_errors_benches::{at_depth, growing_functions};

growing_functions!(ours, #[track_errors::track_errors]);
growing_functions!(traced, #[tracing::instrument(err, skip_all)]);

/// The functions of a peer.
struct Functions {
    pay: fn(),
    send: fn(&'static str),
    walk: fn(u64),
}

fn main() {
    let [axis, size, peer] = growth::arguments();
    let functions = match &*peer {
        "tracing::instrument(err)" => {
            Functions { pay: traced::pay, send: traced::send, walk: traced::walk }
        }
        _ => Functions { pay: ours::pay, send: ours::send, walk: ours::walk },
    };
    let Functions { pay, send, walk } = functions;
    let size: usize = size.parse().expect("a size");
    growth::set_up(&peer);
    let cost = match &*axis {
        "threads" => threads(size, pay),
        "depth" => at_depth(size, || growth::cost(2_000, pay)),
        "message" => {
            let text: &str = String::leak("x".repeat(size));
            // The whole text is written, so fewer of them.
            at_depth(30, || growth::cost((4_000_000 / size).clamp(20, 2_000), || send(text)))
        }
        "stacks" => {
            let mut numbers = Numbers::default();
            at_depth(10, || {
                (0..size.min(20_000)).for_each(|stack| walk(stack as u64));
                growth::cost(10_000, || walk(numbers.next() % size as u64))
            })
        }
        "burst" => at_depth(30, || burst(size, pay)),
        _ => panic!("no axis is {axis:?}"),
    };
    growth::print(&axis, &peer, size, &cost);
}

/// One of several threads that fail at the same time.
fn threads(threads: usize, pay: fn()) -> Cost {
    const ERRORS: usize = 200;
    let mut best = Cost { thread: Duration::MAX, sink: Duration::MAX };
    for _ in 0..50 {
        let begin = Barrier::new(threads + 1);
        let fail = || {
            at_depth(30, || {
                begin.wait();
                growth::time(ERRORS, pay)
            })
        };
        let (spent, all) = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(fail)).collect();
            begin.wait();
            let start = Instant::now();
            let spent: Vec<_> =
                running.into_iter().map(|thread| thread.join().expect("no panic")).collect();
            growth::settle();
            (spent, start.elapsed())
        });
        best.thread = best.thread.min(spent.iter().sum::<Duration>() / (threads * ERRORS) as u32);
        best.sink = best.sink.min(all / (threads * ERRORS) as u32);
    }
    best
}

/// Many errors at once, beyond the size of the queue.
fn burst(errors: usize, pay: fn()) -> Cost {
    let mut best = Cost { thread: Duration::MAX, sink: Duration::MAX };
    growth::time(1, pay);
    growth::settle();
    for _ in 0..(200_000 / errors).clamp(3, 50) {
        let start = Instant::now();
        best.thread = best.thread.min(growth::time(errors, pay) / errors as u32);
        growth::settle();
        best.sink = best.sink.min(start.elapsed() / errors as u32);
    }
    best
}
