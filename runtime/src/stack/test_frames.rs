//! Frames for unit tests.

use super::{Frame, StackFrame};

/// A native frame with a place.
pub(super) fn frame(function: &str) -> Frame {
    let file = Some("/b/src/pay.rs".to_owned());
    Frame { file, line: Some(99), ..Frame::named(function.to_owned()) }
}

/// A step of a trail.
pub(super) fn exact(function: &str) -> Frame {
    Frame { line: Some(12), column: Some(5), ..frame(function) }
}

/// Native frames without a place.
pub(super) fn natives(functions: &[&str]) -> Vec<StackFrame> {
    functions.iter().map(|function| Frame::named((*function).to_owned()).into()).collect()
}

/// Steps of a trail.
pub(super) fn steps(functions: &[&str]) -> Vec<StackFrame> {
    functions.iter().map(|function| exact(function).into()).collect()
}
