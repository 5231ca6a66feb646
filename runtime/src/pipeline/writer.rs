//! The end of the pipeline: records become lines, lines become batches, batches go to the sink.
//!
//! A batch is one write and never splits a line. A sink may fail, block or panic: lines that it does not take
//! go to stderr, and if that does not take them either, they are counted as dropped. While its destination is away, the
//! batch is kept. The failure is reported once a minute; in debug mode there is a line for each batch, with the ids of
//! its errors. The writer returns these diagnostics instead of writing them: it is locked, and the application's logger
//! may wait for a thread that waits for the lock.

mod offer;
mod pending;

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use pending::PendingLine;

use super::away::Away;
use super::captured::CapturedError;
use super::emit::{self, Emitted};
use super::rescue::InSink;
use super::sink_call::in_sink;
use super::spare::Spare;
use super::{outcome, process};
use crate::base::guarded::guarded;
use crate::base::lock::lock_within;
use crate::base::sync::Mutex;
use crate::config::{Config, CountedAs, Output};
use crate::diagnostics::{Deferred, defer};
use crate::model::site::losses;
use crate::model::{ErrorRecord, counters};
use crate::output::format::{self, Common};
use crate::output::sink::{self, LineInfo, Sink};

/// A batch is written when it has this many bytes.
const BATCH: usize = 64 * 1024;
/// Records that are emitted while the writer is locked: a fork waits for it.
const AT_ONCE: usize = 64;
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
    /// What others know of it while the sink has a call.
    in_sink: InSink,
}

/// A writer that several threads use.
pub(super) struct SharedWriter {
    pub(super) mutex: Mutex<Writer>,
    /// The writer's.
    pub(super) in_sink: InSink,
}

impl SharedWriter {
    pub(super) fn new(sink: Option<Box<dyn Sink>>) -> Self {
        let in_sink = InSink::default();
        let writer = Writer { sink, in_sink: in_sink.clone(), ..Writer::default() };
        SharedWriter { mutex: Mutex::new(writer), in_sink }
    }

    /// Writes one record on this thread; gives it back if the sink hangs on another thread.
    pub(super) fn write_one(
        &self,
        config: &Config,
        record: Box<CapturedError>,
    ) -> Result<(), Box<CapturedError>> {
        let Some(mut writer) = process::lock_in_time(&self.mutex) else { return Err(record) };
        let deferred = writer.write(config, &mut std::iter::once(record));
        drop(writer);
        deferred.write();
        Ok(())
    }

    /// Flushes on this thread; `false` if another thread keeps the writer for longer than `timeout`.
    pub(super) fn flush(&self, config: &Config, timeout: Duration) -> bool {
        let Some(mut writer) = lock_within(&self.mutex, timeout) else { return false };
        let deferred = writer.flush(config);
        drop(writer);
        deferred.write();
        true
    }

    /// The sink, if no thread is using it.
    pub(super) fn take_sink(&self) -> Option<Box<dyn Sink>> {
        lock_within(&self.mutex, Duration::ZERO)?.sink.take()
    }
}

impl Writer {
    /// A writer to stderr, which has the lines that another one's sink does not give back.
    pub(super) fn in_place_of_hanging(in_sink: &InSink) -> Self {
        let lines = Arc::new(in_sink.take_all());
        Writer { sink: Some(sink::stderr()), lines, ..Writer::default() }
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
            match guarded(|| self.emit(config, record.into_record())) {
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
            if handled == AT_ONCE || self.is_full() {
                break;
            }
        }
        self.send(config);
        self.spares.iter_mut().for_each(Spare::ready);
        mem::take(&mut self.deferred)
    }

    /// Hands a record to the hooks, or appends its line. If a hook hangs, the end of the program takes the lines that are
    /// ready.
    fn emit(&mut self, config: &Config, mut record: ErrorRecord) -> Emitted {
        let are_shared = config.hooks.see_records() && !self.lines.is_empty();
        if are_shared {
            self.in_sink.put(&self.lines);
        }
        let emitted = emit::to_hooks(config, &mut record, &mut self.deferred);
        if are_shared && self.in_sink.take().is_none() {
            // That has written them.
            let written = self.pending.len().saturating_sub(1);
            self.pending.drain(..written).for_each(|line| line.logged(config));
            self.infos.clear();
            self.lines = Arc::default();
        }
        let Writer { lines, common, .. } = self;
        emitted.unwrap_or_else(|| {
            emit::line(config, common_of(common, config), &record, Arc::make_mut(lines))
        })
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
            if self.is_full() && self.again().is_none() {
                self.send(config);
            }
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

    /// Whether the batch is long enough, or there is no memory for one more line.
    fn is_full(&mut self) -> bool {
        self.lines.len() >= BATCH || !format::has_room_for_line(Arc::make_mut(&mut self.lines))
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
}

/// What all lines have in common. A writer has one configuration.
fn common_of<'a>(common: &'a mut Option<Common>, config: &Config) -> &'a Common {
    common.get_or_insert_with(|| Common::new(config.shape(), &config.resource))
}

/// What diagnostics call a sink.
pub(super) fn name(sink: &dyn Sink) -> String {
    in_sink(|| Ok(sink.name().to_owned())).unwrap_or_else(|_| "the sink".to_owned())
}
