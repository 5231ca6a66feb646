//! An error leaves a function that is no boundary.
//!
//! A new error is logged, or held for the boundary around the function, unless it is expected or exceeds
//! the rate limit. An error that left a function further in was decided there; it adds a step to its log.

use std::borrow::Cow;
use std::sync::Arc;

use super::held::{self, HeldError};
use super::leaving::{Leaving, Origin, next_id};
use super::likeness::{Candidate, Change, Known, Likeness, most_alike};
use super::recent::{Fate, RecentError};
use super::scope::ScopeRef;
use crate::config::CountedAs;
use crate::describe::{self, Classification, Description, TypeAndVariant};
use crate::diagnostics;
use crate::model::{Class, Decision, ErrorId, ReportPolicy, counters};
use crate::pipeline::Deciding;

impl Leaving<'_> {
    /// Decides about an error, and returns the entry that functions further out recognise it by.
    pub(super) fn in_function(&self, mut inside: Vec<RecentError>) -> RecentError {
        if inside.is_empty() {
            return self.first_seen(None);
        }
        // A suppressed error is only recognised: it needs no full description.
        let is_suppressed = |entry: &RecentError| {
            matches!(entry.fate, Fate::Decided(Decision::Limited, _)) && entry.root.is_none()
        };
        let is_brief = inside.iter().all(is_suppressed) && !diagnostics::is_on();
        if is_brief
            && let [entry] = &mut *inside
            && let Some(chain) = describe::short_chain(self.view)
            && entry.known.is_unchanged(self.types, chain)
            && let Some(entry) = inside.pop()
        {
            counters::repeated();
            return entry;
        }
        let description =
            if is_brief { describe::brief(self.view, self.mark.as_ref()) } else { self.describe() };
        let candidate = Candidate::new(self.types, &description);
        let found = most_alike(inside.iter().map(|entry| &entry.known), &candidate);
        let Some((likeness, at)) = found else {
            return self.first_seen((!is_brief).then_some(description));
        };
        let entry = inside.swap_remove(at);
        match entry.fate {
            Fate::Held(scope) => self.climb(entry, scope, likeness, description),
            Fate::Decided(..) => self.seen_again(entry, description),
        }
    }

    /// An error that no tracked function inside this one returned.
    pub(super) fn first_seen(&self, description: Option<Description>) -> RecentError {
        let admission = describe::admission(self.site(), self.view, self.keys);
        if admission.as_ref().is_some_and(|keys| keys.is_expected()) {
            counters::expected();
            self.count(CountedAs::Expected, self.level(admission.as_deref()));
            return self.not_logged(Decision::Expected, description);
        }
        let level = self.level(admission.as_deref());
        let class = Class::of(level);
        let is_held = self.is_held();
        if !is_held && !self.is_admitted(class, level) {
            return self.not_logged(Decision::Limited, description);
        }
        let description = description.unwrap_or_else(|| self.describe());
        if matches!(self.origin, Origin::Function)
            && let Some(panic) = self.panic_told_by(&description)
        {
            return self.decided(self.seen_again(panic, description));
        }
        if is_held {
            return self.hold(description, admission);
        }
        let known = Known::new(self.types[0], &description);
        let record = self.capture(next_id(), description, admission, None);
        let (id, kind) = (record.id, record.kind);
        let kind_name = if diagnostics::is_on() { record.kind_name() } else { Cow::default() };
        let (decision, late) = self.submit(record, class);
        self.explain(id, || kind_name, decision, None);
        let mut entry = RecentError::new(id, known, Fate::Decided(decision, late));
        entry.root = Some(kind);
        self.decided(entry)
    }

    /// The entry of an error that is not logged.
    fn not_logged(&self, decision: Decision, description: Option<Description>) -> RecentError {
        let description =
            description.unwrap_or_else(|| describe::brief(self.view, self.mark.as_ref()));
        let known = Known::new(self.types[0], &description);
        let id = if diagnostics::is_on() { next_id() } else { ErrorId::NONE };
        let entry = RecentError::new(id, known, Fate::Decided(decision, None));
        self.explain(entry.id, || self.kind_name(), decision, None);
        self.decided(entry)
    }

    /// Lets the boundary around the function, if there is one, recognise a decided error.
    fn decided(&self, entry: RecentError) -> RecentError {
        if ScopeRef::current().is_open() {
            held::note(ScopeRef::numbered(), &entry, self.is_report());
        }
        entry
    }

    /// Has the boundary around the function hold the error.
    fn hold(
        &self,
        description: Description,
        admission: Option<Box<Classification>>,
    ) -> RecentError {
        let known = Known::new(self.types[0], &description);
        let record = self.capture(next_id(), description, admission, None);
        let id = record.id;
        let kind = if diagnostics::is_on() { record.kind_name() } else { Cow::default() };
        let scope = ScopeRef::numbered();
        let held = HeldError::new(id, known.clone(), self.pipeline.clone(), record);
        let fate = match held::hold(scope, held) {
            Ok(()) => {
                self.explain(id, || kind, Decision::Held, None);
                Fate::Held(scope)
            }
            Err(held) => {
                let (decision, late) = held.log();
                self.explain(id, || kind, decision, None);
                let entry = RecentError::new(id, known, Fate::Decided(decision, late));
                held::note(scope, &entry, false);
                return entry;
            }
        };
        RecentError::new(id, known, fate)
    }

    /// An error that a boundary holds leaves a further function.
    fn climb(
        &self,
        mut entry: RecentError,
        scope: ScopeRef,
        likeness: Likeness,
        description: Description,
    ) -> RecentError {
        // The user's code runs first, not while the list is locked.
        let admission = describe::admission(self.site(), self.view, self.keys);
        let own = describe::classify(self.site(), self.view, self.keys, admission);
        let kind = description.kind;
        entry.known.update(self.types, &description);
        let mut left = Some((description, own));
        held::update(scope, entry.id, |held| {
            if let Some((description, own)) = left.take() {
                if let (Some(record), Some(own)) = (held.record(), own) {
                    record.reclassify(|inner| inner.or(*own));
                }
                held.climb(likeness, self.types, description, self.step);
            }
        });
        if let Some((description, _)) = left {
            // Its boundary has returned and handled it; here it is a new error.
            return self.first_seen(Some(description));
        }
        if self.is_held() {
            counters::repeated();
            self.explain(entry.id, || kind.name(), Decision::Held, Some(Decision::Held));
            return entry;
        }
        // The function logs by itself.
        let _deciding = Deciding::begin();
        let (decision, late) = match held::take_one(scope, entry.id) {
            Some(mut held) => {
                entry.root = held.record().map(|record| record.kind);
                held.log()
            }
            None => {
                counters::repeated();
                (Decision::NotHere, None)
            }
        };
        self.explain(entry.id, || kind.name(), decision, Some(Decision::Held));
        entry.fate = Fate::Decided(decision, late);
        entry
    }

    /// An error whose fate is decided leaves a further function.
    pub(super) fn seen_again(
        &self,
        mut entry: RecentError,
        description: Description,
    ) -> RecentError {
        let Fate::Decided(earlier, late) = &entry.fate else { return entry };
        let (earlier, late) = (*earlier, late.clone());
        let kind = description.kind;
        let is_every = self.policy() == ReportPolicy::Every && !self.is_held();
        if is_every && let Some(root) = entry.root.take() {
            return self.log_again(entry, root, description);
        }
        counters::repeated();
        self.explain(entry.id, || kind.name(), Decision::NotHere, Some(earlier));
        let change = entry.known.update(self.types, &description);
        if let Some(late) = late {
            let message = Arc::clone(&description.message);
            let new_message = (change == Change::NewMessage).then_some(&*message);
            let better = (change == Change::KnowsMore).then_some(description);
            late.add(self.step, new_message, better);
        }
        entry
    }

    /// Policy `every`: each function logs the error, with the same id.
    fn log_again(
        &self,
        mut entry: RecentError,
        root: TypeAndVariant,
        description: Description,
    ) -> RecentError {
        let admission = describe::admission(self.site(), self.view, self.keys);
        entry.known.update(self.types, &description);
        let level = self.level(admission.as_deref());
        let class = Class::of(level);
        let (decision, late) = if admission.as_ref().is_some_and(|keys| keys.is_expected()) {
            counters::expected();
            self.count(CountedAs::Expected, level);
            (Decision::Expected, None)
        } else if self.is_admitted(class, level) {
            let record = self.capture(entry.id, description, admission, Some(root));
            self.pipeline.submit(record, class)
        } else {
            (Decision::Limited, None)
        };
        self.explain(entry.id, || root.name(), decision, None);
        entry.fate = Fate::Decided(decision, late);
        entry.root = Some(root);
        entry
    }
}
