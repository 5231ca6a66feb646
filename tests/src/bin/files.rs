//! A program that logs numbered errors. For each line `first count` on its stdin, four threads fail `count` times
//! together; then all is written, and the program prints `done`.

use std::io;
use std::time::Duration;

use track_errors::{Overflow, track_errors};

const THREADS: u64 = 4;

#[track_errors(service = "files", rate_limit = "off")]
fn fails(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

fn main() {
    track_errors::builder().overflow(Overflow::Block).init();
    for line in io::stdin().lines() {
        let line = line.expect("UTF-8");
        let (first, count) = line.split_once(' ').expect("two numbers");
        let first: u64 = first.parse().expect("a number");
        let count: u64 = count.parse().expect("a number");
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || {
                    for number in first..first + count {
                        if number % THREADS != thread {
                            continue;
                        }
                        assert!(fails(number).is_err());
                    }
                });
            }
        });
        assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
        println!("done");
    }
}
