//! Errors that are accounted for: each has a number of its own in its message, and the program counts them itself.
//!
//! Each round fails once in each way: logged, suppressed by a limit, expected, handled in silence, handled aloud,
//! and returned by a boundary.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use track_errors::{Counters, track_errors};

/// Errors of this process.
static HAPPENED: AtomicU64 = AtomicU64::new(0);
/// The number of the next error.
static NUMBER: AtomicU64 = AtomicU64::new(0);
/// The counters of the parent when it forked this process.
static INHERITED: Mutex<Option<Counters>> = Mutex::new(None);

#[track_errors(service = "faults", rate_limit = "off")]
fn plain(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "faults", rate_limit = 5)]
fn limited(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "faults", when = |_| false)]
fn expected(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "faults", report = "boundary")]
fn handles(number: u64) -> Result<(), String> {
    assert!(plain(number).is_err());
    Ok(())
}

#[track_errors(service = "faults", report = "boundary", handled = "warn")]
fn handles_aloud(number: u64) -> Result<(), String> {
    assert!(plain(number).is_err());
    Ok(())
}

#[track_errors(service = "faults", report = "boundary")]
fn returns(number: u64) -> Result<(), String> {
    plain(number)
}

/// What fails with a number; `bool` is whether it returns the error.
type Way = (fn(u64) -> Result<(), String>, bool);

const WAYS: [Way; 6] = [
    (plain, true),
    (limited, true),
    (expected, true),
    (handles, false),
    (handles_aloud, false),
    (returns, true),
];

/// Fails once in each way.
pub(crate) fn round() {
    for (fail, is_returned) in WAYS {
        let result = fail(NUMBER.fetch_add(1, Ordering::Relaxed));
        // After it: an error that a killed process did not count may be logged, and no other way round.
        HAPPENED.fetch_add(1, Ordering::Relaxed);
        assert_eq!(result.is_err(), is_returned);
    }
}

/// Logs one error; returns its number.
pub(crate) fn fail_once() -> u64 {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    assert!(plain(number).is_err());
    HAPPENED.fetch_add(1, Ordering::Relaxed);
    number
}

/// So many threads, each with so many rounds.
pub(crate) fn fail(threads: u64, rounds: u64) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..rounds).for_each(|_| round()));
        }
    });
}

/// The number of the next error.
pub(crate) fn count_from(number: u64) {
    NUMBER.store(number, Ordering::Relaxed);
}

/// Begins a new account, in a forked child.
pub(crate) fn begin_anew() {
    *INHERITED.lock().expect("no panic") = Some(track_errors::counters());
    HAPPENED.store(0, Ordering::Relaxed);
}

/// What happened in this process, and what the counters say.
pub(crate) fn report() -> String {
    let inherited = INHERITED.lock().expect("no panic").unwrap_or_default();
    let counters = track_errors::counters();
    let of = |count: fn(&Counters) -> u64| count(&counters) - count(&inherited);
    format!(
        "report {} {} {} {} {} {} {} {}\n",
        HAPPENED.load(Ordering::Relaxed),
        of(|counters| counters.logged),
        of(|counters| counters.repeated),
        of(|counters| counters.handled),
        of(|counters| counters.expected),
        of(|counters| counters.suppressed),
        of(|counters| counters.dropped),
        of(|counters| counters.filtered),
    )
}
