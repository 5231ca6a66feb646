//! The lines that were written last.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// How many bytes are kept, at most. More than what waits unread in the buffers of both systems: 256 KiB here, and 6 MB
/// in a receiver's with the default of Linux (`tcp_rmem`).
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How long lines are kept that the receiver's system has: a receiver reads them soon, or it has stopped.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Whole lines that may not have arrived, oldest first, in the batches in which they were written.
#[derive(Debug, Default)]
pub(super) struct Sent {
    batches: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
}

impl Sent {
    /// Adds what was written. `have_arrived`: the receiver's system has all that was written before.
    pub(super) fn add(&mut self, lines: Vec<u8>, now: Instant, have_arrived: bool) {
        self.bytes += lines.len();
        self.batches.push_back((now, lines));
        while let Some((written, oldest)) = self.batches.front() {
            let is_old = have_arrived && now.saturating_duration_since(*written) > MAX_AGE;
            if !is_old && (self.bytes <= MAX_BYTES || self.batches.len() == 1) {
                break;
            }
            self.bytes -= oldest.len();
            self.batches.pop_front();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Forgets what was written before then; `None`: nothing.
    pub(super) fn forget_before(&mut self, time: Option<Instant>) {
        while let Some((written, lines)) = self.batches.front()
            && time.is_some_and(|time| *written < time)
        {
            self.bytes -= lines.len();
            self.batches.pop_front();
        }
    }

    /// Writes all of it, through another connection.
    pub(super) fn send_again(
        &mut self,
        now: Instant,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        for (written, lines) in &mut self.batches {
            write(lines)?;
            *written = now;
        }
        Ok(())
    }

    /// The whole lines that hold the last bytes.
    pub(super) fn last(&self, bytes: usize) -> Vec<u8> {
        if bytes == 0 {
            return Vec::new();
        }
        let mut length = 0;
        let has_all = |(_, lines): &(Instant, Vec<u8>)| {
            length += lines.len();
            length >= bytes
        };
        let first = self.batches.iter().rposition(has_all).unwrap_or(0);
        let lines = self.batches.iter().skip(first).flat_map(|(_, lines)| lines);
        let mut all: Vec<u8> = lines.copied().collect();
        let before = &all[..all.len().saturating_sub(bytes)];
        let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        all.split_off(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&str]) -> Sent {
        let mut sent = Sent::default();
        for line in lines {
            sent.add(line.as_bytes().to_vec(), Instant::now(), false);
        }
        sent
    }

    fn again(sent: &mut Sent) -> Vec<u8> {
        let mut all = Vec::new();
        let write = |lines: &[u8]| {
            all.extend_from_slice(lines);
            Ok(())
        };
        sent.send_again(Instant::now(), write).unwrap();
        all
    }

    #[test]
    fn the_last_bytes_are_given_as_whole_lines() {
        let sent = sent(&["one\ntwo\n", "three\n"]);
        for (bytes, lines) in [
            (0, ""),
            (1, "three\n"),
            (6, "three\n"),
            (7, "two\nthree\n"),
            (10, "two\nthree\n"),
            (11, "one\ntwo\nthree\n"),
            (usize::MAX, "one\ntwo\nthree\n"),
        ] {
            assert_eq!(String::from_utf8(sent.last(bytes)).unwrap(), lines, "{bytes}");
        }
    }

    #[test]
    fn only_the_newest_lines_are_kept_and_at_least_one_batch() {
        let megabyte = vec![b'\n'; 1024 * 1024];
        let mut sent = Sent::default();
        for _ in 0..10 {
            sent.add(megabyte.clone(), Instant::now(), false);
        }
        assert_eq!(again(&mut sent).len(), 8 * megabyte.len());
        sent.add(megabyte.repeat(9), Instant::now(), false);
        assert_eq!(again(&mut sent).len(), 9 * megabyte.len());
    }

    #[test]
    fn lines_of_more_than_a_minute_ago_are_kept_only_while_the_receivers_system_lacks_some() {
        let begin = Instant::now();
        let later = begin + MAX_AGE + Duration::from_secs(1);
        for (have_arrived, expected) in [(false, &b"old\nnew\n"[..]), (true, b"new\n")] {
            let mut sent = Sent::default();
            sent.add(b"old\n".to_vec(), begin, false);
            sent.add(b"new\n".to_vec(), later, have_arrived);
            assert_eq!(again(&mut sent), expected);
        }
    }

    #[test]
    fn what_was_written_before_a_time_is_forgotten() {
        let begin = Instant::now();
        let mut sent = Sent::default();
        for (line, second) in [(b"one\n", 1), (b"two\n", 2)] {
            sent.add(line.to_vec(), begin + Duration::from_secs(second), false);
        }
        sent.forget_before(None);
        sent.forget_before(Some(begin + Duration::from_secs(2)));
        assert_eq!((again(&mut sent), sent.bytes), (b"two\n".to_vec(), 4));
    }

    #[test]
    fn what_could_not_be_sent_again_is_kept() {
        let mut sent = sent(&["one\n", "two\n"]);
        let mut writes = 0;
        let result = sent.send_again(Instant::now(), |_| {
            writes += 1;
            if writes == 2 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
        });
        assert!(result.is_err());
        assert_eq!(again(&mut sent), b"one\ntwo\n");
    }
}
