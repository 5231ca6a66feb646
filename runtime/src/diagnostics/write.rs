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
use super::switch::level as level_now;
use crate::base::guarded::guarded;
use crate::base::reentrancy::ignoring;
use crate::config::{DebugConfig, DebugLevel, Handed};
use crate::model::mark;

thread_local! {
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// The number of omitted lines.
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

/// The number of lines omitted because they came from within another line of the same thread.
pub(super) fn left_out() -> u64 {
    LEFT_OUT.load(Ordering::Relaxed)
}

/// Writes a line if its level is written.
pub(crate) fn write(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) {
    if level == DebugLevel::Off || level > level_now() {
        return;
    }
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
        let is_short = line.level() <= DebugLevel::Warn && level_now() < DebugLevel::Info;
        return log.write(line, layout, is_short);
    };
    match logger.write(line.level(), &line.text_for_logger(layout)) {
        Handed::Over => return,
        Handed::Panicked => log::report("the debug logger panicked; its lines go to stderr"),
        Handed::Back => {}
    }
    log::to_stderr(line.text(layout));
}

/// Lines for later: for code that holds a lock that the application's logger might wait for.
#[derive(Debug, Default)]
#[must_use = "its lines are not written yet"]
pub(crate) struct Deferred(Vec<DeferredDiagnostic>);

#[derive(Debug)]
struct DeferredDiagnostic {
    level: DebugLevel,
    place: &'static Location<'static>,
    what: Failure,
}

impl Deferred {
    /// Called by [`defer!`](super::defer).
    pub(crate) fn push(
        &mut self,
        level: DebugLevel,
        place: &'static Location<'static>,
        message: &dyn Display,
        count: Option<usize>,
    ) {
        let what = Failure { message: layout::bounded(message), count };
        self.0.push(DeferredDiagnostic { level, place, what });
    }

    pub(crate) fn write(self) {
        for DeferredDiagnostic { level, place, what } in self.0 {
            let message = match level {
                DebugLevel::Error => with_rate(place, what),
                _ => Some(what.to_string()),
            };
            if let Some(message) = message {
                write(level, place, &message);
            }
        }
    }
}

/// The message of a failure, unless the same failure was written recently.
fn with_rate(place: &'static Location<'static>, what: Failure) -> Option<String> {
    let mut state = state();
    let rate = state.config.as_ref().map(|config| config.logging_rate);
    let rate = rate.unwrap_or(DebugConfig::LOGGING_RATE);
    state.failures.happens(place, rate, Instant::now(), what)
}
