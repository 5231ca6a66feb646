//! `sink`: where lines go.
//!
//! In: a [`Batch`], whole lines that a format has written. Out: the same bytes in a stream or file, as
//! one write where the system allows it, and an `io::Error` where they could not be written; a sink
//! never panics. A sink may block (a pipe that nobody reads), so it is called where blocking is
//! allowed, never from the function whose error is logged.

mod console;
mod file;

use std::io::{self, Write};
use std::time::Duration;

pub(crate) use file::open_to_append;

use crate::config::Output;

/// Somewhere that lines can be written to.
///
/// ```
/// use std::io;
/// use track_errors::{Batch, Sink};
///
/// /// Keeps lines in memory.
/// struct Memory(Vec<String>);
///
/// impl Sink for Memory {
///     fn name(&self) -> &str {
///         "memory"
///     }
///
///     fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
///         self.0.extend(batch.lines().map(|line| String::from_utf8_lossy(line).into_owned()));
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send {
    /// What diagnostics call it, such as `stdout` or the path of a file.
    fn name(&self) -> &str;

    /// Writes all lines of the batch.
    ///
    /// # Errors
    ///
    /// Any error of the destination. After one of the kinds `Interrupted`, `WouldBlock` and `TimedOut`
    /// the whole batch is offered again, three times at most, so they should mean that nothing of it
    /// was written. After any other it goes to stderr.
    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()>;

    /// Passes on what the sink itself holds back. The default has nothing to do.
    ///
    /// # Errors
    ///
    /// Any error of the destination.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Some lines, each with its line break.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    records: usize,
}

impl<'a> Batch<'a> {
    /// A batch of what a format wrote: whole lines, one for each record.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.is_empty() || bytes.ends_with(b"\n"));
        Batch { bytes, records: bytes.iter().filter(|byte| **byte == b'\n').count() }
    }

    /// The same lines in batches of at most `limit` bytes; a longer line is one by itself.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console of other systems is locked"))]
    fn pieces(&self, limit: usize) -> impl Iterator<Item = Batch<'a>> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let within = &rest[..rest.len().min(limit)];
            let end = within.iter().rposition(|byte| *byte == b'\n');
            let end = end.or_else(|| rest.iter().position(|byte| *byte == b'\n'))?;
            let (piece, others) = rest.split_at(end + 1);
            rest = others;
            Some(Batch::new(piece))
        })
    }

    /// All lines, each with its line break.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of lines, which is the number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The lines one by one, each without its line break.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
    }
}

/// The sink of an output; `None` for [`Output::None`].
///
/// # Errors
///
/// That of opening the file.
pub(crate) fn open(output: &Output) -> io::Result<Option<Box<dyn Sink>>> {
    Ok(Some(match output {
        Output::Stdout => Box::new(console::Console::stdout()),
        Output::Stderr => stderr(),
        Output::None => return Ok(None),
        Output::File(path) => Box::new(file::File::open(path)?),
    }))
}

/// The standard error of the process: what is left where another sink cannot be had.
pub(crate) fn stderr() -> Box<dyn Sink> {
    Box::new(console::Console::stderr())
}

/// Writes batches to a stream so that every batch begins on a line of its own.
///
/// If a write stopped in the middle of a line, the next batch begins with a line break: one broken
/// line is then a loss of one line, not of two.
#[derive(Debug, Default)]
pub(crate) struct LineStream {
    in_line: bool,
}

/// How often a stream that is not ready is tried again, with a pause in between, until it has taken
/// nothing for a tenth of a second.
const RETRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(2);

impl LineStream {
    /// One write of the whole batch; more only if the system takes less of it at once.
    pub(crate) fn write(&mut self, stream: &mut impl Write, batch: &Batch<'_>) -> io::Result<()> {
        let Some(last) = batch.bytes().last() else {
            return Ok(());
        };
        let repaired;
        let bytes = if self.in_line {
            repaired = [b"\n", batch.bytes()].concat();
            repaired.as_slice()
        } else {
            batch.bytes()
        };
        let (written, result) = write_all(stream, bytes);
        match written.checked_sub(1) {
            Some(end) if result.is_err() => self.in_line = bytes[end] != b'\n',
            Some(_) => self.in_line = *last != b'\n',
            None => {}
        }
        result
    }
}

/// Writes `bytes`, and says how many of them were written before an error.
///
/// Other than `Write::write_all`, it bears with a stream that was made non-blocking, as terminals and
/// pipes shared with another program are at times: it waits a little, and not for ever.
fn write_all(stream: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    let mut retries = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => {
                written += count;
                retries = 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && retries < RETRIES => {
                retries += 1;
                std::thread::sleep(PAUSE);
            }
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_between_lines_and_a_long_line_is_left_whole() {
        let batch = Batch::new(b"aa\nbb\ncccccccc\nd\n");
        let pieces: Vec<_> = batch.pieces(6).map(|piece| piece.bytes()).collect();
        assert_eq!(pieces, [&b"aa\nbb\n"[..], b"cccccccc\n", b"d\n"]);
        assert_eq!(Batch::new(b"").pieces(6).count(), 0);
    }

    /// A stream that answers each write as told, and then takes everything.
    #[derive(Default)]
    struct Script {
        answers: Vec<io::Result<usize>>,
        taken: Vec<u8>,
        writes: usize,
    }

    impl Script {
        fn new(answers: impl IntoIterator<Item = io::Result<usize>>) -> Self {
            let mut answers: Vec<_> = answers.into_iter().collect();
            answers.reverse();
            Script { answers, ..Script::default() }
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            let count = self.answers.pop().unwrap_or(Ok(bytes.len()))?;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn error(kind: io::ErrorKind) -> io::Result<usize> {
        Err(kind.into())
    }

    #[test]
    fn a_batch_knows_its_lines() {
        let batch = Batch::new(b"one\ntwo\n\n");
        assert_eq!(batch.records(), 3);
        assert_eq!(batch.lines().collect::<Vec<_>>(), [&b"one"[..], b"two", b""]);
        assert_eq!(batch.bytes(), b"one\ntwo\n\n");
        assert_eq!(Batch::new(b"").lines().count(), 0);
    }

    #[test]
    fn a_batch_is_one_write() {
        let mut stream = Script::default();
        let batch = Batch::new(b"one\ntwo\n");
        LineStream::default().write(&mut stream, &batch).unwrap();
        assert_eq!((stream.writes, &*stream.taken), (1, &b"one\ntwo\n"[..]));
    }

    #[test]
    fn an_empty_batch_is_no_write() {
        let mut stream = Script::default();
        LineStream::default().write(&mut stream, &Batch::new(b"")).unwrap();
        assert_eq!(stream.writes, 0);
    }

    #[test]
    fn a_stream_that_takes_little_or_is_not_ready_gets_everything_in_the_end() {
        let mut stream = Script::new([
            Ok(2),
            error(io::ErrorKind::WouldBlock),
            error(io::ErrorKind::Interrupted),
            Ok(1),
        ]);
        let batch = Batch::new(b"one\ntwo\n");
        LineStream::default().write(&mut stream, &batch).unwrap();
        assert_eq!(stream.taken, b"one\ntwo\n");
    }

    #[test]
    fn a_stream_that_is_never_ready_is_given_up() {
        let never = (0..=RETRIES).map(|_| error(io::ErrorKind::WouldBlock));
        let mut stream = Script::new(never);
        let batch = Batch::new(b"one\n");
        let result = LineStream::default().write(&mut stream, &batch);
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(stream.taken.is_empty());
    }

    #[test]
    fn a_pipe_that_nobody_reads_any_more_is_an_error_and_not_a_panic() {
        let (reader, mut writer) = io::pipe().unwrap();
        drop(reader);
        let result = LineStream::default().write(&mut writer, &Batch::new(b"one\n"));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn after_a_write_that_stopped_in_a_line_the_next_batch_begins_a_new_one() {
        let mut lines = LineStream::default();
        let mut stream = Script::new([Ok(5), error(io::ErrorKind::StorageFull)]);
        assert!(lines.write(&mut stream, &Batch::new(b"one\ntwo\n")).is_err());
        lines.write(&mut stream, &Batch::new(b"three\n")).unwrap();
        lines.write(&mut stream, &Batch::new(b"four\n")).unwrap();
        assert_eq!(stream.taken, b"one\nt\nthree\nfour\n");
    }

    #[test]
    fn after_a_write_that_stopped_between_lines_nothing_is_inserted() {
        let mut lines = LineStream::default();
        let mut stream = Script::new([Ok(4), error(io::ErrorKind::StorageFull)]);
        assert!(lines.write(&mut stream, &Batch::new(b"one\ntwo\n")).is_err());
        lines.write(&mut stream, &Batch::new(b"three\n")).unwrap();
        assert_eq!(stream.taken, b"one\nthree\n");
    }

    #[test]
    fn a_broken_line_stays_to_be_ended_while_nothing_can_be_written() {
        let mut lines = LineStream::default();
        let full = || error(io::ErrorKind::StorageFull);
        let mut stream = Script::new([Ok(2), full(), full()]);
        assert!(lines.write(&mut stream, &Batch::new(b"one\n")).is_err());
        assert!(lines.write(&mut stream, &Batch::new(b"two\n")).is_err());
        lines.write(&mut stream, &Batch::new(b"three\n")).unwrap();
        assert_eq!(stream.taken, b"on\nthree\n");
    }

    #[test]
    fn no_output_has_no_sink_and_the_others_have_one() {
        assert!(open(&Output::None).unwrap().is_none());
        for (output, name) in [(Output::Stdout, "stdout"), (Output::Stderr, "stderr")] {
            assert_eq!(open(&output).unwrap().unwrap().name(), name);
        }
    }
}
