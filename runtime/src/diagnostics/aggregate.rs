//! `aggregate`: writes repeated failures once a minute, with the number of skipped ones.
//!
//! In: failures of this crate, each from a place in the source. Out: the first failure at once (the Go tracer
//! waits a minute; here an engineer may wait for it). Then, once per `DD_LOGGING_RATE`, the next one, with
//! the number of skipped ones. The end of the program writes skipped failures that no other followed. Bounded
//! by the number of places in this crate that can fail. Source: Datadog, "Tracer Debug Logs", section "Review
//! debug logs", "Go".

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant, SystemTime};

use super::layout;

/// The failures of the process.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<Known>);

/// One failure.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Appended to the message, and added up: the lines of a failed batch.
    pub(super) count: Option<usize>,
}

#[derive(Debug)]
struct Known {
    place: &'static Location<'static>,
    written: Instant,
    skipped: Option<Skipped>,
}

/// The failures since the last written line.
#[derive(Debug)]
struct Skipped {
    number: u64,
    first: SystemTime,
    /// With the sum of all counts.
    last: Failure,
}

impl Failures {
    /// Records a failure. Returns its message with the number of skipped ones, unless a line from the same
    /// place is younger than `rate`.
    pub(super) fn happens(
        &mut self,
        place: &'static Location<'static>,
        rate: Duration,
        now: Instant,
        mut failure: Failure,
    ) -> Option<String> {
        let Some(known) = self.0.iter_mut().find(|known| known.place == place) else {
            self.0.push(Known { place, written: now, skipped: None });
            return Some(failure.to_string());
        };
        let (mut number, mut first) = (0, SystemTime::now());
        if let Some(skipped) = known.skipped.take() {
            let counts = failure.count.zip(skipped.last.count);
            failure.count = counts.map(|(own, others)| own.saturating_add(others));
            (number, first) = (skipped.number, skipped.first);
        }
        if now.saturating_duration_since(known.written) >= rate {
            known.written = now;
            return Some(with_skipped(&failure, number, first));
        }
        known.skipped = Some(Skipped { number: number + 1, first, last: failure });
        None
    }

    /// Takes the unwritten skipped failures, one per place: the last represents all.
    pub(super) fn take(&mut self) -> Vec<(&'static Location<'static>, String)> {
        let all = self.0.iter_mut();
        all.filter_map(|known| {
            let Skipped { number, first, last } = known.skipped.take()?;
            Some((known.place, with_skipped(&last, number - 1, first)))
        })
        .collect()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.count.map_or(Ok(()), |count| write!(f, ": {count}"))
    }
}

/// The message of a failure, with the number of skipped ones.
fn with_skipped(failure: &Failure, number: u64, first: SystemTime) -> String {
    if number == 0 {
        return failure.to_string();
    }
    let first = layout::time(first);
    let plural = if number == 1 { "" } else { "s" };
    format!(
        "{failure}, {number} additional message{plural} skipped (first occurrence: {first} UTC)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn failure(message: impl fmt::Display) -> Failure {
        Failure { message: message.to_string(), count: None }
    }

    #[test]
    fn the_first_failure_is_written_at_once_and_then_one_a_minute_with_the_number_of_the_others() {
        let (mut failures, place, start) =
            (Failures::default(), Location::caller(), Instant::now());
        let mut at = |second: u64| {
            let now = start + Duration::from_secs(second);
            failures.happens(place, MINUTE, now, failure(format_args!("at {second}")))
        };
        assert_eq!(at(0).as_deref(), Some("at 0"));
        assert_eq!((at(1), at(30), at(59)), (None, None, None));
        let message = at(60).expect("a minute later");
        let beginning = "at 60, 3 additional messages skipped (first occurrence: 2";
        assert!(message.starts_with(beginning), "{message}");
        assert!(message.ends_with(" UTC)"), "{message}");
        assert_eq!(at(61), None);
        assert!(
            at(121)
                .is_some_and(|message| message.starts_with("at 121, 1 additional message skipped"))
        );
        assert_eq!(at(200).as_deref(), Some("at 200"));
    }

    #[test]
    fn counts_of_skipped_failures_are_added_up() {
        let (mut failures, place, start) =
            (Failures::default(), Location::caller(), Instant::now());
        let mut at = |second: u64, lines: usize| {
            let now = start + Duration::from_secs(second);
            let failure = Failure { message: "lost".to_owned(), count: Some(lines) };
            failures.happens(place, MINUTE, now, failure)
        };
        assert_eq!(at(0, 7).as_deref(), Some("lost: 7"));
        assert_eq!((at(1, 10), at(2, 200)), (None, None));
        let message = at(60, 1).expect("a minute later");
        assert!(message.starts_with("lost: 211, 2 additional messages skipped"), "{message}");
        assert_eq!((at(61, 3), at(62, 4)), (None, None));
        let left = failures.take();
        assert!(left[0].1.starts_with("lost: 7, 1 additional message skipped"), "{left:?}");
    }

    #[test]
    fn failures_from_two_places_are_two() {
        let (mut failures, now) = (Failures::default(), Instant::now());
        let (one, two) = (Location::caller(), Location::caller());
        for place in [one, two] {
            assert!(failures.happens(place, MINUTE, now, failure("x")).is_some());
            assert!(failures.happens(place, MINUTE, now, failure("x")).is_none());
        }
    }

    #[test]
    fn with_a_rate_of_zero_each_failure_is_written() {
        let (mut failures, place, now) = (Failures::default(), Location::caller(), Instant::now());
        for _ in 0..3 {
            let message = failures.happens(place, Duration::ZERO, now, failure("x"));
            assert_eq!(message.as_deref(), Some("x"));
        }
    }

    #[test]
    fn failures_that_are_left_at_the_end_are_taken_once() {
        let (mut failures, place, now) = (Failures::default(), Location::caller(), Instant::now());
        for number in 0..4 {
            failures.happens(place, MINUTE, now, failure(format_args!("number {number}")));
        }
        let left = failures.take();
        assert_eq!(left.len(), 1);
        let message = &left[0].1;
        assert!(message.starts_with("number 3, 2 additional messages skipped"), "{message}");
        assert!(failures.take().is_empty());
    }
}
