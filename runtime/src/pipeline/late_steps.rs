//! Steps that an error takes while its log waits for the worker.
//!
//! A log is queued when its error first leaves a tracked function, and waits some milliseconds for the
//! worker, while an error climbs in microseconds. So each further function that the error leaves adds its
//! step to the log that is still waiting: no search, and no waiting for a lock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::base::lock::{lock, try_lock};
use crate::describe::Description;
use crate::model::{Step, Trail};

/// Bytes of all steps that were added to waiting logs, and their limit: 8 MiB.
static LATE_BYTES: AtomicUsize = AtomicUsize::new(0);
const MAX_LATE_BYTES: usize = 8 * 1024 * 1024;

/// The steps of one waiting log.
#[derive(Debug, Clone)]
pub(crate) struct LateSteps(Arc<Mutex<Late>>);

#[derive(Debug, Default)]
struct Late {
    /// The worker has taken the log.
    is_closed: bool,
    trail: Trail,
    better: Option<Box<Description>>,
    /// What counts towards [`LATE_BYTES`].
    bytes: usize,
}

impl LateSteps {
    /// Its memory in bytes, empty.
    pub(crate) const BYTES: usize = size_of::<Mutex<Late>>() + 2 * size_of::<usize>();

    pub(crate) fn new() -> Self {
        LateSteps(Arc::default())
    }

    /// Adds a function that the error left. `message`: its message there, if a conversion changed it.
    /// `better`: its description, if the functions before knew less of its type.
    ///
    /// Never waits: a step that comes too late, or while the worker takes the log, is missing.
    pub(crate) fn add(&self, step: Step, message: Option<&str>, better: Option<Description>) {
        // Another thread is the worker, which takes the log now, or polls the same shared future.
        let Some(mut late) = try_lock(&self.0) else { return };
        if late.is_closed {
            return;
        }
        // Relaxed: no other memory depends on the sum.
        if LATE_BYTES.load(Ordering::Relaxed) > MAX_LATE_BYTES {
            late.trail.leave_out();
            return;
        }
        late.trail.push(step);
        if let Some(message) = message {
            late.trail.add_context(step, message);
        }
        let better = better.map(Box::new);
        late.better = better.or(late.better.take());
        let bytes = late.trail.bytes() + late.better.as_ref().map_or(0, |better| better.bytes());
        let before = std::mem::replace(&mut late.bytes, bytes);
        LATE_BYTES.fetch_add(bytes, Ordering::Relaxed);
        LATE_BYTES.fetch_sub(before, Ordering::Relaxed);
    }

    /// Takes the steps and the better description. No more are added.
    pub(crate) fn close(&self) -> (Trail, Option<Box<Description>>) {
        let mut late = lock(&self.0);
        late.is_closed = true;
        LATE_BYTES.fetch_sub(std::mem::take(&mut late.bytes), Ordering::Relaxed);
        (std::mem::take(&mut late.trail), late.better.take())
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        LATE_BYTES.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
