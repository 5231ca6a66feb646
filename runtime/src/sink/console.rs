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
//! redirect its output), and so that no `unsafe` is needed to write to a number. That costs two system
//! calls beside the one write.

use std::io;

use super::{Batch, LineStream, Sink};

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
        self.lines.write(&mut std::fs::File::from(descriptor), batch)
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
