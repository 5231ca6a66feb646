//! The scenarios. Linux only: their system calls are its own.

use std::fs::File;
use std::io;
use std::time::Duration;

use track_errors::{Delivery, track_errors};

use crate::signals;

/// Fails with "Too many open files" while no descriptor is left.
#[track_errors(service = "console", rate_limit = "off")]
fn open() -> io::Result<File> {
    Ok(File::open("/dev/null")?)
}

#[track_errors(service = "console", rate_limit = "off")]
fn fail(number: u32) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "console", rate_limit = 1)]
fn fail_often() -> Result<(), String> {
    Err("often".to_owned())
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

/// Uses up all descriptors until the value is dropped.
fn no_descriptors() -> Vec<File> {
    signals::limit(libc::RLIMIT_NOFILE, 32);
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    taken
}

pub(crate) fn run() {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    if std::env::var_os("DELIVERY").is_some_and(|delivery| delivery == "sync") {
        track_errors::builder().delivery(Delivery::Sync).init();
    }
    match &*scenario {
        "descriptors-are-used-up" => {
            // The output is open.
            assert!(fail(0).is_err());
            flush();
            let taken = no_descriptors();
            assert!(open().is_err());
            flush();
            // Leaves the limit in place, and has descriptors again.
            drop(taken);
            assert!(fail(1).is_err());
            flush();
            fail(2).expect_err("it fails, on another line");
        }
        "descriptors-are-used-up-and-errors-suppressed" => {
            let _taken = no_descriptors();
            (0..100).for_each(|_| assert!(fail_often().is_err()));
            flush();
        }
        "descriptors-are-used-up-at-the-first-error" => {
            let taken = no_descriptors();
            assert!(open().is_err());
            flush();
            drop(taken);
            assert!(fail(1).is_err());
        }
        "fails-and-exits-with-7" => {
            signals::default_action(libc::SIGPIPE);
            for number in 0..3 {
                assert!(fail(number).is_err());
                flush();
            }
            std::process::exit(7);
        }
        "files-have-no-room" => {
            signals::limit(libc::RLIMIT_FSIZE, 0);
            for number in 0..3 {
                assert!(fail(number).is_err());
                flush();
            }
            std::process::exit(7);
        }
        "is-signalled" => {
            // The threads of this crate run.
            assert!(fail(1).is_err());
            flush();
            for signal in [libc::SIGUSR1, libc::SIGPROF, libc::SIGPIPE] {
                signals::count_on_this_thread(signal);
                signals::set_blocked(signal, true);
                signals::raise_for_process(signal);
                // They run again, and would run the handler.
                assert!(fail(2).is_err());
                flush();
                assert_eq!(signals::counted(), (0, 0), "no other thread takes it");
                signals::set_blocked(signal, false);
                assert_eq!(signals::counted(), (1, 0), "signal {signal}");
            }
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}
