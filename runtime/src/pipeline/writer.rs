//! The end of the pipeline: records become lines, lines become batches, batches go to the sink.
//!
//! A batch is one write and never splits a line. A sink may fail, block or panic: lines that it does not take
//! go to stderr, and if that does not take them either, they are counted as dropped. While its destination is away, the
//! batch is kept. The failure is reported once a minute; in debug mode there is a line for each batch, with the ids of
//! its errors. The writer returns these diagnostics instead of writing them: it is locked, and the application's logger
//! may wait for a thread that waits for the lock.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::away::Away;
use super::captured::CapturedError;
use super::emit::{self, Emitted};
use super::loss::Loss;
use super::rescue::InSink;
use super::sink_call::{Reason, in_sink};
use super::spare::Spare;
use super::{outcome, process};
use crate::base::guarded::guarded;
use crate::base::lock::{lock, lock_within};
use crate::base::sync::Mutex;
use crate::config::{Config, CountedAs, Output};
use crate::diagnostics::{self, Deferred, defer};
use crate::model::site::losses;
use crate::model::{ErrorId, Losses, Site, counters};
use crate::output::format::Common;
use crate::output::sink::{self, Batch, LineInfo, Sink};

/// A batch is written when it has this many bytes.
const BATCH: usize = 64 * 1024;
/// Records that are emitted while the writer is locked: a fork waits for it.
const AT_ONCE: usize = 64;
/// How often a batch is offered again after a temporary error, and the first pause, which doubles.
const RETRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Default)]
pub(super) struct Writer {
    /// `None` for [`Output::None`](crate::Output::None).
    sink: Option<Box<dyn Sink>>,
    /// Shared with the end of the program while the sink has them.
    lines: Arc<Vec<u8>>,
    /// Made for the first line.
    common: Option<Common>,
    /// One for each line.
    pending: Vec<PendingLine>,
    /// One for each line, for the sink.
    infos: Vec<LineInfo>,
    /// Diagnostics for when the writer is not locked.
    deferred: Deferred,
    /// What written records leave.
    pub(super) spares: Vec<Spare>,
    /// Whether a batch is kept while the destination is away: a worker has the time to offer it again.
    pub(super) keeps_batches: bool,
    away: Option<Away>,
    /// What the sink of a worker is writing.
    in_sink: InSink,
}

/// A line that is not written yet, and what is counted if it never is.
#[derive(Debug)]
struct PendingLine {
    site: &'static Site,
    /// The error; none in a line about others.
    error: Option<(ErrorId, Loss)>,
    losses: Option<Box<Losses>>,
}

impl PendingLine {
    /// Counts the error as logged.
    fn logged(&self, config: &Config) {
        if let Some((_, loss)) = self.error.filter(|(_, loss)| !loss.is_handled) {
            outcome::count(config, CountedAs::Logged, || loss.decided());
        }
    }

    /// Counts what the lost line stood for.
    fn give_back(&self, config: &Config) {
        if let Some(losses) = &self.losses {
            self.site.give_back(losses);
        }
        if let Some((_, loss)) = &self.error {
            loss.count();
            if !loss.is_handled {
                counters::unlogged();
                outcome::count(config, CountedAs::Dropped, || loss.decided());
            }
        }
    }
}

/// A writer that several threads use.
pub(super) struct SharedWriter(pub(super) Mutex<Writer>);

impl SharedWriter {
    pub(super) fn new(sink: Option<Box<dyn Sink>>) -> Self {
        SharedWriter(Mutex::new(Writer { sink, ..Writer::default() }))
    }

    /// Whether the destination was away when a batch was last offered.
    pub(super) fn is_away(&self) -> bool {
        lock_within(&self.0, Duration::ZERO).is_some_and(|writer| writer.again().is_some())
    }

    /// What the sink is writing.
    pub(super) fn in_sink(&self) -> InSink {
        lock(&self.0).in_sink.clone()
    }

    /// Writes one record on this thread; gives it back if the sink hangs on another thread.
    pub(super) fn write_one(
        &self,
        config: &Config,
        record: Box<CapturedError>,
    ) -> Result<(), Box<CapturedError>> {
        let Some(mut writer) = process::lock_in_time(&self.0) else { return Err(record) };
        let deferred = writer.write(config, &mut std::iter::once(record));
        drop(writer);
        deferred.write();
        Ok(())
    }

    /// Flushes on this thread; `false` if another thread keeps the writer for longer than `timeout`.
    pub(super) fn flush(&self, config: &Config, timeout: Duration) -> bool {
        let Some(mut writer) = lock_within(&self.0, timeout) else { return false };
        let deferred = writer.flush(config);
        drop(writer);
        deferred.write();
        true
    }

    /// The sink, if no thread is using it.
    pub(super) fn take_sink(&self) -> Option<Box<dyn Sink>> {
        lock_within(&self.0, Duration::ZERO)?.sink.take()
    }
}

impl Writer {
    /// A writer to stderr, which has the lines that another one's sink does not give back.
    pub(super) fn in_place_of_hanging(in_sink: &InSink) -> Self {
        let lines = in_sink.take().unwrap_or_default();
        Writer { sink: Some(sink::stderr()), lines, ..Writer::default() }
    }

    /// Writes to stderr from now on, beginning with what the destination has not taken.
    pub(super) fn give_up(&mut self, config: &Config) -> Deferred {
        if let Some(mut sink) = self.sink.replace(sink::stderr()) {
            let unsent = in_sink(|| Ok(sink.unsent())).unwrap_or_default();
            self.lines = Arc::new([&unsent, &**self.lines].concat());
        }
        self.away = None;
        self.send(config);
        mem::take(&mut self.deferred)
    }

    /// When to offer a batch again, and when if a flush waits; `None` if the destination is not away.
    pub(super) fn again(&self) -> Option<(Instant, Instant)> {
        self.away.as_ref()?.again()
    }

    /// Offers the kept batch again, or flushes.
    pub(super) fn retry(&mut self, config: &Config) -> Deferred {
        if self.lines.is_empty() {
            self.flush_sinks(config);
        } else {
            self.send(config);
        }
        mem::take(&mut self.deferred)
    }

    /// Formats and writes records, until a batch is full. The caller calls again for what is left, unless the
    /// destination is away.
    pub(super) fn write(
        &mut self,
        config: &Config,
        records: &mut impl Iterator<Item = Box<CapturedError>>,
    ) -> Deferred {
        // The worker has taken those of the batch before.
        self.spares.clear();
        let mut handled = 0;
        for record in records {
            let (record, spare) = Spare::empty(record);
            self.spares.push(spare);
            let id = record.id;
            if !record.is_wanted() {
                defer!(self.deferred, Debug, "not written: another log took the place of #{id}");
                continue;
            }
            if self.sink.is_none() && config.hooks.record_sink().is_none() {
                outcome::count(config, CountedAs::Logged, || record.decided());
                defer!(self.deferred, Debug, "not written: the output is none, #{id}");
                continue;
            }
            self.pending.push(PendingLine {
                site: record.site,
                error: Some((id, record.loss())),
                losses: record.losses.clone(),
            });
            // Nothing in here is known to panic; if it does, one record is lost and not the rest.
            let Writer { lines, common, deferred, .. } = self;
            let (common, lines) = (common_of(common, config), Arc::make_mut(lines));
            match guarded(|| emit::error(config, common, record.into_record(), lines, deferred)) {
                Some(Emitted::AsLine(info)) => self.infos.push(info),
                Some(Emitted::ToSink) => {
                    if let Some(line) = self.pending.pop() {
                        line.logged(config);
                    }
                    defer!(self.deferred, Debug, "handed to the record sink: #{id}");
                }
                Some(Emitted::Filtered) => {
                    self.filter_last(config);
                    defer!(self.deferred, Debug, "not written: before_emit refused #{id}");
                }
                Some(Emitted::TooLong) | None => {
                    self.discard_last(config);
                    defer!(
                        self.deferred,
                        Error,
                        "cannot make a line of error #{id}; it is dropped"
                    );
                }
            }
            handled += 1;
            if self.lines.len() >= BATCH || handled == AT_ONCE {
                break;
            }
        }
        self.send(config);
        self.spares.iter_mut().for_each(Spare::ready);
        mem::take(&mut self.deferred)
    }

    /// Writes the counts of errors that were not logged, a line for each function, and flushes the sink.
    pub(super) fn flush(&mut self, config: &Config) -> Deferred {
        if self.sink.is_none() && config.hooks.record_sink().is_none() {
            return Deferred::default();
        }
        // The counts of all tests, at the end of the program that runs them, belong to the output of none.
        let is_end_of_tests = config.output == Output::Test && process::is_over();
        let losses = if is_end_of_tests { Vec::new() } else { losses::take_all() };
        for (site, losses) in losses {
            let Writer { lines, common, deferred, .. } = self;
            let (common, lines) = (common_of(common, config), Arc::make_mut(lines));
            if let Emitted::AsLine(info) =
                emit::losses(config, common, site, &losses, lines, deferred)
            {
                self.infos.push(info);
                self.pending.push(PendingLine {
                    site,
                    error: None,
                    losses: Some(Box::new(losses)),
                });
            }
        }
        self.send(config);
        if self.again().is_none() {
            self.flush_sinks(config);
        }
        mem::take(&mut self.deferred)
    }

    fn flush_sinks(&mut self, config: &Config) {
        if let Some(sink) = &mut self.sink {
            let result = in_sink(|| sink.flush());
            let name = name(&**sink);
            match result {
                Ok(()) => self.is_back(&name),
                Err(error) if is_away(&error) => self.is_away("flush", &name, &error),
                Err(error) => self.flush_failed(&name, &error),
            }
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
    fn is_away(&mut self, what: &str, name: &str, error: &io::Error) {
        self.away = Some(Away::after_failure(self.away.take(), Instant::now()));
        if self.keeps_batches {
            let reason = Reason(error);
            defer!(
                self.deferred,
                Error,
                "failed to {what} {name:?}: {reason}; this is tried again, and errors wait meanwhile"
            );
        }
    }

    /// The destination takes what it gets.
    fn is_back(&mut self, name: &str) {
        if let Some(away) = &mut self.away
            && away.is_back()
        {
            let seconds = away.since.elapsed().as_secs_f64();
            defer!(self.deferred, Info, "{name:?} takes records again, after {seconds:.1} s");
        }
    }

    /// Drops the line that was begun last.
    fn discard_last(&mut self, config: &Config) {
        let lines = Arc::make_mut(&mut self.lines);
        let end = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        lines.truncate(end);
        if let Some(line) = self.pending.pop() {
            line.give_back(config);
        }
    }

    /// A hook refused the record that came last. The counts of other errors, which it had, stay.
    fn filter_last(&mut self, config: &Config) {
        if let Some(line) = self.pending.pop() {
            if let Some(losses) = &line.losses {
                line.site.give_back(losses);
            }
            if let Some((_, loss)) = line.error.filter(|(_, loss)| !loss.is_handled) {
                counters::unlogged_by_filter();
                outcome::count(config, CountedAs::Filtered, || loss.decided());
            }
        }
    }

    /// Writes all lines that are ready as one batch, or keeps them if the destination is away.
    fn send(&mut self, config: &Config) {
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
        lines.shrink_to(4 * BATCH);
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
        let result = match self.is_paused() {
            true => Err(io::ErrorKind::NotConnected.into()),
            false => write_with_retries(sink, &batch),
        };
        // Otherwise the end of the program has written them to stderr meanwhile.
        let is_own = self.in_sink.take().is_some();
        let name = name(sink);
        let what = Sent { batch: &batch, took: start.map(|start| start.elapsed()) };
        let Err(error) = result else {
            pending.iter().for_each(|line| line.logged(config));
            defer!(self.deferred, Debug, "sent {what} to {name}{}", Ids(pending));
            if let Ok(Some(warning)) = in_sink(|| Ok(sink.warning())) {
                defer!(self.deferred, Error, "{warning}");
            }
            self.is_back(&name);
            return false;
        };
        defer!(self.deferred, Debug, "failed to send {what} to {name}{}: {error}", Ids(pending));
        if is_away(&error) {
            self.is_away(&format!("send {what} to"), &name, &error);
            if self.keeps_batches && is_own {
                return true;
            }
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
}

/// What all lines have in common. A writer has one configuration.
fn common_of<'a>(common: &'a mut Option<Common>, config: &Config) -> &'a Common {
    common.get_or_insert_with(|| Common::new(config.shape(), &config.resource))
}

/// What diagnostics call a sink.
pub(super) fn name(sink: &dyn Sink) -> String {
    in_sink(|| Ok(sink.name().to_owned())).unwrap_or_else(|_| "the sink".to_owned())
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

/// The errors of a batch: `: #f951e59d2e202be5, #a8f5aa73d0909d3e`.
struct Ids<'a>(&'a [PendingLine]);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().filter_map(|line| line.error);
        ids.enumerate().try_for_each(|(at, (id, _))| {
            let separator = if at == 0 { ": " } else { ", " };
            write!(f, "{separator}#{id}")
        })
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
