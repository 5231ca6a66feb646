//! `console`: the standard output or the standard error of the process.
//!
//! A batch bypasses the buffer of `std::io::stdout()` and goes straight to the file descriptor, because
//!
//! * a program may hold the lock of that buffer for its whole life (`io::stdout().lock()` in `main`), and a
//!   write that needs the lock would wait for ever;
//! * a `print!` without a line break leaves half a line in that buffer, and our line would continue it. Past
//!   the buffer, the half line stays there until the program ends it.
//!
//! The descriptor is used by its number: so it is always the current one (a daemon may redirect its output), and
//! a program that has no descriptor left gets its lines out.
//!
//! A pipe takes at most [`PIPE_BUF`] bytes in one piece. Other writes to the same pipe, such as the program's
//! own `println!`, may tear a longer write apart. So a batch for anything but a file is written in pieces of
//! whole lines of at most that length. A single longer line is still at risk.

use std::io;

use super::{Batch, LineStream, Sink};

/// Bytes that a pipe takes in one piece, on Linux. (POSIX requires 512; no system in use has less than
/// this.)
#[cfg(unix)]
const PIPE_BUF: usize = 4096;

/// Standard output or standard error.
#[derive(Debug)]
pub(super) struct Console {
    stream: Stream,
    lines: LineStream,
}

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
        use std::mem::ManuallyDrop;
        use std::os::fd::FromRawFd as _;

        let descriptor = match self.stream {
            Stream::Stdout => libc::STDOUT_FILENO,
            Stream::Stderr => libc::STDERR_FILENO,
        };
        // SAFETY: as the standard library does in its own `Stdout`: the number is for the standard stream, open
        // or not, and writing to it is what any part of the program may do. It is never closed here.
        let mut file = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(descriptor) });
        if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return self.lines.write(&mut *file, batch);
        }
        batch.pieces(PIPE_BUF).try_for_each(|piece| self.lines.write(&mut *file, &piece))
    }

    /// Takes the lock if a duplicated descriptor would bypass more than the buffer: a Windows console takes
    /// UTF-16, and the standard library converts to it.
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
    fn a_held_lock_of_a_standard_stream_blocks_no_write() {
        // Standard error: the lines of the test runner are on the other stream.
        let _held = io::stderr().lock();
        let writer = std::thread::spawn(|| Console::new(Stream::Stderr).write(&Batch::new(b"")));
        writer.join().unwrap().unwrap();
        #[cfg(unix)]
        {
            let writer = std::thread::spawn(|| {
                Console::new(Stream::Stderr)
                    .write(&Batch::new(b"{\"written\":\"past the lock\"}\n"))
            });
            writer.join().unwrap().unwrap();
        }
    }
}
