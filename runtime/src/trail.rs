//! The return trail: the tracked functions that an error left, innermost first.
//!
//! Known at compile time, so it is exact in async code, with inlining and in stripped programs. The
//! stack of a log is frame 0, the steps of the trail, and the native frames between them.
//!
//! A log is queued when its error first leaves a tracked function, and waits some milliseconds for the
//! worker, while an error climbs in microseconds. So each further function that the error leaves adds its
//! step to the log that is still waiting ([`LateSteps`]): no search, and no waiting for a lock.

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::describe::Description;
use crate::site::Site;
use crate::stack::Frame;

/// Steps that are kept: the first ones, where the error came from, and the last, which is the
/// function that it left most recently.
const MAX_STEPS: usize = 32;
/// Bytes of the message of a step.
const CONTEXT_LIMIT: usize = 192;

/// One tracked function that an error left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) site: &'static Site,
    /// The place of the `?` in it.
    pub(crate) location: &'static Location<'static>,
}

impl Step {
    pub(crate) fn frame(&self) -> Frame {
        Frame::new(self.site.function(), self.location)
    }
}

/// The message that an error had when it left a function, where a conversion changed it.
#[derive(Debug, Clone)]
pub(crate) struct StepContext {
    pub(crate) step: Step,
    pub(crate) message: Box<str>,
}

/// The tracked functions that an error left. Most errors have one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    first: Option<Step>,
    more: Vec<Step>,
    contexts: Vec<StepContext>,
    /// Steps that there was no room for, in front of the last one.
    left_out: u32,
}

impl Trail {
    pub(crate) fn new(first: Step) -> Self {
        Trail { first: Some(first), ..Trail::default() }
    }

    pub(crate) fn push(&mut self, step: Step) {
        if self.first.is_none() {
            self.first = Some(step);
        } else {
            if self.more.len() > MAX_STEPS - 2 {
                self.more.truncate(MAX_STEPS - 2);
                self.left_out = self.left_out.saturating_add(1);
            }
            if self.more.is_empty() {
                self.more.reserve_exact(1);
            }
            self.more.push(step);
        }
    }

    /// The error left the function with this message, which it did not have before.
    pub(crate) fn add_context(&mut self, step: Step, message: &str) {
        if self.contexts.len() < MAX_STEPS {
            let message = crate::describe::one_line(CONTEXT_LIMIT, message).into();
            self.contexts.push(StepContext { step, message });
        }
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.first.iter().chain(&self.more)
    }

    /// Steps that there was no room for.
    pub(crate) fn left_out(&self) -> u32 {
        self.left_out
    }

    pub(crate) fn contexts(&self) -> &[StepContext] {
        &self.contexts
    }

    /// Adds the steps that the error took afterwards.
    pub(crate) fn append(&mut self, mut outer: Trail) {
        outer.steps().for_each(|step| self.push(*step));
        self.left_out = self.left_out.saturating_add(outer.left_out);
        self.contexts.append(&mut outer.contexts);
    }

    /// How much memory it takes beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let contexts = self.contexts.iter().map(|context| context.message.len());
        size_of_val(&*self.more) + size_of_val(&*self.contexts) + contexts.sum::<usize>()
    }
}

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
        let mut late = match self.0.try_lock() {
            Ok(late) => late,
            Err(TryLockError::Poisoned(late)) => late.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
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
        let mut late = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
