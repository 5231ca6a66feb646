//! `write`: writes one line, on the thread that has it, or later.
//!
//! While a thread writes a line, its further lines are left out and counted: the application's logger, and
//! `Display` code that it formats, may come back here and would never end.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::aggregate::Failure;
use super::layout::{self, DebugLine};
use super::log;
use super::state::{Outlet, outlet, state};
use super::switch;
use crate::base::guarded::guarded;
use crate::base::reentrancy::ignoring;
use crate::config::{DebugConfig, DebugLevel};
use crate::model::mark;

thread_local! {
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// The number of lines omitted because they came from within another line of the same thread.
pub(super) static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

/// Writes a line, whatever its level.
pub(super) fn write(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) {
    /// Ends with the line, also after a panic.
    struct Writing;
    impl Drop for Writing {
        fn drop(&mut self) {
            WRITING.set(false);
        }
    }
    if WRITING.replace(true) {
        LEFT_OUT.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let _writing = Writing;
    // The application's code called in here is not tracked, and does not change an error on its way out (a
    // future may be dropped behind a `?`). Its callers catch its panics. `guarded` is for all other panics,
    // because this may be an exit handler.
    let _: Option<()> = mark::keeping(|| {
        ignoring(|| guarded(|| hand_over(&DebugLine::new(level, place, message))))
    });
}

/// Passes a line to the application's logger, else to the log.
fn hand_over(line: &DebugLine) {
    let Outlet { logger, log, layout } = outlet();
    let Some(logger) = logger else {
        // While debug mode is off, the console gets the message alone.
        let is_short = line.level <= DebugLevel::Warn && switch::level() < DebugLevel::Info;
        return log.write(line, layout, is_short);
    };
    let at_panic = || log::report("the debug logger panicked; its lines go to stderr");
    if !logger.write(line.level, &line.text_for_logger(layout), at_panic) {
        log::to_stderr(line.text(layout));
    }
}

/// Lines for later: for code that holds a lock that the application's logger might wait for.
#[derive(Debug, Default)]
#[must_use = "its lines are not written yet"]
pub(crate) struct Deferred(Vec<(DebugLevel, &'static Location<'static>, Failure)>);

impl Deferred {
    /// Called by [`defer!`](super::defer).
    pub(crate) fn push(
        &mut self,
        level: DebugLevel,
        place: &'static Location<'static>,
        message: &dyn Display,
        count: Option<usize>,
    ) {
        self.0.push((level, place, Failure { message: layout::bounded(message), count }));
    }

    pub(crate) fn write(self) {
        for (level, place, failure) in self.0 {
            let message = match level {
                DebugLevel::Error => with_rate(place, failure),
                _ => Some(failure.to_string()),
            };
            if let Some(message) = message {
                super::write(level, place, &message);
            }
        }
    }
}

/// The message of a failure, unless the same failure was written recently.
fn with_rate(place: &'static Location<'static>, failure: Failure) -> Option<String> {
    let mut state = state();
    let rate = state.config.as_ref().map_or(DebugConfig::LOGGING_RATE, |it| it.logging_rate);
    state.failures.happens(place, rate, Instant::now(), failure)
}
