//! `switch`: decides which lines are written.
//!
//! One byte of process state. It is "unknown" until a line needs it. Then the environment is read, without
//! installing a pipeline.

use std::sync::atomic::{AtomicU8, Ordering};

use super::startup;
use super::state::{State, read_environment, state};
use crate::config::DebugLevel;

/// Relaxed everywhere: a change may take effect a little later, and orders no other memory.
static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);
/// The settings are unknown. Greater than any level, so that a warning passes and reads the environment.
const UNKNOWN: u8 = u8::MAX;

/// Whether debug mode is on.
#[inline]
pub(crate) fn is_on() -> bool {
    LEVEL.load(Ordering::Relaxed) == DebugLevel::Debug as u8
}

/// Whether the settings, and so the level, are known.
#[inline]
pub(crate) fn is_known() -> bool {
    LEVEL.load(Ordering::Relaxed) != UNKNOWN
}

/// Whether lines of this level may be written.
#[inline]
pub(crate) fn passes(level: DebugLevel) -> bool {
    match level {
        DebugLevel::Debug => is_on(),
        _ => level as u8 <= LEVEL.load(Ordering::Relaxed),
    }
}

/// The current level.
pub(crate) fn level() -> DebugLevel {
    if !is_known() {
        read_environment();
    }
    let level = LEVEL.load(Ordering::Relaxed);
    DebugLevel::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or_default()
}

/// The level while debug mode is off.
pub(crate) fn level_without_debug() -> DebugLevel {
    state().config.as_ref().map_or(DebugLevel::default(), |config| config.level)
}

/// Sets the level; `by` is the application's call.
pub(crate) fn set(level: DebugLevel, by: &'static str) {
    {
        let mut state = state();
        state.set = Some((level, by));
        apply(&state);
    }
    if level == DebugLevel::Debug {
        startup::begin();
    }
}

/// Applies the level that the application set at run time, else the settings' level.
pub(super) fn apply(state: &State) {
    let by_settings = match &state.config {
        Some(config) if config.enabled => DebugLevel::Debug,
        Some(config) => config.level,
        None => DebugLevel::default(),
    };
    LEVEL.store(state.set.map_or(by_settings, |(level, _)| level) as u8, Ordering::Relaxed);
}
