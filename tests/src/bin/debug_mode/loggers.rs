//! Loggers and a sink of the application's, most of which misbehave.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use track_errors::debug::{self, DebugLevel, DebugLogger, DebugOptions};
use track_errors::{Batch, Sink};

use super::{MESSAGE, fail, flush, parse, pay};

/// Prints what it gets on stdout.
pub(crate) struct Printer;

impl DebugLogger for Printer {
    fn debug(&self, line: &str) {
        println!("debug: {line}");
    }

    fn error(&self, line: &str) {
        println!("error: {line}");
    }
}

/// Panics at every line.
pub(crate) struct Panics;

impl DebugLogger for Panics {
    fn debug(&self, _: &str) {
        panic!("on purpose: a logger that panics");
    }

    fn error(&self, _: &str) {
        panic!("on purpose: a logger that panics");
    }
}

/// Does with each line what could come back to it, and prints it.
pub(crate) struct Nested;

impl DebugLogger for Nested {
    fn debug(&self, line: &str) {
        assert!(pay().is_err());
        debug::log(DebugLevel::Debug, "from within the logger");
        // On the worker this returns at once; elsewhere it waits for the worker, which is not busy
        // with this thread.
        track_errors::flush(Duration::from_millis(1));
        println!("debug: {line}");
    }

    fn error(&self, line: &str) {
        self.debug(line);
    }
}

/// Calls tracked functions that fail, and no more.
pub(crate) struct Fails;

impl DebugLogger for Fails {
    fn debug(&self, _: &str) {
        assert!(parse("x").is_err());
    }

    fn error(&self, line: &str) {
        self.debug(line);
    }
}

/// Waits for a thread on which a tracked function fails.
pub(crate) struct Waits;

impl DebugLogger for Waits {
    fn debug(&self, line: &str) {
        // Only the first time: each of these errors has a line of its own.
        static FIRST: AtomicBool = AtomicBool::new(true);
        if FIRST.swap(false, Ordering::Relaxed) {
            std::thread::spawn(fail).join().expect("no panic");
        }
        println!("debug: {line}");
    }

    fn error(&self, line: &str) {
        self.debug(line);
    }
}

/// When it is dropped, it comes back.
pub(crate) struct Returns;

impl DebugLogger for Returns {
    fn debug(&self, _: &str) {}

    fn error(&self, _: &str) {}
}

impl Drop for Returns {
    fn drop(&mut self) {
        debug::log(DebugLevel::Error, "the logger is dropped");
        fail();
    }
}

/// Hands lines to the `log` crate, under a target of their own.
pub(crate) struct ToLog;

impl DebugLogger for ToLog {
    fn debug(&self, line: &str) {
        log::debug!(target: "track_errors", "{line}");
    }

    fn error(&self, line: &str) {
        log::error!(target: "track_errors", "{line}");
    }
}

/// The application's own global logger: everything at debug level, but this target at another.
pub(crate) struct Application {
    of_track_errors: log::LevelFilter,
}

impl log::Log for Application {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() != "track_errors" || metadata.level() <= self.of_track_errors
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            println!("{} {}: {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

/// Refuses every batch.
struct Refuses;

impl Sink for Refuses {
    fn name(&self) -> &str {
        "refuses"
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        Err(io::Error::other(format!("no reason for {MESSAGE}")))
    }
}

/// Fails with a sink that refuses every batch.
pub(crate) fn fail_with_a_sink_that_refuses(scenario: &str) {
    track_errors::builder().init_with_sink(Refuses);
    match scenario {
        "is-refused" => {
            for _ in 0..4 {
                fail();
                flush();
            }
        }
        "is-refused-in-batches" => {
            for _ in 0..3 {
                (0..3).for_each(|_| fail());
                flush();
            }
        }
        _ => {
            for _ in 0..9 {
                fail();
                flush();
                debug::reset_logger();
            }
        }
    }
}

/// Installs a global logger of the application's, which lets lines of `track_errors` through up to this level.
pub(crate) fn install_log(of_track_errors: log::LevelFilter) {
    track_errors::builder().debug(DebugOptions::new().logger(ToLog)).init();
    // This program has no other global logger.
    let application = Box::leak(Box::new(Application { of_track_errors }));
    log::set_logger(application).expect("the global logger is the application's");
    log::set_max_level(log::LevelFilter::Debug);
}
