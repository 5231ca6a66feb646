//! When to offer a batch again to a destination that is away.
//!
//! The pause doubles from 100 ms to 5 s, and begins anew after a time without failures. Each pause is a random half to
//! whole of that, so that many programs do not all come back to a receiver at the same moment.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The failures of a destination that is, or was, away.
#[derive(Debug)]
pub(super) struct Away {
    /// When it failed for the first time since it took a batch.
    pub(super) since: Instant,
    failed: Instant,
    pause: Duration,
    /// When to try again; `None` once it takes batches again.
    again: Option<Instant>,
}

impl Away {
    /// After a failure. `before`: what was known of the destination.
    pub(super) fn after_failure(before: Option<Away>, now: Instant) -> Self {
        let longer = |before: &Away| LONGEST_PAUSE.min(2 * before.pause);
        let (since, pause) = match before {
            Some(before) if before.again.is_some() => (before.since, longer(&before)),
            Some(before) if now.saturating_duration_since(before.failed) <= 4 * before.pause => {
                (now, longer(&before))
            }
            _ => (now, FIRST_PAUSE),
        };
        // The keys of a `RandomState` are random.
        let random = RandomState::new().build_hasher().finish() % 1024;
        let jittered = pause / 2 + pause.mul_f64(random as f64 / 2048.0);
        Away { since, failed: now, pause, again: Some(now + jittered) }
    }

    /// It takes batches again. Returns whether it did not before.
    pub(super) fn is_back(&mut self) -> bool {
        self.again.take().is_some()
    }

    /// When to try again, and when if a flush waits; `None` if the destination is not away.
    pub(super) fn again(&self) -> Option<(Instant, Instant)> {
        Some((self.again?, self.failed + FIRST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause_after(away: &Away, now: Instant) -> Duration {
        away.again().expect("it is away").0 - now
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_a_random_half_to_whole_of_that() {
        let mut now = Instant::now();
        let mut away = None;
        for longest in [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
            let failed = Away::after_failure(away, now);
            let pause = pause_after(&failed, now);
            let longest = Duration::from_millis(longest);
            assert!((longest / 2..=longest).contains(&pause), "{pause:?} of {longest:?}");
            now += pause;
            away = Some(failed);
        }
        let some: Vec<_> =
            (0..8).map(|_| pause_after(&Away::after_failure(None, now), now)).collect();
        assert!(some.iter().any(|pause| *pause != some[0]), "{some:?}");
    }

    #[test]
    fn a_destination_that_is_back_for_a_moment_only_does_not_begin_with_short_pauses_again() {
        let begin = Instant::now();
        let mut away = Away::after_failure(None, begin);
        assert!(away.is_back() && !away.is_back());
        assert_eq!(away.again(), None);
        let soon = Away::after_failure(Some(away), begin + 3 * FIRST_PAUSE);
        assert_eq!(soon.pause, 2 * FIRST_PAUSE);
        assert_eq!(soon.since, begin + 3 * FIRST_PAUSE, "it was back before");
        let mut soon = soon;
        assert!(soon.is_back());
        let later = Away::after_failure(Some(soon), begin + 60 * FIRST_PAUSE);
        assert_eq!(later.pause, FIRST_PAUSE);
    }
}
