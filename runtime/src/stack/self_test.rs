//! Whether addresses can be put into words in this build: the debug mode's self-test.

use super::resolve::Resolver;
use super::{Captured, StackMarker, cache, capture, clean, image};

/// What is left of the program's symbols.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelfTest {
    /// A function of the program's own was found by its address.
    pub(crate) names: bool,
    /// So were its file and line.
    pub(crate) lines: bool,
    /// There are neither symbols nor debug info in the program's file.
    pub(crate) stripped: bool,
}

/// The calls that are running on this thread, for the test; none where it cannot be made.
#[inline(never)]
pub(crate) fn running_calls() -> Option<Captured> {
    (!cache::is_given_up()).then(|| StackMarker::here(capture::capture))
}

/// Resolves calls of the program. Not those of this crate: it may have been built with other debug
/// info than the program.
///
/// It reads the debug info of the whole program, as the first error does on the worker.
pub(crate) fn self_test(calls: Option<&Captured>) -> SelfTest {
    let stripped = !image::has_symbols();
    let none = SelfTest { names: false, lines: false, stripped };
    let Some(captured) = calls.filter(|_| !stripped && !cache::is_given_up()) else {
        return none;
    };
    let frames = clean::clean(Resolver::default().resolve(&captured.addresses()), "");
    let named = frames.iter().filter(|frame| frame.unnamed.is_none());
    named.fold(none, |test, frame| SelfTest {
        names: true,
        lines: test.lines || frame.line.is_some(),
        ..test
    })
}
