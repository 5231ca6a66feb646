//! Random numbers that a parent and its forked child do not share.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

/// A random number. Takes no lock, which a fork could leave taken.
pub(crate) fn random() -> u64 {
    // A thread draws the keys of its first `RandomState`, and counts on from them: a forked child has the
    // same. So the process and the time are hashed.
    RandomState::new().hash_one((std::process::id(), SystemTime::now()))
}
