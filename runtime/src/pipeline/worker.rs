//! The worker: one thread that resolves, formats and writes.
//!
//! It starts with the first error, sleeps while there is nothing to do, and never ends by itself.
//! If no thread can be started, the thread that fails writes its records.

use std::time::{Duration, Instant};

use super::captured::CapturedError;
use super::holding::{Deciding, with_held};
use super::process;
use super::queue::{Queue, Taken};
use super::spare::Spare;
use super::writer::{SharedWriter, Writer};
use crate::base::lock::lock;
use crate::base::signals;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::base::sync::{Mutex, Once};
use crate::config::Config;
use crate::diagnostics::Deferred;
use crate::stack;

/// A queue, the writer at its end, and the thread between them.
pub(super) struct Worker {
    pub(super) queue: Queue,
    pub(super) writer: SharedWriter,
    /// What the writer does not have yet.
    pub(super) taken: Taken,
    /// Held by the thread while it works, and by a thread that forks.
    pub(super) at_work: Mutex<()>,
    start: Once,
    /// Whether the thread runs; if not, callers do its work.
    runs: AtomicBool,
}

impl Worker {
    pub(super) fn new(writer: SharedWriter) -> Self {
        Worker {
            queue: Queue::default(),
            writer,
            taken: Taken::default(),
            at_work: Mutex::new(()),
            start: Once::new(),
            runs: AtomicBool::new(false),
        }
    }

    /// Hands a record on; gives it back if the queue is full.
    pub(super) fn push(
        &'static self,
        config: &'static Config,
        record: Box<CapturedError>,
        wait: bool,
    ) -> Result<(), Box<CapturedError>> {
        if process::is_worker() {
            // The worker must not wait for room that only it can make.
            if self.writer.in_sink.is_away() {
                return self.queue_record(record, false);
            }
            self.at_work(|writer| writer.write(config, &mut std::iter::once(record)));
            return Ok(());
        }
        self.start.call_once(|| self.start(config));
        if self.runs.load(Ordering::Acquire) {
            return self.queue_record(record, wait);
        }
        self.writer.write_one(config, record)
    }

    fn queue_record(
        &self,
        record: Box<CapturedError>,
        wait: bool,
    ) -> Result<(), Box<CapturedError>> {
        // The exit handler queues all held errors, then flushes. It waits for no room: what boundaries
        // hold is bounded, and was in memory before.
        if process::is_exit_handler() {
            self.queue.push_beyond(record);
            return Ok(());
        }
        let pushed = self.queue.push(record, wait && !process::is_over());
        let pushed = pushed.map(|spare| spare.into_iter().for_each(Spare::keep));
        if !process::is_over() {
            return pushed;
        }
        if let Err(record) = pushed {
            self.queue.push_beyond(record);
        }
        // The exit handler flushes after it has waited for this thread. Without that, no later flush comes.
        if !Deciding::is_awaited() {
            self.queue.flush(process::PATIENCE);
        }
        Ok(())
    }

    /// Starts the thread: it may have to log held errors.
    pub(super) fn prepare_to_hold(&'static self, config: &'static Config) {
        self.start.call_once(|| self.start(config));
    }

    fn start(&'static self, config: &'static Config) {
        let started = signals::spawn("track_errors", move || self.run(config)).is_ok();
        self.runs.store(started, Ordering::Release);
    }

    fn run(&self, config: &Config) -> ! {
        process::become_worker();
        crate::base::reentrancy::ignore_this_thread();
        self.at_work(|writer| {
            writer.keeps_batches = true;
            Deferred::default()
        });
        let mut spares = Vec::new();
        loop {
            let work = self.queue.next(&self.taken);
            if work.looks_for_held {
                self.look_for_held();
                self.await_destination(config);
            }
            if work.releases_symbols {
                // A fork waits for it.
                let _at_work = lock(&self.at_work);
                stack::release_symbols();
            }
            while !lock(&self.taken).is_empty() {
                self.at_work(|writer| {
                    let mut records = std::iter::from_fn(|| lock(&self.taken).pop_front());
                    let deferred = writer.write(config, &mut records);
                    if spares.try_reserve(writer.spares.len()).is_ok() {
                        spares.append(&mut writer.spares);
                    }
                    deferred
                });
                self.await_destination(config);
            }
            if self.queue.is_flush(&work) {
                self.at_work(|writer| writer.flush(config));
                self.await_destination(config);
            }
            self.queue.done(&work, &mut spares);
            // Without room for more.
            spares.clear();
        }
    }

    /// While the destination is away, offers what it lacks again and again. The queue fills meanwhile.
    fn await_destination(&self, config: &Config) {
        loop {
            let at_work = lock(&self.at_work);
            let again = lock(&self.writer.mutex).again();
            drop(at_work);
            let Some((until, soon)) = again else { break };
            if self.queue.pause(until, soon) {
                self.look_for_held();
            } else {
                self.at_work(|writer| writer.retry(config));
            }
        }
    }

    fn look_for_held(&self) {
        with_held(|held| (held.release_old)(Instant::now()));
        self.queue.held_looked(|| with_held(|held| (held.is_any)()));
    }

    /// Works with the writer. A fork waits for it.
    fn at_work(&self, work: impl FnOnce(&mut Writer) -> Deferred) {
        let at_work = lock(&self.at_work);
        // A writer that panicked is in order: it works record by record.
        let deferred = work(&mut lock(&self.writer.mutex));
        drop(at_work);
        deferred.write();
    }

    pub(super) fn is_running(&self) -> bool {
        self.runs.load(Ordering::Acquire)
    }

    /// Writes everything that was pushed before; false if that took longer than `timeout`.
    pub(super) fn flush(&self, config: &Config, timeout: Duration) -> bool {
        if process::is_worker() {
            return false;
        }
        if self.runs.load(Ordering::Acquire) {
            return self.queue.flush(timeout);
        }
        self.writer.flush(config, timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::model::Site;

    #[test]
    fn the_worker_does_not_wait_for_itself_when_what_was_held_finds_the_queue_full() {
        static SITE: Site = Site::new("worker", 0, || ());
        let error = || Box::new(CapturedError::for_test(&SITE));
        let worker: &'static Worker = Box::leak(Box::new(Worker::new(SharedWriter::new(None))));
        let config: &'static Config = Box::leak(Box::new(Builder::new().resolve(&|_| None).0));
        // This thread is the worker's.
        worker.start.call_once(|| worker.runs.store(true, Ordering::Release));
        while worker.push(config, error(), false).is_ok() {}
        process::become_worker();
        assert!(worker.push(config, error(), true).is_ok());
    }
}
