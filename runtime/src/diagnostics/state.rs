//! `state`: the installed settings and log, as one value behind a lock.
//!
//! The lock is held only for moments: never while a line is written or the application's code runs, not even
//! the destructor of its logger. So a logger may fail in a tracked function, wait for a failing thread, and
//! write to this log.

use std::sync::Arc;
#[cfg(unix)]
use std::time::Instant;

use super::aggregate::Failures;
use super::log::Log;
use super::switch;
use crate::base::lock::lock;
#[cfg(unix)]
use crate::base::lock::lock_until;
use crate::base::once_box::OnceBox;
use crate::base::sync::{Mutex, MutexGuard};
use crate::config::{Config, DebugConfig, DebugLayout, DebugLevel, Destination, SharedLogger};

pub(super) static STATE: OnceBox<Mutex<State>> = OnceBox::new();

/// The settings of the process, and the name of its sink.
pub(super) type Program = Arc<(Config, String)>;

#[derive(Debug, Default)]
pub(super) struct State {
    /// The settings; `None` until the first need.
    pub(super) config: Option<DebugConfig>,
    /// Set once the pipeline has started.
    pub(super) program: Option<Program>,
    /// The logger that the application set at run time.
    logger: Option<SharedLogger>,
    /// The destination of lines without a logger; made with the first line.
    pub(super) log: Option<Arc<Log>>,
    /// The level that the application set at run time, and the function that it called.
    pub(super) set: Option<(DebugLevel, &'static str)>,
    /// The failures of this crate.
    pub(super) failures: Failures,
}

impl State {
    /// Applies the level that the application set at run time, else the settings' level.
    pub(super) fn apply_level(&self) {
        let by_settings = match &self.config {
            Some(config) if config.enabled => DebugLevel::Debug,
            Some(config) => config.level,
            None => DebugLevel::default(),
        };
        switch::set_level(self.set.map_or(by_settings, |(level, _)| level));
    }
}

pub(super) fn state() -> MutexGuard<'static, State> {
    lock(STATE.get_or_init(Mutex::default))
}

/// The same, if there is any, unless another thread holds it until then.
#[cfg(unix)]
pub(super) fn state_until(deadline: Instant) -> Option<MutexGuard<'static, State>> {
    STATE.get().and_then(|state| lock_until(state, Some(deadline)))
}

/// The current destination of a line.
pub(super) struct Outlet {
    pub(super) logger: Option<SharedLogger>,
    pub(super) log: Arc<Log>,
    pub(super) layout: DebugLayout,
}

/// The current destination of lines.
pub(super) fn outlet() -> Outlet {
    let mut state = state();
    let config = state.config.clone().unwrap_or_default();
    let log = state.log.get_or_insert_with(|| Arc::new(Log::new(config.destination)));
    let log = Arc::clone(log);
    Outlet { logger: state.logger.clone().or(config.logger), log, layout: config.layout }
}

/// The level while debug mode is off.
pub(crate) fn level_without_debug() -> DebugLevel {
    state().config.as_ref().map_or(DebugLevel::default(), |config| config.level)
}

/// Whether lines go to the console, because neither the application nor the settings name a place.
pub(crate) fn goes_to_console() -> bool {
    let Outlet { logger, log, .. } = outlet();
    logger.is_none() && log.destination == Destination::Console
}

/// Sets or removes the logger for all lines.
pub(crate) fn replace_logger(logger: Option<SharedLogger>) {
    let before = std::mem::replace(&mut state().logger, logger);
    // Its destructor is the application's code and may call back: the state is unlocked here.
    drop(before);
}
