//! The end of the program while a sink hangs or its destination is away: what the sink has not taken goes to stderr.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::installed::installed;
use super::process::PATIENCE;
use super::writer::Writer;
use super::{Pipeline, Target, sink_call};
use crate::base::lock::{lock, lock_within};
use crate::base::sync::Mutex;
use crate::base::sync::mpsc::channel;
use crate::base::{reentrancy, signals};
use crate::diagnostics::{Deferred, say};

/// The lines that a sink is writing, or that wait for its destination. Whichever of its writer and the end of the
/// program takes them has them to itself.
#[derive(Debug, Default, Clone)]
pub(super) struct InSink(Arc<Mutex<Option<Arc<Vec<u8>>>>>);

impl InSink {
    pub(super) fn put(&self, lines: &Arc<Vec<u8>>) {
        *lock(&self.0) = Some(Arc::clone(lines));
    }

    pub(super) fn take(&self) -> Option<Arc<Vec<u8>>> {
        lock(&self.0).take()
    }
}

/// Has stderr take what the sinks have not taken. It may hang as well: the wait for it is bounded.
///
/// `is_flushed`: the workers have written everything. What another thread adds now, it flushes by itself.
pub(super) fn to_stderr(is_flushed: bool) {
    let Some(pipeline) = installed() else { return };
    let lacking = |pipeline: &&'static Pipeline| pipeline.lacks_lines(is_flushed);
    let pipelines: Vec<_> = pipeline.earlier().chain([pipeline]).filter(lacking).collect();
    if pipelines.is_empty() {
        return;
    }
    let left = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&left);
    if !within_patience(move || pipelines.into_iter().for_each(|it| write(it, &counted))) {
        let left = left.load(Ordering::Relaxed);
        within_patience(move || {
            say!(
                Error,
                "the program ends, and a hook or stderr hangs: {left} records that waited are lost"
            );
        });
    }
}

/// Does work on a thread, unless that takes too long. Returns whether it is done.
fn within_patience(work: impl FnOnce() + Send + 'static) -> bool {
    let (done, is_done) = channel();
    let work = move || {
        reentrancy::ignore_this_thread();
        work();
        let _no_receiver: Result<(), _> = done.send(());
    };
    signals::spawn("track_errors_end", work).is_ok() && is_done.recv_timeout(PATIENCE).is_ok()
}

impl Pipeline {
    /// Whether its sink has not taken all lines.
    fn lacks_lines(&self, is_flushed: bool) -> bool {
        match &self.target {
            Target::Worker(_) if is_flushed => false,
            Target::Worker(worker) => worker.queue.has_unwritten() || worker.is_away(),
            Target::Caller(writer) => writer.is_away(),
            Target::Kept(_) => false,
        }
    }
}

/// Writes to stderr what this pipeline has. `left`: how many records it has not written yet.
fn write(pipeline: &Pipeline, left: &AtomicUsize) {
    /// A call of a sink that lasts longer than this hangs. (A flush of the network waits for half a second.)
    const HANGS: Duration = Duration::from_secs(1);
    /// A thread holds the writer for longer only during a call of its sink.
    const MOMENT: Duration = Duration::from_millis(100);

    let no_sink = InSink::default();
    let (writer, in_sink, mut records) = match &pipeline.target {
        Target::Worker(worker) => {
            (&worker.writer, &worker.in_sink, worker.queue.take_all(&worker.taken))
        }
        Target::Caller(writer) => (writer, &no_sink, VecDeque::new()),
        Target::Kept(_) => return,
    };
    let in_call = sink_call::in_sink_for().unwrap_or_default();
    let mut shared = lock_within(&writer.0, HANGS.saturating_sub(in_call).max(MOMENT));
    let is_hanging = shared.is_none();
    let mut own;
    let writer = match &mut shared {
        Some(shared) => &mut **shared,
        None => {
            own = Writer::in_place_of_hanging(in_sink);
            &mut own
        }
    };
    // A sink of records may be what hangs.
    let without_record_sink;
    let config = if is_hanging {
        without_record_sink = pipeline.config.clone().without_record_sink();
        &without_record_sink
    } else {
        &pipeline.config
    };
    left.fetch_add(records.len(), Ordering::Relaxed);
    let mut notes = vec![writer.give_up(config)];
    while !records.is_empty() {
        let before = records.len();
        notes.push(writer.write(config, &mut std::iter::from_fn(|| records.pop_front())));
        left.fetch_sub(before - records.len(), Ordering::Relaxed);
    }
    notes.push(writer.flush(config));
    drop(shared);
    // The writer is not locked: see there.
    notes.into_iter().for_each(Deferred::write);
    let output = &pipeline.output;
    say!(Warn, "the program ends, and {output:?} has not taken all records: they go to stderr");
}
