//! Unlogged errors: counted by reason and kind until a line reports them.
//!
//! The next line of the function takes the counts along; a flush writes the rest.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use super::limiter::{KindKey, Slots, all_slots};
use crate::base::once_box::OnceBox;
use crate::model::Site;

/// Unlogged errors since the last line that reported them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LossCounts {
    /// By the limiter.
    pub(crate) suppressed: u64,
    /// Because the queue was full or no sink took the line.
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

/// The losses of a function, by kind. A caller that takes them must log them or give them back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Vec<KindLosses>);

#[derive(Debug, Clone)]
struct KindLosses {
    /// The index of the kind's slot.
    slot: usize,
    kind: &'static str,
    counts: LossCounts,
}

impl Losses {
    fn take(slots: &'static Slots) -> Self {
        let taken = slots.all().enumerate().filter_map(|(slot, found)| {
            let (kind, counts) = found.tally.take()?;
            Some(KindLosses { slot, kind, counts })
        });
        Losses(taken.collect())
    }

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

/// The running counts of one kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The name of the kind. Empty before the first count, and if several kinds share the slot.
    name: OnceBox<Cow<'static, str>>,
    suppressed: AtomicU64,
    dropped: AtomicU64,
    handled: AtomicU64,
}

impl Tally {
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

    #[cfg(unix)]
    fn is_any(&self) -> bool {
        [&self.suppressed, &self.dropped, &self.handled]
            .iter()
            .any(|counter| counter.load(Ordering::Relaxed) > 0)
    }

    /// Takes the name and the counts, which restart at zero; `None` if all are zero.
    fn take(&self) -> Option<(&'static str, LossCounts)> {
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
        Some((self.name.get().map_or("other kinds", |name| &**name), counts))
    }
}

impl Site {
    /// Counts an unlogged error. `name` is the name of its kind.
    pub(crate) fn count(
        &'static self,
        kind: KindKey,
        counts: LossCounts,
        name: impl FnOnce() -> Cow<'static, str>,
    ) {
        let slots = self.slots();
        let slot = slots.of(kind);
        if !slots.is_shared(slot) {
            slot.tally.name.get_or_init(name);
        }
        slot.tally.add(counts);
    }

    /// Takes the losses since the last call.
    pub(crate) fn take_losses(&'static self) -> Losses {
        self.limiter.slots().map(Losses::take).unwrap_or_default()
    }

    /// Gives back losses that were not logged.
    pub(crate) fn give_back(&'static self, losses: &Losses) {
        for KindLosses { slot, counts, .. } in &losses.0 {
            if let Some(slot) = self.slots().all().nth(*slot) {
                slot.tally.add(*counts);
            }
        }
    }
}

/// Whether any function has losses.
#[cfg(unix)]
pub(crate) fn is_any() -> bool {
    all_slots().flat_map(Slots::all).any(|slot| slot.tally.is_any())
}

/// Takes the losses of all functions, for the last lines of a flush.
pub(crate) fn take_all() -> Vec<(&'static Site, Losses)> {
    let all = all_slots().map(|slots| (slots.site, Losses::take(slots)));
    all.filter(|(_, losses)| !losses.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn what_was_not_logged_is_taken_once_and_names_its_kinds() {
        static SITE: Site = Site::new("limit", 0, || ());
        let kinds = [1, 2].map(|number| KindKey::new("shop::PayError", number));
        SITE.count(kinds[0], LossCounts::SUPPRESSED, || "Declined".into());
        for _ in 0..2 {
            SITE.count(kinds[1], LossCounts::HANDLED, || "Expired".into());
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
