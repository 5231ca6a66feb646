//! The items that expanded code may call; it uses no others. Not part of the public API: they change with any
//! version, together with the macro crate, which is pinned to this one.

pub use std::borrow::Cow;

pub use crate::describe::{
    Classification, FieldProbe, Fields, Probe, ProbeAny, ProbeDebug, ProbeText, View, debug,
    display, keep_now,
};
pub use crate::model::Site;
pub use crate::report::boundary::value::{ByOutcome, FailedIf, FailedWhen, SiteOf};
pub use crate::report::boundary::{
    BoundaryEntry, Entered, TrackedBoundary, boundary_future, enter_boundary,
};
pub use crate::report::branching::{
    Branch, FromResidual, Residual, branch, from_residual, mark_residual,
};
pub use crate::report::by_hand::begin_report;
pub use crate::report::call::{Call, Entry, call, enter};
pub use crate::report::describing::Describe;
pub use crate::report::future::{PollCall, Tracked, capture, future, no_value, outputs};
pub use crate::report::marking::{
    CanFail, MarkAny, Tried, mark_error, mark_here, mark_here_at, mark_reference, mark_value,
};
pub use crate::report::outcome::{
    BoundaryOutcome, Outcome, finish, finish_keyed, finish_poll, finish_poll_keyed, mark_returned,
    mark_returned_at,
};
pub use crate::report::scope::BoundarySite;

/// The view of an error by all traits that it has. Method lookup ignores lifetimes: for an impl that holds for some of
/// them only, such as `impl Display for Token<'static>`, the compiler refuses the function, and its message
/// names this macro. So the name says which key helps.
#[doc(hidden)]
#[macro_export]
macro_rules! __view_by_traits_or_by_the_key_describe {
    ($error:expr) => {
        $crate::__private::Probe::new($error).track_errors_view()
    };
}
pub use crate::__view_by_traits_or_by_the_key_describe as view_by_traits_or_by_the_key_describe;
