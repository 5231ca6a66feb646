//! `standard_stream`: the standard output or error as a stream of bytes, past the buffer of `std::io`.
//!
//! A pipe takes at most [`PIPE_BUF`] bytes in one piece; another process may tear a longer write apart. So
//! anything but a file gets pieces of whole lines of at most that length. A single longer line is one piece.
//!
//! The descriptor is used by its number: so it is always the current one (a daemon may redirect its output), and a
//! program that has no descriptor left gets its lines out.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::fs::FileTypeExt as _;

use libc::c_int;

use super::std_lock;

/// Bytes that a pipe takes in one piece, on Linux. (POSIX requires 512; no system in use has less than
/// this.)
const PIPE_BUF: usize = 4096;
/// How long a write waits for a stream before it asks whether it may go on.
const LOOK_MILLIS: c_int = 10;

#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// The thread that writes to it.
    pub(super) fn thread_name(self) -> &'static str {
        match self {
            Stream::Stdout => "track_errors_out",
            Stream::Stderr => "track_errors_err",
        }
    }
}

/// Takes the lock of the standard library for each write, if it can be had in time.
impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std_lock::write(*self, bytes).unwrap_or_else(|| {
            let mut file = Descriptor::new(*self);
            let piece = file.piece(bytes);
            file.0.write(piece)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all bytes, while it may wait for the stream. Returns how many were written.
pub(super) fn write_while(
    stream: Stream,
    bytes: &[u8],
    may_wait: impl Fn() -> bool,
) -> (usize, io::Result<()>) {
    let mut file = Descriptor::new(stream);
    let mut written = 0;
    while written < bytes.len() {
        let piece = file.piece(&bytes[written..]);
        let Some(room) = file.room_for(piece.len()) else {
            if may_wait() {
                continue;
            }
            return (written, Ok(()));
        };
        match file.0.write(&piece[..room.min(piece.len())]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// The open file behind a standard stream.
struct Descriptor(ManuallyDrop<File>, Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Pipe,
    /// A terminal, a socket, a device; or not open.
    Other,
}

impl Descriptor {
    fn new(stream: Stream) -> Self {
        let number = match stream {
            Stream::Stdout => libc::STDOUT_FILENO,
            Stream::Stderr => libc::STDERR_FILENO,
        };
        // SAFETY: the number is for the standard stream, whether it is open or not, and any part of a program may
        // use it: the standard library's own `Stdout` does the same. It is not closed here.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(number) });
        let kind = match file.metadata().map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_file() => Kind::File,
            Ok(kind) if kind.is_fifo() => Kind::Pipe,
            _ => Kind::Other,
        };
        Descriptor(file, kind)
    }

    /// The lines at the beginning that go in one write.
    fn piece<'a>(&self, lines: &'a [u8]) -> &'a [u8] {
        if self.1 == Kind::File { lines } else { first_piece(lines, PIPE_BUF) }
    }

    /// How many of these bytes a write takes without waiting; `None` after a time in which it takes none.
    fn room_for(&self, length: usize) -> Option<usize> {
        if self.1 == Kind::File {
            return Some(length);
        }
        if length > PIPE_BUF
            && let Some(capacity) = self.capacity_if_empty()
        {
            return Some(capacity);
        }
        // A stream that never waits answers at once that it is full.
        let has_room = self.is_ready(0) || self.never_waits() || self.is_ready(LOOK_MILLIS);
        has_room.then_some(PIPE_BUF)
    }

    /// Whether a pipe of the usual size has room for [`PIPE_BUF`] bytes within this time. An error counts as room:
    /// the write reports it.
    fn is_ready(&self, millis: c_int) -> bool {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: the call reads and writes one `pollfd`.
        unsafe { libc::poll(&raw mut poll, 1, millis) != 0 }
    }

    fn never_waits(&self) -> bool {
        // SAFETY: the call reads the flags of the descriptor and touches no memory.
        let flags = unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETFL) };
        flags != -1 && flags & libc::O_NONBLOCK != 0
    }

    /// The size of an empty pipe.
    #[cfg(target_os = "linux")]
    fn capacity_if_empty(&self) -> Option<usize> {
        if self.1 != Kind::Pipe {
            return None;
        }
        let mut unread: c_int = 0;
        // SAFETY: the call writes to `unread`.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::FIONREAD, &raw mut unread) };
        // SAFETY: the call touches no memory.
        let capacity = unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETPIPE_SZ) };
        if (result, unread) == (0, 0) { usize::try_from(capacity).ok() } else { None }
    }

    /// Elsewhere a long line is always written in pieces of [`PIPE_BUF`].
    #[cfg(not(target_os = "linux"))]
    fn capacity_if_empty(&self) -> Option<usize> {
        None
    }
}

/// The first lines, of at most `limit` bytes; a longer line is alone.
fn first_piece(lines: &[u8], limit: usize) -> &[u8] {
    let within = &lines[..lines.len().min(limit)];
    let is_end = |byte: &u8| *byte == b'\n';
    let end = within.iter().rposition(is_end).or_else(|| lines.iter().position(is_end));
    &lines[..end.map_or(lines.len(), |end| end + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_divided_between_lines_and_a_long_line_stays_whole() {
        let mut rest = &b"aa\nbb\ncccccccc\nd\n"[..];
        for piece in [&b"aa\nbb\n"[..], b"cccccccc\n", b"d\n"] {
            assert_eq!(first_piece(rest, 6), piece);
            rest = &rest[piece.len()..];
        }
        assert!(rest.is_empty() && first_piece(rest, 6).is_empty());
        // The rest of a line that was written in part.
        assert_eq!(first_piece(b"half", 6), b"half");
    }
}
