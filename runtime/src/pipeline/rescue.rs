//! The end of the program while a sink hangs or its destination is away: what the sink has not taken goes to stderr.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::process::PATIENCE;
use super::writer::Writer;
use super::{Pipeline, Target, sink_call};
use crate::base::lock::{lock, lock_within, try_lock};
use crate::base::sync::Mutex;
use crate::base::sync::mpsc::channel;
use crate::base::{reentrancy, signals};
use crate::diagnostics::{Deferred, say};

/// What others know of a writer that is locked while its sink has a call.
#[derive(Debug, Default, Clone)]
pub(super) struct InSink(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The lines that the sink is writing. Whichever of its writer and the end of the program takes them has them to
    /// itself.
    lines: Mutex<Option<Arc<Vec<u8>>>>,
    is_away: AtomicBool,
    /// While the destination is away: the lines that it may lack, of those that the sink took before.
    unsent: Mutex<Vec<u8>>,
}

impl InSink {
    pub(super) fn put(&self, lines: &Arc<Vec<u8>>) {
        *lock(&self.0.lines) = Some(Arc::clone(lines));
    }

    pub(super) fn take(&self) -> Option<Arc<Vec<u8>>> {
        lock(&self.0.lines).take()
    }

    /// All that the destination may lack, if the sink gives nothing back.
    pub(super) fn take_all(&self) -> Vec<u8> {
        let mut all = mem::take(&mut *lock(&self.0.unsent));
        all.extend_from_slice(&self.take().unwrap_or_default());
        all
    }

    fn has_lines(&self) -> bool {
        try_lock(&self.0.lines).is_none_or(|lines| lines.is_some())
    }

    /// Whether the destination was away when it last had lines offered.
    pub(super) fn is_away(&self) -> bool {
        self.0.is_away.load(Ordering::Relaxed)
    }

    pub(super) fn set_away(&self, unsent: Vec<u8>) {
        *lock(&self.0.unsent) = unsent;
        self.0.is_away.store(true, Ordering::Relaxed);
    }

    pub(super) fn set_back(&self) {
        self.0.is_away.store(false, Ordering::Relaxed);
        *lock(&self.0.unsent) = Vec::new();
    }
}

/// Has stderr take what the sinks have not taken. It may hang as well: the wait for it is bounded.
///
/// `is_flushed`: the workers have written everything. What another thread adds now, it flushes by itself.
pub(super) fn to_stderr(is_flushed: bool) {
    let pipelines: Vec<_> = Pipeline::all().filter(|it| it.lacks_lines(is_flushed)).collect();
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

/// Does work on a thread, unless that takes too long. Returns whether it is done. If no thread can be started, this one
/// does it, however long it takes.
fn within_patience(work: impl FnOnce() + Send + 'static) -> bool {
    let (done, is_done) = channel();
    let work = Arc::new(Mutex::new(Some(work)));
    let of_thread = Arc::clone(&work);
    let on_thread = move || {
        take_and_do(&of_thread);
        let _no_receiver: Result<(), _> = done.send(());
    };
    if signals::spawn("track_errors_end", on_thread).is_ok() {
        return is_done.recv_timeout(PATIENCE).is_ok();
    }
    take_and_do(&work);
    true
}

fn take_and_do(work: &Mutex<Option<impl FnOnce()>>) {
    let work = lock(work).take();
    if let Some(work) = work {
        reentrancy::ignoring(work);
    }
}

impl Pipeline {
    /// Whether its sink has not taken all lines.
    fn lacks_lines(&self, is_flushed: bool) -> bool {
        let is_writing = self.writer().is_some_and(|writer| writer.in_sink.has_lines());
        self.is_away() || !is_flushed && (is_writing || self.has_unwritten())
    }
}

/// Writes to stderr what this pipeline has. `left`: how many records it has not written yet.
fn write(pipeline: &Pipeline, left: &AtomicUsize) {
    /// A call of a sink that lasts longer than this hangs. (A flush of the network waits for half a second.)
    const HANGS: Duration = Duration::from_secs(1);
    /// A thread holds the writer for longer only during a call of its sink.
    const MOMENT: Duration = Duration::from_millis(100);

    let Some(writer) = pipeline.writer() else { return };
    let mut records = match &pipeline.target {
        Target::Worker(worker) => worker.queue.take_all(&worker.taken),
        _ => VecDeque::new(),
    };
    let in_call = sink_call::in_sink_for().unwrap_or_default();
    let mut shared = lock_within(&writer.mutex, HANGS.saturating_sub(in_call).max(MOMENT));
    let in_sink = &writer.in_sink;
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
