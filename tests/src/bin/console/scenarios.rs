//! The scenarios. Linux only: their system calls are its own.

use std::fs::File;
use std::io;
use std::time::Duration;

use track_errors::{Delivery, Overflow, track_errors};

use crate::system;

/// Fails with "Too many open files" while no descriptor is left.
#[track_errors(service = "console", rate_limit = "off")]
fn open() -> io::Result<File> {
    File::open("/dev/null")
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

/// Fails further in than tracked functions are, so that a stack has frames that only symbols name.
#[inline(never)]
fn untracked() -> io::Result<File> {
    let result = open();
    std::hint::black_box(result)
}

/// The error's line has more bytes than a pipe takes in one piece.
#[track_errors(service = "console", rate_limit = "off")]
fn fail_at_length() -> Result<(), String> {
    Err("long ".repeat(1_000))
}

/// Four threads fail 7,000 times, while others print 10,000 lines: long and short ones, by `println!` and by
/// `tracing`, as JSON.
fn fail_beside_others() {
    tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).init();
    track_errors::builder().overflow(Overflow::Block).init();
    let texts = ["short".to_owned(), "long ".repeat(1_000)];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..7_000).for_each(|_| assert!(fail_at_length().is_err())));
        }
        for text in &texts {
            scope.spawn(move || (0..2_500).for_each(|_| println!("{{\"printed\":\"{text}\"}}")));
            scope.spawn(move || (0..2_500).for_each(|_| tracing::info!(traced = text)));
        }
    });
}

/// Fails, and returns when this crate is in the middle of writing the error's line, under the lock of stdout: the
/// pipe takes less than that line.
fn fail_in_the_middle_of_a_line() {
    // The handlers of this crate are installed.
    assert!(fail(0).is_err());
    flush();
    system::shrink_stdout();
    print!("half a line");
    assert!(fail_at_length().is_err());
    // The test has read the first byte of the line.
    io::stdin().read_line(&mut String::new()).expect("the test writes a line");
}

/// Uses up all descriptors until the value is dropped.
fn no_descriptors() -> Vec<File> {
    system::limit(libc::RLIMIT_NOFILE, 32);
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
            // One place in the source, so one stack.
            for may_open in [false, true] {
                let taken = no_descriptors();
                let error = untracked();
                if may_open {
                    drop(taken);
                }
                assert!(error.is_err());
                flush();
            }
            assert!(fail(1).is_err());
        }
        "fails-and-exits-with-7" => {
            system::default_action(libc::SIGPIPE);
            for number in 0..3 {
                assert!(fail(number).is_err());
                flush();
            }
            std::process::exit(7);
        }
        "files-have-no-room" => {
            system::limit(libc::RLIMIT_FSIZE, 0);
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
                system::count_on_this_thread(signal);
                system::set_blocked(signal, true);
                system::raise_for_process(signal);
                // They run again, and would run the handler.
                assert!(fail(2).is_err());
                flush();
                assert_eq!(system::counted(), (0, 0), "no other thread takes it");
                system::set_blocked(signal, false);
                assert_eq!(system::counted(), (1, 0), "signal {signal}");
            }
        }
        "fails-beside-others" => fail_beside_others(),
        "ends-in-the-middle-of-a-line" => {
            fail_in_the_middle_of_a_line();
            system::at_exit(system::say_that_main_is_over);
        }
        "forks-in-the-middle-of-a-line" => {
            fail_in_the_middle_of_a_line();
            let child = system::fork();
            if child == 0 {
                println!("; and the child's line");
                system::exit_at_once();
            }
            eprintln!("forked");
            system::wait_for(child);
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}
