//! A program that logs errors for a receiver. For each number on stdin, four threads fail so many times each, and it
//! writes number and id of every error to stdout. For `flush` it waits until the receiver's system has all lines, or for
//! a second. Then it writes `done`. It ends when stdin does.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use track_errors::{ErrorId, Overflow, RateLimit, track_errors};

/// Fields of a request.
const NAMES: [&str; 4] = ["header", "query", "body", "user"];

thread_local! {
    /// How many fields the request of this thread has.
    static REQUEST: Cell<usize> = const { Cell::new(0) };
}

/// A line needs two bytes for each of its characters.
fn text() -> String {
    "\"".repeat(2000)
}

/// A failure with all that makes a line long: its text is the message, and that of four causes.
#[derive(Debug)]
struct Failure {
    message: String,
    source: Option<Box<Failure>>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[track_errors(service = "checkout")]
fn short(number: u64) -> Result<(), Failure> {
    let message = format!("{number}: größer als 5 €, 数字, 🦀\u{2028}\t\"\\\u{7f} <14>\nline 2");
    Err(Failure { message, source: None })
}

#[track_errors(
    service = "checkout",
    fingerprint = |failure: &Failure| failure.message.clone(),
    fields(a = text, b = text, c = text, d = text, e = text, f = text, g = text, h = text)
)]
fn long(number: u64, text: &str) -> Result<(), Failure> {
    let caused_by = |source| Some(Box::new(Failure { message: text.to_owned(), source }));
    let source = (0..4).fold(None, |source, _| caused_by(source));
    Err(Failure { message: format!("{number}: {}", text.repeat(4)), source })
}

/// Of 50 errors, one has a line of over 64 KiB.
fn fail(number: u64) -> Failure {
    let is_long = number.is_multiple_of(50);
    REQUEST.set(if is_long { NAMES.len() } else { 0 });
    let failed = if is_long { long(number, &text()) } else { short(number) };
    failed.expect_err("it always fails")
}

fn main() {
    // A caller waits for room in the queue, so that a test may have as many errors as it likes.
    let settings = track_errors::builder().rate_limit(RateLimit::Off).overflow(Overflow::Block);
    settings
        .context(|context| (0..REQUEST.get()).for_each(|n| context.field(NAMES[n], text())))
        .init();
    let next = AtomicU64::new(0);
    for line in io::stdin().lock().lines() {
        let line = line.expect("UTF-8");
        if line == "flush" {
            track_errors::flush(Duration::from_secs(1));
            println!("done");
            continue;
        }
        let count: u64 = line.parse().expect("a number");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..count {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let id = ErrorId::of(&fail(number)).expect("it is logged");
                        println!("{number} {id}");
                    }
                });
            }
        });
        println!("done");
    }
}
