//! The crate's own diagnostics: what it has to say about itself, kept apart from error logs.
//!
//! Today: one line on stderr for a setting that cannot be used and for a sink that fails.

use std::fmt::Display;

use crate::sink::{self, Batch};

/// Says one thing on stderr, marked as ours.
pub(crate) fn warn(message: &dyn Display) {
    // Past the lock of stderr, which the program may hold for ever; in one piece, so that lines of
    // other threads cannot split it; and without a panic where stderr is closed.
    let line = format!("[track_errors] {message}\n");
    let _: std::io::Result<()> = sink::stderr().write(&Batch::new(line.as_bytes()));
}
