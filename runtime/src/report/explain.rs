//! What the debug mode writes about the decision on one error.
//!
//! A line for each `Err` that leaves a tracked function: with its kind, function, place and id, by which the
//! line of its batch is found; never with its message or causes.

use std::fmt;

use crate::base::source;
use crate::diagnostics::{self, say};
use crate::model::{BoundaryEnd, BoundaryNote, Decision, ErrorId, ReportPolicy, Site, Step};

/// Writes what was decided about an error. The caller tests [`is_on`](diagnostics::is_on) before.
/// `earlier`: the decision when it left a function further in.
#[cold]
#[track_caller]
pub(crate) fn decided(
    step: Step,
    id: ErrorId,
    kind: &str,
    policy: ReportPolicy,
    decision: Decision,
    earlier: Option<Decision>,
) {
    let (site, place) = (step.site, step.location);
    let file = source::path(place.file(), &[]);
    let is_held = decision == Decision::Held;
    let policy = if site.boundary || is_held { "boundary" } else { policy.as_str() };
    let why = Why { decision, earlier, id, site, policy };
    say!(
        Debug,
        "error #{id} of kind {kind} left {} at {file}:{}:{}: {why} (policy {policy})",
        site.function(),
        place.line(),
        place.column(),
    );
}

/// Writes why an error was not even described.
#[cold]
#[track_caller]
pub(crate) fn undecided(site: &'static Site, why: &str) {
    if !diagnostics::is_on() {
        return;
    }
    let place = site.location;
    let file = source::path(place.file(), &[]);
    say!(
        Debug,
        "an error left {} ({file}:{}): not logged, because {why}",
        site.function(),
        place.line(),
    );
}

/// An error that a boundary held and did not return.
pub(crate) struct Resolved {
    pub(crate) id: ErrorId,
    pub(crate) kind: String,
    pub(crate) note: BoundaryNote,
}

impl Resolved {
    #[cold]
    #[track_caller]
    pub(crate) fn say(self, decision: Decision) {
        let Resolved { id, kind, note } = self;
        let boundary = note.boundary.map_or_else(|| "its boundary".to_owned(), Site::function);
        let why = match note.end {
            BoundaryEnd::Handled => "returned something else, so it was handled",
            BoundaryEnd::Cancelled => "was cancelled",
            BoundaryEnd::Panicked => "panicked, or code inside it did",
            BoundaryEnd::Exited => "still runs, and the program ends",
            BoundaryEnd::TooLong => "still runs after 30 seconds",
            BoundaryEnd::Full => "holds as many as it may",
            BoundaryEnd::Returned => "returned it",
        };
        let fate = match decision {
            Decision::Logged => "logged",
            Decision::NotHere => "counted",
            // What was handled is counted as that.
            Decision::Limited | Decision::Dropped if note.end == BoundaryEnd::Handled => {
                "counted, as there is no room for another line"
            }
            other => other.reason().map_or("decided", |reason| reason),
        };
        say!(Debug, "error #{id} of kind {kind} was held, and {boundary} {why}: {fate}");
    }
}

/// The decision and its reason.
struct Why {
    decision: Decision,
    earlier: Option<Decision>,
    id: ErrorId,
    site: &'static Site,
    policy: &'static str,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Why { decision, earlier, id, site, policy } = self;
        match (decision, earlier) {
            (Decision::Logged, _) if site.boundary => {
                f.write_str("logged, because it leaves the boundary")
            }
            (Decision::Logged, _) if *policy == "every" => {
                f.write_str("logged, because each function logs")
            }
            (Decision::Logged, Some(_)) => {
                f.write_str("logged, because this function logs by itself")
            }
            (Decision::Logged, None) => f.write_str("logged, because it was not seen before"),
            (Decision::Held, None) => f.write_str("held, because a boundary around it decides"),
            (Decision::Held, Some(_)) => f.write_str("still held, because a boundary decides"),
            (Decision::NotHere, Some(Decision::Logged)) => {
                write!(f, "not logged, because it is the same error as #{id}, logged further in")
            }
            (Decision::NotHere, earlier) => {
                f.write_str("not logged, because that was decided further in")?;
                earlier.and_then(Decision::reason).map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            (Decision::Expected | Decision::Limited | Decision::Dropped, _) => {
                write!(f, "not logged, because {}", decision.reason().unwrap_or_default())
            }
        }
    }
}
