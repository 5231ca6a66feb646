//! Addresses → function, file, line.

use super::{Captured, Frame, image};

/// Names the addresses. Those without a symbol are left out: they say nothing to a reader. A call
/// that the compiler inlined has a frame of its own where debug info tells of it.
pub(super) fn resolve(captured: Captured) -> Vec<Frame> {
    let Captured(mut backtrace) = captured;
    backtrace.resolve();
    backtrace
        .frames()
        .iter()
        .flat_map(|frame| {
            // Return addresses point behind the call, which may be the next function.
            let call = (frame.ip() as usize).saturating_sub(1);
            let calls = frame.symbols();
            let outermost = calls.len().saturating_sub(1);
            calls.iter().enumerate().filter_map(move |(index, symbol)| {
                // `#` leaves out the hash at the end.
                let mut function = format!("{:#}", symbol.name()?);
                if index == outermost && is_bare(&function) {
                    function = image::function_at(call).unwrap_or(function);
                }
                Some(Frame {
                    function,
                    file: symbol.filename().map(|path| path.to_string_lossy().into_owned()),
                    line: symbol.lineno(),
                    column: symbol.colno(),
                })
            })
        })
        .collect()
}

/// Whether a name is without its path, as line tables alone give it: `read`, `read<alloc::File>`.
fn is_bare(function: &str) -> bool {
    !function.split('<').next().is_some_and(|head| head.contains("::"))
        && !function.starts_with('<')
}
