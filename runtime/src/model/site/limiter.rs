//! Limits how many errors per second a function may log, by kind.
//!
//! In: the kind of a new error. Out: whether to log it. The limiter decides before any costly step:
//! formatting the message and capturing the stack come later. Each kind of a function has its own budget, so
//! a flood of one does not hide another. Errors of level critical and above, and errors that a boundary
//! handled, have budgets of their own too.
//!
//! Cost: a hash, a clock, two atomic operations. Never blocks, and has no lock that a fork could leave
//! closed.

#[cfg(feature = "metrics")]
use std::borrow::Cow;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::losses::Tally;
use crate::base::clock;
use crate::base::hash::hash_text;
use crate::base::once_box::OnceBox;
use crate::model::{Level, RateLimit, Site};

/// Kinds of a function with their own budget; the others share one per class.
const KINDS: usize = 8;

/// Identifies a kind of error within a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KindKey {
    hash: u64,
    class: Class,
}

/// Each kind of error has a budget per class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Ordinary,
    /// Level critical and above.
    Critical,
    /// Handled by a boundary that logs handled errors.
    Handled,
}

const CLASSES: usize = 3;

impl Class {
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

    /// The key of this kind's slot. Zero is the key of a free slot.
    fn of_slot(self) -> u64 {
        (self.hash ^ self.class as u64).max(1)
    }
}

/// The limiter of one function. Empty until an error leaves it.
#[derive(Debug)]
pub(crate) struct Limiter(OnceBox<Slots>);

#[derive(Debug)]
pub(super) struct Slots {
    pub(super) site: &'static Site,
    /// The next older slots, of another function.
    next: AtomicPtr<Slots>,
    kinds: [Slot; KINDS],
    /// For the kinds beyond `KINDS`, one per class.
    others: [Slot; CLASSES],
}

/// The budget of one kind, and its losses for the next line.
#[derive(Debug, Default)]
pub(super) struct Slot {
    key: AtomicU64,
    bucket: Bucket,
    pub(super) tally: Tally,
    /// The name of the kind.
    #[cfg(feature = "metrics")]
    label: OnceBox<Cow<'static, str>>,
}

/// A token bucket that holds two seconds' worth, as one number (the "generic cell rate algorithm"): the time
/// when it is full again, in nanoseconds of [`clock::now`].
#[derive(Debug, Default)]
struct Bucket(AtomicU64);

impl Bucket {
    fn admits(&self, now: u64, per_second: u32) -> bool {
        let interval = 1_000_000_000 / u64::from(per_second);
        let burst = 2 * u64::from(per_second);
        // Relaxed: no other memory depends on this number.
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                let full_at = full_at.max(now) + interval;
                (full_at - now <= burst * interval).then_some(full_at)
            })
            .is_ok()
    }
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Limiter(OnceBox::new())
    }

    pub(super) fn slots(&self) -> Option<&'static Slots> {
        self.0.get()
    }
}

/// The list of all slots, the newest first. It has no lock: a fork may come at any time.
static LIST: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

/// The slots of all functions that an error left.
pub(super) fn all_slots() -> impl Iterator<Item = &'static Slots> {
    // SAFETY: null, or from a `&'static Slots` in `Site::slots`.
    let at = |pointer: &AtomicPtr<Slots>| unsafe { pointer.load(Ordering::Acquire).as_ref() };
    std::iter::successors(at(&LIST), move |slots| at(&slots.next))
}

impl Site {
    /// Whether an error of this kind may be logged now; takes a token out of its bucket.
    pub(crate) fn admits(&'static self, kind: KindKey, limit: RateLimit) -> bool {
        match limit {
            RateLimit::Off => true,
            RateLimit::PerSecond(rate) => {
                self.slots().of(kind).bucket.admits(clock::now(), rate.get())
            }
        }
    }

    /// The path of the function, and the name of a kind, `other` beyond the eighth: for labels of a counter,
    /// whose number is bounded.
    #[cfg(feature = "metrics")]
    pub(crate) fn labels(
        &'static self,
        kind: KindKey,
        name: impl FnOnce() -> Cow<'static, str>,
    ) -> (Cow<'static, str>, &'static str) {
        let slots = self.slots();
        let slot = slots.of(kind);
        let kind = if slots.is_shared(slot) { "other" } else { slot.label.get_or_init(name) };
        (self.function(), kind)
    }

    pub(super) fn slots(&'static self) -> &'static Slots {
        if let Some(slots) = self.limiter.slots() {
            return slots;
        }
        let new = Slots {
            site: self,
            next: AtomicPtr::default(),
            kinds: Default::default(),
            others: Default::default(),
        };
        let slots = match self.limiter.0.publish(new) {
            Ok(slots) => slots,
            Err(others) => return others,
        };
        let new = ptr::from_ref(slots).cast_mut();
        let mut first = LIST.load(Ordering::Relaxed);
        loop {
            slots.next.store(first, Ordering::Relaxed);
            // Release: a reader of the list sees `next`.
            match LIST.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return slots,
                Err(other) => first = other,
            }
        }
    }
}

impl Slots {
    pub(super) fn of(&self, kind: KindKey) -> &Slot {
        let key = kind.of_slot();
        for slot in &self.kinds {
            // Relaxed: a key, once set, stays, and no other memory depends on it.
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

    pub(super) fn all(&self) -> impl Iterator<Item = &Slot> {
        self.kinds.iter().chain(&self.others)
    }

    /// Whether several kinds share the slot.
    pub(super) fn is_shared(&self, slot: &Slot) -> bool {
        self.others.iter().any(|other| ptr::eq(other, slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn admitted(bucket: &Bucket, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| bucket.admits(now, 100)).count()
    }

    #[test]
    fn a_burst_of_two_seconds_is_admitted_at_once_and_then_one_for_every_interval() {
        let bucket = Bucket::default();
        assert_eq!(admitted(&bucket, SECOND, 1000), 200);
        assert_eq!(admitted(&bucket, SECOND + SECOND / 100, 10), 1);
        assert_eq!(admitted(&bucket, 2 * SECOND, 1000), 99);
    }

    #[test]
    fn after_a_pause_the_burst_is_there_again_and_not_more() {
        let bucket = Bucket::default();
        admitted(&bucket, SECOND, 1000);
        assert_eq!(admitted(&bucket, 3600 * SECOND, 1000), 200);
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
}
