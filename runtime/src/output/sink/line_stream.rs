//! `line_stream`: writes batches of whole lines to a stream.
//!
//! In: a [`Batch`] and a stream. Out: the batch's bytes, in one write if the stream takes them. Every batch
//! begins on a new line: if a write stopped in the middle of a line, the next batch begins with a line break,
//! so a broken write loses one line, not two. A stream that is not ready blocks for a tenth of a second at
//! most. A write that fails raises no signal.

use std::io::{self, Write};
use std::time::Duration;

use super::Batch;
use crate::base::signals::without_signals_of_writes;

/// A stream of whole lines.
#[derive(Debug, Default)]
pub(crate) struct LineStream {
    /// The last write ended in the middle of a line.
    pub(super) in_line: bool,
}

/// A stream that is not ready is tried this often, with this pause, until it has taken nothing for a tenth of
/// a second.
const RETRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(2);

impl LineStream {
    /// One write of the whole batch; more only if the system takes less at once.
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
        let (written, result) = without_signals_of_writes(|| write_all(stream, bytes));
        match written.checked_sub(1) {
            Some(end) if result.is_err() => self.in_line = bytes[end] != b'\n',
            Some(_) => self.in_line = *last != b'\n',
            None => {}
        }
        result
    }
}

/// Writes `bytes`, and returns the number of bytes written before an error.
///
/// Unlike `Write::write_all`, it waits a little for a non-blocking stream that is not ready: another
/// program may have made a shared terminal or pipe non-blocking.
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

    /// A stream that answers writes from a list, and then takes all bytes.
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
    fn a_stream_that_takes_little_or_is_not_ready_gets_all_bytes() {
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
    fn a_pipe_without_a_reader_is_an_error_and_not_a_panic() {
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
    fn a_broken_line_is_ended_by_the_first_write_that_succeeds() {
        let mut lines = LineStream::default();
        let full = || error(io::ErrorKind::StorageFull);
        let mut stream = Script::new([Ok(2), full(), full()]);
        assert!(lines.write(&mut stream, &Batch::new(b"one\n")).is_err());
        assert!(lines.write(&mut stream, &Batch::new(b"two\n")).is_err());
        lines.write(&mut stream, &Batch::new(b"three\n")).unwrap();
        assert_eq!(stream.taken, b"on\nthree\n");
    }
}
