//! The writer's side of a sink: offers it batches and flushes it, keeps a batch while the destination is away, and has
//! stderr take what the sink refuses.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pending::{Ids, PendingLine};
use super::{BATCH, Writer, name};
use crate::config::Config;
use crate::diagnostics::{self, Deferred, defer};
use crate::model::counters;
use crate::output::sink::{self, Batch, LineInfo, Sink};
use crate::pipeline::away::Away;
use crate::pipeline::emit;
use crate::pipeline::sink_call::{Reason, in_sink};

/// How often a batch is offered again after a temporary error, and the first pause, which doubles.
const RETRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(10);

impl Writer {
    /// Writes all lines that are ready as one batch, or keeps them if the destination is away.
    pub(super) fn send(&mut self, config: &Config) {
        if !self.lines.is_empty()
            && let Some(mut sink) = self.sink.take()
        {
            let (lines, pending) = (mem::take(&mut self.lines), mem::take(&mut self.pending));
            let infos = mem::take(&mut self.infos);
            let is_kept = self.offer(config, &mut *sink, &lines, &pending, &infos);
            self.sink = Some(sink);
            (self.lines, self.pending, self.infos) = (lines, pending, infos);
            if is_kept {
                return;
            }
        }
        self.pending.clear();
        self.infos.clear();
        let lines = Arc::make_mut(&mut self.lines);
        lines.clear();
        // Frees the memory of one large batch.
        lines.shrink_to(8 * BATCH);
    }

    /// Offers lines to the sink, else to stderr. Returns whether to keep them for later.
    fn offer(
        &mut self,
        config: &Config,
        sink: &mut dyn Sink,
        lines: &Arc<Vec<u8>>,
        pending: &[PendingLine],
        infos: &[LineInfo],
    ) -> bool {
        let batch = Batch::new(lines).with_records(infos);
        let start = diagnostics::is_on().then(Instant::now);
        self.in_sink.put(lines);
        let is_paused = self.is_paused();
        let result = match is_paused {
            true => Err(io::ErrorKind::NotConnected.into()),
            false => write_with_retries(sink, &batch),
        };
        // Otherwise the end of the program has written them to stderr meanwhile.
        let is_own = self.in_sink.take().is_some();
        let what = Sent { batch: &batch, took: start.map(|start| start.elapsed()) };
        let Err(error) = result else {
            pending.iter().for_each(|line| line.logged(config));
            defer!(self.deferred, Debug, "sent {what} to {}{}", name(sink), Ids(pending));
            if let Ok(Some(warning)) = in_sink(|| Ok(sink.warning())) {
                defer!(self.deferred, Error, "{warning}");
            }
            self.is_back(sink);
            return false;
        };
        let name = name(sink);
        defer!(self.deferred, Debug, "failed to send {what} to {name}{}: {error}", Ids(pending));
        if is_away(&error) {
            if !is_paused {
                self.is_away(&format!("send {what} to"), sink, &error);
            }
            if self.keeps_batches && is_own {
                return true;
            }
        } else {
            self.is_not_away();
        }
        // Another place is better than a loss.
        let saved = !is_own || in_sink(|| sink::stderr().write(&batch)).is_ok();
        for line in pending {
            if saved { line.logged(config) } else { line.give_back(config) }
        }
        let (reason, count) = (Reason(&error), batch.count());
        let what = format!("failed to send to {name:?}: {reason}; records that were");
        // Two places in the source, so that the two are added up apart.
        if saved {
            defer!(self.deferred, Error(count), "{what} written to stderr instead");
        } else {
            defer!(self.deferred, Error(count), "{what} dropped");
        }
        false
    }

    /// Whether to spend no time on the destination: it was away just now, and a thread of the program waits.
    fn is_paused(&self) -> bool {
        !self.keeps_batches && self.again().is_some_and(|(again, _)| Instant::now() < again)
    }

    /// Writes to stderr from now on, beginning with what the destination has not taken.
    pub(in crate::pipeline) fn give_up(&mut self, config: &Config) -> Deferred {
        if let Some(sink) = self.sink.replace(sink::stderr()) {
            let unsent = in_sink(|| Ok(sink.unsent())).unwrap_or_default();
            self.lines = Arc::new([&unsent, &**self.lines].concat());
        }
        self.away = None;
        self.in_sink.set_back();
        self.send(config);
        mem::take(&mut self.deferred)
    }

    /// When to offer a batch again, and when if a flush waits; `None` if the destination is not away.
    pub(in crate::pipeline) fn again(&self) -> Option<(Instant, Instant)> {
        self.away.as_ref()?.again()
    }

    /// Offers the kept batch again, or flushes.
    pub(in crate::pipeline) fn retry(&mut self, config: &Config) -> Deferred {
        if self.lines.is_empty() {
            self.flush_sinks(config);
        } else {
            self.send(config);
        }
        mem::take(&mut self.deferred)
    }

    pub(super) fn flush_sinks(&mut self, config: &Config) {
        if let Some(mut sink) = self.sink.take() {
            match in_sink(|| sink.flush()) {
                Ok(()) => self.is_back(&*sink),
                Err(error) if is_away(&error) => self.is_away("flush", &*sink, &error),
                Err(error) => {
                    self.is_not_away();
                    self.flush_failed(&name(&*sink), &error);
                }
            }
            self.sink = Some(sink);
        }
        if let Some((Err(error), name)) = emit::flush(config) {
            self.flush_failed(&name, &error);
        }
    }

    fn flush_failed(&mut self, name: &str, error: &io::Error) {
        let reason = Reason(error);
        defer!(self.deferred, Error, "failed to flush {name:?}: {reason}");
        defer!(self.deferred, Debug, "not flushed: {error}");
    }

    /// The destination does not take `what`, for now.
    fn is_away(&mut self, what: &str, sink: &dyn Sink, error: &io::Error) {
        if self.again().is_none() {
            self.in_sink.set_away(in_sink(|| Ok(sink.unsent())).unwrap_or_default());
        }
        self.away = Some(Away::after_failure(self.away.take(), Instant::now()));
        if self.keeps_batches {
            let (name, reason) = (name(sink), Reason(error));
            let dropped = match counters::counters().dropped {
                0 => String::new(),
                count => format!("; errors dropped so far: {count}"),
            };
            defer!(
                self.deferred,
                Error,
                "failed to {what} {name:?}: {reason}; errors wait until it is back{dropped}"
            );
        }
    }

    /// The destination answers. Returns since when it has been away before.
    fn is_not_away(&mut self) -> Option<Instant> {
        let away = self.away.as_mut()?;
        let since = away.is_back().then_some(away.since)?;
        self.in_sink.set_back();
        Some(since)
    }

    /// The destination takes what it gets.
    fn is_back(&mut self, sink: &dyn Sink) {
        if let Some(since) = self.is_not_away() {
            let (name, seconds) = (name(sink), since.elapsed().as_secs_f64());
            let message = format!("{name:?} takes records again, after {seconds:.1} s");
            // A shorter interruption is no news.
            if seconds >= 1.0 {
                defer!(self.deferred, Warn, "{message}");
            } else {
                defer!(self.deferred, Info, "{message}");
            }
        }
    }
}

/// A batch in diagnostics: `1 record, 2,431 bytes in 84 µs`.
struct Sent<'a> {
    batch: &'a Batch<'a>,
    /// Measured in debug mode.
    took: Option<Duration>,
}

impl fmt::Display for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = self.batch.count() as u64;
        let plural = if records == 1 { "" } else { "s" };
        let bytes = grouped(self.batch.bytes().len() as u64);
        write!(f, "{} record{plural}, {bytes} bytes", grouped(records))?;
        let Some(took) = self.took else { return Ok(()) };
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        write!(f, " in {} µs", grouped(took))
    }
}

/// A number with a comma for each thousand: `2,431`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a batch, and tries again after a temporary error.
fn write_with_retries(sink: &mut dyn Sink, batch: &Batch<'_>) -> io::Result<()> {
    let mut pause = PAUSE;
    for _ in 0..RETRIES {
        match in_sink(|| sink.write(batch)) {
            Err(error) if is_temporary(&error) => {
                std::thread::sleep(pause);
                pause *= 2;
            }
            result => return result,
        }
    }
    in_sink(|| sink.write(batch))
}

/// Whether the destination of the sink is away.
fn is_away(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotConnected
}

/// Whether the sink wants the batch again at once.
fn is_temporary(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (2_431, "2,431"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
