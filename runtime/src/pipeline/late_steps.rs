//! Steps of an error's way out that are added to its log while that waits for the worker.
//!
//! A log is queued when its error first leaves a tracked function, and waits some milliseconds for the
//! worker, while an error climbs in microseconds. So each further function that the error leaves adds its
//! step to the log that is still waiting: no search, and no waiting for a lock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::base::lock::{lock, try_lock};
use crate::describe::Description;
use crate::model::{Step, Trail};

/// Bytes of the steps that were added to logs which wait, and how many there may be: 8 MiB.
static LATE_BYTES: AtomicUsize = AtomicUsize::new(0);
const MAX_LATE_BYTES: usize = 8 * 1024 * 1024;

/// Where further steps are added to a log that waits for the worker.
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
    /// How much memory it takes, empty.
    pub(crate) const BYTES: usize = size_of::<Mutex<Late>>() + 2 * size_of::<usize>();

    pub(crate) fn new() -> Self {
        LateSteps(Arc::default())
    }

    /// The error left a further function. `message`: the one it has there, if it is another. `better`: its
    /// description, if the functions before did not know its type.
    ///
    /// A step that comes too late, or while the worker takes the log, is missing.
    pub(crate) fn add(&self, step: Step, message: Option<&str>, better: Option<Description>) {
        // Other threads: the worker, which takes the log now, and those that poll one shared future.
        let Some(mut late) = try_lock(&self.0) else { return };
        // Relaxed: the sum stands for itself.
        if late.is_closed || LATE_BYTES.load(Ordering::Relaxed) > MAX_LATE_BYTES {
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

    /// Takes what was added: the steps, and a better description. Nothing is added from now on.
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
