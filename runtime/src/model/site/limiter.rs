//! How many errors a second a function may log, by kind, and what is not logged.
//!
//! The limiter decides after an error has been recognised as new, and before anything costly: its text
//! is not formatted and its stack is not taken if it is not logged. Each kind of a function has a budget
//! of its own, so that a flood of one does not hide another; so have errors of level critical and above,
//! and those that a boundary handled. Every error that is not logged is counted, by reason and kind; the
//! next line of the function takes the counts along, and a flush writes those that are left.
//!
//! Cost: a hash, a clock, two atomic operations. Never blocks; no lock that a fork could leave closed.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::base::hash::hash_text;
use crate::model::{Level, RateLimit, Site};

/// Kinds of a function that have a budget of their own; those beyond share one a class.
const KINDS: usize = 8;

/// What tells the budgets of a function apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KindKey {
    hash: u64,
    class: Class,
}

/// What an error is for the limiter, besides its kind; each has budgets of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Ordinary,
    /// Level critical and above.
    Critical,
    /// Handled by a boundary that logs what it handles.
    Handled,
}

const CLASSES: usize = 3;

impl Class {
    /// That of an error of this level.
    pub(crate) fn of(level: Level) -> Self {
        if level >= Level::Critical { Class::Critical } else { Class::Ordinary }
    }
}

impl KindKey {
    pub(crate) fn new(type_name: &str, discriminant: u64) -> Self {
        KindKey { hash: hash_text(discriminant, type_name), class: Class::Ordinary }
    }

    pub(crate) fn of_class(self, class: Class) -> Self {
        KindKey { class, ..self }
    }

    /// The key of a slot; zero is that of a slot that is free.
    fn of_slot(self) -> u64 {
        (self.hash ^ self.class as u64).max(1)
    }
}

/// The limiter of one function: null until an error leaves it, then never freed.
#[derive(Debug)]
pub(crate) struct Limiter(AtomicPtr<Slots>);

#[derive(Debug)]
struct Slots {
    site: &'static Site,
    /// The one that was made before this one, of another function.
    next: AtomicPtr<Slots>,
    kinds: [Slot; KINDS],
    /// For the kinds beyond, one a class.
    others: [Slot; CLASSES],
}

/// The budget and the counts of one kind.
#[derive(Debug, Default)]
struct Slot {
    key: AtomicU64,
    /// When the bucket would be full again, in nanoseconds of [`now`].
    full_at: AtomicU64,
    /// The kind by name; null until something is counted, and where several kinds share the slot. Never
    /// freed.
    name: AtomicPtr<String>,
    suppressed: AtomicU64,
    dropped: AtomicU64,
    handled: AtomicU64,
}

/// Errors that were not logged since the last line that said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LossCounts {
    /// By the limiter.
    pub(crate) suppressed: u64,
    /// Because the queue was full, or because no sink took the line.
    pub(crate) dropped: u64,
    /// By a boundary.
    pub(crate) handled: u64,
}

impl LossCounts {
    pub(crate) const SUPPRESSED: LossCounts = LossCounts { suppressed: 1, dropped: 0, handled: 0 };
    pub(crate) const DROPPED: LossCounts = LossCounts { suppressed: 0, dropped: 1, handled: 0 };
    pub(crate) const HANDLED: LossCounts = LossCounts { suppressed: 0, dropped: 0, handled: 1 };

    pub(crate) fn sum(self) -> u64 {
        self.suppressed + self.dropped + self.handled
    }

    fn add(&mut self, other: LossCounts) {
        self.suppressed += other.suppressed;
        self.dropped += other.dropped;
        self.handled += other.handled;
    }
}

/// What a function did not log, by kind. A caller that takes it logs it or gives it back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Vec<KindLosses>);

#[derive(Debug, Clone)]
struct KindLosses {
    slot: usize,
    kind: &'static str,
    counts: LossCounts,
}

impl Losses {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn total(&self) -> LossCounts {
        let mut total = LossCounts::default();
        self.0.iter().for_each(|kind| total.add(kind.counts));
        total
    }

    /// The kinds with their numbers, the most frequent first: `shop::PayError::Declined (12)`.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.0.iter().map(|kind| (kind.counts.sum(), kind.kind)).collect();
        kinds.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        kinds.iter().map(|(number, kind)| format!("{kind} ({number})")).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Limiter(AtomicPtr::new(ptr::null_mut()))
    }

    fn slots(&self) -> Option<&'static Slots> {
        // Acquire: a thread that sees the pointer sees what it points to.
        let slots = self.0.load(Ordering::Acquire);
        // SAFETY: null, or from `Box::leak` in `Site::slots`; never freed, changed by atomics only.
        unsafe { slots.as_ref() }
    }
}

/// The list of all slots, the newest first. Without a lock: a fork may come at any time.
static LISTED: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

fn all() -> impl Iterator<Item = &'static Slots> {
    // SAFETY: as in `Limiter::slots`.
    let at = |pointer: &AtomicPtr<Slots>| unsafe { pointer.load(Ordering::Acquire).as_ref() };
    std::iter::successors(at(&LISTED), move |slots| at(&slots.next))
}

impl Site {
    fn slots(&'static self) -> &'static Slots {
        if let Some(slots) = self.limiter.slots() {
            return slots;
        }
        let new = Box::into_raw(Box::new(Slots {
            site: self,
            next: AtomicPtr::default(),
            kinds: Default::default(),
            others: Default::default(),
        }));
        let null = ptr::null_mut();
        let made = self.limiter.0.compare_exchange(null, new, Ordering::AcqRel, Ordering::Acquire);
        if let Err(others) = made {
            // SAFETY: `new` comes from `Box::into_raw` above and was not published; `others` is what
            // another thread published here.
            return unsafe {
                drop(Box::from_raw(new));
                &*others
            };
        }
        // SAFETY: published above, so it is never freed.
        let slots: &'static Slots = unsafe { &*new };
        let mut first = LISTED.load(Ordering::Relaxed);
        loop {
            slots.next.store(first, Ordering::Relaxed);
            // Release: a reader of the list sees `next`.
            match LISTED.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return slots,
                Err(other) => first = other,
            }
        }
    }

    /// Whether an error of this kind may be logged now; takes a token out of its bucket.
    pub(crate) fn admits(&'static self, kind: KindKey, limit: RateLimit) -> bool {
        match limit {
            RateLimit::Off => true,
            RateLimit::PerSecond(rate) => self.slots().of(kind).admits(now(), rate.get()),
        }
    }

    /// Counts an error that is not logged. `name` names its kind, where that has no name yet.
    pub(crate) fn count(
        &'static self,
        kind: KindKey,
        counts: LossCounts,
        name: impl FnOnce() -> String,
    ) {
        let slots = self.slots();
        let slot = slots.of(kind);
        let is_shared = slots.others.iter().any(|other| ptr::eq(other, slot));
        if !is_shared && slot.name.load(Ordering::Acquire).is_null() {
            let new = Box::into_raw(Box::new(name()));
            let null = ptr::null_mut();
            if slot.name.compare_exchange(null, new, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                // SAFETY: `new` comes from `Box::into_raw` above and was not published.
                drop(unsafe { Box::from_raw(new) });
            }
        }
        slot.add(counts);
    }

    /// What was not logged since this was last asked.
    pub(crate) fn take_losses(&'static self) -> Losses {
        self.limiter.slots().map(Slots::take).unwrap_or_default()
    }

    /// What was taken was not logged after all.
    pub(crate) fn give_back(&'static self, losses: &Losses) {
        for KindLosses { slot, counts, .. } in &losses.0 {
            let slots = self.slots();
            if let Some(slot) = slots.all().nth(*slot) {
                slot.add(*counts);
            }
        }
    }
}

impl Slots {
    fn of(&self, kind: KindKey) -> &Slot {
        let key = kind.of_slot();
        for slot in &self.kinds {
            // Relaxed: a key, once set, stays, and no other memory hangs on it.
            let found = match slot.key.load(Ordering::Relaxed) {
                0 => slot
                    .key
                    .compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed)
                    .err()
                    .unwrap_or(key),
                found => found,
            };
            if found == key {
                return slot;
            }
        }
        &self.others[kind.class as usize]
    }

    fn all(&self) -> impl Iterator<Item = &Slot> {
        self.kinds.iter().chain(&self.others)
    }

    fn take(&self) -> Losses {
        Losses(self.all().enumerate().filter_map(|(at, slot)| slot.take(at)).collect())
    }
}

impl Slot {
    /// A token bucket that holds what two seconds bring, kept as one number: the time at which it
    /// is full again (the "generic cell rate algorithm").
    fn admits(&self, now: u64, per_second: u32) -> bool {
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

    fn add(&self, counts: LossCounts) {
        for (counter, number) in [
            (&self.suppressed, counts.suppressed),
            (&self.dropped, counts.dropped),
            (&self.handled, counts.handled),
        ] {
            if number != 0 {
                counter.fetch_add(number, Ordering::Relaxed);
            }
        }
    }

    fn take(&self, slot: usize) -> Option<KindLosses> {
        let take = |counter: &AtomicU64| match counter.load(Ordering::Relaxed) {
            0 => 0,
            _ => counter.swap(0, Ordering::Relaxed),
        };
        let counts = LossCounts {
            suppressed: take(&self.suppressed),
            dropped: take(&self.dropped),
            handled: take(&self.handled),
        };
        if counts.sum() == 0 {
            return None;
        }
        // SAFETY: null, or from `Box::into_raw` in `Site::count`; never freed and never changed.
        let name = unsafe { self.name.load(Ordering::Acquire).as_ref() };
        Some(KindLosses { slot, kind: name.map_or("other kinds", String::as_str), counts })
    }
}

/// Nanoseconds of a clock that never goes back.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the time to the structure that it is given. The coarse clock moves every 1 to 4
    // milliseconds and takes a fifth of the time of the fine one.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Nanoseconds since the first error of the process. Saturates after 584 years.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn now() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(std::time::Instant::now);
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Takes what was not logged of all functions, for the last lines of a flush.
pub(crate) fn take_all() -> Vec<(&'static Site, Losses)> {
    let all = all().map(|slots| (slots.site, slots.take()));
    all.filter(|(_, losses)| !losses.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn admitted(slot: &Slot, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| slot.admits(now, 100)).count()
    }

    #[test]
    fn a_burst_of_two_seconds_is_admitted_at_once_and_then_one_for_every_interval() {
        let slot = Slot::default();
        assert_eq!(admitted(&slot, SECOND, 1000), 200);
        assert_eq!(admitted(&slot, SECOND + SECOND / 100, 10), 1);
        assert_eq!(admitted(&slot, 2 * SECOND, 1000), 99);
    }

    #[test]
    fn after_a_pause_the_burst_is_there_again_and_not_more() {
        let slot = Slot::default();
        admitted(&slot, SECOND, 1000);
        assert_eq!(admitted(&slot, 3600 * SECOND, 1000), 200);
    }

    #[test]
    fn each_kind_has_a_budget_of_its_own_and_those_beyond_the_eighth_share_one() {
        static SITE: Site = Site::new("limit", 0, || ());
        let one = RateLimit::per_second(1);
        let kind = |number| KindKey::new("shop::PayError", number).of_class(Class::Ordinary);
        for number in 0..8 {
            let admitted = (0..10).filter(|_| SITE.admits(kind(number), one)).count();
            assert_eq!(admitted, 2, "of kind {number}");
        }
        let admitted = (8..20).filter(|number| SITE.admits(kind(*number), one)).count();
        assert_eq!(admitted, 2, "of all others");
        assert!(
            SITE.admits(kind(20).of_class(Class::Critical), one),
            "of all others, and critical"
        );
        assert!(SITE.admits(kind(0).of_class(Class::Ordinary), RateLimit::Off));
    }

    #[test]
    fn what_is_critical_has_a_budget_of_its_own() {
        static SITE: Site = Site::new("limit", 0, || ());
        let one = RateLimit::per_second(1);
        let kind = KindKey::new("shop::PayError", 0);
        while SITE.admits(kind.of_class(Class::Ordinary), one) {}
        assert!(SITE.admits(kind.of_class(Class::Critical), one));
    }

    #[test]
    fn what_was_not_logged_is_taken_once_and_names_its_kinds() {
        static SITE: Site = Site::new("limit", 0, || ());
        let kinds =
            [1, 2].map(|number| KindKey::new("shop::PayError", number).of_class(Class::Ordinary));
        SITE.count(kinds[0], LossCounts::SUPPRESSED, || "Declined".to_owned());
        for _ in 0..2 {
            SITE.count(kinds[1], LossCounts::HANDLED, || "Expired".to_owned());
        }
        fn mine((site, _): &(&'static Site, Losses)) -> bool {
            ptr::eq(*site, &raw const SITE)
        }
        let (_, losses) = take_all().into_iter().find(mine).expect("there are some");
        assert_eq!(losses.total(), LossCounts { suppressed: 1, dropped: 0, handled: 2 });
        assert_eq!(losses.kinds(), ["Expired (2)", "Declined (1)"]);
        assert!(!take_all().iter().any(mine));
        SITE.give_back(&losses);
        assert_eq!(SITE.take_losses().total(), losses.total());
    }
}
