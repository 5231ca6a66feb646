//! The stack of an error, from addresses to text.
//!
//! `capture` (calling thread) takes addresses by an `unwind`, `resolve` names them (with
//! the help of the program's own `image`), `cache` keeps what was made of them, `clean` decides which frames
//! a reader wants to see and how they are written, `application` which crates are the program's own,
//! `carried` reads a backtrace that the error
//! itself brought along, `render` makes the text. `self_test` says how well that goes in this build.

mod application;
mod cache;
mod capture;
pub(crate) mod carried;
mod clean;
mod image;
mod render;
mod resolve;
mod self_test;
mod unwind;

use std::panic::Location;
use std::sync::Arc;

#[cfg(unix)]
pub(crate) use cache::give_up_native_frames;
pub(crate) use capture::{Captured, capture};
pub(crate) use carried::carried;
pub(crate) use render::{Rendered, Stack, render};
pub(crate) use self_test::{SelfTest, running_calls, self_test};
pub(crate) use unwind::StackMarker;

use crate::base::source;
use crate::model::Step;

/// One line of a stack: a function and, where it is known, the place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
    /// Inside how many closures and async blocks of the function it is.
    pub(crate) closures: usize,
    /// No name is known: `function` is an offset in an image.
    pub(crate) unnamed: Option<Unnamed>,
}

/// What is known of a frame without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unnamed {
    /// The build id of its image.
    build_id: Option<Arc<str>>,
}

impl Frame {
    /// The frame of a function that an error left.
    pub(crate) fn of_step(step: &Step) -> Frame {
        Frame::new(step.site.function(), step.location)
    }

    /// A frame that is known at compile time.
    pub(crate) fn new(function: String, place: &'static Location<'static>) -> Self {
        Frame {
            function,
            file: Some(source::path(place.file(), &[])),
            line: Some(place.line()),
            column: Some(place.column()),
            closures: 0,
            unnamed: None,
        }
    }
}
