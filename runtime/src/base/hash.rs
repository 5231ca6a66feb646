//! Hashes of texts and addresses, for comparison within one process. Not for keys that an attacker chooses.

use std::hash::{BuildHasherDefault, Hasher};

/// Hash of a text, on top of the hash `seed`. Takes eight bytes per step.
pub(crate) fn hash_text(seed: u64, text: &str) -> u64 {
    let mut words = text.as_bytes().chunks_exact(8);
    let mut hash = mix(seed, text.len() as u64);
    for word in words.by_ref() {
        hash = mix(hash, u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    let hash = mix(hash, u64::from_le_bytes(last));
    hash ^ (hash >> 32)
}

/// The same of numbers.
pub(crate) fn hash_words(seed: u64, words: &[u32]) -> u64 {
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from(*word)));
    hash ^ (hash >> 32)
}

/// Hash of an address. Those near to one another differ in their low bits.
pub(crate) fn hash_address(address: usize) -> usize {
    (mix(0, address as u64) >> 32) as usize
}

fn mix(hash: u64, word: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR)
}

/// For maps whose keys are addresses, places or hashes: one multiplication for each word.
pub(crate) type BuildWordHasher = BuildHasherDefault<WordHasher>;

#[derive(Debug, Default)]
pub(crate) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in words.by_ref() {
            self.write_u64(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        for byte in words.remainder() {
            self.write_u64((*byte).into());
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0, word);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    /// A map takes the lowest and the highest bits, and a product has its best bits in the upper half.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
