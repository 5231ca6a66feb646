//! The process: its threads, its clock, its memory, its copies and its end.

use std::collections::BTreeSet;

use track_errors_tests::process;

use super::account::{Lines, Report, assert_counted, assert_nothing_is_lost};
use super::program::{Program, TRAIL, folder};

#[test]
fn sixty_four_threads() {
    let mut program = Program::start("", &[]);
    program.tell("fail 64 50");
    let ended = program.end();
    assert_eq!(ended.report.happened, 64 * 50 * 6);
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}

#[test]
fn a_full_queue() {
    let mut program = Program::start("sink-blocks", &[]);
    // The queue holds 8,192 records, and each round logs two and more.
    program.tell("fail 4 2000");
    assert!(!program.flush(1), "the sink blocks");
    program.tell("go-on").flushed();
    program.tell("fail 1 1");
    let ended = program.end();
    assert!(ended.report.dropped > 0, "{:?}", ended.report);
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}

#[test]
fn a_clock_that_is_set_back_and_forth() {
    let path = folder("clock").join("errors.jsonl");
    let mut program = Program::with_file(&path);
    for seconds in [0, -86_400, 1_000_000_000, -2_000_000_000, 0] {
        program.tell(&format!("clock {seconds}")).tell("fail 4 20").flushed();
    }
    let ended = program.end();
    let lines = Lines::of(&[&std::fs::read(path).unwrap()]);
    assert_nothing_is_lost(&ended.report, &lines);
    let years: BTreeSet<_> = lines.times.iter().map(|time| &time[..4]).collect();
    assert!(years.len() >= 3, "the clock of the program was set: {years:?}");
}

#[test]
fn a_process_that_is_killed() {
    for acknowledged in [1, 2, 3, 5, 8, 13] {
        let path = folder("killed").join("errors.jsonl");
        let mut program = Program::with_file(&path);
        program.send("until-killed 4");
        let mut flushed = Vec::new();
        flushed.extend((0..acknowledged).map(|_| program.answer().expect("threads fail")));
        program.kill();
        let ended = program.wait();
        flushed.extend(ended.answers);
        let text = std::fs::read(&path).unwrap();
        let lines = Lines::of(&[&text]);
        let logged = lines.numbers();
        // What was flushed is there.
        let numbers = flushed.iter().filter_map(|answer| numbers(answer));
        for numbers in numbers {
            assert!(numbers.is_subset(&logged), "a flushed error is lost");
        }
        // At most the last line is cut.
        assert!(lines.cut <= 1, "{} lines are cut", lines.cut);
        assert!(lines.cut == 0 || text.last() != Some(&b'\n'));
        assert_eq!((lines.repeated, ended.stdout.len(), ended.stderr.len()), (0, 0, 0));
    }
}

/// The numbers of a whole answer.
fn numbers(answer: &str) -> Option<BTreeSet<u64>> {
    let numbers: BTreeSet<_> = answer.split(' ').filter_map(|number| number.parse().ok()).collect();
    (numbers.len() == 100).then_some(numbers)
}

#[test]
fn a_process_that_forks() {
    let path = folder("fork").join("errors.jsonl");
    let mut program = Program::with_file(&path);
    program.tell("fail 4 20").tell("fork 3");
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&std::fs::read(path).unwrap()]));
}

#[test]
fn a_process_that_forks_while_its_threads_fail() {
    let path = folder("fork-among-threads").join("errors.jsonl");
    let mut program = Program::with_file(&path);
    program.tell("fork-among-threads 3");
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&std::fs::read(path).unwrap()]));
}

#[test]
fn exec_after_a_flush() {
    let mut program = Program::start("", &[]);
    program.tell("fail 4 20").flushed().send("exec");
    program.is_ready();
    program.tell("fail 4 20");
    let ended = program.end();
    assert_eq!(ended.report.happened, 2 * 4 * 20 * 6);
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}

#[test]
fn exec_without_a_flush() {
    let mut program = Program::start("", &[]);
    program.tell("fail 4 20").send("exec");
    program.is_ready();
    program.tell("fail 1 1");
    let ended = program.end();
    assert_counted(&ended.report);
    let lines = Lines::of(&[&ended.stdout]);
    let after = lines.numbers().into_iter().filter(|number| *number >= 1_000_000);
    // Plain, handled aloud, returned, and one of two that are limited.
    assert!(after.count() >= 3 && lines.cut == 0, "what fails after it is logged");
}

#[test]
fn a_panic_that_aborts() {
    let program = process::built_with_abort(env!("CARGO_TARGET_TMPDIR"));
    let mut command = process::program(program.to_str().expect("UTF-8"), [TRAIL]);
    let output = command.arg("panic-after-errors").output().expect("it starts");
    assert!(!output.status.success(), "it aborts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let mut report = Report::default();
    let reports = stderr.lines().filter(|line| report.add(line)).count();
    assert_eq!(reports, 1, "{stderr}");
    assert_nothing_is_lost(&report, &Lines::of(&[&output.stdout]));
}

#[test]
fn no_memory_for_a_large_batch() {
    let mut program = Program::start("", &[]);
    for bytes in [65_536, 8_192] {
        program.tell(&format!("memory-up-to {bytes}")).tell("fail 4 200").flushed();
    }
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}
