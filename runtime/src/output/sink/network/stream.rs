//! One connection.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Problem, STALL};
use crate::config::Output;

/// How long to wait for one address of a host, and how many addresses to try.
const CONNECT: Duration = Duration::from_secs(1);
const ADDRESSES: usize = 4;
/// What the system may keep of what was written. Its own choice grows to more than what is kept to be sent again.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEND_BUFFER: libc::c_int = 256 * 1024;

/// A connection of either kind. Writes block, for [`STALL`] at most.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// How the receiver has closed a connection.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) error: io::Error,
    /// It has read all that was written.
    pub(super) has_read_all: bool,
}

/// Why a host has no address: the system tells it by a text.
fn unresolved(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => Problem::error(error.kind(), error.to_string()),
    }
}

impl Stream {
    pub(super) fn connect(address: &Output) -> io::Result<Stream> {
        match address {
            Output::Tcp { host, port } => {
                let mut last = None;
                let addresses = (host.as_str(), *port).to_socket_addrs().map_err(unresolved)?;
                for address in addresses.take(ADDRESSES) {
                    match TcpStream::connect_timeout(&address, CONNECT) {
                        // The port from which the system connects is by chance the one to which it does: nothing
                        // listens there, and no receiver could while the connection lasts.
                        Ok(stream) if stream.local_addr()? == stream.peer_addr()? => {
                            last = Some(io::ErrorKind::ConnectionRefused.into());
                        }
                        Ok(stream) => {
                            // A batch is one write: nothing is gained by waiting for more.
                            stream.set_nodelay(true)?;
                            stream.set_write_timeout(Some(STALL))?;
                            #[cfg(any(target_os = "linux", target_os = "android"))]
                            system::give_up_after(&stream, STALL);
                            #[cfg(any(target_os = "linux", target_os = "android"))]
                            system::limit_buffer(&stream, SEND_BUFFER);
                            return Ok(Stream::Tcp(stream));
                        }
                        Err(error) => last = Some(error),
                    }
                }
                let no_address =
                    || Problem::error(io::ErrorKind::NotFound, "the host has no address");
                Err(last.unwrap_or_else(no_address))
            }
            #[cfg(unix)]
            Output::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_write_timeout(Some(STALL))?;
                Ok(Stream::Unix(stream))
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    pub(super) fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.as_write().write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let problem = format!("the receiver took nothing for {} s", STALL.as_secs());
                    return Err(Problem::error(io::ErrorKind::TimedOut, problem));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the receiver has closed the connection. What it has sent is read and ignored: unread, it would make the
    /// end of this program reset the connection, and the receiver lose lines.
    pub(super) fn closed(&mut self) -> Option<Closed> {
        let result = self.set_nonblocking(true).and_then(|()| self.read_all());
        let result = result.and_then(|is_at_end| {
            self.set_nonblocking(false)?;
            Ok(is_at_end)
        });
        match result {
            Ok(false) => None,
            // A system that closes a connection with unread lines resets it.
            Ok(true) => Some(Closed {
                error: Problem::error(
                    io::ErrorKind::ConnectionAborted,
                    "the receiver closed the connection",
                ),
                has_read_all: self.waiting() == Some(0),
            }),
            Err(error) => Some(Closed { error, has_read_all: false }),
        }
    }

    /// Reads what is there. Returns whether no more can come.
    fn read_all(&mut self) -> io::Result<bool> {
        /// A receiver that sends without end does not keep this thread.
        const READS: usize = 16;
        let mut ignored = [0; 1024];
        for _ in 0..READS {
            match self.as_read().read(&mut ignored) {
                Ok(0) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// How many of the written bytes the receiver's system lacks (a Unix socket: has not read); at least 1 if it lacks
    /// any. `None` if this system does not tell.
    pub(super) fn waiting(&self) -> Option<usize> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return system::waiting(self.as_fd());
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        None
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.set_nonblocking(nonblocking),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_nonblocking(nonblocking),
        }
    }

    fn as_read(&mut self) -> &mut dyn Read {
        match self {
            Stream::Tcp(stream) => stream,
            #[cfg(unix)]
            Stream::Unix(stream) => stream,
        }
    }

    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Stream::Tcp(stream) => stream,
            #[cfg(unix)]
            Stream::Unix(stream) => stream,
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Tcp(stream) => stream.as_fd(),
            Stream::Unix(stream) => stream.as_fd(),
        }
    }
}

/// What the standard library does not offer.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::net::TcpStream;
    use std::os::fd::{AsRawFd as _, BorrowedFd};
    use std::time::Duration;

    use libc::{c_int, c_uint, c_void, socklen_t};

    /// Has the system close a connection whose other end answers nothing. The default is a quarter of an hour.
    pub(super) fn give_up_after(stream: &TcpStream, time: Duration) {
        let milliseconds = c_uint::try_from(time.as_millis()).unwrap_or(c_uint::MAX);
        // SAFETY: the descriptor is open, because `stream` is borrowed, and the call reads one `c_uint`. If the system
        // refuses, the default holds.
        unsafe {
            libc::setsockopt(
                stream.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_USER_TIMEOUT,
                (&raw const milliseconds).cast::<c_void>(),
                size_of::<c_uint>() as socklen_t,
            );
        }
    }

    /// Has the system keep about this many bytes that the receiver's system lacks.
    pub(super) fn limit_buffer(stream: &TcpStream, bytes: c_int) {
        // SAFETY: the descriptor is open, because `stream` is borrowed, and the call reads one `c_int`. If the system
        // refuses, its own limit holds.
        unsafe {
            libc::setsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_SNDBUF,
                (&raw const bytes).cast::<c_void>(),
                size_of::<c_int>() as socklen_t,
            );
        }
    }

    /// SIOCOUTQ, which has the number of TIOCOUTQ.
    pub(super) fn waiting(stream: BorrowedFd<'_>) -> Option<usize> {
        let mut bytes: c_int = 0;
        // SAFETY: the descriptor is open, because it is borrowed, and the call writes to one `c_int`.
        let result = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
        (result == 0).then(|| usize::try_from(bytes).ok()).flatten()
    }
}
