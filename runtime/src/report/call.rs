//! One tracked call: how it begins.
//!
//! All that a call has to know when it begins is one word of the process: the *epoch*, which goes up
//! with every `Err` that leaves a tracked call (see [`recent`](super::recent)). So a call costs one load
//! when it begins and nothing when it ends with a value; no store, no test, no lock, no thread-local
//! (in a library crate those are functions to call).
//!
//! What runs on the `Ok` path is inlined in optimised builds. Without optimisation it is not: there each
//! local of an inlined function is a slot in its caller's frame, and deep recursions run out of stack.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::site::Site;

/// On a cache line of its own: every tracked call reads it, every error writes it.
#[repr(align(128))]
struct Epoch(AtomicU64);

// Relaxed: the number only has to differ before and after an error of the *same* thread.
static EPOCH: Epoch = Epoch(AtomicU64::new(0));

/// The epoch at which a call began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Began {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn now() -> Self {
        Began(EPOCH.0.load(Ordering::Relaxed))
    }

    pub(crate) fn epoch(self) -> u64 {
        self.0
    }

    /// Whether an error left a tracked call, of any thread, since then.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_past(self) -> bool {
        EPOCH.0.load(Ordering::Relaxed) != self.0
    }
}

/// The epoch of an error that leaves a call now; greater than any before.
pub(crate) fn next_epoch() -> u64 {
    EPOCH.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// A tracked call, or one poll of it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub(crate) site: &'static Site,
    pub(crate) began: Began,
}

impl Call {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn begin(site: &'static Site) -> Self {
        Call { site, began: Began::now() }
    }
}

/// What a failed call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A function, from its beginning to its end.
    Function,
    /// The last poll of a future.
    Poll,
}

/// A tracked function that is running.
///
/// With the feature `abandoned-calls` it is on the list of open calls until this is dropped.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct Entry {
    pub(crate) call: Call,
    #[cfg(feature = "abandoned-calls")]
    _open: Option<crate::open_calls::OpenCall>,
}

/// The beginning of a tracked function.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn enter(site: &'static Site) -> Entry {
    Entry {
        call: Call::begin(site),
        // A boundary is followed without the feature as well, by its scope.
        #[cfg(feature = "abandoned-calls")]
        _open: if site.boundary { None } else { crate::open_calls::follow_function(site) },
    }
}

/// Runs the body of a tracked function.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn call<R, F: FnOnce() -> R>(body: F) -> R {
    body()
}
