//! `console`: the standard output or the standard error of the process.
//!
//! On Unix, a batch bypasses the buffer of `std::io::stdout()`. A `print!` without a line break leaves half a line
//! in that buffer, and our line would continue it. Past the buffer, the half line stays there until the program
//! ends it.

use std::io;

#[cfg(unix)]
use super::never_away;
#[cfg(unix)]
pub(super) use super::standard_stream::Stream;
use super::{Batch, LineStream, Sink};

/// Standard output or standard error.
#[derive(Debug)]
pub(super) struct Console {
    stream: Stream,
    lines: LineStream,
}

#[cfg(not(unix))]
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Console {
    pub(super) fn new(stream: Stream) -> Self {
        Console { stream, lines: LineStream::default() }
    }
}

impl Sink for Console {
    fn name(&self) -> &str {
        match self.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }

    #[cfg(unix)]
    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.lines.write(&mut self.stream, batch).map_err(never_away)
    }

    /// Through the buffer: a Windows console takes UTF-16, and the standard library converts to it.
    #[cfg(not(unix))]
    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        use std::io::Write as _;

        match self.stream {
            Stream::Stdout => {
                let mut stdout = io::stdout().lock();
                self.lines.write(&mut stdout, batch)?;
                stdout.flush()
            }
            Stream::Stderr => self.lines.write(&mut io::stderr().lock(), batch),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_of_a_standard_stream_blocks_no_write() {
        // Standard error: the lines of the test runner are on the other stream.
        let _held = io::stderr().lock();
        let writer = std::thread::spawn(|| {
            Console::new(Stream::Stderr).write(&Batch::new(b"{\"written\":\"past the lock\"}\n"))
        });
        writer.join().unwrap().unwrap();
    }
}
