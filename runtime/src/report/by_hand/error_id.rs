//! [`ErrorId::of`]: the log of an error at hand.

use super::any_error::AnyError;
use super::{is_in_same_boundary, is_near};
use crate::base::guarded::guarded;
use crate::base::reentrancy::ReentrancyGuard;
use crate::describe::{View, describe};
use crate::model::{Decision, ErrorId, mark};
use crate::report::held;
use crate::report::likeness::Candidate;
use crate::report::recent::{self, RecentError};
use crate::report::scope::ScopeRef;

impl ErrorId {
    /// The id of the log of this error: for the response to a client, and for the application's own log lines.
    ///
    /// ```
    /// use track_errors::{ErrorId, testing, track_errors};
    ///
    /// #[track_errors(report = "boundary")]
    /// fn handler() -> Result<(), String> {
    ///     Err("no card".to_owned())
    /// }
    ///
    /// fn respond() -> String {
    ///     match handler() {
    ///         Ok(()) => "200".to_owned(),
    ///         Err(error) => match ErrorId::of(&error) {
    ///             Some(id) => format!("500, error {id}"),
    ///             None => "500".to_owned(),
    ///         },
    ///     }
    /// }
    ///
    /// let (response, records) = testing::capture(respond);
    /// assert_eq!(response, format!("500, error {}", records[0].id));
    /// ```
    ///
    /// The error is recognised by its type and texts, also after conversions, among the errors that left tracked
    /// functions or were reported by hand: inside of the boundary around the call; or on this thread, outside
    /// of any boundary, within the last second. (A handler's error becomes a response on the thread on which the
    /// handler ended.) Of equal errors it is the newest.
    ///
    /// Inside of a boundary that holds the error, it is the id of the log that the boundary may write: if it
    /// returns something else, the error was handled, and has no log.
    ///
    /// `None` for an error that was not logged (expected, suppressed by a rate limit, dropped), and for one that no
    /// tracked function has seen.
    pub fn of<E: AnyError<Kind> + ?Sized, Kind>(error: &E) -> Option<ErrorId> {
        let _guard = ReentrancyGuard::enter()?;
        error.view().with(|view| guarded(|| mark::keeping(|| id_of(&view)))?)
    }
}

fn id_of(view: &View<'_>) -> Option<ErrorId> {
    let counts = |entry: &RecentError| is_in_same_boundary(entry) || is_near(entry);
    let scope = ScopeRef::current();
    if !scope.has_number() && !recent::any(counts) {
        return None;
    }
    let description = describe(view, None);
    let types = [view.without_references().type_name, view.type_name];
    let candidate = Candidate::new(types, &description);
    let found = |entry: &RecentError| {
        let is_logged =
            matches!(entry.decision(), Decision::Logged | Decision::NotHere | Decision::Held);
        is_logged.then_some(entry.id)
    };
    let of_thread =
        recent::most_alike(&candidate, counts, |all, likeness, at| (likeness, found(&all[at])));
    let of_scope = held::most_alike(
        scope,
        &candidate,
        |_| true,
        |held, likeness| (likeness, found(&held.entry(scope))),
    );
    let newest = match (of_thread, of_scope) {
        (Some(thread), Some(scope)) if scope.0 > thread.0 => scope,
        (thread, scope) => thread.or(scope)?,
    };
    newest.1
}
