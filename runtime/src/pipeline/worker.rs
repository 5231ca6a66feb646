//! The worker: one thread that resolves, formats and writes.
//!
//! It starts with the first error, sleeps while there is nothing to do, and never ends by itself.
//! If no thread can be had, records are written on the thread that brings them.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::ending;
use super::pending::Pending;
use super::queue::Queue;
use super::writer::Writer;
use crate::config::Config;

/// A queue, the writer at its end, and the thread between them.
pub(super) struct Worker {
    queue: Queue,
    writer: Mutex<Writer>,
    start: Once,
    /// Whether the thread runs; else the caller does its work.
    runs: AtomicBool,
}

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is a worker: it must not wait for itself.
pub(super) fn is_worker() -> bool {
    IS_WORKER.get()
}

impl Worker {
    pub(super) fn new(writer: Writer) -> Self {
        Worker {
            queue: Queue::default(),
            writer: Mutex::new(writer),
            start: Once::new(),
            runs: AtomicBool::new(false),
        }
    }

    /// Hands a record on; gives it back if the queue is full.
    pub(super) fn push(
        &'static self,
        config: &'static Config,
        record: Box<Pending>,
        wait: bool,
    ) -> Result<(), Box<Pending>> {
        self.start.call_once(|| self.start(config));
        if self.runs.load(Ordering::Acquire) && !ending::is_over() {
            return self.queue.push(record, wait);
        }
        let Some(mut writer) = self.try_writer(ending::PATIENCE) else { return Err(record) };
        writer.write(config, std::iter::once(record));
        Ok(())
    }

    fn start(&'static self, config: &'static Config) {
        ending::prepare();
        let thread = thread::Builder::new().name("track_errors".to_owned());
        let started = thread.spawn(move || self.run(config)).is_ok();
        self.runs.store(started, Ordering::Release);
    }

    fn run(&self, config: &Config) -> ! {
        IS_WORKER.set(true);
        crate::leave::ignore_this_thread();
        let mut records = Vec::new();
        loop {
            let work = self.queue.next(&mut records);
            {
                let _at_work = ending::at_work();
                let mut writer = self.writer();
                writer.write(config, records.drain(..));
                if self.queue.is_flush(&work) {
                    writer.flush(config);
                }
            }
            self.queue.done(&work);
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A writer that panicked is in order: it works record by record.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer, unless somebody has it for longer than this: then its sink hangs.
    fn try_writer(&self, patience: Duration) -> Option<MutexGuard<'_, Writer>> {
        let deadline = Instant::now() + patience;
        loop {
            match self.writer.try_lock() {
                Ok(writer) => return Some(writer),
                Err(std::sync::TryLockError::Poisoned(writer)) => return Some(writer.into_inner()),
                Err(std::sync::TryLockError::WouldBlock) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(std::sync::TryLockError::WouldBlock) => return None,
            }
        }
    }

    /// Writes everything that was pushed before; false if that took longer than `timeout`.
    pub(super) fn flush(&self, config: &Config, timeout: Duration) -> bool {
        if is_worker() {
            return false;
        }
        if self.runs.load(Ordering::Acquire) {
            return self.queue.flush(timeout);
        }
        match self.try_writer(timeout) {
            Some(mut writer) => {
                writer.flush(config);
                true
            }
            None => false,
        }
    }

    /// The sink, if nobody is using it: for the pipeline that takes this one's place.
    pub(super) fn take_sink(&self) -> Option<Box<dyn crate::sink::Sink>> {
        let mut writer = self.try_writer(Duration::ZERO)?;
        std::mem::replace(&mut *writer, Writer::new(None)).into_sink()
    }
}
