//! rsyslog and syslog-ng, from Debian's packages, receive every line as it was written. They run with the
//! configurations of the guide. A test whose receiver is not installed says so and checks nothing.

#![cfg(unix)]

mod program;
mod receiver;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use rstest::rstest;

use program::{Arrived, Format, Program};
use receiver::{Kind, Receiver, Transport};

#[rstest]
fn a_receiver_changes_no_byte_of_a_line(
    #[values(Kind::Rsyslog, Kind::SyslogNg)] kind: Kind,
    #[values(Format::Datadog, Format::Otlp)] format: Format,
) {
    let Some(mut receiver) = Receiver::new(kind) else { return };
    receiver.start();
    let file = receiver.file("written");
    let mut program = Program::start(&receiver, file.to_str().expect("UTF-8"), format);
    let errors = program.fail(500);
    program.end_without_a_line_on_stderr();
    let written = fs::read_to_string(&file).expect("the program wrote it");
    assert!(written.lines().any(|line| line.len() > 64 * 1024), "no line is long");

    let (half, other_half) = written.split_at(written.len() / 2);
    let (end, other_half) = other_half.split_once('\n').expect("a whole line");
    let mut tcp = TcpStream::connect(receiver.address()).expect("it listens");
    tcp.write_all(format!("{half}{end}\n").as_bytes()).expect("it reads");
    let mut unix = UnixStream::connect(receiver.socket()).expect("it listens");
    unix.write_all(other_half.as_bytes()).expect("it reads");

    let mut arrived = Arrived::new(&receiver, format);
    arrived.wait_for(&errors);
    arrived.assert_no_duplicates();
    let mut written: Vec<_> = written.lines().collect();
    let mut received: Vec<_> = arrived.lines().collect();
    written.sort_unstable();
    received.sort_unstable();
    assert!(written == received, "the lines differ");
}

#[rstest]
fn the_errors_of_four_threads_arrive(
    #[values(Kind::Rsyslog, Kind::SyslogNg)] kind: Kind,
    #[values(Transport::Tcp, Transport::Unix)] transport: Transport,
    #[values(Format::Datadog, Format::Otlp)] format: Format,
) {
    let Some(mut receiver) = Receiver::new(kind) else { return };
    receiver.start();
    let mut program = Program::start(&receiver, &receiver.output(transport), format);
    let errors = program.fail(500);
    let mut arrived = Arrived::new(&receiver, format);
    arrived.wait_for(&errors);
    arrived.assert_no_duplicates();
    program.end_without_a_line_on_stderr();
}

#[rstest]
fn a_receiver_that_starts_after_the_program_gets_every_line(
    #[values(Kind::Rsyslog, Kind::SyslogNg)] kind: Kind,
    #[values(Transport::Tcp, Transport::Unix)] transport: Transport,
) {
    let Some(mut receiver) = Receiver::new(kind) else { return };
    let mut program = Program::start(&receiver, &receiver.output(transport), Format::Datadog);
    let mut errors = program.fail(250);
    receiver.start();
    errors.extend(program.fail(250));
    let mut arrived = Arrived::new(&receiver, Format::Datadog);
    arrived.wait_for(&errors);
    arrived.assert_no_duplicates();
    program.end_without_a_line_on_stderr();
}

/// A receiver that has a part of the lines of a program which goes on to fail.
fn in_the_middle(kind: Kind, transport: Transport) -> Option<(Receiver, Program, Arrived)> {
    let mut receiver = Receiver::new(kind)?;
    receiver.start();
    let mut program = Program::start(&receiver, &receiver.output(transport), Format::Datadog);
    let mut arrived = Arrived::new(&receiver, Format::Datadog);
    program.begin(250);
    arrived.wait_for_lines(100);
    Some((receiver, program, arrived))
}

#[rstest]
fn a_receiver_that_is_restarted_gets_every_line(
    #[values(Kind::Rsyslog, Kind::SyslogNg)] kind: Kind,
    #[values(Transport::Tcp, Transport::Unix)] transport: Transport,
) {
    let Some((mut receiver, mut program, mut arrived)) = in_the_middle(kind, transport) else {
        return;
    };
    receiver.end(libc::SIGTERM);
    let mut errors = program.failed();
    errors.extend(program.fail(50));
    receiver.start();
    errors.extend(program.fail(250));
    arrived.wait_for(&errors);
    program.end_without_a_line_on_stderr();
}

/// What it has read and not written is lost with it. Since it has not read all, the program sends that again as well.
#[rstest]
fn a_receiver_that_is_killed_while_it_has_lines_to_read_gets_every_line(
    #[values(Kind::Rsyslog, Kind::SyslogNg)] kind: Kind,
    #[values(Transport::Tcp, Transport::Unix)] transport: Transport,
) {
    let Some((mut receiver, mut program, mut arrived)) = in_the_middle(kind, transport) else {
        return;
    };
    receiver.pause();
    let mut errors = program.failed();
    errors.extend(program.fail(50));
    program.flush();
    receiver.end(libc::SIGKILL);
    arrived.cut_torn_line();
    receiver.start();
    errors.extend(program.fail(250));
    arrived.wait_for(&errors);
    program.end_without_a_line_on_stderr();
}
