//! Steps that an error takes while its log waits for the worker.
//!
//! A log is queued when its error first leaves a tracked function, and waits some milliseconds for the
//! worker, while an error climbs in microseconds. So each further function that the error leaves adds its
//! step to the log that is still waiting: no search, and no waiting for a lock.

use std::sync::Arc;

use crate::base::lock::{lock, try_lock};
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{Mutex, MutexGuard};
use crate::describe::{Description, Fields};
use crate::model::{Step, Trail};
use crate::pipeline::HandReport;

/// Bytes of all steps that were added to waiting logs, and their limit: 8 MiB.
static LATE_BYTES: AtomicUsize = AtomicUsize::new(0);
const MAX_LATE_BYTES: usize = 8 * 1024 * 1024;

/// The steps of one waiting log.
#[derive(Debug, Clone)]
pub(crate) struct LateSteps {
    late: Arc<Mutex<Late>>,
    /// Which log's they are, of all that used this memory: entries of errors outlive their logs.
    number: u32,
}

#[derive(Debug, Default)]
struct Late {
    /// The number of the log that uses it.
    number: u32,
    /// The worker has taken the log.
    is_closed: bool,
    /// Another log takes its place.
    is_taken_back: bool,
    /// Apart, because most errors leave one function.
    added: Option<Box<Added>>,
    /// What counts towards [`LATE_BYTES`].
    bytes: usize,
}

/// What was added to a waiting log.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) trail: Trail,
    pub(super) better: Option<Box<Description>>,
    /// Reports by hand of the same error, with their fields.
    pub(super) reports: Vec<(HandReport, Fields)>,
}

impl LateSteps {
    /// Its memory in bytes, empty.
    pub(crate) const BYTES: usize = size_of::<Mutex<Late>>() + 2 * size_of::<usize>();

    pub(super) fn new() -> Self {
        LateSteps { late: Arc::default(), number: 0 }
    }

    /// The same memory for another log. This one is written.
    pub(super) fn reused(self) -> Self {
        let mut late = lock(&self.late);
        let number = self.number.wrapping_add(1);
        late.number = number;
        (late.is_closed, late.is_taken_back) = (false, false);
        if let Some(added) = &mut late.added {
            added.clear();
            late.charge();
        }
        drop(late);
        LateSteps { number, ..self }
    }

    /// Locks the steps if no other thread does, and if they are still those of this log.
    fn try_lock(&self) -> Option<MutexGuard<'_, Late>> {
        try_lock(&self.late).filter(|late| late.number == self.number)
    }

    /// Adds a function that the error left. `message`: its message there, if a conversion changed it.
    /// `better`: its description, if the functions before knew less of its type.
    ///
    /// Never waits: a step that comes too late, or while the worker takes the log, is missing.
    pub(crate) fn add(&self, step: Step, message: Option<&str>, better: Option<Description>) {
        // Another thread is the worker, which takes the log now, or polls the same shared future.
        let Some(mut late) = self.try_lock() else { return };
        if late.is_closed {
            return;
        }
        // Relaxed: no other memory depends on the sum.
        if LATE_BYTES.load(Ordering::Relaxed) > MAX_LATE_BYTES {
            late.added.get_or_insert_default().trail.leave_out();
            return;
        }
        let added = late.added.get_or_insert_default();
        added.trail.push(step);
        if let Some(message) = message {
            added.trail.add_context(step, message);
        }
        let better = better.map(Box::new);
        added.better = better.or(added.better.take());
        late.charge();
    }

    /// Adds a report by hand at this place; `false` if it comes too late. `message` and `better` as in
    /// [`add`](LateSteps::add).
    pub(crate) fn report(
        &self,
        step: Step,
        message: Option<&str>,
        better: Option<Description>,
        report: HandReport,
        fields: Fields,
    ) -> bool {
        let Some(mut late) = self.try_lock() else { return false };
        if late.is_closed || LATE_BYTES.load(Ordering::Relaxed) > MAX_LATE_BYTES {
            return false;
        }
        let added = late.added.get_or_insert_default();
        for message in [message, report.message.as_deref()].into_iter().flatten() {
            added.trail.add_context(step, message);
        }
        if better.is_some() {
            added.better = better.map(Box::new);
        }
        added.reports.push((report, fields));
        late.charge();
        true
    }

    /// Whether the log still waits.
    pub(crate) fn is_open(&self) -> bool {
        self.try_lock().is_some_and(|late| !late.is_closed)
    }

    /// Has the worker leave the log out: another one takes its place. `false` if it comes too late.
    pub(crate) fn take_back(&self) -> bool {
        let Some(mut late) = self.try_lock() else { return false };
        late.is_taken_back |= !late.is_closed;
        late.is_taken_back
    }

    /// Whether the log is to be written. If so, it cannot be taken back from now on, and nothing is added.
    /// The worker's side.
    pub(super) fn is_wanted(&self) -> bool {
        let mut late = lock(&self.late);
        late.is_closed |= !late.is_taken_back;
        late.is_closed
    }

    /// Hands what was added to `take`. No more is added. The worker's side.
    pub(super) fn close(&self, take: impl FnOnce(&mut Added)) {
        let mut late = lock(&self.late);
        late.is_closed = true;
        if let Some(added) = &mut late.added {
            take(added);
            added.clear();
            late.charge();
        }
    }
}

impl Added {
    /// Empties it, and keeps the room of the steps, which is bounded.
    fn clear(&mut self) {
        self.trail.clear();
        self.better = None;
        self.reports = Vec::new();
    }
}

impl Late {
    /// Counts its memory towards the bound.
    fn charge(&mut self) {
        let Some(Added { trail, better, reports }) = self.added.as_deref() else { return };
        let reports = reports.iter().map(|(report, fields)| report.bytes() + fields.bytes());
        let better = better.as_ref().map_or(0, |better| better.bytes());
        let bytes = trail.bytes() + better + reports.sum::<usize>();
        LATE_BYTES.fetch_add(bytes, Ordering::Relaxed);
        LATE_BYTES.fetch_sub(std::mem::replace(&mut self.bytes, bytes), Ordering::Relaxed);
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        LATE_BYTES.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_written_or_taken_back_and_never_both() {
        let late = LateSteps::new();
        assert!(late.take_back());
        assert!(!late.is_wanted());
        let late = LateSteps::new();
        assert!(late.is_wanted());
        assert!(!late.take_back());
        assert!(late.is_wanted());
    }
}
