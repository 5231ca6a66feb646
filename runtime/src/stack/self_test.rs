//! Tests whether this build can resolve addresses, for the debug mode.

use super::fork::are_locks_free;
use super::resolve::Resolver;
use super::{Captured, StackMarker, capture, clean, image};

/// The symbols of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelfTest {
    /// An address of the program has its function's name.
    pub(crate) names: bool,
    /// It also has file and line.
    pub(crate) lines: bool,
    /// The program's file has neither symbols nor debug info.
    pub(crate) stripped: bool,
}

/// The running calls of this thread, for the test; `None` in a forked child that may not take their locks.
#[inline(never)]
pub(crate) fn running_calls() -> Option<Captured> {
    are_locks_free().then(|| StackMarker::here(capture::capture))
}

/// Resolves calls of the program: this crate itself may have other debug info.
///
/// Reads the debug info of the whole program, as the first error does on the worker.
pub(crate) fn self_test(calls: Option<&Captured>) -> SelfTest {
    let stripped = !image::has_symbols();
    let none = SelfTest { names: false, lines: false, stripped };
    let Some(captured) = calls.filter(|_| !stripped && are_locks_free()) else {
        return none;
    };
    let (native, _) = Resolver::default().resolve(captured, "");
    let frames = clean::clean(native.iter().flat_map(|frames| &**frames));
    let named = frames.iter().filter(|frame| frame.unnamed.is_none());
    named.fold(none, |test, frame| SelfTest {
        names: true,
        lines: test.lines || frame.line.is_some(),
        ..test
    })
}
