//! A map of bounded size that forgets what was not used for the longest time.
//!
//! Two generations: what is new or used goes to the young one. When the young one is full it becomes the old one,
//! and the old one is forgotten. So an entry stays if it is used once while half of the bound is filled with
//! others, and the work for that is a constant for each entry.

use std::collections::HashMap;
use std::hash::Hash;

use super::hash::BuildWordHasher;

type Map<K, V> = HashMap<K, Entry<V>, BuildWordHasher>;

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: Map<K, V>,
    old: Map<K, V>,
    /// Of the young ones.
    bytes: usize,
    max_bytes: usize,
}

impl<K: Hash + Eq, V> Generations<K, V> {
    /// Both generations together have at most `max_bytes`, as the caller counts them, if no entry has more than
    /// half of that.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Generations { young: Map::default(), old: Map::default(), bytes: 0, max_bytes }
    }

    /// What `read` makes of the value.
    pub(crate) fn get<R>(&mut self, key: &K, read: impl FnOnce(&V) -> R) -> Option<R> {
        if let Some(entry) = self.young.get(key) {
            return Some(read(&entry.value));
        }
        let (key, Entry { value, bytes }) = self.old.remove_entry(key)?;
        let result = read(&value);
        self.insert(key, value, bytes);
        Some(result)
    }

    /// Adds an entry, or replaces one.
    pub(crate) fn insert(&mut self, key: K, value: V, bytes: usize) {
        if self.bytes + bytes > self.max_bytes / 2 {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
            self.bytes = 0;
        }
        self.old.remove(&key);
        self.bytes += bytes;
        let replaced = self.young.insert(key, Entry { value, bytes });
        self.bytes -= replaced.map_or(0, |entry| entry.bytes);
    }

    #[cfg(test)]
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).map(|entry| entry.value)
    }

    /// Forgets all entries but these.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.old.retain(|key, _| keep(key));
        let mut bytes = 0;
        self.young.retain(|key, entry| {
            let stays = keep(key);
            bytes += if stays { entry.bytes } else { 0 };
            stays
        });
        self.bytes = bytes;
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.young.values_mut().chain(self.old.values_mut()).map(|entry| &mut entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(entries: &mut Generations<u32, u32>, key: u32) -> Option<u32> {
        entries.get(&key, |value| *value)
    }

    fn holds(entries: &Generations<u32, u32>) -> Vec<u32> {
        let mut keys: Vec<_> = entries.young.keys().chain(entries.old.keys()).copied().collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_goes_by_age() {
        let mut entries = Generations::new(8);
        for key in 0..100 {
            entries.insert(key, key * 2, 1);
            assert_eq!(value(&mut entries, 0), Some(0), "used after each other one");
        }
        assert_eq!(value(&mut entries, 98), Some(196));
        assert_eq!(value(&mut entries, 50), None);
    }

    #[test]
    fn entries_never_have_more_bytes_than_the_bound() {
        let mut entries = Generations::new(100);
        for key in 0..1_000_u32 {
            entries.insert(key, key, 1 + key as usize % 7);
            value(&mut entries, key / 2);
            let bytes = |map: &Map<u32, u32>| map.values().map(|entry| entry.bytes).sum::<usize>();
            assert_eq!(bytes(&entries.young), entries.bytes);
            assert!(bytes(&entries.young) + bytes(&entries.old) <= 100);
        }
    }

    #[test]
    fn an_entry_that_is_replaced_counts_once() {
        let mut entries = Generations::new(100);
        for number in 0..1_000 {
            entries.insert(7, number, 10);
            assert_eq!(value(&mut entries, 7), Some(number));
            assert_eq!((entries.bytes, holds(&entries)), (10, vec![7]));
        }
    }

    #[test]
    fn only_what_is_kept_stays_of_both_generations() {
        let mut entries = Generations::new(8);
        (0..6).for_each(|key| entries.insert(key, key, 1));
        entries.retain(|key| key % 2 == 0);
        assert_eq!(holds(&entries), [0, 2, 4]);
        entries.values_mut().for_each(|value| *value += 1);
        assert_eq!(value(&mut entries, 2), Some(3));
    }
}
