//! `ErrorId`: one number per error, the same in all its logs.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::random::random;

/// Identifies one error in the logs of all processes: 64 bits, written as 16 hexadecimal digits.
///
/// An error that is logged at several levels (policy `every`) has the same id in each line.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors]
/// fn fail() -> Result<(), &'static str> {
///     Err("no card")
/// }
///
/// let (_, records) = testing::capture(|| [fail(), fail()]);
/// assert_ne!(records[0].id, records[1].id);
/// assert_eq!(records[0].id.to_string().len(), 16);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorId(u64);

impl ErrorId {
    /// The id of an error that is not logged.
    pub(crate) const NONE: ErrorId = ErrorId(0);

    /// A new id. Takes one atomic addition, and only when an error is first seen.
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: only uniqueness matters, not the order of other memory accesses.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        ErrorId(scramble(count.wrapping_add(seed())))
    }

    /// An id that is the same for the same number in this process.
    pub(crate) fn of_number(number: u64) -> Self {
        ErrorId(scramble(scramble(number).wrapping_add(seed())))
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn from_bits(bits: u64) -> Self {
        ErrorId(bits)
    }
}

/// A random number: ids of two processes differ. 0 before the first id.
static SEED: AtomicU64 = AtomicU64::new(0);

/// If several threads come first, one decides.
fn seed() -> u64 {
    match SEED.load(Ordering::Relaxed) {
        0 => {
            let seed = random().max(1);
            match SEED.compare_exchange(0, seed, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => seed,
                Err(others) => others,
            }
        }
        seed => seed,
    }
}

/// Gives a child process ids that differ from its parent's.
#[cfg(unix)]
pub(crate) fn in_child() {
    SEED.store(0, Ordering::Relaxed);
}

/// A bijection of 64 bits (the finaliser of SplitMix64): different numbers stay different, and the ids of one
/// process do not look alike.
fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl fmt::Display for ErrorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
