//! One tracked call: how it begins.
//!
//! A call reads one word of the process when it begins, the [epoch](crate::model::epoch), which the error
//! path compares with (see [`recent`](super::recent)). When it ends with `Ok` it does nothing: no store, no
//! test, no lock, no thread-local. (In a library crate, where most tracked functions are, a thread-local is a
//! function to call until the linker knows better, and by then registers are allocated around that call. One
//! global word is one load in every build. Its price: an `Err` writes a cache line that all calls read.)
//!
//! The `Ok` path is inlined in optimised builds only: without optimisation each local of an inlined function
//! is a slot in its caller's frame, and deep recursions run out of stack.

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
        // A boundary is followed through its scope, also without the feature.
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
