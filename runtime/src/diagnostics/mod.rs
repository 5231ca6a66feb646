//! The debug mode: the crate's reports about itself, apart from the error logs.
//!
//! In: a level, the place in the source, and a message, by [`say!`] or [`defer!`]. Out: a line in the
//! application's logger, else in a file, else on stderr.
//!
//! ```text
//! say!            is the level written at all?                                switch
//! write           does this thread write a line already? then it is left out, and counted
//! mask, layout    one line without keys, which no message can end or forge
//! aggregate       was the same failure written this minute? (errors only)
//! log             the file (directory), or stderr
//! ```
//!
//! `state` has the installed settings. `startup` installs them, and writes the first line (`configuration` has
//! its content) and the last. `fork` prepares a child process. `open_calls` has the list of open calls, and
//! `abandoned` reports them.
//!
//! Promises. Off, it costs one relaxed load per possible line, all of them on cold paths, and has no cost on
//! the `Ok` path. On, a thread writes its own lines: a killed process would lose queued lines, exactly when
//! they matter. A thread waits for a file that hangs, and at most two seconds for a line of another thread.
//! This code does not panic, and is not tracked. Texts, lists and files are bounded. It does not change error
//! logs.

mod abandoned;
mod aggregate;
mod configuration;
mod directory;
#[cfg(unix)]
mod fork;
mod layout;
mod log;
mod mask;
pub(crate) mod open_calls;
mod startup;
mod state;
mod switch;
mod write;

use std::fmt::Display;
use std::panic::Location;

#[cfg(unix)]
pub(crate) use fork::{Locked, before_fork};
pub(crate) use startup::{at_exit, configure, read_environment, set, start};
pub(crate) use state::{goes_to_console, level_without_debug, replace_logger};
pub(crate) use switch::{is_on, level, passes};
pub(crate) use write::Deferred;

use crate::config::DebugLevel;

/// Writes a line if its level is written. If no settings are known, reads the environment first.
pub(crate) fn write(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) {
    read_environment();
    if level != DebugLevel::Off && level <= switch::level() {
        write::write(level, place, message);
    }
}

/// Writes a line: `say!(Debug, "flush: {how}")`. Formats the message only if its level is written.
///
/// The line has the place of the macro, or of the caller of a function with `#[track_caller]`.
macro_rules! say {
    ($level:ident, $($message:tt)+) => {
        if $crate::diagnostics::passes($crate::config::DebugLevel::$level) {
            $crate::diagnostics::write(
                $crate::config::DebugLevel::$level,
                ::std::panic::Location::caller(),
                &::std::format_args!($($message)+),
            );
        }
    };
}
pub(crate) use say;

/// Keeps a line for later: `defer!(deferred, Debug, "flush: {how}")`, with a [`Deferred`].
///
/// The level `Error` means that this crate cannot do its work. Failures from the same place in the source
/// give one line a minute. `Error(3)` has a number, which is appended, and added up over skipped failures.
macro_rules! defer {
    ($to:expr, $level:ident $(($count:expr))?, $($message:tt)+) => {
        if $crate::diagnostics::passes($crate::config::DebugLevel::$level) {
            $to.push(
                $crate::config::DebugLevel::$level,
                ::std::panic::Location::caller(),
                &::std::format_args!($($message)+),
                None$(.or(Some($count)))?,
            );
        }
    };
}
pub(crate) use defer;
