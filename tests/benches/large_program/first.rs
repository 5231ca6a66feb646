//! The first error of a program, which `run` builds with and without much code in other crates:
//!
//!     first     times and memory of the first error
//!     beside    the slowest error of another thread until the first line is written, and in a second of quiet

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use track_errors::{Batch, RateLimit, Sink, track_errors};

/// Calls around the failing one.
const DEPTH: u32 = 20;
/// The other thread pauses between two errors, so that it fills no queue.
const PAUSE: Duration = Duration::from_micros(200);

#[derive(Debug)]
struct Declined(u16);

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "card declined by the bank (code {})", self.0)
    }
}

impl std::error::Error for Declined {}

#[track_errors]
fn pay() -> Result<(), Declined> {
    Err(Declined(black_box(51)))?;
    Ok(())
}

#[inline(never)]
fn descend(depth: u32) {
    if depth > 0 {
        descend(depth - 1);
    } else {
        let _ = black_box(pay());
    }
    // Work after the call, so that it is no tail call.
    black_box(depth);
}

/// Writes to a file, and tells when it has.
struct Timed(File, Sender<Instant>);

impl Sink for Timed {
    fn name(&self) -> &str {
        "timed"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.0.write_all(batch.bytes())?;
        let _ = self.1.send(Instant::now());
        Ok(())
    }
}

/// `code` calls the code of the other crates, so that it is in the program.
pub fn main(code: fn(u64) -> usize) -> io::Result<()> {
    black_box(code(black_box(0)));
    let mode = std::env::args().nth(1).unwrap_or_default();
    let path = std::env::temp_dir().join(format!("track_errors_large_{}", std::process::id()));
    let file = File::options().append(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    let (written, wait_until_written) = channel();
    track_errors::builder().rate_limit(RateLimit::Off).init_with_sink(Timed(file, written));
    let before = memory("VmRSS:");
    let start = Instant::now();
    match &*mode {
        "first" => {
            descend(DEPTH);
            let thread = start.elapsed();
            let line = wait_until_written.recv().expect("it is written") - start;
            let after = memory("VmRSS:");
            let peak = memory("VmHWM:");
            // Long enough for what is released when nothing fails any more.
            let mut idle = after;
            for _ in 0..IDLE_SECONDS {
                std::thread::sleep(Duration::from_secs(1));
                idle = idle.min(memory("VmRSS:"));
            }
            print(&[
                ("thread_ns", nanos(thread)),
                ("line_ns", nanos(line)),
                ("after_bytes", after - before),
                ("peak_bytes", peak - before),
                ("idle_bytes", idle - before),
            ]);
        }
        "beside" => {
            let is_written = AtomicBool::new(false);
            let meanwhile = std::thread::scope(|scope| {
                let other = scope.spawn(|| worst(|| is_written.load(Ordering::Relaxed)));
                descend(DEPTH);
                wait_until_written.recv().expect("it is written");
                is_written.store(true, Ordering::Relaxed);
                other.join().expect("no panic")
            });
            let until = Instant::now() + Duration::from_secs(1);
            let quiet = worst(|| Instant::now() >= until);
            print(&[("beside_ns", nanos(meanwhile)), ("quiet_ns", nanos(quiet))]);
        }
        _ => panic!("first or beside"),
    }
    Ok(())
}

/// More than the time after which symbols are released.
const IDLE_SECONDS: u32 = 12;

/// The slowest error of this thread.
fn worst(stop: impl Fn() -> bool) -> Duration {
    let mut worst = Duration::ZERO;
    while !stop() {
        let start = Instant::now();
        descend(DEPTH);
        worst = worst.max(start.elapsed());
        std::thread::sleep(PAUSE);
    }
    worst
}

/// A line of `/proc/self/status` in bytes.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number
        .and_then(|number| number.parse::<f64>().ok())
        .map_or(f64::NAN, |kilobytes| kilobytes * 1024.0)
}

fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

fn print(values: &[(&str, f64)]) {
    let values: Vec<String> =
        values.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    println!("{{{}}}", values.join(", "));
}
