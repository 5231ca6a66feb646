//! The return trail: the tracked functions that an error left, innermost first.
//!
//! The compiler knows the trail, so it is exact in async code, with inlining and in stripped programs. The
//! stack of a log is frame 0, the steps of the trail, and the native frames between them.

use crate::base::text::one_line;
use crate::model::{Place, Site};

/// Steps that a trail keeps: the first ones, which are the origin of the error, and the last one.
const MAX_STEPS: usize = 32;
/// Bytes of the message of a step.
const CONTEXT_LIMIT: usize = 192;

/// One tracked function that an error left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) site: &'static Site,
    /// The place of the `?` in it.
    pub(crate) location: Place,
}

/// The message of an error when it left a function, if a conversion changed it.
#[derive(Debug, Clone)]
pub(crate) struct StepContext {
    pub(crate) step: Step,
    pub(crate) message: Box<str>,
}

/// The steps of an error on its way out. Most errors have one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    first: Option<Step>,
    more: Vec<Step>,
    #[expect(
        clippy::box_collection,
        reason = "few errors have any, and waiting tasks keep trails"
    )]
    contexts: Option<Box<Vec<StepContext>>>,
    /// Steps left out before the last one.
    left_out: u32,
    /// Messages left out after the last one.
    contexts_left_out: u32,
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
                self.leave_out();
            }
            if self.more.is_empty() {
                self.more.reserve_exact(1);
            }
            self.more.push(step);
        }
    }

    /// Adds the error's message at this step; the error had another message before.
    pub(crate) fn add_context(&mut self, step: Step, message: &str) {
        let message = one_line(CONTEXT_LIMIT, message).into();
        self.push_context(StepContext { step, message });
    }

    fn push_context(&mut self, context: StepContext) {
        let contexts = self.contexts.get_or_insert_default();
        if contexts.len() < MAX_STEPS {
            contexts.push(context);
        } else {
            self.contexts_left_out = self.contexts_left_out.saturating_add(1);
        }
    }

    /// Counts a step that is not added.
    pub(crate) fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.first.iter().chain(&self.more)
    }

    /// The number of omitted steps.
    pub(crate) fn left_out(&self) -> u32 {
        self.left_out
    }

    /// The messages other than `last`, which the log has elsewhere, in full.
    pub(crate) fn contexts_before(&self, last: &str) -> impl Iterator<Item = &StepContext> {
        // Few errors have any.
        let last = self.contexts.as_ref().map(|_| one_line(CONTEXT_LIMIT, last));
        let last = last.unwrap_or_default();
        self.contexts().filter(move |context| *context.message != last)
    }

    fn contexts(&self) -> impl Iterator<Item = &StepContext> {
        self.contexts.iter().flat_map(|contexts| contexts.iter())
    }

    /// The number of omitted messages.
    pub(crate) fn contexts_left_out(&self) -> u32 {
        self.contexts_left_out
    }

    /// Adds the messages of another error, without its last one.
    pub(crate) fn add_contexts(&mut self, other: &Trail, last: &str) {
        other.contexts_before(last).for_each(|context| self.push_context(context.clone()));
        self.contexts_left_out = self.contexts_left_out.saturating_add(other.contexts_left_out);
    }

    /// Moves the error's later steps to this end. `outer` keeps its room for others.
    pub(crate) fn append(&mut self, outer: &mut Trail) {
        outer.first.take().into_iter().chain(outer.more.drain(..)).for_each(|step| self.push(step));
        let contexts = outer.contexts.take().into_iter().flat_map(|contexts| *contexts);
        contexts.for_each(|context| self.push_context(context));
        let (left_out, contexts) = (&mut outer.left_out, &mut outer.contexts_left_out);
        self.left_out = self.left_out.saturating_add(std::mem::take(left_out));
        self.contexts_left_out = self.contexts_left_out.saturating_add(std::mem::take(contexts));
    }

    /// Empties it, and keeps its room.
    pub(crate) fn clear(&mut self) {
        self.more.clear();
        *self = Trail { more: std::mem::take(&mut self.more), ..Trail::default() };
    }

    /// Its bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let contexts = self.contexts();
        let contexts = contexts.map(|context| size_of_val(context) + context.message.len());
        size_of_val(&*self.more) + contexts.sum::<usize>()
    }
}
