//! Forks while other threads use the debug mode.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use track_errors::debug::{self, DebugLevel};

use super::{fail, flush};

/// Forks again and again, while eight threads write lines of the application's, and nothing ever fails.
pub(crate) fn fork_while_lines_are_written() {
    static OVER: AtomicBool = AtomicBool::new(false);

    debug::log(DebugLevel::Error, "in the parent");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !OVER.load(Ordering::Relaxed) {
                    debug::log(DebugLevel::Error, "in the parent");
                }
            });
        }
        for _ in 0..20 {
            // SAFETY: the child calls what `fork` allows in a program with threads, and this crate,
            // which may be called there.
            let child = unsafe { libc::fork() };
            if child == 0 {
                debug::log(DebugLevel::Error, "in the child");
                std::process::exit(0);
            }
            let mut status = 0;
            // SAFETY: `status` is a valid place for the status of our own child.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended by itself");
        }
        OVER.store(true, Ordering::Relaxed);
    });
}

/// Forks again and again, while eight threads write lines and fail.
pub(crate) fn fork_under_load() {
    static OVER: AtomicBool = AtomicBool::new(false);
    static FAILED: AtomicU64 = AtomicU64::new(0);

    fail();
    flush();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !OVER.load(Ordering::Relaxed) {
                    fail();
                    FAILED.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..20 {
            // SAFETY: the child calls what `fork` allows in a program with threads, and this crate,
            // which may be called there.
            let child = unsafe { libc::fork() };
            if child == 0 {
                debug::log(DebugLevel::Info, "in the child");
                fail();
                // `exit` runs the exit handlers, but not the end of the scope, which waits for
                // threads that the child does not have.
                std::process::exit(0);
            }
            let mut status = 0;
            // SAFETY: `status` is a valid place for the status of our own child.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended by itself");
        }
        OVER.store(true, Ordering::Relaxed);
    });
    assert!(FAILED.load(Ordering::Relaxed) > 0);
}

/// Forks once.
pub(crate) fn fork_once() {
    fail();
    flush();
    // SAFETY: there is no thread of the program's own.
    let child = unsafe { libc::fork() };
    debug::log(DebugLevel::Info, format_args!("child: {}", child == 0));
    fail();
    if child == 0 {
        std::process::exit(0);
    }
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended by itself");
}
