//! Addresses → function, file, line.

use super::{Captured, Frame};

/// Names the addresses. Those without a symbol are left out: they say nothing to a reader. A call
/// that the compiler inlined has a frame of its own where line tables tell of it.
pub(super) fn resolve(captured: Captured) -> Vec<Frame> {
    let Captured(mut backtrace) = captured;
    backtrace.resolve();
    let symbols = backtrace.frames().iter().flat_map(backtrace::BacktraceFrame::symbols);
    symbols
        .filter_map(|symbol| {
            Some(Frame {
                // `#` leaves out the hash at the end.
                function: format!("{:#}", symbol.name()?),
                file: symbol.filename().map(|path| path.to_string_lossy().into_owned()),
                line: symbol.lineno(),
                column: symbol.colno(),
            })
        })
        .collect()
}
