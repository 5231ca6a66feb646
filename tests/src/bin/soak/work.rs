//! The program that fails: eight threads, paced, and bursts at the driver's command. It says at its end what happened.

use std::io::{self, Write as _};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::functions::{
    FUNCTIONS, Planned, REPEATED, climbs, handles, handles_aloud, returns, returns_the_third,
};
use super::report::{Counts, Report};

pub(crate) const THREADS: u64 = 8;
/// How many errors a thread makes between two looks at the clock.
const AT_ONCE: u64 = 12;

/// One write.
fn answer(text: &str) {
    io::stdout().write_all(text.as_bytes()).expect("the driver listens");
}

/// Makes this many errors in `seconds`, and what the commands want. Commands: `burst`, with how many errors, and `end`.
pub(crate) fn run(errors: u64, seconds: f64) {
    // SAFETY: `atexit` only keeps the pointer to a function of this program. It runs after the handler of the
    // crate, which registers later.
    assert_eq!(unsafe { libc::atexit(report) }, 0);
    let begin = Instant::now();
    let work = move |thread: u64| {
        let share = errors / THREADS + u64::from(thread < errors % THREADS);
        let mut made = 0;
        while made < share {
            let due = Duration::from_secs_f64(seconds * made as f64 / share as f64);
            thread::sleep(due.saturating_sub(begin.elapsed()));
            // All numbers are different.
            let number = |at: u64| (made + at) * THREADS + thread;
            if share - made >= AT_ONCE {
                make(|at| Planned::new(number(at)));
                made += AT_ONCE;
            } else {
                assert!(Planned::new(number(0)).make().is_err());
                made += 1;
            }
        }
    };
    let threads: Vec<_> = (0..THREADS).map(|at| thread::spawn(move || work(at))).collect();
    let mut threads = Some(threads);
    let mut next = errors;
    for command in io::stdin().lines() {
        let command = command.expect("UTF-8");
        match command.split_once(' ') {
            Some(("burst", count)) => {
                let end = next + count.parse::<u64>().expect("a number");
                for number in next..end {
                    assert!(Planned::unlimited(number).make().is_err());
                }
                next = end;
            }
            _ => {
                for thread in threads.take().into_iter().flatten() {
                    thread.join().expect("no panic");
                }
            }
        }
        answer("done\n");
    }
}

/// Makes [`AT_ONCE`] errors, half of them inside boundaries.
fn make(planned: impl Fn(u64) -> Planned) {
    for at in 0..3 {
        assert!(planned(at).make().is_err());
        assert!(climbs(planned(3 + at)).is_err());
    }
    assert!(handles(planned(6)).is_ok());
    assert!(handles_aloud(planned(7)).is_ok());
    assert!(returns(planned(8)).is_err());
    assert!(returns_the_third([planned(9), planned(10), planned(11)]).is_err());
}

/// What happened, and what the crate counts.
extern "C" fn report() {
    let functions = FUNCTIONS.iter().map(|function| {
        let counts = Counts {
            made: function.made.load(Ordering::Relaxed),
            expected: function.expected.load(Ordering::Relaxed),
            handled: function.handled.load(Ordering::Relaxed),
        };
        (function.name.to_owned(), counts)
    });
    let report = Report {
        functions: functions.collect(),
        repeated: REPEATED.load(Ordering::Relaxed),
        counters: track_errors::counters().into(),
    };
    answer(&format!(
        "{}\n",
        serde_json::to_string(&report).expect("it has no maps with other keys")
    ));
}
