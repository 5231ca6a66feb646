//! One held error, and what its boundary decides about it.

use std::time::Instant;

use super::{BYTES, DECIDED_BYTES};
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::config::CountedAs;
use crate::describe::{Classification, Description, Fields};
use crate::diagnostics;
use crate::model::{
    BoundaryEnd, BoundaryNote, Class, Decision, ErrorId, Level, LossCounts, Site, Step, counters,
};
use crate::pipeline::{CapturedError, Current, HandReport, LateSteps};
use crate::report::explain;
use crate::report::likeness::{Change, Known, Likeness};
use crate::report::recent::{Fate, RecentError};
use crate::report::scope::ScopeRef;

/// An error that left tracked functions in a scope.
pub(crate) struct HeldError {
    pub(crate) id: ErrorId,
    pub(crate) known: Known,
    /// The log, and the pipeline that it goes to; `None` once it is decided.
    pub(super) record: Option<(Current, Box<CapturedError>)>,
    pub(super) bytes: usize,
    pub(super) since: Instant,
    /// What was decided, once it is.
    decision: Decision,
    /// Whether it was reported by hand.
    pub(crate) is_reported: bool,
}

impl HeldError {
    pub(crate) fn new(
        id: ErrorId,
        known: Known,
        pipeline: Current,
        record: Box<CapturedError>,
    ) -> Self {
        HeldError {
            id,
            known,
            record: Some((pipeline, record)),
            bytes: 0,
            since: Instant::now(),
            decision: Decision::Held,
            is_reported: false,
        }
    }

    /// An error that was decided elsewhere.
    pub(super) fn decided(entry: &RecentError, is_reported: bool) -> Self {
        HeldError {
            id: entry.id,
            known: entry.known.clone(),
            record: None,
            bytes: 0,
            since: Instant::now(),
            decision: entry.decision(),
            is_reported,
        }
    }

    /// Its entry in the list of a thread.
    pub(crate) fn entry(&self, scope: ScopeRef) -> RecentError {
        let fate = match self.decision {
            Decision::Held => Fate::Held(scope),
            decided => Fate::Decided(decided, None),
        };
        RecentError { scope, ..RecentError::new(self.id, self.known.clone(), fate) }
    }

    pub(crate) fn is_decided(&self) -> bool {
        self.record.is_none()
    }

    pub(crate) fn record(&mut self) -> Option<&mut CapturedError> {
        self.record.as_mut().map(|(_, record)| &mut **record)
    }

    /// Its memory in bytes, roughly.
    pub(super) fn size(&self) -> usize {
        let record = self.record.as_ref().map_or(0, |(_, record)| record.bytes());
        size_of::<HeldError>() + self.known.bytes() + record
    }

    /// Counts its memory towards the bounds.
    pub(super) fn charge(&mut self) {
        let bytes = self.size();
        let sum = self.sum();
        sum.fetch_add(bytes, Ordering::SeqCst);
        sum.fetch_sub(std::mem::replace(&mut self.bytes, bytes), Ordering::SeqCst);
    }

    pub(super) fn discharge(&mut self) {
        self.sum().fetch_sub(std::mem::take(&mut self.bytes), Ordering::SeqCst);
    }

    fn sum(&self) -> &'static AtomicUsize {
        if self.is_decided() { &DECIDED_BYTES } else { &BYTES }
    }

    /// Takes the log out, and leaves an entry by which the boundary recognises the error.
    pub(crate) fn take(&mut self) -> Option<HeldError> {
        if self.is_decided() {
            return None;
        }
        self.discharge();
        let record = self.record.take()?;
        self.charge();
        self.decision = Decision::Logged;
        Some(HeldError {
            id: self.id,
            known: self.known.clone(),
            record: Some(record),
            bytes: 0,
            since: self.since,
            decision: Decision::Held,
            is_reported: self.is_reported,
        })
    }

    /// Adds the step of a further function, or of the boundary, that it left.
    pub(crate) fn climb(
        &mut self,
        likeness: Likeness,
        types: [&'static str; 2],
        new: Description,
        step: Step,
    ) {
        if let Some(record) = self.record() {
            record.trail.push(step);
        }
        self.redescribe(likeness, types, new, step);
    }

    /// Adds what a report by hand says.
    pub(crate) fn report(
        &mut self,
        likeness: Likeness,
        types: [&'static str; 2],
        new: Description,
        step: Step,
        (report, own): (HandReport, Option<Classification>),
    ) {
        self.redescribe(likeness, types, new, step);
        self.add(step, report, own);
    }

    /// Adds what an event says that knows less of the error: this text.
    pub(crate) fn tell(
        &mut self,
        step: Step,
        text: &str,
        (report, own): (HandReport, Option<Classification>),
    ) {
        let is_new = !self.known.is_of_text(text);
        if let Some(record) = self.record().filter(|_| is_new) {
            record.trail.add_context(step, text);
        }
        self.add(step, report, own);
    }

    fn add(&mut self, step: Step, report: HandReport, own: Option<Classification>) {
        if let (Some(record), Some(own)) = (self.record(), own) {
            record.reclassify(|inner| own.or(inner));
        }
        self.add_message(step, report);
    }

    /// Adds a message of this step, which becomes the log's.
    pub(crate) fn add_message(&mut self, step: Step, report: HandReport) {
        let Some(record) = self.record() else { return };
        if let Some(message) = &report.message {
            record.trail.add_context(step, message);
        }
        record.add_report(report, Fields::default());
    }

    /// Takes over what the error is at this step.
    fn redescribe(
        &mut self,
        likeness: Likeness,
        types: [&'static str; 2],
        new: Description,
        step: Step,
    ) {
        let change = self.known.update(types, &new);
        let Some((_, record)) = &mut self.record else { return };
        match change {
            Change::KnowsLess => return,
            Change::NewMessage => record.trail.add_context(step, &new.message),
            Change::KnowsMore | Change::None => {}
        }
        record.redescribe(likeness == Likeness::ByText, change == Change::KnowsMore, new);
    }

    /// Notes in the log how its boundary ended.
    pub(crate) fn ended(
        mut self,
        scope: ScopeRef,
        boundary: Option<&'static Site>,
        end: BoundaryEnd,
    ) -> Self {
        if let Some(record) = self.record() {
            record.notes.boundary = Some(BoundaryNote { scope: scope.number(), boundary, end });
        }
        self
    }

    /// Logs it, unless it is expected or exceeds the rate limit.
    pub(crate) fn log(self) -> (Decision, Option<LateSteps>) {
        let Some((pipeline, record)) = self.record else { return (Decision::NotHere, None) };
        if record.is_expected() {
            counters::expected();
            pipeline.count(CountedAs::Expected, || record.decided());
            return (Decision::Expected, None);
        }
        let class = Class::of(record.level);
        log_within_budget(&pipeline.renewed(), record, class)
    }

    /// Logs it, and writes in debug mode how its boundary ended.
    pub(crate) fn release(self) {
        self.explained(|held| held.log().0);
    }

    /// Counts it as handled, or logs it at this level.
    pub(super) fn handled(self, level: Option<Level>) {
        self.explained(|held| held.handle(level));
    }

    fn explained(self, decide: impl FnOnce(Self) -> Decision) {
        let id = self.id;
        let record = self.record.as_ref().filter(|_| diagnostics::is_on());
        let ended =
            record.and_then(|(_, record)| Some((record.kind_name(), record.notes.boundary?)));
        let decision = decide(self);
        if let Some((kind, note)) = ended {
            explain::resolved(id, &kind, note, decision);
        }
    }

    fn handle(self, level: Option<Level>) -> Decision {
        let Some((pipeline, mut record)) = self.record else { return Decision::NotHere };
        if record.is_expected() {
            counters::expected();
            pipeline.count(CountedAs::Expected, || record.decided());
            return Decision::Expected;
        }
        counters::handled();
        pipeline.count(CountedAs::Handled, || record.decided());
        let Some(level) = level else {
            let key = record.kind_key.of_class(Class::Ordinary);
            record.site.count(key, LossCounts::HANDLED, || record.kind_name());
            return Decision::NotHere;
        };
        record.level = level;
        log_within_budget(&pipeline.renewed(), record, Class::Handled).0
    }
}

/// Logs a record if the rate limit of its function, kind and class allows it; else counts it.
fn log_within_budget(
    pipeline: &Current,
    record: Box<CapturedError>,
    class: Class,
) -> (Decision, Option<LateSteps>) {
    let (site, kind, level) = (record.site, record.kind_key, record.level);
    if pipeline.admits(site, kind, class, level, || record.kind_name()) {
        pipeline.submit(record, class)
    } else {
        (Decision::Limited, None)
    }
}
