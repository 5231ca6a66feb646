//! One tracked call: how it begins.
//!
//! All that a call has to know when it begins is one word of the process. It holds the *epoch*, which goes
//! up with every `Err` that leaves a tracked call (see [`recent`](super::recent)), and whether the debug
//! mode follows calls (see [`open_calls`](crate::open_calls)). So a call costs one load when it begins and
//! nothing when it ends with a value; no store, no test, no lock, no thread-local (in a library crate those
//! are functions to call).
//!
//! What runs on the `Ok` path is inlined in optimised builds. Without optimisation it is not: there each
//! local of an inlined function is a slot in its caller's frame, and deep recursions run out of stack.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::site::Site;

/// On a cache line of its own: every tracked call reads it, every error writes it.
#[repr(align(128))]
struct Word(AtomicU64);

/// The epoch; and in its sign bit, which is the cheapest to test, whether calls are followed.
///
/// Relaxed: the epoch only has to differ before and after an error of the *same* thread, and calls are
/// followed from "soon".
static WORD: Word = Word(AtomicU64::new(0));
const FOLLOWED: u64 = 1 << 63;

/// What a call knew when it began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Began {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn now() -> Self {
        Began(WORD.0.load(Ordering::Relaxed))
    }

    pub(crate) fn epoch(self) -> u64 {
        self.0 & !FOLLOWED
    }

    /// Whether the debug mode follows calls that begin now.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_followed(self) -> bool {
        (self.0 as i64) < 0
    }

    /// Whether an error left a tracked call, of any thread, since then, or calls are followed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_past_or_followed(self, now: Began) -> bool {
        now.0 != self.0 & !FOLLOWED
    }
}

/// The epoch of an error that leaves a call now; greater than any before.
pub(crate) fn next_epoch() -> u64 {
    (WORD.0.fetch_add(1, Ordering::Relaxed) + 1) & !FOLLOWED
}

/// Says whether the debug mode follows calls from now on.
pub(crate) fn set_followed(followed: bool) {
    if followed {
        WORD.0.fetch_or(FOLLOWED, Ordering::Relaxed);
    } else {
        WORD.0.fetch_and(!FOLLOWED, Ordering::Relaxed);
    }
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
    let call = Call::begin(site);
    Entry {
        call,
        // A boundary is followed without the feature as well, by its scope.
        #[cfg(feature = "abandoned-calls")]
        _open: if call.began.is_followed() && !site.boundary {
            crate::open_calls::follow_function(site)
        } else {
            None
        },
    }
}

/// Runs the body of a tracked function.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn call<R, F: FnOnce() -> R>(body: F) -> R {
    body()
}
