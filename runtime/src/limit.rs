//! How many errors a second one function may log, and what was held back.
//!
//! Asked after an error has been recognised as new, and before anything costly: the stack is not
//! taken for an error that is not logged. Every error that is held back is counted, by reason;
//! the next line of the same function takes the counts along, and a flush writes those that are
//! left. Cost: two atomic operations. Never blocks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use crate::config::RateLimit;
use crate::site::Site;

/// The limiter of one function.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// When the bucket would be full again, in nanoseconds of [`now`].
    full_at: AtomicU64,
    suppressed: AtomicU64,
    dropped: AtomicU64,
    /// Whether the site is in the list of [`with_counts`].
    listed: AtomicBool,
}

/// Errors of one function that were not logged, since the last line that said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HeldBack {
    /// By the limiter.
    pub(crate) suppressed: u64,
    /// Because the queue was full, or because no sink took the line.
    pub(crate) dropped: u64,
}

impl HeldBack {
    pub(crate) fn is_empty(self) -> bool {
        self == HeldBack::default()
    }
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Limiter {
            full_at: AtomicU64::new(0),
            suppressed: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            listed: AtomicBool::new(false),
        }
    }

    /// Takes a token out of the bucket, if there is one.
    pub(crate) fn admits(&self, limit: RateLimit) -> bool {
        match limit {
            RateLimit::Off => true,
            RateLimit::PerSecond(rate) => self.admits_at(now(), rate.get()),
        }
    }

    /// A token bucket that holds what two seconds bring, kept as one number: the time at which it
    /// is full again (the "generic cell rate algorithm").
    fn admits_at(&self, now: u64, per_second: u32) -> bool {
        let interval = 1_000_000_000 / u64::from(per_second);
        let burst = 2 * u64::from(per_second);
        // No other memory hangs on this number.
        self.full_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                let full_at = full_at.max(now) + interval;
                (full_at - now <= burst * interval).then_some(full_at)
            })
            .is_ok()
    }
}

/// Nanoseconds since the first error of the process. Saturates after 584 years.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Sites that ever held something back.
static LISTED: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

impl Site {
    /// Counts an error that is not logged.
    pub(crate) fn hold_back(&'static self, held: HeldBack) {
        if held.is_empty() {
            return;
        }
        let limiter = &self.limiter;
        limiter.suppressed.fetch_add(held.suppressed, Ordering::Relaxed);
        limiter.dropped.fetch_add(held.dropped, Ordering::Relaxed);
        // The list is locked after the counts are in, so whoever reads it finds them.
        if !limiter.listed.swap(true, Ordering::AcqRel) {
            LISTED.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        }
    }

    /// What was held back since this was last asked. Whoever takes it has to log it, or to give
    /// it back.
    pub(crate) fn take_held_back(&self) -> HeldBack {
        let take = |counter: &AtomicU64| {
            if counter.load(Ordering::Relaxed) == 0 {
                0
            } else {
                counter.swap(0, Ordering::Relaxed)
            }
        };
        HeldBack {
            suppressed: take(&self.limiter.suppressed),
            dropped: take(&self.limiter.dropped),
        }
    }
}

/// Takes what is held back of all sites, for the last lines of a flush.
pub(crate) fn take_all() -> Vec<(&'static Site, HeldBack)> {
    let listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    let all = listed.iter().map(|site| (*site, site.take_held_back()));
    all.filter(|(_, held)| !held.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn admitted(limiter: &Limiter, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| limiter.admits_at(now, 100)).count()
    }

    #[test]
    fn a_burst_of_two_seconds_is_admitted_at_once_and_then_one_for_every_interval() {
        let limiter = Limiter::new();
        assert_eq!(admitted(&limiter, SECOND, 1000), 200);
        assert_eq!(admitted(&limiter, SECOND + SECOND / 100, 10), 1);
        assert_eq!(admitted(&limiter, 2 * SECOND, 1000), 99);
    }

    #[test]
    fn after_a_pause_the_burst_is_there_again_and_not_more() {
        let limiter = Limiter::new();
        admitted(&limiter, SECOND, 1000);
        assert_eq!(admitted(&limiter, 3600 * SECOND, 1000), 200);
    }

    #[test]
    fn what_is_held_back_is_taken_once() {
        static SITE: Site = Site::new("limit", 0, || ());
        SITE.hold_back(HeldBack { suppressed: 2, dropped: 0 });
        SITE.hold_back(HeldBack { suppressed: 1, dropped: 5 });
        fn mine((site, _): &(&'static Site, HeldBack)) -> bool {
            std::ptr::eq(*site, &raw const SITE)
        }
        let all = take_all();
        let held = all.into_iter().find(mine).map(|(_, held)| held);
        assert_eq!(held, Some(HeldBack { suppressed: 3, dropped: 5 }));
        assert!(!take_all().iter().any(mine));
    }
}
