//! `network`: a connection to a receiver of lines, by TCP or a Unix stream socket.
//!
//! The receiver answers nothing, so a write that succeeds proves little: the lines may wait in the buffers of both
//! systems when the connection breaks. So the last lines are kept ([`Sent`]), and sent again through the next
//! connection, unless the system says that the receiver has read them, some time before it closed the connection in
//! order: each line arrives at least once. A line that comes twice has the same id.
//!
//! `write` makes the connection. Without one it fails with `NotConnected`, and the caller offers the batch again. It
//! blocks while the receiver reads slowly, but not for longer than [`STALL`] if that reads nothing at all.

mod sent;
mod stream;

use std::io;
use std::time::{Duration, Instant};

use sent::Sent;
use stream::{Closed, Stream};

use super::{Batch, Problem, Sink};
use crate::base::signals::without_signals_of_writes;
use crate::config::Output;

/// How long a flush waits for the receiver's system to take what was written.
const FLUSH: Duration = Duration::from_millis(500);
/// How long before its end a receiver may have read lines that it lost: syslog-ng, stopped in order, drops some that it
/// has read (5 of 11 stops under load, 10 to 70 lines each).
const IN_HAND: Duration = Duration::from_secs(5);
/// A receiver that takes nothing for this long gets another connection.
const STALL: Duration = Duration::from_secs(60);

/// A receiver of lines.
#[derive(Debug)]
pub(super) struct Network {
    address: Output,
    name: String,
    stream: Option<Stream>,
    sent: Sent,
}

impl Network {
    /// The receiver at this address, which is [`Output::Tcp`] or [`Output::Unix`]. The first batch connects.
    ///
    /// # Errors
    ///
    /// The address is one that the program has put together, and that no text could give.
    pub(super) fn new(address: &Output) -> io::Result<Self> {
        let name = address.to_string();
        if let Err(error) = name.parse::<Output>() {
            return Err(Problem::error(io::ErrorKind::InvalidInput, error.problem));
        }
        Ok(Network { address: address.clone(), name, stream: None, sent: Sent::default() })
    }

    /// Lets go of a connection that the receiver has closed.
    ///
    /// # Errors
    ///
    /// It broke, and lines may be lost: the caller pauses before the next connection.
    fn check(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        match stream.closed() {
            None => Ok(()),
            Some(Closed { error, has_read_all }) => {
                self.stream = None;
                if has_read_all {
                    self.sent.forget_before(Instant::now().checked_sub(IN_HAND));
                }
                if self.sent.is_empty() { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Connects, if there is no connection, and sends again what may be lost.
    fn connect(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            let mut stream = Stream::connect(&self.address)?;
            self.sent.send_again(Instant::now(), |lines| stream.write_all(lines))?;
            self.stream = Some(stream);
        }
        Ok(())
    }

    fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        self.check()?;
        self.connect()?;
        let Some(stream) = &mut self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        // Of what is written now, a receiver's system that is not this one has nothing for a while.
        let have_arrived = stream.waiting() == Some(0);
        let copy = copied(lines)?;
        if let Err(error) = stream.write_all(lines) {
            self.stream = None;
            return Err(error);
        }
        self.sent.add(copy, Instant::now(), have_arrived);
        Ok(())
    }

    /// Waits until the receiver's system has what was written.
    fn await_arrival(&mut self) -> io::Result<()> {
        /// How often to look.
        const LOOK: Duration = Duration::from_millis(1);

        self.check()?;
        if !self.sent.is_empty() {
            self.connect()?;
        }
        let Some(stream) = &self.stream else { return Ok(()) };
        let begin = Instant::now();
        while let Some(waiting @ 1..) = stream.waiting() {
            if begin.elapsed() >= FLUSH {
                let problem = format!("the receiver has not taken the last {waiting} bytes");
                return Err(Problem::error(io::ErrorKind::TimedOut, problem));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Sink for Network {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        without_signals_of_writes(|| self.send(batch.bytes())).map_err(away)
    }

    fn flush(&mut self) -> io::Result<()> {
        without_signals_of_writes(|| self.await_arrival()).map_err(away)
    }

    fn unsent(&self) -> Vec<u8> {
        let waiting = self.stream.as_ref().map_or(Some(usize::MAX), Stream::waiting);
        // Where the system does not tell, it has sent what it took.
        self.sent.last(waiting.unwrap_or(0))
    }
}

/// A copy; without memory for it, the program goes on.
fn copied(lines: &[u8]) -> io::Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(lines.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
    copy.extend_from_slice(lines);
    Ok(copy)
}

/// The receiver is away: the caller offers the batch again.
fn away(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, error)
}

#[cfg(test)]
mod tests;
