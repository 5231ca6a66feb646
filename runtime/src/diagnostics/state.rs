//! `state`: the installed settings and log, as one value behind a lock.
//!
//! The lock is held only for moments: never while a line is written or the application's code runs, not even
//! the destructor of its logger. So a logger may fail in a tracked function, wait for a failing thread, and
//! write to this log.

use std::sync::{Arc, Mutex, MutexGuard};

use super::aggregate::Failures;
use super::log::Log;
use super::{abandoned, configuration, switch};
use crate::base::lock::lock;
use crate::config::{self, Builder, Config, DebugConfig, DebugLayout, DebugLevel, SharedLogger};

pub(super) static STATE: Mutex<State> = Mutex::new(State {
    config: None,
    program: None,
    logger: None,
    log: None,
    set: None,
    failures: Failures::new(),
});

#[derive(Debug)]
pub(super) struct State {
    /// The settings; `None` until the first need.
    pub(super) config: Option<DebugConfig>,
    /// The settings of the process and the name of its sink, once the pipeline has started.
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

pub(super) fn state() -> MutexGuard<'static, State> {
    lock(&STATE)
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

/// Whether lines go to the console, because neither the application nor the settings name a place.
pub(crate) fn goes_to_console() -> bool {
    let Outlet { logger, log, .. } = outlet();
    logger.is_none() && log.is_console()
}

/// Sets or removes the logger for all lines.
pub(crate) fn replace_logger(logger: Option<SharedLogger>) {
    let before = std::mem::replace(&mut state().logger, logger);
    // Its destructor is the application's code and may call back: the state is unlocked here.
    drop(before);
}

/// Reads the environment, unless the settings are known. Returns whether the debug mode now follows calls.
pub(crate) fn read_environment() -> bool {
    if state().config.is_some() {
        return false;
    }
    let (config, _) = config::resolve(Builder::new());
    install(&config.debug, None) && config.debug.abandoned.is_some()
}

/// The settings of the process, and the name of its sink.
pub(super) type Program = Arc<(Config, String)>;

/// Installs settings: the process's, or, without a program, the environment's, which replace no others.
/// Returns whether it did.
pub(super) fn install(config: &DebugConfig, program: Option<Program>) -> bool {
    if config.enabled {
        configuration::remember_calls();
    }
    let (before, deferred) = {
        let mut state = state();
        // Tested under the lock: `init` may have come meanwhile.
        if program.is_none() && state.config.is_some() {
            return false;
        }
        // Keeps the log of the same destination: it knows which faults it has reported.
        let log = state.log.take_if(|log| !log.is_for(&config.destination));
        if program.is_some() && config.decided_by == DebugConfig::BUILDER {
            state.set = None;
        }
        let program = program.and_then(|program| state.program.replace(program));
        let before = (state.config.replace(config.clone()), log, program);
        switch::apply(&state);
        (before, abandoned::set(config.abandoned))
    };
    // It may have a logger of the application, whose destructor may call back.
    drop(before);
    deferred.write();
    true
}
