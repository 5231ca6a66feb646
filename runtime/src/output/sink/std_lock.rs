//! `std_lock`: writes under the lock of `std::io::stdout()` or `stderr()`.
//!
//! `println!` and a `tracing` subscriber hold that lock while they write a line. They may need several writes,
//! and a full pipe takes one write in parts. Without the lock, a line of ours could get into one of theirs, or one
//! of theirs into ours.
//!
//! The standard library has no `try_lock` for it, and a program may hold it for ever. So a thread of this crate
//! waits for it, and writes. Bytes that have waited for too long are written without it, by the thread that has
//! them; and so are all later ones, at once, until the lock was free again. Too long is 50 ms for a thread of the
//! program, and half a second for a thread of this crate: on a busy machine, the holder of the lock may wait that
//! long for a processor in the middle of a line. After a lock that was held for longer, it is 50 ms there too, and
//! twice as much each time that the lock was free in time.
//!
//! * **Fork.** The child would inherit the lock of a thread that it does not have. So a fork waits until this
//!   crate does not hold it. What a pipe is not ready for at that moment is written without the lock.
//! * **End of the program.** The standard library writes what `print!` has left in its buffer, but only if it gets
//!   the lock at once. [`flush_buffer`] makes up for it.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::standard_stream::{Stream, write_while};
use crate::base::lock::{WhileForking, lock, lock_until, wait, wait_for};
use crate::base::signals;
use crate::base::sync::{Condvar, Mutex, MutexGuard};

/// How many looks bytes wait for a lock, at least and at most. Counted, not timed: the threads that wait may be late
/// as well.
const FEW_LOOKS: u32 = 5;
const MANY_LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(10);
/// How long the end of the program waits for what `print!` has left.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

static STDOUT: Locker = Locker::new(Stream::Stdout);
static STDERR: Locker = Locker::new(Stream::Stderr);

/// Writes under the lock, perhaps a part of the bytes. `None` if the lock cannot be had in time; then nothing was
/// written.
pub(super) fn write(stream: Stream, bytes: &[u8]) -> Option<io::Result<usize>> {
    let locker = match stream {
        Stream::Stdout => &STDOUT,
        Stream::Stderr => &STDERR,
    };
    match locker.ask(|| Work::Write(bytes.to_vec()), None)? {
        (0, Ok(())) => None,
        (0, Err(error)) => Some(Err(error)),
        (written, _) => Some(Ok(written)),
    }
}

/// Writes what `print!` has left in the buffer of stdout. For the end of the program: if this crate had the lock,
/// the standard library did not. Does not wait behind a write that hangs.
pub(crate) fn flush_buffer() {
    let state = STDOUT.usable_state();
    let may_have_locked = state.is_some_and(|state| state.has_thread && !state.is_working());
    if may_have_locked {
        let deadline = Instant::now() + FLUSH_PATIENCE;
        let _: Option<Written> = STDOUT.ask(|| Work::FlushBuffer, Some(deadline));
    }
}

/// A thread that takes the lock of one stream, and its work.
#[derive(Debug)]
struct Locker {
    stream: Stream,
    state: Mutex<State>,
    changed: Condvar,
    /// In a forked child whose parent could not lock the state: it may stay locked for ever.
    is_lost: AtomicBool,
}

#[derive(Debug)]
struct State {
    has_thread: bool,
    stage: Stage,
    /// Work that waits for the lock. The thread that asked for it takes it back after a while.
    work: Option<Work>,
    answer: Option<Written>,
    /// Threads that are about to fork.
    forks: usize,
    /// For how many looks a thread of this crate waits for the lock.
    patience: u32,
}

/// What the thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// It waits for the lock, for so many looks now.
    Locking(u32),
    /// It waits for the lock, and the work no longer waits for it.
    Stuck,
    /// It has the lock. Does a thread wait for the answer?
    Working {
        is_awaited: bool,
    },
}

#[derive(Debug)]
enum Work {
    Write(Vec<u8>),
    FlushBuffer,
}

/// How many bytes were written, and how it ended: before all were written, it may be `Ok` because of a fork.
type Written = (usize, io::Result<()>);

impl State {
    const NEW: Self = State {
        has_thread: false,
        stage: Stage::Idle,
        work: None,
        answer: None,
        forks: 0,
        patience: MANY_LOOKS,
    };

    /// Whether work should wait for the lock no longer.
    fn is_hopeless(&self) -> bool {
        let patience = if signals::is_own_thread() { self.patience } else { FEW_LOOKS };
        match self.stage {
            _ if self.forks > 0 => true,
            Stage::Stuck => true,
            Stage::Locking(looks) => looks >= patience,
            // A thread that has not begun does not know about the lock.
            Stage::Idle | Stage::Working { .. } => false,
        }
    }

    fn is_working(&self) -> bool {
        matches!(self.stage, Stage::Working { .. })
    }
}

impl Locker {
    const fn new(stream: Stream) -> Self {
        Locker {
            stream,
            state: Mutex::new(State::NEW),
            changed: Condvar::new(),
            is_lost: AtomicBool::new(false),
        }
    }

    fn usable_state(&self) -> Option<MutexGuard<'_, State>> {
        // Relaxed: it changes only while the process has one thread.
        (!self.is_lost.load(Ordering::Relaxed)).then(|| lock(&self.state))
    }

    /// Has the thread do work; `None` if it does not get the lock, or has not done it by `deadline`.
    fn ask(
        &'static self,
        work: impl FnOnce() -> Work,
        deadline: Option<Instant>,
    ) -> Option<Written> {
        let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let mut state = self.usable_state()?;
        // Work of other threads first.
        while state.work.is_some() || state.answer.is_some() || state.is_working() {
            if state.is_hopeless() || is_late() {
                return None;
            }
            state = self.wait(state);
        }
        if state.is_hopeless() {
            return None;
        }
        if !state.has_thread {
            signals::spawn(self.stream.thread_name(), || self.run()).ok()?;
            state.has_thread = true;
        }
        state.work = Some(work());
        self.changed.notify_all();
        loop {
            if let Some(answer) = state.answer.take() {
                self.changed.notify_all();
                return Some(answer);
            }
            let is_late = is_late();
            if state.work.is_some() && (state.is_hopeless() || is_late) {
                state.work = None;
                // If a fork is the reason, the lock may come at any moment.
                if state.forks == 0 && matches!(state.stage, Stage::Locking(_)) {
                    state.stage = Stage::Stuck;
                    state.patience = FEW_LOOKS;
                }
                self.changed.notify_all();
                return None;
            }
            if let Stage::Working { is_awaited } = &mut state.stage
                && is_late
            {
                *is_awaited = false;
                return None;
            }
            state = self.wait(state);
        }
    }

    /// Waits until the state changes, or until the next look.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let (mut state, is_over) = wait_for(&self.changed, state, LOOK);
        if is_over && let Stage::Locking(looks) = &mut state.stage {
            *looks += 1;
        }
        state
    }

    /// The thread.
    fn run(&self) {
        let mut state = lock(&self.state);
        loop {
            if state.work.is_none() || state.forks > 0 {
                state = wait(&self.changed, state);
                continue;
            }
            state.stage = Stage::Locking(0);
            drop(state);
            state = match self.stream {
                Stream::Stdout => {
                    let mut stdout = io::stdout().lock();
                    self.work(|| stdout.flush())
                }
                Stream::Stderr => {
                    let mut stderr = io::stderr().lock();
                    self.work(|| stderr.flush())
                }
            };
            state.stage = Stage::Idle;
            self.changed.notify_all();
        }
    }

    /// Does the work, if there still is any. The caller has the lock, and unlocks it before it unlocks the state.
    fn work(&self, flush_buffer: impl FnOnce() -> io::Result<()>) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        if state.forks > 0 {
            return state;
        }
        let Some(work) = state.work.take() else { return state };
        state.stage = Stage::Working { is_awaited: true };
        state.patience = MANY_LOOKS.min(2 * state.patience);
        drop(state);
        let answer = match work {
            Work::Write(bytes) => write_while(self.stream, &bytes, || lock(&self.state).forks == 0),
            Work::FlushBuffer => (0, flush_buffer()),
        };
        let mut state = lock(&self.state);
        if state.stage == (Stage::Working { is_awaited: true }) {
            state.answer = Some(answer);
        }
        state
    }

    /// Waits until this crate does not hold the lock, and keeps it from taking it. `None`: the state is locked until
    /// then, as by this very thread, which a signal handler that forks has interrupted.
    fn stop(&'static self, deadline: Instant) -> Option<MutexGuard<'static, State>> {
        let mut state = lock_until(&self.state, Some(deadline))?;
        state.forks += 1;
        self.changed.notify_all();
        while state.is_working() || matches!(state.stage, Stage::Locking(_)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = wait_for(&self.changed, state, left).0;
        }
        if matches!(state.stage, Stage::Locking(_)) {
            state.stage = Stage::Stuck;
        }
        Some(state)
    }
}

thread_local! {
    /// What the forking thread has stopped.
    static STOPPED: WhileForking<[Option<MutexGuard<'static, State>>; 2]> =
        const { WhileForking::new() };
}

/// Waits until no thread here holds a lock of the standard library, but not beyond the deadline. Returns how many
/// threads it has stopped.
pub(super) fn before_fork(deadline: Instant) -> u64 {
    let stopped = [&STDOUT, &STDERR].map(|locker| locker.stop(deadline));
    let threads = stopped.iter().flatten().map(|state| u64::from(state.has_thread)).sum();
    STOPPED.with(|kept| kept.keep(stopped));
    threads
}

pub(super) fn after_fork(in_child: bool) {
    let stopped = STOPPED.with(WhileForking::take).unwrap_or_default();
    for (locker, state) in [&STDOUT, &STDERR].into_iter().zip(stopped) {
        match state {
            Some(mut state) if in_child => *state = State::NEW,
            Some(mut state) => state.forks -= 1,
            None if in_child => locker.is_lost.store(true, Ordering::Relaxed),
            None => {}
        }
        locker.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_does_not_wait_for_a_thread_that_keeps_the_state_and_its_child_writes_without_the_lock()
     {
        static LOCKER: Locker = Locker::new(Stream::Stderr);
        let kept = lock(&LOCKER.state);
        std::thread::scope(|scope| {
            let stopped = scope.spawn(|| LOCKER.stop(Instant::now()).is_some());
            assert!(!stopped.join().expect("no panic"));
        });
        LOCKER.is_lost.store(true, Ordering::Relaxed);
        assert!(LOCKER.ask(|| Work::FlushBuffer, None).is_none());
        drop(kept);
    }
}
