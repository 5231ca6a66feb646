//! Sinks at the exit of a process whose boundaries hold errors.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use track_errors::{BacktraceMode, Batch, Delivery, Sink, counters};
use track_errors_tests::executors::poll_once;

use super::{die_if_it_hangs, fail, holds_for_ever};

/// How many errors are held when the process exits.
const AT_EXIT: u32 = 20;

/// Signals that it is called, waits for a signal to continue, and is slow with each batch from then on.
struct Gate {
    called: Sender<()>,
    go: Mutex<Receiver<()>>,
    takes: Duration,
}

impl Sink for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let _nothing_listens: Result<(), _> = self.called.send(());
        // After the signal the sender is gone, and `recv` returns at once.
        let _gone: Result<(), _> = self.go.lock().expect("no panic").recv();
        // A slow sink is the subject of the scenario.
        thread::sleep(self.takes);
        io::stdout().write_all(batch.bytes())
    }
}

/// Exits when it must write.
struct Exits;

impl Sink for Exits {
    fn name(&self) -> &str {
        "exits"
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        std::process::exit(3);
    }
}

fn hold_until_the_exit() {
    for number in 0..AT_EXIT {
        let text = format!("held {number}");
        let mut future = Box::pin(async move { holds_for_ever(&text, None).await });
        assert!(poll_once(future.as_mut()).is_pending());
        std::mem::forget(future);
    }
}

pub(crate) fn exit_with_a_sink(scenario: &str) {
    die_if_it_hangs();
    let builder = track_errors::builder().backtrace(BacktraceMode::Trail);
    let is_sync = scenario.ends_with("sync");
    let builder = if is_sync { builder.delivery(Delivery::Sync) } else { builder };
    if scenario == "sink-exits" {
        builder.init_with_sink(Exits);
        hold_until_the_exit();
        assert!(fail("written").is_err());
        loop {
            thread::park();
        }
    }
    let (go, wait) = channel();
    let (called, calls) = channel();
    let takes = Duration::from_millis(if scenario == "sink-is-slow-sync" { 150 } else { 15 });
    builder.init_with_sink(Gate { called, go: Mutex::new(wait), takes });
    hold_until_the_exit();
    match scenario {
        "sink-hangs" => {
            assert!(fail("written").is_err());
            calls.recv().expect("the sink hangs");
            std::mem::forget(go);
        }
        // It hangs on another thread, which writes.
        "sink-hangs-sync" => {
            thread::spawn(|| fail("written"));
            calls.recv().expect("the sink hangs");
            std::mem::forget(go);
        }
        "sink-is-slow" => {
            let fill_the_queue = || {
                let before = counters().dropped;
                while counters().dropped == before {
                    assert!(fail("written").is_err());
                }
            };
            assert!(fail("written").is_err());
            calls.recv().expect("the sink has the first");
            fill_the_queue();
            go.send(()).expect("the sink waits");
            calls.recv().expect("the worker has all that was in the queue");
            fill_the_queue();
            drop(go);
        }
        "sink-is-slow-sync" => drop(go),
        other => unreachable!("unknown scenario {other:?}"),
    }
    std::process::exit(0);
}
