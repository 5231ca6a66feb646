//! The one word of process state that a tracked call reads when it begins.
//!
//! It holds the *epoch*, which goes up with every `Err` that leaves a tracked call, and a flag: whether the
//! debug mode follows calls.

use std::sync::atomic::{AtomicU64, Ordering};

/// On a cache line of its own: every tracked call reads it, every error writes it.
#[repr(align(128))]
struct Word(AtomicU64);

/// The epoch; the sign bit, the cheapest to test, is the flag.
///
/// Relaxed: the epoch only has to differ before and after an error of the *same* thread, and the flag may
/// take effect a little later.
static WORD: Word = Word(AtomicU64::new(0));
const FOLLOWED: u64 = 1 << 63;

/// The word at the beginning of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Began {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn now() -> Self {
        Began(WORD.0.load(Ordering::Relaxed))
    }

    pub(crate) fn epoch(self) -> u64 {
        self.0 & !FOLLOWED
    }

    /// Whether the debug mode follows calls that begin now.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_followed(self) -> bool {
        (self.0 as i64) < 0
    }

    /// Whether an error of any thread left a tracked call since then, or the debug mode follows calls.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_past_or_followed(self, now: Began) -> bool {
        now.0 != self.0 & !FOLLOWED
    }
}

/// The epoch of an error that leaves a call now; greater than any before.
pub(crate) fn next_epoch() -> u64 {
    (WORD.0.fetch_add(1, Ordering::Relaxed) + 1) & !FOLLOWED
}

/// Sets whether the debug mode follows calls.
pub(crate) fn set_followed(followed: bool) {
    if followed {
        WORD.0.fetch_or(FOLLOWED, Ordering::Relaxed);
    } else {
        WORD.0.fetch_and(!FOLLOWED, Ordering::Relaxed);
    }
}
