//! Errors that events of the application's log tell of, which has other readers than this crate.
//!
//! They are [reported by hand](super::by_hand). An event is about an error of the spans around it, or of a span
//! inside of these. What it says may be lost, because the other readers have it.

use super::by_hand::{counts, is_in_same_boundary};
use super::held;
use super::leaving::{Leaving, Origin};
use super::likeness::Candidate;
use super::recent::{Fate, RecentError};
use super::span_path::SpanPath;
use crate::describe::Description;
use crate::model::{Decision, counters};

/// An event that tells of an error.
#[derive(Debug)]
pub(crate) struct EventOfError {
    /// The spans around it.
    pub(crate) spans: Option<SpanPath>,
    /// Whether an attribute that sees the error knows more.
    pub(crate) is_replaceable: bool,
    /// Whether each function that the error leaves has such an event, and not the first one alone.
    pub(crate) climbs: bool,
}

impl EventOfError {
    /// Whether an entry of this thread may be of the error.
    fn counts(&self, entry: &RecentError) -> bool {
        let (spans, others) = match (&self.spans, &entry.spans) {
            // The error left this function's span, and an entry of it was made inside.
            (spans, others) if self.climbs => {
                return spans
                    .as_ref()
                    .zip(others.as_ref())
                    .is_some_and(|(own, all)| own.is_around(all));
            }
            (Some(spans), Some(others)) => (spans, others),
            _ => return counts(entry),
        };
        let is_near = || spans.is_along(others) && entry.is_fresh();
        !entry.is_reported && (is_in_same_boundary(entry) || is_near())
    }
}

impl Leaving<'_> {
    pub(super) fn event(&self) -> Option<&EventOfError> {
        match self.origin {
            Origin::Hand(_, event) => event,
            Origin::Function | Origin::Panic => None,
        }
    }

    /// Whether an entry of this thread may be of the error that is reported here.
    pub(super) fn may_be(&self, entry: &RecentError) -> bool {
        self.event().map_or_else(|| counts(entry), |event| event.counts(entry))
    }

    /// Whether the error, of which each is reported once, counts as reported from now on.
    pub(super) fn is_report(&self) -> bool {
        !matches!(self.origin, Origin::Function) && !self.event().is_some_and(|event| event.climbs)
    }

    pub(super) fn candidate<'d>(&self, description: &'d Description) -> Candidate<'d> {
        let candidate = Candidate::new(self.types, description);
        let is_near = self.event().is_some_and(|event| event.spans.is_some());
        if is_near { candidate.near() } else { candidate }
    }

    /// The entry of an error that is reported for the first time.
    pub(super) fn first_reported(&self, description: Option<Description>) -> RecentError {
        let is_replaceable = self.event().is_some_and(|event| event.is_replaceable);
        RecentError { is_replaceable, ..self.first_seen(description) }
    }

    /// Takes back the log of an event about this error, if that still waits: the attribute knows more. Returns
    /// whether the error was reported by that.
    pub(super) fn replace_event(&self, inside: &mut Vec<RecentError>) -> bool {
        let description = self.describe();
        let candidate = Candidate::new(self.types, &description).near();
        let events = inside.iter().enumerate().filter(|(_, entry)| entry.is_replaceable);
        let alike = events.filter_map(|(at, entry)| Some((entry.known.likeness(&candidate)?, at)));
        let Some((_, at)) = alike.max() else { return false };
        if let Fate::Decided(Decision::Logged, Some(late)) = &inside[at].fate
            && late.take_back()
        {
            counters::taken_back();
            let event = inside.remove(at);
            held::forget(event.scope, event.id);
            return event.is_reported;
        }
        false
    }
}
