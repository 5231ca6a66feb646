//! `decision`: what became of one error, and why.
//!
//! A line for each `Err` that leaves a tracked function. It says the kind, the function, the place and
//! the id, by which the line of the batch is found; never the message or the causes.

use std::fmt;

use super::DebugLevel;
use crate::config::ReportPolicy;
use crate::once::Seen;
use crate::site::Site;

/// What was decided about an error that leaves a tracked function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is handed on to be written.
    Logged,
    /// It is not logged here: it was logged further in, or may be further out.
    NotHere,
    /// The attribute or the error's type says that it is no failure.
    Expected,
    /// The function logged too many.
    Limited,
    /// The queue is full.
    Dropped,
}

impl Decision {
    /// Why an error is logged nowhere.
    fn reason(self) -> Option<&'static str> {
        match self {
            Decision::Logged | Decision::NotHere => None,
            Decision::Expected => {
                Some("it is expected: the attribute's `when` or its type says so")
            }
            Decision::Limited => Some(
                "its function logs more than the rate limit allows; it is counted as suppressed",
            ),
            Decision::Dropped => {
                Some("the queue is full or the sink hangs; it is counted as dropped")
            }
        }
    }
}

/// What an error is grouped by, as its log says it.
#[cold]
pub(crate) fn kind(site: &'static Site, seen: &Seen) -> String {
    let said = seen.verdict.as_ref().and_then(|verdict| verdict.kind.as_deref());
    let of_site = || seen.trail.first().and_then(|step| step.site.kind).or(site.kind);
    match said.or_else(of_site) {
        Some(kind) => crate::describe::bounded(crate::describe::KIND_LIMIT, kind),
        None => seen.root.name(),
    }
}

/// An error was described, and its fate decided. Whoever calls has asked [`is_on`](super::is_on)
/// before, for the [`kind`].
#[cold]
#[track_caller]
pub(crate) fn decided(
    site: &'static Site,
    seen: &Seen,
    kind: &str,
    policy: ReportPolicy,
    decision: Decision,
) {
    let place = seen.trail.last().map_or(site.location, |step| step.location);
    let file = crate::stack::path(place.file(), &[]);
    let why = Why { decision, seen, policy };
    super::write(
        DebugLevel::Debug,
        std::panic::Location::caller(),
        &format_args!(
            "error #{} of kind {kind} left {} at {file}:{}:{}: {why}",
            seen.id,
            site.function(),
            place.line(),
            place.column(),
        ),
    );
}

/// An error left a tracked function, and was not even described.
#[cold]
#[track_caller]
pub(crate) fn undecided(site: &'static Site, why: &str) {
    let place = site.location;
    let file = crate::stack::path(place.file(), &[]);
    super::write(
        DebugLevel::Debug,
        std::panic::Location::caller(),
        &format_args!(
            "an error left {} ({file}:{}): not logged, because {why}",
            site.function(),
            place.line(),
        ),
    );
}

/// The decision and its reason.
struct Why<'a> {
    decision: Decision,
    seen: &'a Seen,
    policy: ReportPolicy,
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Why { decision, seen, policy } = self;
        let is_first = seen.trail.steps().count() < 2;
        match (decision, policy) {
            (Decision::Logged, ReportPolicy::Boundary) => {
                f.write_str("logged, because it leaves the outermost tracked call")
            }
            (Decision::Logged, ReportPolicy::Every) => {
                f.write_str("logged, because each function logs")
            }
            (Decision::Logged, _) if is_first => {
                f.write_str("logged, because it was not seen before")
            }
            (Decision::Logged, _) => {
                f.write_str("logged, because it was seen before and not logged")
            }
            (Decision::NotHere, _) if seen.decision == Some(Decision::Logged) => {
                write!(
                    f,
                    "not logged, because it is the same error as #{}, logged further in",
                    seen.id
                )
            }
            (Decision::NotHere, _) if seen.logged => {
                f.write_str("not logged, because that was decided further in")?;
                seen.decision.and_then(Decision::reason).map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            (Decision::NotHere, _) => f.write_str(
                "not logged here, because the call is not the outermost: it will be further out, \
                 unless a caller handles it",
            ),
            (Decision::Expected | Decision::Limited | Decision::Dropped, _) => {
                write!(f, "not logged, because {}", decision.reason().unwrap_or_default())
            }
        }?;
        write!(f, " (policy {policy})")
    }
}
