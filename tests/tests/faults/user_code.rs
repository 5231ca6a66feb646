//! Sinks and hooks that panic or block.

use super::account::{Lines, assert_counted, assert_nothing_is_lost};
use super::program::Program;

#[test]
fn a_sink_that_panics() {
    let mut program = Program::start("sink-panics", &[]);
    for _ in 0..10 {
        program.tell("fail 4 5").flushed();
    }
    let ended = program.end();
    assert!(Lines::of(&[&ended.stdout]).errors() > 0 && Lines::of(&[&ended.stderr]).errors() > 0);
    let lines = Lines::of(&[&ended.stdout, &ended.stderr]);
    assert_nothing_is_lost(&ended.report, &lines);
    assert_eq!((ended.report.dropped, lines.repeated, lines.cut), (0, 0, 0));
}

#[test]
fn a_sink_that_takes_some_lines_and_fails() {
    let mut program = Program::start("sink-fails-after-some", &[]);
    for _ in 0..3 {
        program.tell("fail 4 5").flushed();
    }
    let ended = program.end();
    let lines = Lines::of(&[&ended.stderr]);
    assert_nothing_is_lost(&ended.report, &lines);
    // Those that it took are there twice, with one id.
    let all = Lines::of(&[&ended.stdout, &ended.stderr]);
    assert_eq!((all.errors(), lines.repeated), (lines.errors(), 0));
    assert!(all.repeated > 0);
}

#[test]
fn a_sink_that_blocks_for_a_while() {
    let mut program = Program::start("sink-blocks", &[]);
    program.tell("fail 4 5");
    assert!(!program.flush(1), "the sink blocks");
    program.tell("fail 4 5").tell("go-on").flushed();
    let ended = program.end();
    let lines = Lines::of(&[&ended.stdout]);
    assert_nothing_is_lost(&ended.report, &lines);
    assert_eq!((ended.report.dropped, lines.repeated), (0, 0));
}

#[test]
fn a_hook_of_the_context_that_panics() {
    let mut program = Program::start("context-panics", &[]);
    program.tell("fail 4 20");
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}

#[test]
fn a_hook_before_emit_that_panics() {
    let mut program = Program::start("before-emit-panics", &[]);
    program.tell("fail 4 20");
    let ended = program.end();
    let lines = Lines::of(&[&ended.stdout]);
    assert_nothing_is_lost(&ended.report, &lines);
    assert!(lines.numbers().is_empty(), "the messages are withheld");
}

#[test]
fn a_hook_before_emit_that_refuses_every_second_record() {
    let mut program = Program::start("before-emit-refuses", &[]);
    program.tell("fail 4 20");
    let ended = program.end();
    let lines = Lines::of(&[&ended.stdout]);
    assert!(ended.report.filtered > 0);
    assert_nothing_is_lost(&ended.report, &lines);
}

#[test]
fn a_sink_of_records_that_panics() {
    let mut program = Program::start("record-sink-panics", &[]);
    program.tell("fail 4 20");
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stdout]));
}

#[test]
fn a_sink_that_blocks_for_ever() {
    let mut program = Program::start("sink-blocks", &[]);
    program.tell("fail 4 5");
    assert!(!program.flush(1), "the sink blocks");
    program.tell("fail 4 5");
    let ended = program.end();
    let lines = Lines::of(&[&ended.stderr]);
    assert_nothing_is_lost(&ended.report, &lines);
    assert_eq!((ended.report.dropped, lines.repeated, ended.stdout.len()), (0, 0, 0));
}

#[test]
fn a_sink_of_records_that_blocks_for_ever() {
    let mut program = Program::start("record-sink-blocks", &[]);
    program.tell("fail 4 5");
    assert!(!program.flush(1), "the sink blocks");
    let ended = program.end();
    let (report, lines) = (&ended.report, Lines::of(&[&ended.stderr]));
    assert_counted(report);
    // It has the first record.
    assert_eq!(report.logged + lines.handled_aloud() - lines.errors(), 1, "{report:?}");
}

#[test]
fn a_hook_before_emit_that_blocks_for_ever() {
    let mut program = Program::start("before-emit-blocks", &[]);
    program.tell("fail 4 5");
    assert!(!program.flush(1), "the hook blocks");
    let ended = program.end();
    assert_counted(&ended.report);
    // What the hook has not seen may hold what it would have removed.
    assert_eq!(Lines::of(&[&ended.stderr, &ended.stdout]).errors(), 0);
}
