//! Rules by return address, for all threads: a fixed table without locks. It has 128 KiB; only its used pages
//! become resident.
//!
//! An entry is two words, `rule` and `key = address ^ mix(rule)`, each written and read on its own. A thread
//! that reads one word of an entry and the other word of its successor does not find its address in them, and
//! reads the unwind tables instead (the "lockless transposition table" of chess programs, Hyatt and Mann
//! 2002). So no ordering is needed: every access is relaxed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::rule::Rule;

/// Entries per cache line of the processor: the candidates for an address.
const WAYS: usize = 4;
const LINES: usize = 2048;

struct RuleEntry {
    key: AtomicU64,
    /// From [`Remembered`]; zero: vacant.
    rule: AtomicU64,
}

/// A rule, packed, and whether its image stays as long as this code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remembered(u64);

impl Remembered {
    /// The bit that a packed rule leaves free, and that unpacking ignores.
    const MAY_GO: u64 = 1 << 63;

    pub(super) fn new(rule: Rule, stays: bool) -> Self {
        Remembered(rule.pack() | if stays { 0 } else { Self::MAY_GO })
    }

    #[inline(always)]
    pub(super) fn rule(self) -> Rule {
        Rule::unpack(self.0)
    }

    #[inline(always)]
    pub(super) fn stays(self) -> bool {
        self.0 & Self::MAY_GO == 0
    }
}

impl RuleEntry {
    const fn vacant() -> Self {
        RuleEntry { key: AtomicU64::new(0), rule: AtomicU64::new(0) }
    }
}

#[repr(align(64))]
struct CacheLine([RuleEntry; WAYS]);

pub(super) struct RuleTable([CacheLine; LINES]);

impl RuleTable {
    pub(super) const fn new() -> Self {
        RuleTable([const { CacheLine([const { RuleEntry::vacant() }; WAYS]) }; LINES])
    }

    #[inline(always)]
    pub(super) fn get(&self, address: u64) -> Option<Remembered> {
        let (line, _) = self.place(address);
        for entry in &line.0 {
            let rule = entry.rule.load(Relaxed);
            if entry.key.load(Relaxed) ^ mix(rule) == address {
                // A vacant entry is that of address zero.
                return (rule != 0).then_some(Remembered(rule));
            }
        }
        None
    }

    pub(super) fn put(&self, address: u64, remembered: Remembered) {
        let rule = remembered.0;
        let (line, victim) = self.place(address);
        let vacant = line.0.iter().position(|entry| entry.rule.load(Relaxed) == 0);
        let entry = &line.0[vacant.unwrap_or(victim)];
        entry.rule.store(rule, Relaxed);
        entry.key.store(address ^ mix(rule), Relaxed);
    }

    /// Forgets the rules of images that may have been unloaded.
    pub(super) fn forget_those_that_may_go(&self) {
        for entry in self.0.iter().flat_map(|line| &line.0) {
            // Skips vacant entries, so that untouched pages stay untouched.
            if entry.rule.load(Relaxed) & Remembered::MAY_GO != 0 {
                entry.rule.store(0, Relaxed);
                entry.key.store(0, Relaxed);
            }
        }
    }

    /// The line of an address, and the entry to replace when all are taken.
    #[inline(always)]
    fn place(&self, address: u64) -> (&CacheLine, usize) {
        let hash = mix(address);
        (&self.0[(hash >> 53) as usize % LINES], (hash >> 40) as usize % WAYS)
    }
}

/// Spreads the bits of a word; zero stays zero. (Knuth's multiplicative hashing: 2^64 divided by
/// the golden ratio, odd.)
#[inline(always)]
fn mix(word: u64) -> u64 {
    word.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::super::rule::Step;
    use super::*;

    fn rule(offset: i32) -> Remembered {
        let step = Step { base_is_fp: false, cfa: offset, fp: -16, ra: -8 };
        Remembered::new(Rule::Step(step), true)
    }

    #[test]
    fn a_rule_is_found_until_its_image_may_have_been_unloaded() {
        let table = Box::new(RuleTable::new());
        assert_eq!([0, 0x5555_0000_1234].map(|address| table.get(address)), [None; 2]);
        let of = |n: u64| {
            let rule = rule(n as i32 * -8).rule();
            Remembered::new(rule, n.is_multiple_of(2))
        };
        for n in 1..1000 {
            table.put(n * 5, of(n));
        }
        let found = |n: &u64| table.get(n * 5) == Some(of(*n));
        let before = (1..1000).filter(found).count();
        assert!(before > 980, "{before} of 999 found");
        let staying = (1..1000).step_by(2).map(|n| n + 1).filter(found).count();
        table.forget_those_that_may_go();
        assert_eq!((1..1000).filter(found).count(), staying);
        assert!((1..1000).step_by(2).all(|n| table.get(n * 5).is_none()));
    }

    #[test]
    fn a_full_line_gives_up_one_entry_and_never_answers_with_the_rule_of_another_address() {
        let table = Box::new(RuleTable::new());
        for address in 1..100_000 {
            table.put(address, rule((address % 100) as i32 * 8));
        }
        for address in 1..100_000_u64 {
            let found = table.get(address);
            assert!(found.is_none_or(|found| found == rule((address % 100) as i32 * 8)));
        }
        assert!(table.get(99_999).is_some());
    }

    #[test]
    fn threads_that_write_the_same_line_never_read_a_rule_of_another_address() {
        let table = Box::leak(Box::new(RuleTable::new()));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let table = &*table;
                scope.spawn(move || {
                    for round in 0..20_000_u64 {
                        let address = (round * 7 + thread) % 20_011 + 1;
                        let own = rule((address % 100) as i32 * 8);
                        assert!(table.get(address).is_none_or(|found| found == own));
                        table.put(address, own);
                    }
                });
            }
        });
    }
}
