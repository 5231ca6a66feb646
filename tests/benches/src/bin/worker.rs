//! How many errors a second the worker writes, without a pause, to `/dev/null` or to a file, as the second argument
//! says (`null`, `file`); the first is the number of rounds. Beside it a plain writer: a thread that serialises the
//! same data with `serde_json` into a buffer of 64 KiB, and writes it to the same place.
//!
//! The writers take turns, and the best round of each counts: other load on the machine only slows down. Their CPU
//! time is that of all threads but the failing one.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use serde_json::Value;
use track_errors::{BacktraceMode, Output, Overflow, RateLimit};
use track_errors_benches::{at_depth, levels, print, times};

/// Errors of a round: tens of megabytes, which the system keeps in memory.
const ERRORS: u32 = 10_000;

/// One writer.
struct Writer {
    name: &'static str,
    fail: fn(),
    /// The line of one error.
    line: Value,
    ours: Cost,
    plain: Cost,
}

/// The best of all rounds, an error.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

impl Cost {
    const NONE: Cost = Cost { wall: Duration::MAX, cpu: Duration::MAX };

    fn improve(&mut self, other: Cost) {
        self.wall = self.wall.min(other.wall);
        self.cpu = self.cpu.min(other.cpu);
    }
}

fn main() -> io::Result<()> {
    let rounds = times(30);
    let target = std::env::args().nth(2).unwrap_or_else(|| "null".to_owned());
    let file = std::env::temp_dir().join(format!("track_errors_worker_{}", std::process::id()));
    write_to(&file);
    let mut writers = [
        ("track_errors", levels::logged::one as fn()),
        ("track_errors, trail", levels::trail::one),
    ]
    .map(|(name, fail)| {
        at_depth(30, fail);
        settle();
        let lines = fs::read_to_string(&file).expect("the file of lines");
        let line = lines.lines().last().expect("a line").parse().expect("JSON");
        Writer { name, fail, line, ours: Cost::NONE, plain: Cost::NONE }
    });
    let path = if target == "file" { file.clone() } else { PathBuf::from("/dev/null") };
    write_to(&path);
    for _ in 0..rounds {
        for writer in &mut writers {
            empty(&file)?;
            writer.ours.improve(at_depth(30, || ours(writer.fail)));
            empty(&file)?;
            writer.plain.improve(at_depth(30, || plain(&writer.line, &path))?);
        }
    }
    fs::remove_file(file)?;
    let nanos = |duration: Duration| duration.as_nanos() as f64;
    for Writer { name, line, ours, plain, .. } in writers {
        let values = [
            ("ns", nanos(ours.wall)),
            ("cpu_ns", nanos(ours.cpu)),
            ("plain_ns", nanos(plain.wall)),
            ("plain_cpu_ns", nanos(plain.cpu)),
            ("bytes", line.to_string().len() as f64),
        ];
        print(&format!("worker_{target}"), name, &values);
    }
    Ok(())
}

fn write_to(path: &Path) {
    track_errors::builder()
        .service("bench")
        .backtrace(BacktraceMode::Native)
        .rate_limit(RateLimit::Off)
        .overflow(Overflow::Block)
        .output(Output::File(path.to_owned()))
        .init();
}

fn settle() {
    assert!(track_errors::flush(Duration::from_secs(60)), "written within a minute");
}

fn empty(file: &Path) -> io::Result<()> {
    File::options().write(true).open(file)?.set_len(0)
}

/// Errors of this thread, until the last is written.
fn ours(fail: fn()) -> Cost {
    let (start, others) = (Instant::now(), cpu_of_other_threads());
    (0..black_box(ERRORS)).for_each(|_| fail());
    settle();
    Cost { wall: start.elapsed() / ERRORS, cpu: (cpu_of_other_threads() - others) / ERRORS }
}

/// As many lines from this thread.
fn plain(line: &Value, path: &Path) -> io::Result<Cost> {
    let file = File::options().append(true).open(path)?;
    let (start, before) = (Instant::now(), clock(ClockId::CLOCK_THREAD_CPUTIME_ID));
    let mut out = BufWriter::with_capacity(1 << 16, file);
    for _ in 0..black_box(ERRORS) {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    let spent = clock(ClockId::CLOCK_THREAD_CPUTIME_ID) - before;
    Ok(Cost { wall: start.elapsed() / ERRORS, cpu: spent / ERRORS })
}

fn cpu_of_other_threads() -> Duration {
    clock(ClockId::CLOCK_PROCESS_CPUTIME_ID) - clock(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn clock(id: ClockId) -> Duration {
    clock_gettime(id).expect("a clock of each system").into()
}
