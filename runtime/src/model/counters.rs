//! Counters of this process: what became of its errors.

use std::sync::atomic::{AtomicU64, Ordering};

/// The public struct, an atomic for each of its fields, and a function that adds one to each.
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

        /// What became of the errors that left tracked functions of this process so far.
        pub fn counters() -> Counters {
            Counters { $($name: COUNTERS.$name.load(Ordering::Relaxed),)* }
        }

        $(pub(crate) fn $name() {
            COUNTERS.$name.fetch_add(1, Ordering::Relaxed);
        })*
    };
}

counters! {
    /// What became of the errors that left tracked functions of this process so far.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    #[non_exhaustive]
    pub struct Counters {
        /// Queued for logging.
        pub logged: u64,
        /// Not logged again: the same error left a tracked function further in.
        pub repeated: u64,
        /// Failed inside a boundary that did not return them. Not logged, unless the boundary's `handled`
        /// says so.
        pub handled: u64,
        /// Not logged, because they are expected: the attribute's `when`, or
        /// [`Classify::is_expected`](crate::Classify::is_expected).
        pub expected: u64,
        /// Not logged, because the function logged too many (see [`RateLimit`](crate::RateLimit)).
        pub suppressed: u64,
        /// Not logged, because the queue was full or no sink took the line.
        pub dropped: u64,
    }
}

/// A queued error was not logged after all.
pub(crate) fn unlogged() {
    COUNTERS.logged.fetch_sub(1, Ordering::Relaxed);
    dropped();
}
