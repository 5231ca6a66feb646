//! The commands of the tests, one a line. Each has an answer of one line.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::{system, user_code, work};

/// The socket to the test.
fn channel() -> ManuallyDrop<File> {
    // SAFETY: the descriptor is open for the whole life of the process, nothing else uses it, and it is not closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(0) })
}

/// One write, so that answers of several processes and threads do not mix.
fn answer(text: &str) {
    channel().write_all(text.as_bytes()).expect("the test listens");
}

extern "C" fn report() {
    answer(&work::report());
}

pub(crate) fn run() {
    // Before this crate registers its own handler, so that it runs after that one.
    system::at_exit(report);
    let mut arguments = std::env::args().skip(1);
    user_code::install(&arguments.next().unwrap_or_default());
    if let Some(number) = arguments.next() {
        work::count_from(number.parse().expect("a number"));
    }
    answer("ready\n");
    for command in BufReader::new(&*channel()).lines() {
        let command = command.expect("UTF-8");
        let words: Vec<_> = command.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        match words[0] {
            "end" => break,
            "fail" => work::fail(number(1), number(2)),
            "flush" => {
                let is_in_time = track_errors::flush(Duration::from_millis(number(1)));
                answer(&format!("{is_in_time}\n"));
                continue;
            }
            "go-on" => user_code::go_on(),
            "no-privileges" => system::lose_privileges(),
            "use-up-descriptors" => system::use_up_descriptors(),
            "free-descriptors" => system::free_descriptors(),
            "files-grow-to" => system::limit_files(number(1)),
            "files-grow" => system::limit_files(u64::MAX),
            "remove" => std::fs::remove_file(words[1]).expect("it is there"),
            "clock" => system::shift_clock(words[1].parse().expect("a number")),
            "memory-up-to" => system::limit_allocations(number(1) as usize),
            "fork" => (1..=number(1)).for_each(fork_once),
            "fork-among-threads" => fork_among_threads(number(1)),
            "exec" => exec(),
            "until-killed" => until_killed(number(1)),
            other => unreachable!("unknown command {other:?}"),
        }
        answer("done\n");
    }
}

/// Forks, fails in both, and waits for the child. `child` is its number.
fn fork_once(child: u64) {
    let process = system::fork(|| {
        work::begin_anew();
        work::count_from(child * 1_000_000);
        work::round();
        // Runs the exit handlers, of which the last one reports.
        std::process::exit(0);
    });
    work::round();
    system::wait_for(process);
}

/// Forks while so many threads fail.
fn fork_among_threads(threads: u64) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    work::round();
                }
            });
        }
        (1..=3).for_each(fork_once);
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Becomes the same program anew, whose errors have other numbers.
fn exec() {
    report();
    let error = Command::new("/proc/self/exe").args(["", "1000000"]).exec();
    unreachable!("{error}");
}

/// So many threads fail until a signal ends the process. Each says which errors a flush has written: of the numbers
/// from the first to the last, those are its own.
fn until_killed(threads: u64) -> ! {
    for _ in 0..threads {
        thread::spawn(|| {
            loop {
                let numbers: Vec<_> = (0..100).map(|_| work::fail_once().to_string()).collect();
                let is_in_time = track_errors::flush(Duration::from_secs(60));
                assert!(is_in_time, "the disk takes some lines in a minute");
                answer(&format!("{}\n", numbers.join(" ")));
            }
        });
    }
    loop {
        thread::park();
    }
}
