//! Counters of this process: the outcomes of its errors.

use std::sync::atomic::{AtomicU64, Ordering};

/// The public struct, an atomic for each field, and a function for each field that adds one.
macro_rules! counters {
    ($(#[$about:meta])* pub struct Counters { $($(#[$doc:meta])* pub $name:ident: u64,)* }) => {
        $(#[$about])*
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
        }

        struct Atomics {
            $($name: AtomicU64,)*
        }

        // Relaxed: no counter depends on another one or on other memory.
        static COUNTERS: Atomics = Atomics { $($name: AtomicU64::new(0),)* };

        /// The outcomes of all errors that left tracked functions of this process so far.
        pub fn counters() -> Counters {
            Counters { $($name: COUNTERS.$name.load(Ordering::Relaxed),)* }
        }

        $(pub(crate) fn $name() {
            COUNTERS.$name.fetch_add(1, Ordering::Relaxed);
        })*
    };
}

counters! {
    /// The outcomes of all errors that left tracked functions of this process so far.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    #[non_exhaustive]
    pub struct Counters {
        /// Queued for logging.
        pub logged: u64,
        /// Not logged again: the same error already left an inner tracked function.
        pub repeated: u64,
        /// Failed inside a boundary that did not return them. Logged only if the boundary has `handled`.
        pub handled: u64,
        /// Not logged, because the attribute's `when` or
        /// [`Classify::is_expected`](crate::Classify::is_expected) expects them.
        pub expected: u64,
        /// Not logged, because the function logged too many (see [`RateLimit`](crate::RateLimit)).
        pub suppressed: u64,
        /// Not logged, because the queue was full or no sink took the line.
        pub dropped: u64,
        /// Not logged, because [`Builder::before_emit`](crate::Builder::before_emit) refused them.
        pub filtered: u64,
    }
}

/// Counts a queued error as filtered.
pub(crate) fn unlogged_by_filter() {
    COUNTERS.logged.fetch_sub(1, Ordering::Relaxed);
    filtered();
}

/// Counts a queued error as one that was logged elsewhere.
pub(crate) fn taken_back() {
    COUNTERS.logged.fetch_sub(1, Ordering::Relaxed);
    repeated();
}

/// Counts a queued error as dropped.
pub(crate) fn unlogged() {
    COUNTERS.logged.fetch_sub(1, Ordering::Relaxed);
    dropped();
}
