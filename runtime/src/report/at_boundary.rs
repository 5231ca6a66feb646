//! An error leaves a boundary, which decides about it and about all that it holds.
//!
//! The boundary logs the held error that it returns, with its own keys; the others were handled. If it
//! returns an error that it does not hold, it logs that one, with the newest held error as presumed cause: its
//! message, fields, and the functions that it left. Frame 0 and the stack are the boundary's own, so that
//! the line is always in the same group.

use super::held::{self, HeldError};
use super::leaving::{Leaving, next_id};
use super::likeness::{Candidate, Known, Likeness, most_alike};
use super::recent::{Fate, RecentError};
use super::scope::ScopeRef;
use crate::base::reentrancy::ignoring;
use crate::describe::{Classification, Description, Knowledge};
use crate::diagnostics::say;
use crate::model::{BoundaryEnd, Decision, ErrorId, Site, counters};
use crate::pipeline::Deciding;

/// An error that a boundary returns.
struct Returned {
    scope: ScopeRef,
    description: Description,
    /// What overrides the keys of functions further in, and what comes after them.
    before: Classification,
    behind: Classification,
}

impl Leaving<'_> {
    /// Decides about the error that the boundary returns, and about all that it holds.
    pub(super) fn at_boundary(&self, mut inside: Vec<RecentError>) -> RecentError {
        // The application's code runs first: it may never come back.
        let description = self.describe();
        let (before, behind) = Classification::of_boundary(self.site(), self.view, self.keys);
        let _deciding = Deciding::begin();
        let scope = ScopeRef::current();
        let mut all = held::take_all(scope);
        let candidate = Candidate::new(self.types, &description);
        let of_calls = most_alike(inside.iter().map(|entry| &entry.known), &candidate);
        // Of equal errors the newest wins: where the last call logged its error, held ones are older.
        let is_newer = |likeness, (other, at): (Likeness, usize)| {
            let is_held = matches!(inside[at].fate, Fate::Held(_));
            likeness > other || (likeness == other && is_held)
        };
        let of_scope = most_alike(all.iter().map(|held| &held.known), &candidate)
            .filter(|(likeness, _)| of_calls.is_none_or(|other| is_newer(*likeness, other)));
        let is_held = |(_, at): &(Likeness, usize)| !all[*at].is_decided();
        let returned = Returned { scope, description, before, behind };
        if let Some((likeness, at)) = of_scope.filter(is_held) {
            let held = chosen(&mut all, at, likeness);
            return self.log_held(all, held, likeness, returned);
        }
        if let Some((likeness, at)) = of_calls {
            let entry = inside.swap_remove(at);
            match entry.fate {
                // An inner boundary, or a function that logs by itself, has decided.
                Fate::Decided(..) => {
                    held::handled(scope, all, self.site());
                    if matches!(entry.fate, Fate::Decided(Decision::Logged, _)) {
                        self.update_span(&returned.description);
                    }
                    return self.seen_again(entry, returned.description);
                }
                // A boundary further out holds it; it was passed into this one.
                Fate::Held(other) => {
                    let mut taken = None;
                    if held::update(other, entry.id, |held| taken = held.take()) {
                        held::handled(scope, all, self.site());
                        let returned = Returned { scope: other, ..returned };
                        return match taken {
                            Some(held) => self.log_held(Vec::new(), held, likeness, returned),
                            None => self.logged_before(entry.id, entry.known, &returned),
                        };
                    }
                }
            }
        }
        if let Some((_, at)) = of_scope {
            let HeldError { id, known, .. } = all.swap_remove(at);
            held::handled(scope, all, self.site());
            return self.logged_before(id, known, &returned);
        }
        if let Some(panic) = self.panic_told_by(&returned.description) {
            held::handled(scope, all, self.site());
            return self.seen_again(panic, returned.description);
        }
        if returned.description.knowledge == Knowledge::Type
            && let Some(mut held) = newest(&mut all)
        {
            // The boundary knows only the type of its error: the newest is presumed to be it.
            if let Some(record) = held.record() {
                record.notes.presumed = true;
            }
            return self.log_held(all, held, Likeness::ByType, returned);
        }
        self.log_as_new(all, returned)
    }

    /// The boundary returns an error that was logged before: on another thread, or held for too long.
    fn logged_before(&self, id: ErrorId, mut known: Known, returned: &Returned) -> RecentError {
        counters::repeated();
        known.update(self.types, &returned.description);
        let kind = returned.description.kind;
        self.update_span(&returned.description);
        self.explain(id, || kind.name(), Decision::NotHere, Some(Decision::Logged));
        RecentError::new(id, known, Fate::Decided(Decision::NotHere, None))
    }

    /// Tells the span of this thread about an error that was logged before, and leaves the boundary now.
    fn update_span(&self, description: &Description) {
        let names = || (description.kind.name(), description.kind.error_type());
        self.pipeline.config.hooks.update_span(true, false, &description.message, names);
    }

    /// Logs a held error as the one that the boundary returns; the others were handled.
    fn log_held(
        &self,
        others: Vec<HeldError>,
        held: HeldError,
        likeness: Likeness,
        returned: Returned,
    ) -> RecentError {
        let Returned { scope, description, before, behind } = returned;
        held::handled(scope, others, self.site());
        let mut held = held.ended(scope, Some(self.site()), BoundaryEnd::Returned);
        let (id, mut known, kind) = (held.id, held.known.clone(), description.kind);
        known.update(self.types, &description);
        if let Some(record) = held.record() {
            record.reclassify(|inner| before.or(inner).or(behind));
            if !record.is_expected() {
                record.add_context_of_boundary();
            }
        }
        held.climb(likeness, self.types, description, self.step);
        let (decision, late) = held.log();
        self.explain(id, || kind.name(), decision, Some(Decision::Held));
        RecentError::new(id, known, Fate::Decided(decision, late))
    }

    /// Logs an error that the boundary does not hold. The newest held error is its presumed cause.
    fn log_as_new(&self, mut all: Vec<HeldError>, returned: Returned) -> RecentError {
        let Returned { scope, description, before, behind } = returned;
        let is_related = !all.is_empty();
        let known = Known::new(self.types[0], &description);
        let mut record = self.capture_without_context(next_id(), description, None, None);
        record.reclassify(|_| before.or(behind));
        if !record.is_expected() {
            record.context = self.pipeline.context();
        }
        if !record.is_expected()
            && let Some(mut held) = newest(&mut all)
            && let Some(inner) = held.record()
        {
            record.presume(inner);
            counters::repeated();
            let (cause, id) = (held.id, record.id);
            say!(
                Debug,
                "error #{cause} was held, and its boundary returned another one: it is presumed to be \
                 the cause of #{id}"
            );
        }
        held::handled(scope, all, self.site());
        let (id, kind) = (record.id, record.kind);
        let mut held = HeldError::new(id, known.clone(), self.pipeline.clone(), record);
        // If nothing was held, the line names no boundary.
        if is_related {
            held = held.ended(scope, Some(self.site()), BoundaryEnd::Returned);
        }
        let (decision, late) = held.log();
        self.explain(id, || kind.name(), decision, None);
        RecentError::new(id, known, Fate::Decided(decision, late))
    }
}

/// Takes the error that a boundary returns out of all that it holds. Fields in which equal errors differ
/// are left out: it could be any of them. Where only the type is known, and others have it too or it holds any
/// error, the choice is marked as presumed.
fn chosen(all: &mut Vec<HeldError>, at: usize, likeness: Likeness) -> HeldError {
    let mut held = all.remove(at);
    let known = held.known.clone();
    if let Some(record) = held.record() {
        let is_rival =
            |other: &HeldError| other.known.is_of_type(&known) && !other.known.is_equal(&known);
        record.notes.presumed |=
            likeness == Likeness::ByType && (known.is_of_any_type() || all.iter().any(is_rival));
        let equal = all.iter_mut().filter(|other| other.known.is_equal(&known));
        equal.filter_map(HeldError::record).for_each(|other| record.keep_common_fields(other));
    }
    held
}

/// The newest error, if it is still held. If it was decided before, none is presumed: an older error is
/// not the reason.
fn newest(all: &mut Vec<HeldError>) -> Option<HeldError> {
    all.pop_if(|held| !held.is_decided())
}

/// Ends a boundary whose value counts as failed: the newest held error is the presumed reason.
pub(super) fn presumed_failure(site: &'static Site) {
    let _deciding = Deciding::begin();
    let scope = ScopeRef::current();
    let mut all = held::take_all(scope);
    let newest = newest(&mut all);
    held::handled(scope, all, site);
    if let Some(held) = newest {
        let mut held = held.ended(scope, Some(site), BoundaryEnd::Returned);
        if let Some(record) = held.record() {
            record.notes.presumed = true;
            record.reclassify(|inner| Classification::of_boundary_value(site).or(inner));
        }
        ignoring(|| held.release());
    }
}
