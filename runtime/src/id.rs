//! `ErrorId`: one number for one error, however often it is logged.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// A new id. Takes one atomic addition; made only when an error is first seen.
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        /// A random number, so that the ids of two processes differ.
        static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
        // Only uniqueness matters, not the order in which other memory is seen.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        ErrorId(scramble(count.wrapping_add(*SEED)))
    }

    #[cfg(test)]
    pub(crate) fn from_bits(bits: u64) -> Self {
        ErrorId(bits)
    }
}

/// A bijection of 64 bits (the finaliser of SplitMix64): different numbers stay different, and
/// the ids of one process do not look alike.
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
