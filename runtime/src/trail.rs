//! The return trail: the tracked functions that an error left, innermost first.
//!
//! Known at compile time, so it is exact in async code, with inlining and in stripped programs. The
//! stack of a log is frame 0, the steps of the trail, and the native frames between them.

use std::panic::Location;

use crate::site::Site;
use crate::stack::Frame;

/// Steps that are kept: the first ones, where the error came from, and the last, which is the
/// function that it left most recently.
const MAX_STEPS: usize = 32;

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

/// The tracked functions that an error left. Most errors have one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    first: Option<Step>,
    more: Vec<Step>,
}

impl Trail {
    pub(crate) fn push(&mut self, step: Step) {
        if self.first.is_none() {
            self.first = Some(step);
        } else {
            self.more.truncate(MAX_STEPS - 2);
            self.more.push(step);
        }
    }

    pub(crate) fn first(&self) -> Option<Step> {
        self.first
    }

    pub(crate) fn last(&self) -> Option<Step> {
        self.more.last().copied().or(self.first)
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.first.iter().chain(&self.more)
    }
}
