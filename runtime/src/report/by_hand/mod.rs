//! Errors that no attribute sees: reports by hand, of integrations, and of panics.
//!
//! In: an error, and what the report says about it. Out: its log, at once, whatever boundary is around; the
//! boundary recognises the error if it returns it later.
//!
//! *The rule of one log.* An error that left a tracked function before is not logged again: what the report
//! says is added to its log. If a boundary holds it, the boundary's log is written now. If it was expected or
//! exceeded a rate limit, that stays decided. Each error matches one report at most, so that a loop that
//! fails and reports a hundred times logs a hundred times.
//!
//! Nothing tells which task an entry of a thread is of. So an entry counts if the same boundary is around; or, for
//! an error that left a boundary or had none, within a second, and while its log waits: then nothing
//! that the report says gets lost. When in doubt there are two logs.
//!
//! All of it is cold. Never panics.

mod any_error;
mod error_id;
mod error_report;

use std::borrow::Cow;
use std::sync::Arc;

pub use any_error::AnyError;
pub use error_report::{ErrorReport, ReportErr, begin_report, report};

use super::by_event::EventOfError;
use super::call::Call;
use super::explain;
use super::held::{self, HeldError};
use super::leaving::{Leaving, Origin};
use super::likeness::{Candidate, Change};
use super::recent::{self, Fate, RecentError};
use super::scope::ScopeRef;
use crate::base::guarded::guarded;
use crate::base::reentrancy::ReentrancyGuard;
use crate::describe::{self, Classification, Description, Fields, Keys, View};
use crate::model::epoch::Began;
use crate::model::{Decision, ErrorId, Level, Place, Site, Step, counters, mark};
use crate::pipeline::{self, Deciding, HandReport, LateSteps};
use crate::stack::StackMarker;

/// How an error comes here, for the debug mode.
const REPORTED: &str = "was reported in";

/// A report by hand.
pub(crate) struct ByHand<'a> {
    pub(crate) site: &'static Site,
    pub(crate) place: Place,
    pub(crate) view: View<'a>,
    pub(crate) keys: ReportKeys,
    pub(crate) report: HandReport,
    /// The event that tells of the error; `None` for a call of the application's.
    pub(crate) event: Option<EventOfError>,
    /// Where the stack begins; `None` takes no stack.
    pub(crate) marker: Option<StackMarker>,
}

/// The keys of a report.
#[derive(Debug, Default)]
pub(crate) struct ReportKeys {
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<Cow<'static, str>>,
    pub(crate) fingerprint: Option<Cow<'static, str>>,
    pub(crate) fields: Fields,
}

impl Keys for ReportKeys {
    fn ask(&self, classification: &mut Classification) {
        if let Some(level) = self.level {
            classification.level(self, |_| level);
        }
        if let Some(kind) = &self.kind {
            classification.kind(self, |_| kind);
        }
        if let Some(fingerprint) = &self.fingerprint {
            classification.fingerprint(self, |_| fingerprint);
        }
    }

    fn fields(&self, fields: &mut Fields) {
        fields.clone_from(&self.fields);
    }
}

/// Logs an error now, unless it was before. Returns what became of it, and the id of its log.
#[cold]
pub(crate) fn log_by_hand(report: &ByHand<'_>) -> Option<(Decision, ErrorId)> {
    let Some(_guard) = ReentrancyGuard::enter() else {
        explain::undecided(
            REPORTED,
            report.site,
            "this thread is describing or writing another one",
        );
        return None;
    };
    // The error's own code is guarded at each call; this guards ours.
    guarded(|| mark::keeping(|| report.decide()))?
}

impl ByHand<'_> {
    fn decide(&self) -> Option<(Decision, ErrorId)> {
        let Some(pipeline) = pipeline::current() else {
            explain::undecided(REPORTED, self.site, "nothing is: OTEL_SDK_DISABLED=true");
            return None;
        };
        let leaving = Leaving {
            pipeline: &pipeline,
            call: Call { site: self.site, began: Began::now() },
            is_future: false,
            marker: self.marker,
            view: &self.view,
            keys: Some(&self.keys),
            mark: None,
            origin: Origin::Hand(&self.report, self.event.as_ref()),
            types: [self.view.without_references().type_name, self.view.type_name],
            step: Step { site: self.site, location: self.place },
        };
        let entry = leaving.reported(&self.keys.fields);
        let decided = (entry.decision(), entry.id);
        remember(entry, leaving.is_report());
        Some(decided)
    }
}

/// Adds the entry of a reported error to the list of this thread.
fn remember(mut entry: RecentError, is_report: bool) {
    entry.is_reported |= is_report;
    recent::put_back(entry, ScopeRef::current());
}

/// Whether an entry of this thread may be of an error that is reported here. (A log that the failing thread
/// wrote takes no more.)
pub(super) fn counts(entry: &RecentError) -> bool {
    let takes_more = || match &entry.fate {
        Fate::Decided(_, late) => late.as_ref().is_none_or(LateSteps::is_open),
        Fate::Held(_) => true,
    };
    !entry.is_reported && (is_in_same_boundary(entry) || (is_near(entry) && takes_more()))
}

pub(super) fn is_in_same_boundary(entry: &RecentError) -> bool {
    let scope = ScopeRef::current();
    scope.has_number() && entry.scope.number() == scope.number()
}

/// Whether it left a boundary, or had none, a moment ago.
fn is_near(entry: &RecentError) -> bool {
    !entry.scope.has_number() && entry.is_fresh()
}

impl Leaving<'_> {
    /// Decides about an error that is reported by hand, and returns the entry that functions further out
    /// recognise it by.
    pub(super) fn reported(&self, fields: &Fields) -> RecentError {
        let may_be = |entry: &RecentError| self.may_be(entry);
        if !ScopeRef::current().has_number() && !recent::any(may_be) && !self.knows_panics() {
            return self.first_reported(None);
        }
        let description = self.describe();
        if let Some(entry) = self.seen_by_functions(&self.candidate(&description)) {
            let is_certain = is_in_same_boundary(&entry) || self.event().is_some();
            return self.reported_again(entry, is_certain, description, fields);
        }
        match self.panic_told_by(&description) {
            Some(panic) => self.reported_again(panic, true, description, fields),
            None => self.first_reported(Some(description)),
        }
    }

    /// The entry of an error that left a tracked function, and was not reported by hand before.
    pub(super) fn seen_by_functions(&self, candidate: &Candidate<'_>) -> Option<RecentError> {
        let scope = ScopeRef::current();
        let may_be = |entry: &RecentError| self.may_be(entry);
        let of_thread = recent::most_alike(candidate, may_be, |_, likeness, _| likeness);
        let is_unreported = |held: &HeldError| !held.is_reported;
        let of_scope = held::most_alike(scope, candidate, is_unreported, |_, likeness| likeness);
        if of_scope > of_thread {
            held::most_alike(scope, candidate, is_unreported, |held, _| {
                held.is_reported = true;
                held.entry(scope)
            })
        } else {
            recent::most_alike(candidate, may_be, |entries, _, at| entries.remove(at)).flatten()
        }
    }

    /// An error that was logged before is reported by hand. `is_certain`: that it is the same one.
    fn reported_again(
        &self,
        mut entry: RecentError,
        is_certain: bool,
        description: Description,
        fields: &Fields,
    ) -> RecentError {
        let report = self.hand_report().unwrap_or_default();
        let (earlier, kind) = (entry.decision(), description.kind);
        let likeness = entry.known.likeness(&self.candidate(&description));
        // An event of text knows less than the function did.
        let is_text = self.event().is_some_and(|event| event.is_replaceable);
        let change = if !is_text {
            entry.known.update(self.types, &description)
        } else if entry.known.is_of_text(&description.message) {
            Change::None
        } else {
            Change::NewMessage
        };
        match &entry.fate {
            Fate::Held(_) if self.event().is_some_and(|event| event.climbs) => {
                // The error is on its way to its boundary, which decides.
                counters::repeated();
                self.explain(entry.id, || kind.name(), Decision::Held, Some(earlier));
            }
            Fate::Held(scope) => {
                // The user's code runs first, not while the list is locked.
                let admission = describe::admission(self.site(), self.view, self.keys);
                let own = describe::classify(self.site(), self.view, self.keys, admission);
                let _deciding = Deciding::begin();
                let mut taken = None;
                let is_listed = held::update(*scope, entry.id, |held| {
                    held.is_reported = true;
                    taken = held.take();
                });
                if !is_listed {
                    // Its boundary has returned and handled it; here it is a new error.
                    return self.first_seen(Some(description));
                }
                let (decision, late) = match (taken, likeness) {
                    (Some(mut held), Some(likeness)) => {
                        let added = (report, own.map(|own| *own));
                        if is_text {
                            held.tell(self.step, &description.message, added);
                        } else {
                            held.report(likeness, self.types, description, self.step, added);
                        }
                        held.log()
                    }
                    _ => {
                        counters::repeated();
                        (Decision::NotHere, None)
                    }
                };
                self.explain(entry.id, || kind.name(), decision, Some(earlier));
                entry.fate = Fate::Decided(decision, late);
            }
            Fate::Decided(_, late) => {
                if let Some(late) = late {
                    let message = Arc::clone(&description.message);
                    let new_message = (change == Change::NewMessage).then_some(&*message);
                    let better = (change == Change::KnowsMore).then_some(description);
                    let is_added =
                        late.report(self.step, new_message, better, report, fields.clone());
                    if !is_added && !is_certain {
                        return self.first_seen(None);
                    }
                }
                if self.is_report() {
                    held::use_up_twin(ScopeRef::current(), &entry);
                }
                counters::repeated();
                self.explain(entry.id, || kind.name(), Decision::NotHere, Some(earlier));
            }
        }
        entry
    }
}
