//! Receivers that are away, refuse, reset, do not read; a name without an address.

use super::account::{Lines, assert_nothing_is_lost};
use super::program::{Program, folder};
use super::receiver::{Address, Behaviour, Receiver};

const READS: Behaviour = Behaviour::Reads(65_536);

fn program_for(output: &str) -> Program {
    Program::start("", &[("TRACK_ERRORS_OUTPUT", output)])
}

/// Of both kinds.
fn addresses(test: &str) -> [Address; 2] {
    [Address::tcp(), Address::unix(&folder(test))]
}

/// Ends the program, and the receiver after it. All errors are in what they got; returns those of the receiver, and
/// those of stderr.
#[track_caller]
fn end(program: Program, receiver: Receiver) -> (Lines, Lines) {
    let ended = program.end();
    let texts = receiver.texts();
    let received: Vec<_> = texts.iter().map(Vec::as_slice).collect();
    let all: Vec<_> = received.iter().copied().chain([&*ended.stderr]).collect();
    assert_nothing_is_lost(&ended.report, &Lines::of(&all));
    assert_eq!(ended.stdout.len(), 0);
    (Lines::of(&received), Lines::of(&[&ended.stderr]))
}

/// A program whose receiver never comes has all its lines on stderr, at its end.
#[track_caller]
fn assert_all_on_stderr(output: &str) {
    let mut program = program_for(output);
    program.tell("fail 4 5");
    assert!(!program.flush(300), "no receiver is there");
    program.tell("fail 4 5");
    let ended = program.end();
    let lines = Lines::of(&[&ended.stderr]);
    assert_nothing_is_lost(&ended.report, &lines);
    assert_eq!((lines.repeated, ended.report.dropped, ended.stdout.len()), (0, 0, 0));
}

#[test]
fn a_receiver_that_is_absent_at_the_start() {
    for address in addresses("absent") {
        let mut program = program_for(&address.output());
        program.tell("fail 4 5");
        assert!(!program.flush(300), "no receiver is there");
        program.tell("fail 4 5");
        let receiver = address.listen(READS);
        program.flushed().tell("fail 4 5");
        let (received, on_stderr) = end(program, receiver);
        assert_eq!((received.repeated, received.cut, on_stderr.errors()), (0, 0, 0));
    }
}

#[test]
fn a_receiver_that_refuses() {
    for address in &addresses("refuses") {
        assert_all_on_stderr(&address.refusing());
    }
}

#[test]
fn no_descriptor_for_a_connection() {
    for address in addresses("no-descriptor") {
        let mut program = program_for(&address.output());
        let receiver = address.listen(READS);
        program.tell("use-up-descriptors").tell("fail 4 5");
        assert!(!program.flush(300), "it cannot connect");
        program.tell("fail 4 5").tell("free-descriptors").flushed().tell("fail 4 5");
        let (received, on_stderr) = end(program, receiver);
        assert_eq!((received.repeated, received.cut, on_stderr.errors()), (0, 0, 0));
    }
}

#[test]
fn a_receiver_that_is_absent_when_the_process_forks() {
    for address in addresses("absent-forks") {
        let mut program = program_for(&address.output());
        program.tell("fail 4 5");
        assert!(!program.flush(300), "no receiver is there");
        // The child ends before there is a receiver.
        program.tell("fork 1");
        let receiver = address.listen(READS);
        program.flushed();
        let (received, on_stderr) = end(program, receiver);
        assert!(received.errors() > on_stderr.errors() && on_stderr.errors() > 0);
        assert_eq!((received.repeated, on_stderr.repeated), (0, 0));
    }
}

#[test]
fn a_receiver_that_refuses_what_the_failing_thread_writes() {
    for address in addresses("refuses-sync") {
        let mut program = Program::start("sync", &[("TRACK_ERRORS_OUTPUT", &*address.output())]);
        program.tell("fail 4 20");
        let ended = program.end();
        let lines = Lines::of(&[&ended.stderr]);
        assert_nothing_is_lost(&ended.report, &lines);
        assert_eq!((lines.repeated, ended.report.dropped, ended.stdout.len()), (0, 0, 0));
    }
}

#[test]
fn a_receiver_that_resets_in_the_middle_of_a_line() {
    for address in addresses("resets") {
        let mut program = program_for(&address.output());
        let receiver = address.listen(Behaviour::Resets { bytes: 5_000, times: 6 });
        for _ in 0..12 {
            program.tell("fail 4 2").flushed();
        }
        let (received, on_stderr) = end(program, receiver);
        assert!(received.cut > 0, "it resets in the middle of lines");
        assert_eq!(on_stderr.errors(), 0);
    }
}

#[test]
fn a_receiver_that_reads_nothing() {
    for address in addresses("reads-nothing") {
        let mut program = program_for(&address.output());
        let receiver = address.listen(Behaviour::ReadsNothing);
        // More than the buffers of both systems hold, and less than the queue.
        program.tell("fail 4 300");
        assert!(!program.flush(300), "it does not read");
        let (received, on_stderr) = end(program, receiver);
        let errors = [received.errors(), on_stderr.errors()];
        assert!(!errors.contains(&0), "received, on stderr: {errors:?}");
    }
}

#[test]
fn a_receiver_that_reads_slowly() {
    for address in addresses("reads-slowly") {
        let mut program = program_for(&address.output());
        let receiver = address.listen(Behaviour::Reads(7));
        program.tell("fail 4 100").flushed();
        let (received, on_stderr) = end(program, receiver);
        assert_eq!((received.repeated, received.cut, on_stderr.errors()), (0, 0, 0));
    }
}

#[test]
fn a_name_that_does_not_resolve() {
    // No name under `.invalid` has an address.
    assert_all_on_stderr("tcp://name.invalid:5140");
}
