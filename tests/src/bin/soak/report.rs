//! What the program says at its end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// By name.
    pub(crate) functions: BTreeMap<String, Counts>,
    /// How often an error left a further function, as the program counts it.
    pub(crate) repeated: u64,
    pub(crate) counters: Counters,
}

/// What the program counts itself, of one function.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) made: u64,
    pub(crate) expected: u64,
    pub(crate) handled: u64,
}

impl Report {
    pub(crate) fn sum(&self, count: fn(&Counts) -> u64) -> u64 {
        self.functions.values().map(count).sum()
    }
}

/// The counters of the crate.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) logged: u64,
    pub(crate) repeated: u64,
    pub(crate) handled: u64,
    pub(crate) expected: u64,
    pub(crate) suppressed: u64,
    pub(crate) dropped: u64,
    pub(crate) filtered: u64,
}

impl From<track_errors::Counters> for Counters {
    fn from(counters: track_errors::Counters) -> Self {
        Counters {
            logged: counters.logged,
            repeated: counters.repeated,
            handled: counters.handled,
            expected: counters.expected,
            suppressed: counters.suppressed,
            dropped: counters.dropped,
            filtered: counters.filtered,
        }
    }
}

impl Counters {
    /// All errors.
    pub(crate) fn sum(&self) -> u64 {
        let Counters { logged, handled, expected, suppressed, dropped, filtered, .. } = *self;
        logged + handled + expected + suppressed + dropped + filtered
    }
}
