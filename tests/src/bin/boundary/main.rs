//! A program whose boundaries hold errors when it ends, panics, forks or fails in an endless loop. The tests
//! run it as a process; its first argument names the scenario.

#[cfg(unix)]
mod forks;
#[cfg(unix)]
mod sinks;

use std::future::pending;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use track_errors::debug::{DebugLogger, DebugOptions};
use track_errors::{
    BacktraceMode, Batch, Delivery, Output, Overflow, RateLimit, Sink, counters, track_errors,
};
use track_errors_tests::executors::poll_once;

/// The one error of most scenarios.
const HELD: &str = "the error that a boundary holds";

#[track_errors(service = "boundary", rate_limit = "off")]
fn fail(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[track_errors(service = "boundary", rate_limit = 5)]
fn fail_limited(number: u32) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "boundary", when = |_: &String| false)]
fn expected() -> Result<(), String> {
    Err("an error that is expected".to_owned())
}

/// Adds a step to the trail.
#[track_errors(service = "boundary")]
fn climb() -> Result<(), String> {
    fail(HELD).map_err(|error| format!("further out: {error}"))
}

#[track_errors(report = "boundary")]
fn expects() -> Result<(), String> {
    fail(HELD).expect("on purpose: it succeeds");
    Ok(())
}

#[track_errors(report = "boundary")]
fn panics() -> Result<(), String> {
    if let Err(error) = climb() {
        panic!("on purpose: {error}");
    }
    Ok(())
}

#[track_errors(report = "boundary")]
async fn panics_later() -> Result<(), String> {
    if let Err(error) = climb() {
        panic!("on purpose: {error}");
    }
    Ok(())
}

/// Catches the panic that its error became, and returns the error after all.
#[track_errors(report = "boundary")]
fn catches() -> Result<(), String> {
    let Err(error) = fail(HELD) else { return Ok(()) };
    let caught = std::panic::catch_unwind(|| panic!("on purpose, while something is held"));
    assert!(caught.is_err());
    Err(error)
}

/// Holds an error while `then` runs.
#[track_errors(report = "boundary")]
fn holds_while(then: impl FnOnce()) -> Result<(), String> {
    assert!(fail(HELD).is_err());
    then();
    Ok(())
}

#[track_errors(report = "boundary")]
async fn holds_for_ever(text: &str, held: Option<Sender<()>>) -> Result<(), String> {
    assert!(fail(text).is_err());
    if let Some(held) = held {
        held.send(()).expect("the scenario waits");
    }
    pending().await
}

/// Signals that something happened, and never returns.
fn park_after(sender: &Sender<()>) {
    sender.send(()).expect("the scenario waits");
    loop {
        thread::park();
    }
}

/// Writes a line to stderr in one write.
fn say(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).expect("the test listens");
}

fn main() {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    match &*scenario {
        "expect" => drop(expects()),
        "panic" => drop(panics()),
        "panic-caught-and-returned" => assert!(catches().is_err()),
        "panic-with-a-sink-and-a-logger-that-panic" => {
            let builder = track_errors::builder().delivery(Delivery::Sync);
            let options = DebugOptions::new().enabled(true).logger(Panics);
            builder.debug(options).init_with_sink(Panics);
            assert!(catches().is_err());
        }
        "thread-panics" => assert!(thread::spawn(panics).join().is_err()),
        "exit" => drop(holds_while(|| std::process::exit(3))),
        "exit-by-another-thread" => drop(holds_while(|| {
            let exits = thread::spawn(|| std::process::exit(3));
            exits.join().expect("it never ends");
        })),
        "exit-while-another-thread-runs" => {
            let (held, wait) = channel();
            thread::spawn(move || holds_while(|| park_after(&held)));
            wait.recv().expect("the thread tells when it holds the error");
            std::process::exit(3);
        }
        "main-returns-while-a-detached-thread-runs" => {
            let (held, wait) = channel();
            thread::spawn(move || holds_while(|| park_after(&held)));
            wait.recv().expect("the thread tells when it holds the error");
        }
        "runtime-is-dropped" => {
            let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
            let (held, wait) = channel();
            runtime.spawn(holds_for_ever(HELD, Some(held)));
            wait.recv().expect("the task tells when it holds the error");
            drop(runtime);
        }
        "future-is-forgotten" => {
            let mut future = Box::pin(holds_for_ever(HELD, None));
            assert!(poll_once(future.as_mut()).is_pending());
            std::mem::forget(future);
        }
        "future-is-dropped-after-a-panic" => {
            let mut future = Box::pin(async {
                let _inner: Result<(), String> = panics_later().await;
            });
            let future = std::panic::AssertUnwindSafe(&mut future);
            let caught = std::panic::catch_unwind(move || {
                let future = future;
                poll_once(future.0.as_mut())
            });
            assert!(caught.is_err());
        }
        "swallows-in-one-boundary" => {
            init();
            assert!(swallows(100_000).is_ok());
            flush();
            say_counters();
        }
        "swallows-a-boundary-each" => {
            init();
            for number in 0..100_000 / 50 {
                assert!(swallows(if number % 2 == 0 { 25 } else { 75 }).is_ok());
            }
            flush();
            say_counters();
        }
        "init-while-an-error-is-held" => assert!(begins().is_err()),
        "first-error-in-a-destructor-of-a-panic" => first_error_in_a_destructor_of_a_panic(),
        "ends" => ends(),
        "handles" => assert!(swallows(1).is_ok()),
        "cancels" => cancels(HELD),
        "more-than-a-process-holds" => more_than_a_process_holds(),
        "threads-return-while-main-exits" => threads_run_while_main_exits(job),
        "threads-fail-while-main-exits" => threads_run_while_main_exits(origin),
        #[cfg(unix)]
        "fork-while-a-thread-opens-boundaries" => forks::fork_while_a_thread_opens_boundaries(),
        #[cfg(unix)]
        "fork-while-the-first-scopes-open" => forks::fork_while_the_first_scopes_open(),
        #[cfg(unix)]
        name if name.starts_with("fork") => forks::fork(name),
        #[cfg(unix)]
        name if name.starts_with("sink") => sinks::exit_with_a_sink(name),
        other => unreachable!("unknown scenario {other:?}"),
    }
}

/// Like a `main` that is a boundary and fails before the settings are installed.
#[track_errors(report = "boundary")]
fn begins() -> Result<(), String> {
    let settings = fail(HELD);
    init();
    settings
}

/// The panic hook cannot be set while a thread panics; the next error sets it.
fn first_error_in_a_destructor_of_a_panic() {
    struct Fails;

    impl Drop for Fails {
        fn drop(&mut self) {
            assert!(fail("the first error of the process").is_err());
        }
    }

    #[track_errors(report = "boundary")]
    fn catches_an_expect() -> Result<(), String> {
        let result = fail(HELD);
        // The hook logs it: the boundary returns, and would handle it.
        assert!(std::panic::catch_unwind(|| result.expect("on purpose: it succeeds")).is_err());
        Ok(())
    }

    let caught = std::panic::catch_unwind(|| {
        let _fails = Fails;
        panic!("on purpose, before the first error");
    });
    assert!(caught.is_err());
    assert!(catches_an_expect().is_ok());
}

fn cancels(text: &str) {
    let mut future = Box::pin(holds_for_ever(text, None));
    assert!(poll_once(future.as_mut()).is_pending());
}

/// A boundary that ends in each way, with two errors each.
fn ends() {
    #[track_errors(report = "boundary", handled = "warn")]
    fn returns() -> Result<(), String> {
        assert!(fail("handled").is_err());
        fail("returned")
    }
    #[track_errors(report = "boundary")]
    fn panics() -> Result<(), String> {
        assert!(fail("panicked").is_err());
        assert!(fail("panicked").is_err());
        panic!("on purpose");
    }
    #[track_errors(report = "boundary")]
    fn is_full() -> Result<(), String> {
        for _ in 0..64 + 2 {
            assert!(fail("full").is_err());
        }
        Ok(())
    }
    init();
    for _ in 0..2 {
        assert!(returns().is_err());
        cancels("cancelled");
    }
    assert!(std::panic::catch_unwind(panics).is_err());
    assert!(is_full().is_ok());
    for _ in 0..2 {
        let mut future = Box::pin(holds_for_ever("exited", None));
        assert!(poll_once(future.as_mut()).is_pending());
        std::mem::forget(future);
    }
}

/// Settings of the scenarios with many errors; other tests cover stacks.
fn init() {
    let builder = track_errors::builder().overflow(Overflow::Block);
    builder.backtrace(BacktraceMode::Trail).init();
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

#[track_errors(report = "boundary")]
fn swallows(count: u32) -> Result<(), String> {
    for number in 0..count {
        match number % 10 {
            9 => assert!(expected().is_err()),
            _ => assert!(fail_limited(number).is_err()),
        }
    }
    Ok(())
}

fn say_counters() {
    let counters = counters();
    let [logged, handled, suppressed] = [counters.logged, counters.handled, counters.suppressed];
    let [expected, dropped] = [counters.expected, counters.dropped];
    say(&format!("{logged} {handled} {suppressed} {expected} {dropped}"));
}

/// An error with a text of eight kilobytes in each scope, until there are 32 MiB; then all scopes are
/// dropped.
fn more_than_a_process_holds() {
    const SCOPES: u64 = 4096;
    let builder = track_errors::builder().overflow(Overflow::Block).output(Output::None);
    builder.backtrace(BacktraceMode::Trail).rate_limit(RateLimit::Off).init();
    let long = "x".repeat(8 * 1024);
    let mut scopes = Vec::new();
    for number in 0..SCOPES {
        let mut scope = Box::pin(holds_for_ever(&long, None));
        assert!(poll_once(scope.as_mut()).is_pending());
        scopes.push(scope);
        if counters().logged == 0 {
            assert!(number < 16 * 1024 * 1024 / 8192, "so many do not fit");
        }
    }
    let logged = counters().logged;
    assert!((SCOPES / 2..SCOPES * 2 / 3).contains(&logged), "{logged}");
    drop(scopes);
    assert_eq!(counters().logged, SCOPES);
    flush();
}

/// A boundary that returns its error or handles it.
#[track_errors(report = "boundary")]
fn job(text: &str, returns: bool) -> Result<(), String> {
    let result = fail(text);
    say(&format!("failed {text}"));
    if returns { result } else { Ok(()) }
}

/// The same outside any boundary: its error is logged where it fails.
fn origin(text: &str, _: bool) -> Result<(), String> {
    let result = fail(text);
    say(&format!("failed {text}"));
    result
}

/// Eight threads run jobs in an endless loop. The program exits after as many jobs as the second argument
/// says.
fn threads_run_while_main_exits(job: fn(&str, bool) -> Result<(), String>) {
    static RETURNED: AtomicUsize = AtomicUsize::new(0);
    init();
    let jobs = std::env::args().nth(2).and_then(|jobs| jobs.parse().ok()).expect("a number");
    let main = thread::current();
    for thread in 0..8 {
        let main = main.clone();
        thread::spawn(move || {
            for number in 0_u64.. {
                let returns = number.is_multiple_of(2);
                let how = if returns { "returned" } else { "handled" };
                drop(job(&format!("<{thread}.{number}> is {how}"), returns));
                RETURNED.fetch_add(1, Ordering::Release);
                main.unpark();
            }
        });
    }
    while RETURNED.load(Ordering::Acquire) < jobs {
        thread::park();
    }
    std::process::exit(0);
}

/// Panics when it must write, as a sink and as a logger.
struct Panics;

impl Sink for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        panic!("the sink panics");
    }
}

impl DebugLogger for Panics {
    fn debug(&self, _: &str) {
        panic!("the logger panics");
    }

    fn error(&self, _: &str) {
        panic!("the logger panics");
    }
}

/// A signal kills a process that hangs.
#[cfg(unix)]
fn die_if_it_hangs() {
    // SAFETY: it sets a timer, which ends the process.
    unsafe { libc::alarm(15) };
}
