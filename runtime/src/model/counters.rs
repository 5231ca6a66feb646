//! What became of the errors of this process, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

// Each counter stands for itself: nobody concludes from one to another, or to other memory.
static LOGGED: AtomicU64 = AtomicU64::new(0);
static REPEATED: AtomicU64 = AtomicU64::new(0);
static HANDLED: AtomicU64 = AtomicU64::new(0);
static EXPECTED: AtomicU64 = AtomicU64::new(0);
static SUPPRESSED: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// What became of the errors that left tracked functions of this process so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Handed on to be logged.
    pub logged: u64,
    /// Not logged once more, because the same error left a tracked function further in.
    pub repeated: u64,
    /// Not returned by the boundary in which they failed: handled. Not logged, unless the boundary's
    /// `handled` says so.
    pub handled: u64,
    /// Not logged, because they are expected: the attribute's `when`, or
    /// [`Classify::is_expected`](crate::Classify::is_expected).
    pub expected: u64,
    /// Not logged, because the function logged too many (see [`RateLimit`](crate::RateLimit)).
    pub suppressed: u64,
    /// Not logged, because the queue was full, or because nothing took the line.
    pub dropped: u64,
}

/// What became of the errors that left tracked functions of this process so far.
pub fn counters() -> Counters {
    Counters {
        logged: LOGGED.load(Ordering::Relaxed),
        repeated: REPEATED.load(Ordering::Relaxed),
        handled: HANDLED.load(Ordering::Relaxed),
        expected: EXPECTED.load(Ordering::Relaxed),
        suppressed: SUPPRESSED.load(Ordering::Relaxed),
        dropped: DROPPED.load(Ordering::Relaxed),
    }
}

pub(crate) fn logged() {
    LOGGED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn repeated() {
    REPEATED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn handled() {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn expected() {
    EXPECTED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn suppressed() {
    SUPPRESSED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn dropped() {
    DROPPED.fetch_add(1, Ordering::Relaxed);
}

/// An error that was handed on to be logged, and then was not.
pub(crate) fn unlogged() {
    LOGGED.fetch_sub(1, Ordering::Relaxed);
    DROPPED.fetch_add(1, Ordering::Relaxed);
}
