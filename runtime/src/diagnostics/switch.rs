//! `switch`: decides which lines are written.
//!
//! One byte of process state. It is "unknown" until the [settings](super::startup) are installed.

use std::sync::atomic::{AtomicU8, Ordering};

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
pub(super) fn is_known() -> bool {
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

/// The current level; the default while it is unknown.
pub(crate) fn level() -> DebugLevel {
    let level = LEVEL.load(Ordering::Relaxed);
    DebugLevel::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or_default()
}

/// Makes the settings unknown again.
#[cfg(unix)]
pub(super) fn forget() {
    LEVEL.store(UNKNOWN, Ordering::Relaxed);
}

pub(super) fn set_level(level: DebugLevel) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}
