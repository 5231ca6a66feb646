//! The crate's own diagnostics: what it has to say about itself, kept apart from error logs.
//!
//! Today: one line on stderr for a setting that cannot be used and for a sink that fails.

use std::fmt::Display;
use std::io::Write;

/// Says one thing on stderr, marked as ours.
pub(crate) fn warn(message: &dyn Display) {
    // In one piece, so that lines of other threads cannot split it. A closed stderr is not worth
    // a panic, which `eprintln!` would make of it.
    let line = format!("[track_errors] {message}\n");
    let _: std::io::Result<()> = std::io::stderr().write_all(line.as_bytes());
}
