//! Calls, polls and errors, whose instructions `guard/run` counts:
//!
//!     track_errors_guard <scenario> <count>
//!
//! Only the main thread counts. So that its number does not depend on the worker, the worker is stopped while the main
//! thread fails: it waits in the sink for the main thread.

#[macro_use]
#[expect(dead_code, reason = "the other programs call all of them")]
#[path = "../../src/functions.rs"]
mod functions;

use std::hint::black_box;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use functions::{polled, sync, varints};
use track_errors::{
    BacktraceMode, Batch, Builder, Delivery, Output, RateLimit, Sink, track_errors,
};

functions!(called, #[inline(never)], #[track_errors]);
functions!(inlined, #[inline], #[track_errors]);

/// Errors between two pauses of the main thread.
const BATCH: u64 = 100;
/// With these calls the stack has about 30 frames.
const DEPTH: u64 = 22;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, count] = &*arguments else { panic!("<scenario> <count>") };
    let count = count.parse().expect("a number");
    let builder = track_errors::builder().service("guard").rate_limit(RateLimit::Off);
    let calls = || track_errors::builder().output(Output::None).init();
    black_box(match &**scenario {
        "sync call" => {
            calls();
            sync(count, called::one)
        }
        "sync, five deep" => {
            calls();
            sync(count, called::five)
        }
        "async, one poll" => {
            calls();
            polled(count, called::one_async)
        }
        "varint in a loop" => {
            calls();
            let bytes = varints();
            let sum = || inlined::sum_of_varints(black_box(&bytes)).unwrap_or(0);
            (0..count / functions::CALLS).map(|_| sum()).fold(0, u64::wrapping_add)
        }
        "error, suppressed" => {
            builder.rate_limit(RateLimit::per_second(1)).output(Output::None).init();
            descend(DEPTH, &mut || fail(count));
            count
        }
        "error, trail" => queued(builder.backtrace(BacktraceMode::Trail), count),
        "error, full stack" => queued(builder.backtrace(BacktraceMode::Native), count),
        "error, written at once" => {
            builder.delivery(Delivery::Sync).init_with_sink(Null);
            descend(DEPTH, &mut || fail(count));
            count
        }
        _ => panic!("no scenario is {scenario:?}"),
    });
}

/// Errors that go to the queue, while the worker is stopped.
fn queued(builder: Builder, count: u64) -> u64 {
    let (stopped, wait_until_stopped) = sync_channel(0);
    let (go_on, wait_to_go_on) = sync_channel(0);
    builder.init_with_sink(Gate { stopped, wait_to_go_on });
    descend(DEPTH, &mut || {
        for _ in 0..count / BATCH {
            STOP.store(true, Ordering::Release);
            fail(1);
            wait_until_stopped.recv().expect("the worker writes");
            fail(BATCH);
            go_on.send(()).expect("the worker waits");
            assert!(track_errors::flush(Duration::from_secs(60)), "written within a minute");
        }
    });
    count
}

/// Whether the worker stops when it next writes.
static STOP: AtomicBool = AtomicBool::new(false);

/// A sink that writes nothing, and stops the worker.
struct Gate {
    stopped: SyncSender<()>,
    wait_to_go_on: Receiver<()>,
}

impl Sink for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        black_box(batch.bytes());
        if STOP.swap(false, Ordering::Acquire) {
            self.stopped.send(()).expect("the main thread waits");
            self.wait_to_go_on.recv().expect("the main thread goes on");
        }
        Ok(())
    }
}

/// A sink that writes nothing.
struct Null;

impl Sink for Null {
    fn name(&self) -> &str {
        "null"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        black_box(batch.bytes());
        Ok(())
    }
}

#[inline(never)]
fn fail(errors: u64) {
    for _ in 0..errors {
        let _ = black_box(called::one(black_box(u64::MAX)));
    }
}

/// Calls itself until the stack is deep enough.
#[inline(never)]
fn descend(frames: u64, leaf: &mut dyn FnMut()) {
    if frames == 0 {
        leaf();
    } else {
        descend(frames - 1, leaf);
    }
    // Work after the call, so that it is no tail call.
    black_box(frames);
}
