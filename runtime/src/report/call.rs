//! One tracked call: how it begins.
//!
//! All that a call has to know when it begins is one word of the process. It holds the *epoch*, which goes
//! up with every `Err` that leaves a tracked call (see [`recent`](super::recent)), and whether the debug
//! mode follows calls (see [`open_calls`](crate::diagnostics::open_calls)). So a call costs one load when it begins and
//! nothing when it ends with a value; no store, no test, no lock, no thread-local (in a library crate those
//! are functions to call).
//!
//! What runs on the `Ok` path is inlined in optimised builds. Without optimisation it is not: there each
//! local of an inlined function is a slot in its caller's frame, and deep recursions run out of stack.

use crate::model::Site;
use crate::model::epoch::Began;

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
    _open: Option<crate::diagnostics::open_calls::OpenCall>,
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
            crate::diagnostics::open_calls::follow_function(site)
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
