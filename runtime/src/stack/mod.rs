//! The stack of an error, from addresses to text.
//!
//! On the calling thread: `capture` takes addresses (`unwind`), or `carried` reads a backtrace that the error
//! itself carries. On the worker: `resolve` names the addresses (with `image`; `loader` counts the libraries
//! that were unloaded since); `clean` prepares the frames for a reader, without `hidden` ones; `merge` joins
//! them with the trail; `application` finds the program's own crates; `render` makes the text (with `frame_lines`
//! and `cause_lines`), and `cache` keeps it. `self_test` reports which parts work in this build.
//!
//! A frame is prepared once for all stacks that have it (`frame`), with its line as it is in JSON. Symbols are read
//! `apart`, and released after quiet time.

mod apart;
mod application;
mod cache;
mod capture;
pub(crate) mod carried;
mod cause_lines;
mod clean;
mod fork;
mod frame;
mod frame_lines;
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

pub(crate) use cache::release_symbols;
pub(crate) use capture::{Captured, capture};
pub(crate) use carried::carried;
#[cfg(feature = "opentelemetry")]
pub(crate) use cause_lines::without_frames;
#[cfg(unix)]
pub(crate) use fork::in_child;
pub(crate) use frame::Frame;
use frame::{StackFrame, Unnamed};
pub(crate) use render::{Rendered, Stack, render};
pub(crate) use self_test::{SelfTest, running_calls, self_test};
pub(crate) use unwind::StackMarker;
