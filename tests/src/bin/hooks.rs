//! A program with hooks: on the failing thread, on the worker, and a sink of records. The tests run it as a
//! process; its first argument names the scenario, the second one the delivery.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use track_errors::{
    Delivery, ErrorLog, Handover, Keep, Output, RecordSink, UnloggedErrors, track_errors,
};

#[derive(Debug)]
enum Failure {
    Often(u64),
    Rare,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Often(number) => write!(f, "number {number}"),
            Failure::Rare => f.write_str("rare"),
        }
    }
}

impl std::error::Error for Failure {}

/// Two errors of a kind may be logged at once.
#[track_errors(service = "hooks", rate_limit = 1)]
fn limited(failure: Failure) -> Result<(), Failure> {
    Err(failure)
}

#[track_errors(service = "hooks", rate_limit = "off")]
fn unlimited(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

fn print_counters() {
    let counters = track_errors::counters();
    println!(
        "logged {}, suppressed {}, dropped {}, filtered {}",
        counters.logged, counters.suppressed, counters.dropped, counters.filtered
    );
}

/// Prints what it is given. It refuses even numbers, and panics at those that end in 3.
struct Printer;

impl RecordSink for Printer {
    fn name(&self) -> &str {
        "printer"
    }

    fn write(&self, log: &ErrorLog<'_>) -> Handover {
        let message = &log.record.message;
        let number: u64 = message.strip_prefix("number ").and_then(|n| n.parse().ok()).unwrap_or(1);
        assert!(number % 10 != 3, "on purpose: a sink that panics");
        if number.is_multiple_of(2) {
            return Handover::Refused;
        }
        println!("sink: {} of {}, {:?}", message, log.service, log.env);
        Handover::Taken
    }

    fn write_unlogged(&self, unlogged: &UnloggedErrors<'_>) -> Handover {
        println!("sink: {} suppressed of {}", unlogged.suppressed, unlogged.function);
        Handover::Taken
    }

    fn flush(&self) -> io::Result<()> {
        println!("sink: flush");
        Err(io::Error::other("no reason"))
    }
}

/// Calls a tracked function that fails in each of its methods.
struct Tracked;

impl RecordSink for Tracked {
    fn name(&self) -> &str {
        assert!(unlimited(0).is_err());
        "tracked"
    }

    fn write(&self, log: &ErrorLog<'_>) -> Handover {
        assert!(unlimited(0).is_err());
        println!("sink: {}", log.record.message);
        Handover::Taken
    }

    fn write_unlogged(&self, _: &UnloggedErrors<'_>) -> Handover {
        assert!(unlimited(0).is_err());
        Handover::Refused
    }

    fn flush(&self) -> io::Result<()> {
        assert!(unlimited(0).is_err());
        Ok(())
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let delivery = match arguments.get(1).map(String::as_str) {
        Some("sync") => Delivery::Sync,
        _ => Delivery::Worker,
    };
    let builder = track_errors::builder().delivery(delivery).env("test");
    match &*arguments[0] {
        "context-under-a-limit" => {
            static CALLS: AtomicU64 = AtomicU64::new(0);
            let builder = builder.context(|_| {
                CALLS.fetch_add(1, Ordering::Relaxed);
            });
            builder.output(Output::None).init();
            for number in 0..50 {
                assert!(limited(Failure::Often(number)).is_err());
            }
            flush();
            println!("called {}", CALLS.load(Ordering::Relaxed));
            print_counters();
        }
        "filter" => {
            let keep = |record: &mut track_errors::ErrorRecord| {
                if record.message == "rare" { Keep::No } else { Keep::Yes }
            };
            builder.before_emit(keep).init();
            for number in 0..50 {
                assert!(limited(Failure::Often(number)).is_err());
            }
            // Its line would have the counts of those that were suppressed.
            assert!(limited(Failure::Rare).is_err());
            flush();
            print_counters();
        }
        "hook-that-panics" => {
            builder.before_emit(|_| panic!("on purpose: a hook that panics")).init();
            assert!(unlimited(4711).is_err());
            flush();
            print_counters();
        }
        "printer" => {
            builder.record_sink(Printer).init();
            for number in 1..=4 {
                assert!(unlimited(number).is_err());
                flush();
            }
            for number in 0..50 {
                assert!(limited(Failure::Often(2 * number + 5)).is_err());
            }
            flush();
            print_counters();
        }
        "printer-without-output" => {
            builder.output(Output::None).record_sink(Printer).init();
            for number in 1..=2 {
                assert!(unlimited(number).is_err());
            }
            flush();
        }
        "tracked-sink" => {
            builder.record_sink(Tracked).init();
            assert!(unlimited(1).is_err());
            flush();
            print_counters();
        }
        #[cfg(unix)]
        "fork" => {
            builder.record_sink(Printer).init();
            assert!(unlimited(1).is_err());
            flush();
            // SAFETY: the child calls only what `fork` allows in a program with threads, and this crate, which
            // documents that it may be called there.
            let child = unsafe { libc::fork() };
            assert!(child >= 0, "the fork failed");
            if child == 0 {
                assert!(unlimited(5).is_err());
                assert!(unlimited(6).is_err());
                std::process::exit(0);
            }
            let mut status = 0;
            // SAFETY: `status` is a valid place for the status of our own child.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended by itself");
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}
