//! What the debug mode writes about the decision on one error.
//!
//! A line for each `Err` that leaves a tracked function: with its kind, function, place and id, by which the
//! line of its batch is found; never with its message or causes.

use crate::diagnostics::{self, say};
use crate::model::{BoundaryEnd, BoundaryNote, Decision, ErrorId, ReportPolicy, Site, Step};

/// How an error came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It left a function of this policy.
    Left(ReportPolicy),
    Reported,
    Panicked,
}

/// Writes what was decided about an error. The caller tests [`is_on`](diagnostics::is_on) before.
/// `earlier`: the decision when it left a function further in.
#[cold]
#[track_caller]
pub(crate) fn decided(
    step: Step,
    id: ErrorId,
    kind: &str,
    how: How,
    decision: Decision,
    earlier: Option<Decision>,
) {
    let (site, place) = (step.site, step.location);
    let file = place.path();
    let (line, column) = (place.line(), place.column());
    match how {
        How::Left(policy) => {
            let is_held = decision == Decision::Held;
            let policy = if site.boundary || is_held { "boundary" } else { policy.as_str() };
            let why = reason(decision, earlier, id, site, policy);
            say!(
                Debug,
                "error #{id} of kind {kind} left {} at {file}:{line}:{column}: {why} (policy {policy})",
                site.function(),
            );
        }
        How::Reported | How::Panicked => {
            let is = if how == How::Panicked { "is a panic" } else { "was reported by hand" };
            let why = match (decision, earlier) {
                (Decision::Logged, Some(Decision::Held)) => {
                    "logged now, with what its boundary held".to_owned()
                }
                _ => reason(decision, earlier, id, site, ""),
            };
            say!(Debug, "error #{id} of kind {kind} {is} at {file}:{line}:{column}: {why}");
        }
    }
}

/// Writes why an error was not even described. `how`: it `left` a function.
#[cold]
#[track_caller]
pub(crate) fn undecided(how: &str, site: &'static Site, why: &str) {
    if !diagnostics::is_on() {
        return;
    }
    let place = site.location;
    let file = place.path();
    say!(
        Debug,
        "an error {how} {} ({file}:{}): not logged, because {why}",
        site.display_name(),
        place.line(),
    );
}

/// Writes what was decided about an error that a boundary held and did not return.
#[cold]
#[track_caller]
pub(crate) fn resolved(id: ErrorId, kind: &str, note: BoundaryNote, decision: Decision) {
    let boundary = note.boundary.map_or_else(|| "its boundary".into(), Site::function);
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
        other => other.reason().unwrap_or("decided"),
    };
    say!(Debug, "error #{id} of kind {kind} was held, and {boundary} {why}: {fate}");
}

/// The decision and its reason.
fn reason(
    decision: Decision,
    earlier: Option<Decision>,
    id: ErrorId,
    site: &Site,
    policy: &str,
) -> String {
    let reason = match (decision, earlier) {
        (Decision::Logged, _) if site.boundary => "logged, because it leaves the boundary",
        (Decision::Logged, _) if policy == "every" => "logged, because each function logs",
        (Decision::Logged, Some(_)) => "logged, because this function logs by itself",
        (Decision::Logged, None) => "logged, because it was not seen before",
        (Decision::Held, None) => "held, because a boundary around it decides",
        (Decision::Held, Some(_)) => "still held, because a boundary decides",
        (Decision::NotHere, Some(Decision::Logged)) => {
            return format!("not logged, because it is the same error as #{id}, logged further in");
        }
        (Decision::NotHere, earlier) => match earlier.and_then(Decision::reason) {
            Some(why) => return format!("not logged, because that was decided further in: {why}"),
            None => "not logged, because that was decided further in",
        },
        (Decision::Expected | Decision::Limited | Decision::Dropped, _) => {
            return format!("not logged, because {}", decision.reason().unwrap_or_default());
        }
    };
    reason.to_owned()
}
