//! The stack of an error, from addresses to text.
//!
//! On the calling thread: `capture` takes addresses (`unwind`), or `carried` reads a backtrace that the error
//! itself carries. On the worker: `resolve` names the addresses (with `image`; `loader` counts the libraries
//! that were unloaded since); `clean` prepares the frames for a reader, without `hidden` ones; `merge` joins
//! them with the trail; `application` finds the program's own crates; `render` makes the text (with `cause_lines`),
//! and `cache` keeps it. `self_test` reports which parts work in this build.

mod application;
mod cache;
mod capture;
pub(crate) mod carried;
mod cause_lines;
mod clean;
mod fork;
mod hidden;
mod image;
mod loader;
mod merge;
mod render;
mod resolve;
mod self_test;
#[cfg(test)]
mod test_frames;
mod unwind;

use std::sync::Arc;

pub(crate) use capture::{Captured, capture};
pub(crate) use carried::carried;
#[cfg(feature = "opentelemetry")]
pub(crate) use cause_lines::without_frames;
#[cfg(unix)]
pub(crate) use fork::in_child;
pub(crate) use render::{Rendered, Stack, render};
pub(crate) use self_test::{SelfTest, running_calls, self_test};
pub(crate) use unwind::StackMarker;

use crate::model::Step;

/// One line of a stack: a function and, if known, the place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
    /// Number of closures and async blocks of the function around it.
    pub(crate) closures: usize,
    /// It has no known name: `function` is an offset in an image.
    pub(crate) unnamed: Option<Unnamed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unnamed {
    /// The build id of its image.
    build_id: Option<Arc<str>>,
}

impl Frame {
    /// The frame of a function that an error left.
    pub(crate) fn of_step(step: &Step) -> Frame {
        let place = step.location;
        Frame {
            file: Some(place.path().into_owned()),
            line: Some(place.line()),
            column: Some(place.column()).filter(|column| *column != 0),
            ..Frame::named(step.site.function().into_owned())
        }
    }

    /// A frame with only a name.
    fn named(function: String) -> Self {
        Frame { function, file: None, line: None, column: None, closures: 0, unnamed: None }
    }

    /// An inlined closure; line tables alone give it no path: `{closure#0}`.
    fn is_anonymous(&self) -> bool {
        self.function.starts_with('{')
    }
}
