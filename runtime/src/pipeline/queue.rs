//! The queue between the threads that fail and the worker.
//!
//! A list behind a mutex. While there is traffic the worker looks every 5 ms, so that a caller only locks and
//! pushes. After 200 ms without an error it looks every 20 ms: errors come in bursts, and no burst within a minute
//! of the last one has to wake it. (Waking a thread costs the caller 5–14 µs, the push about 100 ns; 50 looks a
//! second cost less than a thousandth of a processor.) Then it sleeps, and the next error wakes it.
//!
//! A look takes the records that were there one whole look ago. So each record waits for at least 5 ms, in
//! which the functions that its error leaves add their steps; no timestamps are needed. For a flush, at the
//! end of the program, and when a quarter of the queue is full, the worker takes all at once.
//!
//! Bounded by records and by bytes. When it is full, the newest record is refused, or the caller waits
//! ([`Overflow`](crate::Overflow)).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::captured::CapturedError;
use super::spare::Spare;
use crate::base::lock::{lock, wait, wait_for};
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Condvar, Mutex, MutexGuard};

/// The most records and bytes that wait.
const MAX_RECORDS: usize = 8192;
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Records that the worker takes when there is no memory for more.
const FEW: usize = 128;
/// Records whose memory is kept for the next ones.
const MAX_SPARES: usize = 2048;
/// How often the worker looks while there is traffic. A killed process loses the records of two looks.
const LOOK: Duration = Duration::from_millis(5);
/// How often it looks after a while without traffic. The first record after that may wait for one such look, and
/// then for one of the others.
const SLOW_LOOK: Duration = Duration::from_millis(20);
/// Looks at an empty queue before the worker looks slowly, and before it goes to sleep: 200 ms and a minute.
const LOOKS: u32 = 40;
const SLOW_LOOKS: u32 = 2_990;
/// Looks at an empty queue before symbols are released: 10 seconds.
const LOOKS_BEFORE_RELEASE: u32 = LOOKS + 490;
/// How often the worker looks for errors that a boundary holds for too long, while anything is held.
const HELD_LOOK: Duration = Duration::from_secs(1);
/// After so many of these looks without a held error, the worker stops looking.
const HELD_LOOKS: u32 = 30;

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Wakes the worker: there is work.
    work: Condvar,
    /// Wakes callers: there is room, or a flush is done.
    progress: Condvar,
    /// Whether the worker looks for held errors. `SeqCst`, like the sum of their bytes: of the worker and a
    /// thread that holds an error, one sees the other.
    watches_held: AtomicBool,
}

#[derive(Default)]
struct State {
    /// With the bytes of each: to look into a record takes time, which callers would wait.
    records: Vec<(Box<CapturedError>, usize)>,
    bytes: usize,
    spares: Vec<Spare>,
    /// The worker sleeps until it is woken.
    asleep: bool,
    /// Looks at an empty queue since the last record.
    quiet_looks: u32,
    /// Flushes that were requested, and those that are done.
    flushes_asked: u64,
    flushes_done: u64,
    /// Threads that wait for a flush.
    flushing: usize,
    /// Records that were added, and how many of them a flush has written.
    added: u64,
    flushed: u64,
    /// A fork did not wait for the flush to its end; the next one waits only after some progress.
    gave_up: bool,
    /// When the worker last looked for held errors, and how many looks since then found none.
    held_look: Option<Instant>,
    idle_held_looks: u32,
    /// The clock of a test, in place of the system's.
    #[cfg(test)]
    clock: Option<manual_clock::ManualClock>,
}

impl State {
    fn is_quarter_full(&self) -> bool {
        self.records.len() >= MAX_RECORDS / 4 || self.bytes >= MAX_BYTES / 4
    }

    fn is_flush_asked(&self) -> bool {
        self.flushes_asked != self.flushes_done
    }
}

/// Records that the worker has taken and not yet written. The end of the program takes those that it never will.
pub(super) type Taken = Mutex<VecDeque<Box<CapturedError>>>;

/// The worker's next work.
pub(super) struct Work {
    /// How many flushes the records answer.
    pub(super) flushes: u64,
    /// The number of the last record.
    last: u64,
    /// Whether to look for errors that are held for too long.
    pub(super) looks_for_held: bool,
    /// Whether to release symbols, because there was no error for a while.
    pub(super) releases_symbols: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while the lock is held.
        lock(&self.state)
    }

    /// Adds a record, or gives it back if there is no room for it. Returns memory for another one.
    pub(super) fn push(
        &self,
        record: Box<CapturedError>,
        may_wait: bool,
    ) -> Result<Option<Spare>, Box<CapturedError>> {
        let bytes = record.bytes();
        let mut state = self.lock();
        // A record that is larger than the whole queue gets in alone.
        while state.records.len() >= MAX_RECORDS
            || (state.bytes + bytes > MAX_BYTES && !state.records.is_empty())
        {
            if !may_wait {
                return Err(record);
            }
            self.wake(&mut state);
            state = wait(&self.progress, state);
        }
        // Without memory for it, it is as full.
        if state.records.try_reserve(1).is_err() {
            return Err(record);
        }
        self.add(&mut state, record, bytes);
        Ok(state.spares.pop())
    }

    /// Adds a record, even beyond the bounds.
    pub(super) fn push_beyond(&self, record: Box<CapturedError>) {
        let bytes = record.bytes();
        self.add(&mut self.lock(), record, bytes);
    }

    fn add(&self, state: &mut State, record: Box<CapturedError>, bytes: usize) {
        let was_quarter_full = state.is_quarter_full();
        state.bytes += bytes;
        state.added += 1;
        state.records.push((record, bytes));
        // A burst does not wait for the worker's next look.
        if state.asleep || (!was_quarter_full && state.is_quarter_full()) {
            self.wake(state);
        }
    }

    fn wake(&self, state: &mut State) {
        state.asleep = false;
        self.work.notify_one();
    }

    /// Waits until every record that was pushed before is written. Returns whether that was within
    /// `timeout`.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        state.flushes_asked += 1;
        let ticket = state.flushes_asked;
        state.flushing += 1;
        self.wake(&mut state);
        while state.flushes_done < ticket {
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break;
            }
            // The longest time that every system takes.
            let left = left.min(Duration::from_secs(1_000_000));
            state = wait_for(&self.progress, state, left).0;
        }
        state.flushing -= 1;
        state.flushes_done >= ticket
    }

    /// Whether records were added that no flush has written.
    pub(super) fn has_unwritten(&self) -> bool {
        let state = self.lock();
        state.added != state.flushed
    }

    /// Before a fork: whether a flush would write anything, and may be waited for until then.
    #[cfg(unix)]
    pub(super) fn is_unsettled(&self, deadline: Instant) -> bool {
        use crate::base::lock::lock_until;
        use crate::model::site::losses;

        // A signal handler may fork on a thread that it interrupted under the lock.
        let Some(mut state) = lock_until(&self.state, Some(deadline)) else { return false };
        if state.added == state.flushed && !losses::is_any() {
            return false;
        }
        state.gave_up |= Instant::now() >= deadline;
        !state.gave_up
    }

    /// Has the worker look for held errors.
    pub(super) fn watch_held(&self) {
        if !self.watches_held.swap(true, Ordering::SeqCst) {
            let mut state = self.lock();
            state.idle_held_looks = 0;
            self.wake(&mut state);
        }
    }

    /// The worker's side: it has looked for held errors; `is_any` tells whether there are any.
    pub(super) fn held_looked(&self, is_any: impl Fn() -> bool) {
        let mut state = self.lock();
        state.held_look = Some(Instant::now());
        state.idle_held_looks = if is_any() { 0 } else { state.idle_held_looks + 1 };
        if state.idle_held_looks >= HELD_LOOKS {
            self.watches_held.store(false, Ordering::SeqCst);
            // An error may have been held just before.
            if is_any() {
                self.watches_held.store(true, Ordering::SeqCst);
            }
        }
    }

    /// The worker's side: waits for work, and moves it into `taken`, which is empty.
    pub(super) fn next(&self, taken: &Taken) -> Work {
        let mut state = self.lock();
        let mut releases_symbols = false;
        let mut ripe = loop {
            if state.is_flush_asked() || state.is_quarter_full() {
                break state.records.len();
            }
            if self.is_time_for_held(&state) || releases_symbols {
                break 0;
            }
            let there = state.records.len();
            if there == 0 && state.quiet_looks >= LOOKS + SLOW_LOOKS {
                state = self.sleep(state);
                continue;
            }
            let is_slow = there == 0 && state.quiet_looks >= LOOKS;
            let is_over;
            (state, is_over) = self.look(state, if is_slow { SLOW_LOOK } else { LOOK });
            if is_over {
                if there > 0 {
                    // The end of the program may have taken them meanwhile.
                    break there.min(state.records.len());
                }
                state.quiet_looks += 1;
                releases_symbols = state.quiet_looks == LOOKS_BEFORE_RELEASE;
            }
        };
        if ripe > 0 {
            state.quiet_looks = 0;
        }
        if releases_symbols {
            state.spares = Vec::new();
        }
        let mut taken = lock(taken);
        if taken.try_reserve(ripe).is_err() {
            ripe = ripe.min(FEW);
        }
        let State { records: waiting, bytes, .. } = &mut *state;
        taken.extend(waiting.drain(..ripe).map(|(record, its_bytes)| {
            *bytes -= its_bytes;
            record
        }));
        drop(taken);
        let work = Work {
            flushes: if state.records.is_empty() {
                state.flushes_asked
            } else {
                state.flushes_done
            },
            last: state.added - state.records.len() as u64,
            looks_for_held: self.is_time_for_held(&state),
            releases_symbols,
        };
        drop(state);
        self.progress.notify_all();
        work
    }

    /// The worker's side, while the destination is away: waits until then, or until `soon` if a flush waits. Returns
    /// whether to look for held errors, before it waits on.
    pub(super) fn pause(&self, until: Instant, soon: Instant) -> bool {
        let mut state = self.lock();
        loop {
            if self.is_time_for_held(&state) {
                return true;
            }
            let until = if state.flushing > 0 { soon.min(until) } else { until };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = wait_for(&self.work, state, left.min(HELD_LOOK)).0;
        }
    }

    /// The end of the program: takes all records, from the worker too.
    pub(super) fn take_all(&self, taken: &Taken) -> VecDeque<Box<CapturedError>> {
        let mut state = self.lock();
        let mut records = std::mem::take(&mut *lock(taken));
        records.extend(state.records.drain(..).map(|(record, _)| record));
        state.bytes = 0;
        drop(state);
        // Threads that waited for room go on.
        self.progress.notify_all();
        records
    }

    /// Waits until a look is over; `false` if the worker was woken before.
    fn look<'a>(
        &self,
        state: MutexGuard<'a, State>,
        period: Duration,
    ) -> (MutexGuard<'a, State>, bool) {
        #[cfg(test)]
        if state.clock.is_some() {
            return self.manual_look(state, period);
        }
        wait_for(&self.work, state, period)
    }

    /// Sleeps until there is work, or until it is time to look for what is held.
    fn sleep<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.asleep = true;
        // For a test's clock. A model must not get it: callers might be woken by it alone.
        #[cfg(all(test, not(shuttle)))]
        self.progress.notify_all();
        let mut state = if self.watches_held.load(Ordering::Relaxed) {
            wait_for(&self.work, state, HELD_LOOK).0
        } else {
            wait(&self.work, state)
        };
        state.asleep = false;
        state
    }

    fn is_time_for_held(&self, state: &State) -> bool {
        self.watches_held.load(Ordering::Relaxed)
            && state.held_look.is_none_or(|last| last.elapsed() >= HELD_LOOK)
    }

    /// The worker's side: the work is done, and left this memory.
    pub(super) fn done(&self, work: &Work, spares: &mut Vec<Spare>) {
        let mut state = self.lock();
        state.gave_up = false;
        let count = spares.len().min(MAX_SPARES - state.spares.len());
        if state.spares.try_reserve(count).is_ok() {
            state.spares.extend(spares.drain(..count));
        }
        if state.flushes_done < work.flushes {
            state.flushes_done = work.flushes;
            state.flushed = work.last;
            self.progress.notify_all();
        }
    }

    /// Whether a flush waits for this work.
    pub(super) fn is_flush(&self, work: &Work) -> bool {
        self.lock().flushes_done < work.flushes
    }
}

#[cfg(test)]
mod manual_clock;
#[cfg(test)]
mod tests;

#[cfg(all(test, shuttle))]
mod models;
