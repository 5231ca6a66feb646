//! `console`: the standard output or the standard error of the process.
//!
//! A batch goes past the buffer of `std::io::stdout()`, straight to the file descriptor, because
//!
//! * a program may hold the lock of that buffer for as long as it lives (`io::stdout().lock()` in
//!   `main`), and waiting for it would then be waiting for ever;
//! * a `print!` without a line break leaves half a line in that buffer, to which our line would be
//!   glued; past it, the half line stays where it is until the program ends it.
//!
//! The descriptor is duplicated for each batch, so that it is always the current one (a daemon may
//! redirect its output), and so that no `unsafe` is needed to write to a number. That costs three
//! system calls beside the write.
//!
//! A pipe takes at most [`PIPE_BUF`] bytes in one piece; what is longer may be torn apart by whatever
//! else writes to the same pipe, such as the program's own `println!`. So a batch for anything but a
//! file is written in pieces of whole lines that are no longer than that. A single line that is longer
//! is still at risk.

use std::io;

use super::{Batch, LineStream, Sink};

/// What a pipe takes without letting anybody in between, on Linux. (POSIX asks for 512 bytes; no
/// system that is in use offers less than this.)
#[cfg(unix)]
const PIPE_BUF: usize = 4096;

/// Standard output or standard error.
#[derive(Debug)]
pub(super) struct Console {
    stream: Stream,
    lines: LineStream,
}

#[derive(Debug, Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

impl Console {
    pub(super) fn stdout() -> Self {
        Console::new(Stream::Stdout)
    }

    pub(super) fn stderr() -> Self {
        Console::new(Stream::Stderr)
    }

    fn new(stream: Stream) -> Self {
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
        use std::os::fd::AsFd as _;

        let descriptor = match self.stream {
            Stream::Stdout => io::stdout().as_fd().try_clone_to_owned(),
            Stream::Stderr => io::stderr().as_fd().try_clone_to_owned(),
        }?;
        let mut file = std::fs::File::from(descriptor);
        if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return self.lines.write(&mut file, batch);
        }
        batch.pieces(PIPE_BUF).try_for_each(|piece| self.lines.write(&mut file, &piece))
    }

    /// Where a descriptor cannot be duplicated without its buffer (a Windows console takes UTF-16, and
    /// the standard library sees to that), the lock is taken.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_of_the_standard_streams_does_not_hold_us_up() {
        // Standard error, so that the output of the test runner stays clean of it.
        let _held = io::stderr().lock();
        let writer = std::thread::spawn(|| Console::stderr().write(&Batch::new(b"")));
        writer.join().unwrap().unwrap();
        #[cfg(unix)]
        {
            let writer = std::thread::spawn(|| {
                Console::stderr().write(&Batch::new(b"{\"written\":\"past the lock\"}\n"))
            });
            writer.join().unwrap().unwrap();
        }
    }
}
