//! `sink`: destinations of lines.
//!
//! In: a [`Batch`] of whole lines from a format. Out: the same bytes in a stream or file, in one write if the
//! system allows it, or an `io::Error`. A sink of this crate never panics. A sink may block (on a pipe
//! without a reader, or while it connects), so the caller must be allowed to block; it is never the function whose
//! error is logged.

mod console;
mod line_stream;
#[cfg(feature = "net")]
mod network;
mod opening;
mod problem;
mod rotating_file;
#[cfg(unix)]
mod standard_stream;
#[cfg(unix)]
mod std_lock;
mod test_output;

use std::io;
use std::time::SystemTime;

use console::{Console, Stream};
use line_stream::LineStream;
pub(crate) use problem::Problem;
pub(crate) use rotating_file::{RotatingFile, Trouble};
#[cfg(unix)]
pub(crate) use std_lock::flush_buffer;
use test_output::TestOutput;

use crate::config::{FileConfig, Output};
use crate::model::{ErrorId, Level};

/// Waits until no thread of this crate holds a lock of the standard library, but not beyond the deadline. Returns
/// how many threads it has stopped: they hold no other lock.
#[cfg(unix)]
pub(crate) fn before_fork(deadline: std::time::Instant) -> u64 {
    test_output::before_fork(deadline);
    std_lock::before_fork(deadline)
}

/// Goes on, in the child without the parent's threads.
#[cfg(unix)]
pub(crate) fn after_fork(in_child: bool) {
    std_lock::after_fork(in_child);
    test_output::after_fork();
}

/// A destination of lines.
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
    /// Its name in diagnostics, such as `stdout` or the path of a file.
    fn name(&self) -> &str;

    /// Writes all lines of the batch.
    ///
    /// # Errors
    ///
    /// Any error of the destination. After
    /// * `NotConnected` the destination is away: the same batch is offered again, after 100 ms, and then at intervals
    ///   that grow to 5 seconds. Records wait in the queue meanwhile. With [`Delivery::Sync`](crate::Delivery::Sync)
    ///   the batch goes to stderr;
    /// * `Interrupted`, `WouldBlock` and `TimedOut` the whole batch is written again at once, three times at most. Return
    ///   them only if no part of it was written;
    /// * any other kind, and a panic, the batch goes to stderr.
    ///
    /// At the end of the program a destination that is away, and a call of the sink, have 2 seconds. Then all that the
    /// sink has not taken goes to stderr.
    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()>;

    /// What went wrong since the last call although all lines were written: a line of the diagnostics, without a part
    /// of the batch. The default is nothing.
    fn warning(&mut self) -> Option<String> {
        None
    }

    /// Writes the sink's buffer. The default does nothing.
    ///
    /// # Errors
    ///
    /// Any error of the destination. After `NotConnected` it is called again, as `write` is.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The lines that it has taken and that may not have arrived. It is called when the destination goes away; if that
    /// is away at the end of the program, they go to stderr. The default has none.
    fn unsent(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// Some lines, each with its line break.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    records: &'a [LineInfo],
}

/// What a destination may need beside the line: a key, a severity, a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineInfo {
    /// The same for a line that is sent again. A line of counts of errors that were not logged has one too.
    pub id: ErrorId,
    /// The level of the line.
    pub level: Level,
    /// The time of the line.
    pub timestamp: SystemTime,
}

impl<'a> Batch<'a> {
    /// A batch from a format: whole lines, one for each record.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.is_empty() || bytes.ends_with(b"\n"));
        Batch { bytes, records: &[] }
    }

    /// With what is known of each line.
    pub(crate) fn with_records(self, records: &'a [LineInfo]) -> Self {
        Batch { records, ..self }
    }

    /// All lines, each with its line break.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of lines, which is the number of records.
    pub(crate) fn count(&self) -> usize {
        self.bytes.iter().filter(|byte| **byte == b'\n').count()
    }

    /// The records one by one: the line, without its line break, and what a destination may need beside it.
    ///
    /// ```
    /// use std::io;
    /// use std::sync::mpsc::{Sender, channel};
    /// use std::time::Duration;
    /// use track_errors::{Batch, Level, Sink, track_errors};
    ///
    /// /// Sends lines by level.
    /// struct Queue(Sender<(Level, String)>);
    ///
    /// impl Sink for Queue {
    ///     fn name(&self) -> &str {
    ///         "queue"
    ///     }
    ///
    ///     fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
    ///         for (line, info) in batch.records() {
    ///             let line = String::from_utf8_lossy(line).into_owned();
    ///             self.0.send((info.level, line)).map_err(io::Error::other)?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// #[track_errors(level = "critical")]
    /// fn pay() -> Result<(), &'static str> {
    ///     Err("no card")
    /// }
    ///
    /// let (sender, receiver) = channel();
    /// track_errors::builder().init_with_sink(Queue(sender));
    /// assert!(pay().is_err());
    /// track_errors::flush(Duration::from_secs(5));
    /// let (level, line) = receiver.recv().unwrap();
    /// assert_eq!(level, Level::Critical);
    /// assert!(line.contains(r#""status":"critical""#));
    /// ```
    pub fn records(&self) -> impl Iterator<Item = (&'a [u8], LineInfo)> + use<'a> {
        self.lines().zip(self.records.iter().copied())
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
/// Any error of opening the file.
pub(crate) fn open(output: &Output, file: &FileConfig) -> io::Result<Option<Box<dyn Sink>>> {
    Ok(Some(match output {
        Output::Stdout => Box::new(Console::new(Stream::Stdout)),
        Output::Stderr => stderr(),
        Output::Test => Box::new(TestOutput::new()),
        Output::None => return Ok(None),
        Output::File(path) => Box::new(RotatingFile::open(path, *file)?),
        #[cfg(feature = "net")]
        Output::Tcp { .. } => Box::new(network::Network::new(output)?),
        #[cfg(all(feature = "net", unix))]
        Output::Unix(_) => Box::new(network::Network::new(output)?),
    }))
}

/// An error of a file or a standard stream, of which none is away: what they refuse goes to stderr. `ENOTCONN` comes
/// from a file system whose program has ended, and from a socket.
fn never_away(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::NotConnected { io::Error::other(error) } else { error }
}

/// What a model has in place of the standard error.
#[cfg(all(test, shuttle))]
pub(crate) static STDERR_OF_MODEL: crate::base::sync::Mutex<Option<fn() -> Box<dyn Sink>>> =
    crate::base::sync::Mutex::new(None);

/// The standard error of the process, the fallback for a configured sink that cannot be opened or fails.
pub(crate) fn stderr() -> Box<dyn Sink> {
    #[cfg(all(test, shuttle))]
    if let Some(sink) = &*crate::base::lock::lock(&STDERR_OF_MODEL) {
        return sink();
    }
    Box::new(Console::new(Stream::Stderr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_knows_its_lines() {
        let batch = Batch::new(b"one\ntwo\n\n");
        assert_eq!(batch.count(), 3);
        assert_eq!(batch.lines().collect::<Vec<_>>(), [&b"one"[..], b"two", b""]);
        assert_eq!(batch.bytes(), b"one\ntwo\n\n");
        assert_eq!(Batch::new(b"").lines().count(), 0);
    }

    #[test]
    fn each_record_of_a_batch_is_its_line_with_what_is_known_of_it() {
        let timestamp = SystemTime::UNIX_EPOCH;
        let infos = [Level::Warn, Level::Info].map(|level| LineInfo {
            id: ErrorId::of_number(1),
            level,
            timestamp,
        });
        let batch = Batch::new(b"one\ntwo\n").with_records(&infos);
        let records: Vec<_> = batch.records().map(|(line, info)| (line, info.level)).collect();
        assert_eq!(records, [(&b"one"[..], Level::Warn), (b"two", Level::Info)]);
    }

    #[test]
    fn no_output_has_no_sink_and_the_others_have_one() {
        assert!(open(&Output::None, &FileConfig::default()).unwrap().is_none());
        for (output, name) in
            [(Output::Stdout, "stdout"), (Output::Stderr, "stderr"), (Output::Test, "test")]
        {
            assert_eq!(open(&output, &FileConfig::default()).unwrap().unwrap().name(), name);
        }
    }
}
