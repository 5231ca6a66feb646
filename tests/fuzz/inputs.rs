//! Inputs for the properties of both crates: seeds, and a deterministic stream of changes of them.
//!
//! The unit tests of both crates include this file. libFuzzer takes the same seeds and makes its own
//! changes.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Texts that mean something to one of the parsers.
const PIECES: [&str; 32] = [
    "<",
    ">",
    "::",
    "'_",
    "\"",
    "\\",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "%",
    "%C3",
    " ",
    "\n",
    "\0",
    "\u{85}",
    "\u{2028}",
    "é",
    "?",
    "#",
    "!",
    "-",
    "&mut ",
    "0: ",
    "4294967296",
    "dyn ",
    "::h0123456789abcdef",
];

/// Calls `property` with each seed in `tests/fuzz/seeds/<target>`, then with `count` changed ones.
///
/// # Panics
///
/// With the input, if the property panics.
pub(crate) fn holds(target: &str, count: usize, property: fn(&[u8])) {
    let seeds = seeds(target);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let changed = (0..count).map(|_| random.changed(&seeds));
    for input in seeds.iter().cloned().chain(changed) {
        if catch_unwind(|| property(&input)).is_err() {
            panic!("{target} fails for {:?}", String::from_utf8_lossy(&input));
        }
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds").join(target);
    let entries = fs::read_dir(folder).expect("the folder of seeds is readable");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it is readable").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a seed is readable")).collect()
}

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    /// A number below `end`; 0 if there is none.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }

    /// One of the seeds with one to six changes.
    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let from = self.below(input.len() + 1);
            let to = (from + self.below(16)).min(input.len());
            let new = match self.below(4) {
                0 => Vec::new(),
                1 => PIECES[self.below(PIECES.len())].as_bytes().to_vec(),
                2 => vec![self.below(256) as u8],
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let start = self.below(other.len());
                    other[start..(start + self.below(64)).min(other.len())].to_vec()
                }
            };
            input.splice(from..to, new);
        }
        input
    }
}
