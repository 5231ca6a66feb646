//! A program in debug mode, or not. The tests run it as a process: its first argument is what it does, and the
//! environment is theirs.

#[path = "debug_mode/abandoned.rs"]
mod abandoned;
#[cfg(unix)]
#[path = "debug_mode/forks.rs"]
mod forks;
#[path = "debug_mode/loggers.rs"]
mod loggers;

use std::future::Future;
use std::io::{self, BufRead, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loggers::{Fails, Nested, Panics, Printer, Returns, Waits};
use track_errors::debug::{self, DebugLevel, DebugOptions};
use track_errors::{Delivery, track_errors};

/// What must not be found in any line of the debug mode.
const MESSAGE: &str = "card 4711 of Erika Mustermann";
/// Nor this, the value of a field.
const CARD: &str = "5500-0000-Mustermann";

#[track_errors(service = "debug_mode")]
fn pay() -> Result<(), String> {
    Err(MESSAGE.to_owned())
}

#[track_errors(service = "debug_mode")]
fn order() -> Result<(), String> {
    pay().map_err(|error| format!("ordering: {error}"))
}

#[track_errors(service = "debug_mode", report = "boundary")]
fn order_at_the_boundary() -> Result<(), String> {
    pay().map_err(|error| format!("ordering: {error}"))
}

#[track_errors(service = "debug_mode", rate_limit = 1)]
fn limited() -> Result<(), String> {
    Err(MESSAGE.to_owned())
}

#[track_errors(service = "debug_mode", rate_limit = "off")]
fn unlimited(number: u64) -> Result<(), String> {
    Err(format!("{MESSAGE}, number {number}"))
}

#[track_errors(service = "debug_mode", when = |_| false)]
fn expected() -> Result<(), String> {
    Err(MESSAGE.to_owned())
}

#[track_errors(service = "debug_mode")]
fn order_as_expected() -> Result<(), String> {
    expected()
}

#[track_errors(service = "debug_mode", kind = |_| "payment", fields(card = CARD))]
fn with_fields() -> Result<(), String> {
    Err(MESSAGE.to_owned())
}

#[track_errors(service = "debug_mode")]
fn succeed() -> Result<(), String> {
    Ok(())
}

#[track_errors(service = "debug_mode")]
fn parse(number: &str) -> Result<u32, Box<dyn std::error::Error>> {
    Ok(number.parse::<u32>()?)
}

#[track_errors(service = "debug_mode", report = "boundary")]
fn at_the_boundary() -> Result<(), String> {
    Err(MESSAGE.to_owned())
}

/// Handles what a boundary returns.
#[track_errors(service = "debug_mode")]
fn handle() -> Result<(), String> {
    assert!(at_the_boundary().is_err());
    Ok(())
}

/// The future is dropped after the `?` and before the error has left.
#[track_errors(service = "debug_mode")]
fn drop_behind_a_mark() -> Result<u64, Box<dyn std::error::Error>> {
    let flag = AtomicBool::new(false);
    let mut future = Box::pin(wait(&flag));
    assert!(poll(future.as_mut()).is_pending());
    Ok("no number".parse::<u64>()?)
}

#[track_errors(service = "debug_mode", report = "boundary")]
async fn wait_and_fail(flag: &AtomicBool) -> Result<(), String> {
    IsSet(flag).await;
    Err(MESSAGE.to_owned())
}

#[track_errors(service = "debug_mode")]
async fn await_and_handle(flag: &AtomicBool) -> io::Result<()> {
    assert!(wait_and_fail(flag).await.is_err());
    Ok(())
}

fn fail() {
    assert!(unlimited(0).is_err());
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

/// Does a step for each line on stdin, and prints a line after it.
fn step_by_step(mut step: impl FnMut(&str)) {
    for line in io::stdin().lock().lines() {
        step(&line.expect("the test writes UTF-8"));
        println!("done");
        io::stdout().flush().expect("the test listens");
    }
}

/// Pending until the flag is set.
struct IsSet<'a>(&'a AtomicBool);

impl Future for IsSet<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[track_errors(service = "debug_mode")]
async fn wait(flag: &AtomicBool) -> io::Result<()> {
    IsSet(flag).await;
    Ok(())
}

#[track_errors(service = "debug_mode")]
async fn panic_later(flag: &AtomicBool) -> io::Result<()> {
    IsSet(flag).await;
    panic!("on purpose: a future that panics")
}

#[track_errors(service = "debug_mode", report = "boundary")]
async fn hang_in_a_poll() -> io::Result<()> {
    hang_until_a_line_comes();
    Ok(())
}

#[track_errors(service = "debug_mode", report = "boundary")]
fn hang() -> io::Result<()> {
    hang_until_a_line_comes();
    Ok(())
}

/// Prints that it hangs, and goes on with the next line on stdin.
fn hang_until_a_line_comes() {
    println!("hangs");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).expect("the test writes UTF-8");
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn main() {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    match &*scenario {
        "fails" => fail(),
        "climbs" => assert!(order().is_err()),
        "climbs-to-the-boundary" => assert!(order_at_the_boundary().is_err()),
        "is-expected" => assert!(expected().is_err()),
        "climbs-as-expected" => assert!(order_as_expected().is_err()),
        "has-fields" => assert!(with_fields().is_err()),
        "is-limited" => (0..4).for_each(|_| assert!(limited().is_err())),
        "succeeds" => assert!(succeed().is_ok()),
        "succeeds-after-init" => {
            track_errors::builder().init();
            assert!(succeed().is_ok());
        }
        "calls-nothing" => {}
        "fails-twice-in-one-batch" => {
            (0..2).for_each(|_| fail());
            flush();
        }
        "on-by-the-builder" => {
            track_errors::builder().debug(true).init();
            fail();
        }
        "off-by-the-builder" => {
            track_errors::builder().debug(false).init();
            fail();
        }
        "switched-on-and-succeeds" => {
            debug::set_enabled(true);
            assert!(succeed().is_ok());
        }
        "switched-off" => {
            debug::set_enabled(false);
            debug::log(DebugLevel::Info, debug::level());
            fail();
        }
        "is-refused" | "is-refused-in-batches" | "is-refused-by-two-logs" => {
            loggers::fail_with_a_sink_that_refuses(&scenario);
        }
        "overflows" => {
            track_errors::builder().debug(true).init();
            // The queue takes 8,192 records, and the worker needs time for its first.
            (0..20_000).for_each(|number| assert!(unlimited(number).is_err()));
        }
        "switched" => {
            fail();
            flush();
            debug::log(DebugLevel::Debug, "not written");
            debug::set_enabled(true);
            debug::log(DebugLevel::Debug, "switched on");
            fail();
            flush();
            debug::log(DebugLevel::Debug, "is switched off");
            debug::set_enabled(false);
            fail();
        }
        "switched-on-before-init" => {
            debug::set_enabled(true);
            track_errors::builder().env("built").init();
            fail();
        }
        "switched-by-eight-threads" => {
            std::thread::scope(|scope| {
                for thread in 0..8_u64 {
                    scope.spawn(move || {
                        for number in 0..200 {
                            debug::set_enabled((thread + number) % 2 == 0);
                            assert!(unlimited(1000 * thread + number).is_err());
                        }
                    });
                }
            });
            debug::set_enabled(false);
            flush();
        }
        "levels" => {
            for level in DebugLevel::ALL {
                debug::set_level(level);
                for own in DebugLevel::ALL {
                    debug::log(own, format_args!("{own} at {level}"));
                }
            }
        }
        "changes-loggers" => {
            for _ in 0..3 {
                debug::log(DebugLevel::Error, "to the file");
                debug::set_logger(Printer);
                debug::reset_logger();
            }
            track_errors::builder().init();
            debug::log(DebugLevel::Error, "to the file");
            fail();
        }
        "lines-of-the-application" => {
            let forged =
                "x\n2026-11-20 17:44:45,042 ERROR [track_errors] [a.rs:1] - \u{1b}[2J\u{202e}";
            debug::log(DebugLevel::Info, format_args!("{} workers", 4));
            debug::log(DebugLevel::Info, forged);
            debug::log(DebugLevel::Info, "commit 0123456789abcdef0123456789abcdef01234567");
            debug::log(DebugLevel::Info, std::env::var("DD_API_KEY").unwrap_or_default());
        }
        "prints" => {
            track_errors::builder().debug(DebugOptions::new().logger(Printer)).init();
            fail();
            flush();
            debug::log(DebugLevel::Error, "an error of the application's");
        }
        "logger-set-later" => {
            fail();
            flush();
            debug::set_logger(Printer);
            debug::log(DebugLevel::Info, "to the logger");
            debug::reset_logger();
            debug::log(DebugLevel::Info, "not to the logger");
        }
        "panics" => {
            track_errors::builder().debug(DebugOptions::new().logger(Panics)).init();
            (0..3).for_each(|_| fail());
        }
        "nests" => {
            track_errors::builder().debug(DebugOptions::new().logger(Nested)).init();
            fail();
            flush();
            debug::log(DebugLevel::Error, "from outside");
        }
        "waits" => {
            debug::set_logger(Waits);
            fail();
        }
        "waits-while-it-writes" => {
            debug::set_logger(Waits);
            track_errors::builder()
                .delivery(Delivery::Sync)
                .debug(DebugOptions::new().startup_logs(false))
                .init();
            fail();
        }
        "has-a-boundary" => {
            (0..3).for_each(|_| assert!(handle().is_ok()));
            fail();
        }
        "has-a-boundary-in-futures" => {
            for is_set in [true, false] {
                let flag = AtomicBool::new(is_set);
                let mut future = Box::pin(await_and_handle(&flag));
                assert_eq!(poll(future.as_mut()).is_ready(), is_set);
                if is_set {
                    continue;
                }
                flag.store(true, Ordering::Relaxed);
                assert!(poll(future.as_mut()).is_ready());
            }
            fail();
        }
        "drops-behind-a-mark" => {
            debug::set_logger(Fails);
            assert!(drop_behind_a_mark().is_err());
            assert!(handle().is_ok());
        }
        "returns" => {
            debug::set_logger(Returns);
            debug::set_logger(Returns);
            debug::reset_logger();
        }
        "to-log" | "to-log-silenced" => {
            loggers::install_log(match &*scenario {
                "to-log" => log::LevelFilter::Debug,
                _ => log::LevelFilter::Error,
            });
            log::debug!("the application's own");
            fail();
            flush();
            debug::log(DebugLevel::Error, "an error");
        }
        "basic-config" => {
            println!("{}", debug::basic_config());
            fail();
        }
        "basic-config-after-a-logger" => {
            debug::set_logger(Printer);
            println!("{}", debug::basic_config());
        }
        "changes-directory" => {
            let builder = track_errors::builder();
            std::env::set_current_dir("/").expect("there is a root");
            builder.init();
            fail();
        }
        "steps" => step_by_step(|line| {
            debug::log(DebugLevel::Debug, format_args!("step {line}"));
            fail();
            flush();
        }),
        "many-lines" => {
            let name = std::env::args().nth(2).unwrap_or_default();
            for number in 0..500 {
                debug::log(DebugLevel::Info, format_args!("<{name} {number} {}>", "x".repeat(40)));
            }
        }
        #[cfg(unix)]
        "forks" => forks::fork_once(),
        #[cfg(unix)]
        "forks-while-lines-are-written" => forks::fork_while_lines_are_written(),
        #[cfg(unix)]
        "forks-under-load" => forks::fork_under_load(),
        "exits-with-open-calls" => {
            #[track_errors(service = "debug_mode")]
            fn around() -> io::Result<()> {
                exit()
            }
            #[track_errors(service = "debug_mode", report = "boundary")]
            fn exit() -> io::Result<()> {
                std::process::exit(0)
            }
            track_errors::builder().init();
            let flag = AtomicBool::new(false);
            let mut future = Box::pin(wait(&flag));
            assert!(poll(future.as_mut()).is_pending());
            around().expect("it does not return");
        }
        other => abandoned::run(other),
    }
}
