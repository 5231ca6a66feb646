//! What an error costs as one thing grows: helpers of `src/bin/growth.rs` and `growth_sites.rs`.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use track_errors::{BacktraceMode, Batch, Overflow, RateLimit};

use crate::peers;

/// The best of so many rounds counts: other load on the machine only slows down.
const ROUNDS: usize = 7;
/// Errors between two pauses of the failing thread; few enough for any queue.
const BATCH: usize = 200;

/// What one error costs.
#[derive(Debug)]
pub struct Cost {
    /// The failing thread.
    pub thread: Duration,
    /// Until it is written.
    pub sink: Duration,
}

/// The axis, the size and the peer: the arguments of the program.
pub fn arguments() -> [String; 3] {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.try_into().expect("<axis> <size> <peer>")
}

/// Sets up the process for a peer, with `/dev/null` as the output.
pub fn set_up(peer: &str) {
    let null = || File::options().append(true).open("/dev/null").expect("a device");
    if peer.starts_with("tracing") {
        peers::write_to(null());
        return peers::tracing_json();
    }
    let drops = peer.ends_with("newest dropped");
    track_errors::builder()
        .service("bench")
        .backtrace(BacktraceMode::Native)
        .rate_limit(RateLimit::Off)
        .overflow(if drops { Overflow::DropNewest } else { Overflow::Block })
        .init_with_sink(Null(null()));
}

struct Null(File);

impl track_errors::Sink for Null {
    fn name(&self) -> &str {
        "bench"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.0.write_all(batch.bytes())
    }
}

/// Waits until every error is written. The peer writes at once.
pub fn settle() {
    assert!(track_errors::flush(Duration::from_secs(60)), "written within a minute");
}

/// The cost of one of this many errors.
pub fn cost(errors: usize, mut fail: impl FnMut()) -> Cost {
    let mut best = Cost { thread: Duration::MAX, sink: Duration::MAX };
    for _ in 0..ROUNDS {
        let mut thread = Duration::ZERO;
        for _ in 0..errors.div_ceil(BATCH) {
            thread += time(BATCH.min(errors), &mut fail);
            settle();
        }
        best.thread = best.thread.min(thread / (errors.div_ceil(BATCH) * BATCH.min(errors)) as u32);
        let start = Instant::now();
        time(errors, &mut fail);
        settle();
        best.sink = best.sink.min(start.elapsed() / errors as u32);
    }
    best
}

/// The time of this many errors on this thread.
pub fn time(errors: usize, mut fail: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..errors).for_each(|_| fail());
    start.elapsed()
}

/// Prints a point for `growth` to read.
pub fn print(axis: &str, peer: &str, size: usize, cost: &Cost) {
    let nanos = |duration: Duration| duration.as_nanos() as f64;
    let values =
        [("size", size as f64), ("thread_ns", nanos(cost.thread)), ("sink_ns", nanos(cost.sink))];
    crate::print(axis, peer, &values);
}

/// Random numbers, the same in every run.
#[derive(Debug)]
pub struct Numbers(u64);

impl Default for Numbers {
    fn default() -> Self {
        Numbers(0x9e37_79b9_7f4a_7c15)
    }
}

impl Numbers {
    /// The next one (xorshift64).
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// The failing functions, with the attribute of a peer.
#[macro_export]
macro_rules! growing_functions {
    ($name:ident, #[$track:meta]) => {
        mod $name {
            use std::hint::black_box;

            use $crate::growth::Text;
            use $crate::peers::{PayError, debit};

            /// Fails with a short message.
            pub fn pay() {
                #[$track]
                #[inline(never)]
                fn pay() -> Result<(), PayError> {
                    debit()?;
                    Ok(())
                }
                let _ = black_box(pay());
            }

            /// Fails with this message.
            pub fn send(text: &'static str) {
                #[$track]
                #[inline(never)]
                fn send(text: &'static str) -> Result<(), Text> {
                    Err(Text(black_box(text)))?;
                    Ok(())
                }
                let _ = black_box(send(text));
            }

            /// Fails on the stack with this number, of 2^17: each bit chooses the call of a function. All stacks have
            /// the same depth, and no function twice.
            pub fn walk(stack: u64) {
                level::<0>(stack);
            }

            #[inline(never)]
            fn level<const N: u32>(stack: u64) {
                // Work after each call, so that it is no tail call; more around the second one, so that the compiler
                // does not make one call of both.
                if stack & 1 == 0 {
                    next::<N>(stack >> 1);
                    black_box(0);
                } else {
                    black_box(1);
                    next::<N>(stack >> 1);
                    black_box(2);
                    black_box(3);
                }
            }

            #[inline(always)]
            fn next<const N: u32>(stack: u64) {
                $crate::levels_of_walk!(N, stack: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
                if N == 16 {
                    pay();
                }
            }
        }
    };
}

/// Calls the level behind `N`: a const generic cannot be `N + 1`.
#[macro_export]
macro_rules! levels_of_walk {
    ($n:ident, $stack:ident: $($at:literal)*) => {
        $(if $n == $at {
            return level::<{ $at + 1 }>($stack);
        })*
    };
}

/// An error whose message is this text.
#[derive(Debug)]
pub struct Text(pub &'static str);

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Text {}
