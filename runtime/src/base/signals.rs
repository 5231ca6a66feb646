//! Signals: what this crate does in the background or on a thread of the program raises none there.
//!
//! * A thread of this crate runs no handler of the program, which may count on the program's own threads:
//!   [`spawn`].
//! * A write on a thread of the program raises no SIGPIPE and no SIGXFSZ: [`without_signals_of_writes`]. Their
//!   default action ends the program; the write's error says the same.
//!
//! Outside of Unix there is nothing to do.

use std::cell::Cell;
use std::io;
use std::thread::{self, Scope, ScopedJoinHandle};

use super::sync;

thread_local! {
    /// Whether this is a thread of [`spawn`]: the signals of writes are blocked already.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Starts a thread of this crate, with all signals blocked but those of its own faults (SIGSEGV and its like):
/// the system ends a program whose thread has a fault and blocks its signal, without calling the program's
/// crash handler. Threads that this thread starts inherit its mask.
///
/// # Errors
///
/// The system has no room for another thread.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let work = || {
        IS_OURS.set(true);
        work();
    };
    while_blocked(|| sync::spawn(name, work))
}

/// The same, for a thread that the caller waits for.
pub(crate) fn spawn_scoped<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, ()>> {
    let work = || {
        IS_OURS.set(true);
        work();
    };
    while_blocked(|| thread::Builder::new().spawn_scoped(scope, work))
}

/// Starts a thread, which inherits the blocked signals: none comes before its first statement.
fn while_blocked<T>(start: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let _blocked = system::Blocked::new(&system::all_but_faults());
    start()
}

/// Whether this is a thread of [`spawn`].
pub(crate) fn is_own_thread() -> bool {
    IS_OURS.get()
}

/// Runs a write. SIGPIPE (it has no reader) and SIGXFSZ (the file is too large) are blocked meanwhile, and taken
/// if it raised them.
pub(crate) fn without_signals_of_writes<T>(write: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let _caught = (!is_own_thread()).then(system::Caught::new);
    write()
}

#[cfg(unix)]
mod system {
    use std::ptr;

    use libc::{c_int, sigset_t};

    const OF_WRITES: [c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ];
    const OF_FAULTS: [c_int; 6] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];

    /// A set that `fill` fills.
    fn set(fill: impl FnOnce(&mut sigset_t)) -> sigset_t {
        // SAFETY: a set is plain bits or integers; zeros are a valid value of both.
        let mut set = unsafe { std::mem::zeroed() };
        fill(&mut set);
        set
    }

    pub(super) fn all_but_faults() -> sigset_t {
        // SAFETY: the calls write to the set alone.
        set(|set| unsafe {
            libc::sigfillset(set);
            for signal in OF_FAULTS {
                libc::sigdelset(set, signal);
            }
        })
    }

    fn of_writes() -> sigset_t {
        // SAFETY: the calls write to the set alone.
        set(|set| unsafe {
            libc::sigemptyset(set);
            for signal in OF_WRITES {
                libc::sigaddset(set, signal);
            }
        })
    }

    /// Blocks signals in this thread until it is dropped.
    pub(super) struct Blocked {
        before: sigset_t,
    }

    impl Blocked {
        pub(super) fn new(signals: &sigset_t) -> Self {
            // SAFETY: the call reads one set and writes the other.
            let before = set(|before| unsafe {
                libc::pthread_sigmask(libc::SIG_BLOCK, signals, before);
            });
            Blocked { before }
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            // SAFETY: the call reads the set.
            unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut());
            }
        }
    }

    /// The signals of writes that are pending: for this thread, or for the process.
    fn pending() -> [bool; 2] {
        // SAFETY: the call writes to the set alone.
        let pending = set(|pending| unsafe {
            libc::sigpending(pending);
        });
        // SAFETY: the call reads the set.
        OF_WRITES.map(|signal| unsafe { libc::sigismember(&raw const pending, signal) } == 1)
    }

    /// Blocks the signals of writes in this thread until it is dropped, and takes those that came meanwhile.
    pub(super) struct Caught {
        // Dropped last, after `drop` has taken the signals.
        _blocked: Blocked,
        pending_before: [bool; 2],
    }

    impl Caught {
        pub(super) fn new() -> Self {
            let _blocked = Blocked::new(&of_writes());
            Caught { _blocked, pending_before: pending() }
        }
    }

    impl Drop for Caught {
        fn drop(&mut self) {
            let pending = pending();
            for (at, signal) in OF_WRITES.into_iter().enumerate() {
                // One that waited before the write is the program's.
                if pending[at] && !self.pending_before[at] {
                    take(signal);
                }
            }
        }
    }

    /// Takes a pending signal.
    fn take(signal: c_int) {
        // SAFETY: the call writes to the set alone.
        let only = set(|only| unsafe {
            libc::sigemptyset(only);
            libc::sigaddset(only, signal);
        });
        #[cfg(not(any(target_vendor = "apple", target_os = "openbsd")))]
        // SAFETY: the call reads the set and the time, and fills no place. With no time it does not wait.
        unsafe {
            let no_time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            libc::sigtimedwait(&raw const only, ptr::null_mut(), &raw const no_time);
        }
        #[cfg(any(target_vendor = "apple", target_os = "openbsd"))]
        // SAFETY: the call reads the set and writes to `taken`. It returns at once: the signal of a write is
        // for the thread that writes, and no other one can take it first.
        unsafe {
            let mut taken = 0;
            libc::sigwait(&raw const only, &raw mut taken);
        }
    }
}
