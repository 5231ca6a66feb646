//! `test_output`: the output of the running test.
//!
//! A test harness captures what `print!` writes on the thread of a test, and on threads that this thread has started.
//! It shows that if the test fails, and with `--nocapture`. So a batch is written by `print!`, on a thread that the
//! failing thread starts for it and waits for: not on the failing thread itself, as the program may hold the lock of
//! stdout for ever, and as `print!` panics if stdout is closed.
//!
//! A `print!` that waits for its lock for too long takes no lines; they go past the lock to stdout, like those of the
//! [console](super::console). So do all later ones, until that `print!` has ended. A fork waits for a line that is being
//! printed: the child would inherit the lock.

use std::fmt;
use std::io;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use super::console::{Console, Stream};
use super::{Batch, Sink};
use crate::base::guarded::guarded;
#[cfg(unix)]
use crate::base::lock::{WhileForking, lock_until};
use crate::base::lock::{lock, lock_within};
use crate::base::signals;
use crate::base::sync::{Mutex, MutexGuard};

/// How long lines wait for a lock; on a busy machine also for the thread that prints.
const PATIENCE: Duration = Duration::from_secs(1);

/// Held by a thread that prints lines, and by one that forks.
static PRINTING: Mutex<()> = Mutex::new(());
/// Whether a `print!` is running; also one that its caller has given up. Relaxed: no other memory depends on it.
static IS_PRINTING: AtomicBool = AtomicBool::new(false);

/// The output of the running test.
#[derive(Debug)]
pub(super) struct TestOutput {
    past_the_lock: Console,
}

impl TestOutput {
    pub(super) fn new() -> Self {
        TestOutput { past_the_lock: Console::new(Stream::Stdout) }
    }
}

impl Sink for TestOutput {
    fn name(&self) -> &str {
        "test"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        print(batch).unwrap_or_else(|| self.past_the_lock.write(batch))
    }
}

/// Lines that a `print!` takes once it has the lock, and that its caller takes back if that lasts too long.
struct Lines(Mutex<Option<String>>);

impl Lines {
    fn take(&self) -> Option<String> {
        lock(&self.0).take()
    }
}

/// `print!` formats its arguments while it has the lock.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.take().unwrap_or_default())
    }
}

/// Prints the lines; `None` if that is not possible, and nothing was printed.
fn print(batch: &Batch<'_>) -> Option<io::Result<()>> {
    /// Ends with the thread, also by a panic.
    struct Printing;
    impl Drop for Printing {
        fn drop(&mut self) {
            IS_PRINTING.store(false, Ordering::Relaxed);
        }
    }

    let _held = lock_within(&PRINTING, PATIENCE)?;
    let text = String::from_utf8_lossy(batch.bytes()).into_owned();
    let lines = Arc::new(Lines(Mutex::new(Some(text))));
    if IS_PRINTING.swap(true, Ordering::Relaxed) {
        return None;
    }
    let printing = Printing;
    let (done, is_done) = channel();
    let printed = Arc::clone(&lines);
    let print = move || {
        #[expect(clippy::print_stdout, reason = "no other way leads into the output of a test")]
        let result = guarded(|| print!("{printed}"));
        drop(printing);
        // The caller may have gone on.
        let _: Result<(), _> = done.send(result.is_some());
    };
    signals::spawn("track_errors_print", print).ok()?;
    match is_done.recv_timeout(PATIENCE) {
        Ok(true) => Some(Ok(())),
        // Its lines are lost: stdout is closed.
        Ok(false) => Some(Err(io::ErrorKind::BrokenPipe.into())),
        Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
            // If it took them, it is writing them.
            lines.take().is_none().then_some(Ok(()))
        }
    }
}

#[cfg(unix)]
thread_local! {
    /// What the forking thread holds.
    static HELD: WhileForking<Option<MutexGuard<'static, ()>>> = const { WhileForking::new() };
}

/// Waits until no lines are being printed, but not beyond the deadline, and keeps other threads from it.
#[cfg(unix)]
pub(super) fn before_fork(deadline: Instant) {
    HELD.with(|held| held.keep(lock_until(&PRINTING, Some(deadline))));
}

#[cfg(unix)]
pub(super) fn after_fork() {
    drop(HELD.with(WhileForking::take));
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn while_a_thread_forks_no_other_one_prints() {
        let prints = || print(&Batch::new(b"printed\n")).is_some();
        let from_a_thread = || std::thread::scope(|scope| scope.spawn(prints).join()).unwrap();
        before_fork(Instant::now() + PATIENCE);
        assert!(!from_a_thread());
        after_fork();
        assert!(from_a_thread());
    }
}
