//! Hashes of texts, for comparison within one process.

/// Hash of a text, on top of the hash `seed`. Takes eight bytes per step. Not for keys that an attacker
/// chooses.
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
