//! The queue between the threads that fail and the worker.
//!
//! A list behind a mutex, which the worker swaps for an empty one. While there is traffic the
//! worker looks every few milliseconds, so that a caller only locks and pushes; it sleeps, and
//! has to be woken, only after a quiet time. (Waking a thread costs the caller 5–14 µs, the push
//! about 100 ns.)
//!
//! Bounded by records and by bytes. When it is full the newest record is refused, or the caller
//! waits, as the settings say.

#![expect(
    clippy::vec_box,
    reason = "a caller holds the lock while it pushes a pointer, and not while it copies a record"
)]

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pending::Pending;

/// Records and bytes that wait at the most.
const MAX_RECORDS: usize = 8192;
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How often the worker looks while there is traffic; what a killed process loses at the most is
/// what this time brought.
const LOOK: Duration = Duration::from_millis(5);
/// Looks at an empty queue before the worker goes to sleep.
const LOOKS: u32 = 40;

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// For the worker: there is something to do.
    work: Condvar,
    /// For everybody else: there is room, or a flush is done.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    records: Vec<Box<Pending>>,
    bytes: usize,
    /// The worker sleeps until it is woken.
    asleep: bool,
    /// How many flushes were asked for, and how many of them are done.
    flushes_asked: u64,
    flushes_done: u64,
}

/// What the worker is to do next.
pub(super) struct Work {
    /// How many flushes the records answer.
    pub(super) flushes: u64,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record, or gives it back if there is no room for it.
    pub(super) fn push(&self, record: Box<Pending>, wait: bool) -> Result<(), Box<Pending>> {
        let bytes = record.bytes();
        let mut state = self.lock();
        // A record that is larger than all that may wait is let in alone.
        while state.records.len() >= MAX_RECORDS
            || (state.bytes + bytes > MAX_BYTES && !state.records.is_empty())
        {
            if !wait {
                return Err(record);
            }
            self.wake(&mut state);
            state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes += bytes;
        state.records.push(record);
        // A burst does not wait for the worker's next look.
        if state.asleep || state.records.len() == MAX_RECORDS / 4 {
            self.wake(&mut state);
        }
        Ok(())
    }

    fn wake(&self, state: &mut State) {
        state.asleep = false;
        self.work.notify_one();
    }

    /// Asks for everything that was pushed before to be written, and waits until it is. Returns
    /// whether that was in time.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        state.flushes_asked += 1;
        let ticket = state.flushes_asked;
        self.wake(&mut state);
        while state.flushes_done < ticket {
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return false;
            }
            // The longest time that every system takes.
            let left = left.min(Duration::from_secs(1_000_000));
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The worker's side: waits for work, and swaps it into `records`, which is empty.
    pub(super) fn next(&self, records: &mut Vec<Box<Pending>>) -> Work {
        let mut state = self.lock();
        let mut looks = 0;
        while state.records.is_empty() && state.flushes_asked == state.flushes_done {
            state = if looks < LOOKS {
                looks += 1;
                self.work.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0
            } else {
                state.asleep = true;
                self.work.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
        state.asleep = false;
        state.bytes = 0;
        std::mem::swap(&mut state.records, records);
        let work = Work { flushes: state.flushes_asked };
        drop(state);
        self.progress.notify_all();
        work
    }

    /// The worker's side: the work is done.
    pub(super) fn done(&self, work: &Work) {
        let mut state = self.lock();
        if state.flushes_done < work.flushes {
            state.flushes_done = work.flushes;
            self.progress.notify_all();
        }
    }

    /// Whether a flush waits for this work.
    pub(super) fn is_flush(&self, work: &Work) -> bool {
        self.lock().flushes_done < work.flushes
    }
}
