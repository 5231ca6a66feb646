//! `aggregate`: the same failure is said once in a while, and then with how often it happened.
//!
//! In: failures of this crate's own, each from a place in the source. Out: the first of them at once;
//! then, once in the time of `DD_LOGGING_RATE`, the next with the number of those that were skipped.
//! What was skipped and never followed by another is said at the end of the program. Bounded by the
//! number of places in this crate that can fail. Source: Datadog, "Tracer Debug Logs", section
//! "Review debug logs", "Go".

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant, SystemTime};

use super::layout;

/// The failures of one log.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<Failure>);

#[derive(Debug)]
struct Failure {
    place: &'static Location<'static>,
    written: Instant,
    skipped: Option<Skipped>,
}

/// What was not written of one failure.
#[derive(Debug)]
pub(super) struct Skipped {
    count: u64,
    first: SystemTime,
    /// As the last of them said it.
    message: String,
}

/// What to do about a failure that happens now.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Write it, with what was skipped before.
    Write(Option<Skipped>),
    Skip,
}

impl Failures {
    /// A failure happens; it is written no more often than once in `rate`.
    pub(super) fn happens(
        &mut self,
        place: &'static Location<'static>,
        rate: Duration,
        now: Instant,
        message: &dyn fmt::Display,
    ) -> Verdict {
        let Some(known) = self.0.iter_mut().find(|known| known.place == place) else {
            self.0.push(Failure { place, written: now, skipped: None });
            return Verdict::Write(None);
        };
        if now.saturating_duration_since(known.written) >= rate {
            known.written = now;
            return Verdict::Write(known.skipped.take());
        }
        let skipped = known.skipped.get_or_insert_with(|| Skipped {
            count: 0,
            first: SystemTime::now(),
            message: String::new(),
        });
        skipped.count += 1;
        skipped.message = crate::describe::written(1024, |out| {
            use fmt::Write as _;
            write!(out, "{message}")
        });
        Verdict::Skip
    }

    /// What was skipped and not said yet.
    pub(super) fn take(&mut self) -> Vec<(&'static Location<'static>, Skipped)> {
        let all = self.0.iter_mut();
        all.filter_map(|known| Some((known.place, known.skipped.take()?))).collect()
    }
}

impl Skipped {
    /// The last of them, in place of all.
    pub(super) fn message(&self) -> String {
        let others = Skipped { count: self.count - 1, first: self.first, message: String::new() };
        if others.count == 0 { self.message.clone() } else { format!("{}{others}", self.message) }
    }
}

/// What stands behind the message of the next.
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = layout::time(self.first);
        write!(f, ", {} additional messages skipped (first occurrence: {first} UTC)", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn written(verdict: Verdict) -> Option<String> {
        match verdict {
            Verdict::Write(skipped) => Some(skipped.map_or_else(String::new, |s| s.to_string())),
            Verdict::Skip => None,
        }
    }

    #[test]
    fn a_failure_is_written_at_once_and_then_once_a_minute_with_the_number_of_the_others() {
        let (mut failures, place, start) =
            (Failures::default(), Location::caller(), Instant::now());
        let mut at = |second: u64| {
            let now = start + Duration::from_secs(second);
            written(failures.happens(place, MINUTE, now, &format_args!("at {second}")))
        };
        assert_eq!(at(0).as_deref(), Some(""));
        assert_eq!((at(1), at(30), at(59)), (None, None, None));
        let said = at(60).expect("a minute later");
        assert!(said.starts_with(", 3 additional messages skipped (first occurrence: 2"), "{said}");
        assert!(said.ends_with(" UTC)"), "{said}");
        assert_eq!(at(61), None);
        assert!(at(121).is_some_and(|said| said.starts_with(", 1 additional")));
        assert_eq!(at(200).as_deref(), Some(""));
    }

    #[test]
    fn another_failure_is_another() {
        let (mut failures, now) = (Failures::default(), Instant::now());
        let (one, two) = (Location::caller(), Location::caller());
        for place in [one, two] {
            assert!(written(failures.happens(place, MINUTE, now, &"x")).is_some());
            assert!(written(failures.happens(place, MINUTE, now, &"x")).is_none());
        }
    }

    #[test]
    fn with_a_rate_of_zero_each_is_written() {
        let (mut failures, place, now) = (Failures::default(), Location::caller(), Instant::now());
        for _ in 0..3 {
            let verdict = failures.happens(place, Duration::ZERO, now, &"x");
            assert_eq!(written(verdict).as_deref(), Some(""));
        }
    }

    #[test]
    fn what_was_skipped_at_the_end_is_taken_once() {
        let (mut failures, place, now) = (Failures::default(), Location::caller(), Instant::now());
        for number in 0..4 {
            failures.happens(place, MINUTE, now, &format_args!("number {number}"));
        }
        let left = failures.take();
        assert_eq!(left.len(), 1);
        let message = left[0].1.message();
        assert!(message.starts_with("number 3, 2 additional messages skipped"), "{message}");
        assert!(failures.take().is_empty());
    }
}
