//! Entries of threads whose own list is gone.
//!
//! A thread destroys its thread-locals one after the other, the list of [`recent`](super::recent) errors among
//! them. Code that runs later (destructors of older thread-locals, exit handlers) may still fail. Its entries
//! are kept here, for all threads together: a list without a destructor in each thread would leak.
//!
//! Bounded: 64 entries, at most 16 of one thread; the oldest makes room. A thread that does not get the lock in
//! time (a fork may have left it locked) logs an error at each function that it leaves: a duplicate is better
//! than a loss.

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

use super::recent::{MAX_ENTRIES as MAX_ENTRIES_OF_A_THREAD, RecentError};
use crate::base::lock::lock_within;
use crate::base::sync::Mutex;

/// Entries of all threads.
const MAX_ENTRIES: usize = 64;
/// The lock is held for less than a microsecond.
const PATIENCE: Duration = Duration::from_millis(10);

/// Each with its thread, the oldest first.
static ENTRIES: Mutex<VecDeque<(ThreadKey, RecentError)>> = Mutex::new(VecDeque::new());

/// The address of a thread-local. A thread that ended may have had the same one, but its entries are older
/// than all calls of this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ThreadKey(usize);

impl ThreadKey {
    fn of_this_thread() -> Self {
        thread_local! {
            /// It has no destructor, so it exists until the very end of the thread.
            static PLACE: Cell<u8> = const { Cell::new(0) };
        }
        ThreadKey(PLACE.with(Cell::as_ptr).addr())
    }
}

/// Takes the entries of this thread that are newer than the epoch.
pub(super) fn take_since(epoch: u64) -> Vec<RecentError> {
    let own = ThreadKey::of_this_thread();
    let Some(mut entries) = lock_within(&ENTRIES, PATIENCE) else { return Vec::new() };
    let mut taken = Vec::new();
    for _ in 0..entries.len() {
        match entries.pop_front() {
            Some((key, entry)) if key == own && entry.epoch > epoch => taken.push(entry),
            other => entries.extend(other),
        }
    }
    taken
}

pub(super) fn remember(entry: RecentError) {
    let own = ThreadKey::of_this_thread();
    let Some(mut entries) = lock_within(&ENTRIES, PATIENCE) else { return };
    let is_own = |(key, _): &(ThreadKey, RecentError)| *key == own;
    let oldest = if entries.iter().filter(|entry| is_own(entry)).count() == MAX_ENTRIES_OF_A_THREAD
    {
        entries.iter().position(is_own)
    } else {
        (entries.len() == MAX_ENTRIES).then_some(0)
    };
    let oldest = oldest.and_then(|at| entries.remove(at));
    entries.push_back((own, entry));
    drop(entries);
    // Not under the lock.
    drop(oldest);
}
