//! An `Err` leaves a tracked function: from the error value to the record that the worker gets.
//!
//! Was it seen before? Is it expected? How severe is it? May it be logged? Then describe it, take the
//! addresses of the running calls, and hold it or push it. No I/O, no symbols, no formatting of a line.
//!
//! Everything here is cold. Only the first step is generic, and it is small: it turns the error into
//! trait objects, so that the rest exists once in a program and not once a function.
//!
//! Promise: never panics and never changes the error, whatever the error's own code does.

pub(crate) mod boundary;
pub(crate) mod call;
mod explain;
pub(crate) mod future;
pub(crate) mod held;
mod likeness;
pub(crate) mod marking;
pub(crate) mod outcome;
mod recent;

use std::cell::OnceCell;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use crate::base::guarded::guarded;
use crate::base::reentrancy::ReentrancyGuard;
use crate::base::text;
use crate::describe::{self, Classification, Description, Keys, Knowledge, TypeAndVariant, View};
use crate::diagnostics;
use crate::model::mark::{self, Mark};
use crate::model::{
    BacktraceMode, BoundaryEnd, Class, Decision, ErrorId, KindKey, Level, LossCounts, ReportPolicy,
    Site, Step, Trail, counters,
};
use crate::pipeline::{self, CapturedError, Current, Deciding, Notes};
use crate::stack::{self, StackMarker};
use boundary::ScopeRef;
use call::Call;
use held::Held;
use likeness::{Candidate, Change, Known, Likeness, most_alike};
use outcome::Describe;
use recent::{Carried, Fate, RecentError};

/// An error is about to leave a function, or the last poll of a future.
#[cold]
#[inline(never)]
pub(crate) fn failed<E, D: Describe<E>>(
    call: Call,
    carried: Option<&mut Carried>,
    error: &E,
    describe: &D,
) {
    StackMarker::here(|marker| {
        describe
            .with_keys(error, |keys| on_error(call, carried, marker, describe.view(error), keys));
    });
}

fn on_error(
    call: Call,
    carried: Option<&mut Carried>,
    marker: StackMarker,
    view: View<'_>,
    keys: Option<&dyn Keys>,
) {
    let site = call.site;
    // Taken first, and by the function that it belongs to even if nothing is logged.
    let mark = mark::take(site.key);
    let Some(_guard) = ReentrancyGuard::enter() else {
        if diagnostics::is_on() {
            explain::undecided(site, "this thread is describing or writing another one");
        }
        return;
    };
    // What the error's own code can do is guarded where it is called; this is for the rest.
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current() else {
            if diagnostics::is_on() {
                explain::undecided(site, "nothing is: OTEL_SDK_DISABLED=true");
            }
            return;
        };
        let own = view.type_name;
        let leaving = Leaving {
            pipeline: &pipeline,
            call,
            is_future: carried.is_some(),
            marker,
            view: &view,
            keys,
            mark,
            types: [own, mark.and_then(|mark| mark.type_name).unwrap_or(own)],
            step: Step { site, location: mark.map_or(site.location, |mark| mark.location) },
        };
        let mut inside = carried.map(Carried::take_recent).unwrap_or_default();
        inside.append(&mut recent::take_since(call.began));
        let entry =
            if site.boundary { leaving.at_boundary(inside) } else { leaving.in_function(inside) };
        recent::remember(entry);
    });
}

/// An error that a boundary returns.
struct Returned {
    scope: ScopeRef,
    description: Description,
    /// What the boundary says, before and behind what functions further in say.
    before: Classification,
    behind: Classification,
}

/// An error that leaves a call.
struct Leaving<'a> {
    pipeline: &'a Current,
    call: Call,
    /// The last poll of a future.
    is_future: bool,
    marker: StackMarker,
    view: &'a View<'a>,
    keys: Option<&'a dyn Keys>,
    mark: Option<Mark>,
    /// What it is now, and what it was at the `?` that it left by.
    types: [&'static str; 2],
    step: Step,
}

impl Leaving<'_> {
    fn site(&self) -> &'static Site {
        self.call.site
    }

    /// When the function logs errors that are its own to log.
    fn policy(&self) -> ReportPolicy {
        self.site().report.unwrap_or(self.pipeline.report())
    }

    fn describe(&self) -> Description {
        describe::describe(self.view, self.mark.as_ref())
    }

    /// What the limiter knows of the kind: the type at the mark and the variant.
    fn kind_key(&self) -> KindKey {
        let type_name = describe::static_type(self.view, self.mark.as_ref());
        KindKey::new(type_name, self.view.discriminant)
    }

    /// Whether the boundary around the function decides about its errors.
    fn is_held(&self, scope: ScopeRef) -> bool {
        // The scope of a function may run a whole executor, whose tasks are not its own.
        let is_own = !(self.is_future && scope.is_sync());
        scope.is_open() && is_own && self.site().report.is_none()
    }

    /// An error leaves a function that is no boundary.
    fn in_function(&self, mut inside: Vec<RecentError>) -> RecentError {
        if inside.is_empty() {
            return self.first_seen(None);
        }
        // An error that was suppressed further in costs no more than recognising it.
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
    fn first_seen(&self, description: Option<Description>) -> RecentError {
        let scope = ScopeRef::current();
        let admission = describe::admission(self.site(), self.view, self.keys);
        if admission.as_ref().is_some_and(|keys| keys.is_expected()) {
            counters::expected();
            return self.not_logged(scope, Decision::Expected, description);
        }
        if self.is_held(scope) {
            let description = description.unwrap_or_else(|| self.describe());
            return self.hold(description, admission);
        }
        let class = Class::of(self.level(admission.as_deref()));
        if !self.is_admitted(class) {
            return self.not_logged(scope, Decision::Limited, description);
        }
        let description = description.unwrap_or_else(|| self.describe());
        let known = Known::new(self.types[0], &description);
        let record = self.capture(next_id(), description, admission, None);
        let (id, kind) = (record.id, record.kind);
        let kind_name = if diagnostics::is_on() { record.kind_name() } else { String::new() };
        let (decision, late) = self.pipeline.submit(record, class);
        self.explain(id, || kind_name, decision, None);
        let mut entry = RecentError::new(id, known, Fate::Decided(decision, late));
        entry.root = Some(kind);
        self.decided(scope, entry)
    }

    /// The level of an error whose admission says this.
    fn level(&self, admission: Option<&Classification>) -> Level {
        admission.and_then(|keys| keys.level).or(self.site().level).unwrap_or_default()
    }

    /// Whether the limiter lets an error of this function through; if not, it is counted.
    fn is_admitted(&self, class: Class) -> bool {
        let site = self.site();
        let key = self.kind_key().of_class(class);
        if site.admits(key, self.pipeline.rate_limit(site.rate_limit)) {
            return true;
        }
        counters::suppressed();
        site.count(key, LossCounts::SUPPRESSED, || {
            describe::kind_name(site.kind, self.view, self.mark.as_ref())
        });
        false
    }

    /// An entry for an error that is not logged, by which functions further out recognise it.
    fn not_logged(
        &self,
        scope: ScopeRef,
        decision: Decision,
        description: Option<Description>,
    ) -> RecentError {
        let description =
            description.unwrap_or_else(|| describe::brief(self.view, self.mark.as_ref()));
        let known = Known::new(self.types[0], &description);
        let id = if diagnostics::is_on() { next_id() } else { ErrorId::NONE };
        let entry = RecentError::new(id, known, Fate::Decided(decision, None));
        let kind = || describe::kind_name(self.site().kind, self.view, self.mark.as_ref());
        self.explain(entry.id, kind, decision, None);
        self.decided(scope, entry)
    }

    /// An error whose fate is decided; the boundary around the function, if there is one, recognises it.
    fn decided(&self, scope: ScopeRef, entry: RecentError) -> RecentError {
        if scope.is_open() {
            held::note(ScopeRef::numbered(), entry.id, entry.known.clone());
        }
        entry
    }

    /// A boundary holds the error until it decides.
    fn hold(
        &self,
        description: Description,
        admission: Option<Box<Classification>>,
    ) -> RecentError {
        let known = Known::new(self.types[0], &description);
        let record = self.capture(next_id(), description, admission, None);
        let id = record.id;
        let kind = if diagnostics::is_on() { record.kind_name() } else { String::new() };
        let scope = ScopeRef::numbered();
        let held = Held::new(id, known.clone(), self.pipeline.clone(), record);
        let fate = match held::hold(scope, held) {
            Ok(()) => {
                self.explain(id, || kind, Decision::Held, None);
                Fate::Held(scope)
            }
            Err(held) => {
                let (decision, late) = held.log();
                self.explain(id, || kind, decision, None);
                held::note(scope, id, known.clone());
                Fate::Decided(decision, late)
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
        // The user's code first: none runs while the list is locked.
        let admission = describe::admission(self.site(), self.view, self.keys);
        let own = describe::classify(self.site(), self.view, self.keys, admission);
        let kind = description.kind;
        entry.known.update(self.types, &description);
        let mut left = Some((description, own));
        let is_on_list = held::update(scope, entry.id, |held| {
            if let Some((description, own)) = left.take() {
                if let (Some(record), Some(own)) = (held.record(), own) {
                    record.reclassify(|inner| inner.or(*own));
                }
                held.climb(likeness, self.types, description, self.step);
            }
        });
        if let Some((description, own)) = left.filter(|_| !is_on_list) {
            // Its boundary has returned, so it was handled there; and here it is again.
            drop(own);
            return self.first_seen(Some(description));
        }
        if self.is_held(ScopeRef::current()) {
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
    fn seen_again(&self, mut entry: RecentError, description: Description) -> RecentError {
        let Fate::Decided(earlier, late) = &entry.fate else { return entry };
        let (earlier, late) = (*earlier, late.clone());
        let kind = description.kind;
        let is_every = self.policy() == ReportPolicy::Every && !self.is_held(ScopeRef::current());
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
        let class = Class::of(self.level(admission.as_deref()));
        let (decision, late) = if admission.as_ref().is_some_and(|keys| keys.is_expected()) {
            counters::expected();
            (Decision::Expected, None)
        } else if self.is_admitted(class) {
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

    /// An error leaves the boundary, which decides about it and about all that it holds.
    fn at_boundary(&self, mut inside: Vec<RecentError>) -> RecentError {
        // What the error and the keys say first: it is the application's code, and may never come back.
        let description = self.describe();
        let (before, behind) = Classification::of_boundary(self.site(), self.view, self.keys);
        let _deciding = Deciding::begin();
        let scope = ScopeRef::current();
        let mut all = held::take_all(scope);
        let candidate = Candidate::new(self.types, &description);
        let of_calls = most_alike(inside.iter().map(|entry| &entry.known), &candidate);
        // Of equals the newest: where the last of the calls has logged its error, what is held is older.
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
                    return self.seen_again(entry, returned.description);
                }
                // A boundary further out holds it, and it was handed in.
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
            let Held { id, known, .. } = all.swap_remove(at);
            held::handled(scope, all, self.site());
            return self.logged_before(id, known, &returned);
        }
        if returned.description.knowledge == Knowledge::Type
            && let Some(mut held) = newest(&mut all)
        {
            // The boundary knows nothing of its error: the newest is presumed to be it.
            if let Some(record) = held.record() {
                record.notes.presumed = true;
            }
            return self.log_held(all, held, Likeness::ByType, returned);
        }
        self.log_as_new(all, returned)
    }

    /// The boundary returns an error that was decided on another thread, or that a scope held for too long.
    fn logged_before(&self, id: ErrorId, mut known: Known, returned: &Returned) -> RecentError {
        counters::repeated();
        known.update(self.types, &returned.description);
        let kind = returned.description.kind;
        self.explain(id, || kind.name(), Decision::NotHere, Some(Decision::Logged));
        RecentError::new(id, known, Fate::Decided(Decision::NotHere, None))
    }

    /// Logs a held error as the one that the boundary returns; the others were handled.
    fn log_held(
        &self,
        others: Vec<Held>,
        held: Held,
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
        }
        held.climb(likeness, self.types, description, self.step);
        let (decision, late) = held.log();
        self.explain(id, || kind.name(), decision, Some(Decision::Held));
        RecentError::new(id, known, Fate::Decided(decision, late))
    }

    /// The boundary returns an error that it does not hold: it is logged itself, and the newest error that
    /// is held is presumed to be its cause.
    fn log_as_new(&self, mut all: Vec<Held>, returned: Returned) -> RecentError {
        let Returned { scope, description, before, behind } = returned;
        let is_related = !all.is_empty();
        let known = Known::new(self.types[0], &description);
        let mut record = self.capture(next_id(), description, None, None);
        record.reclassify(|_| before.or(behind));
        if !record.is_expected()
            && let Some(mut held) = newest(&mut all)
            && let Some(inner) = held.record()
        {
            record.presume(inner);
            counters::repeated();
            if diagnostics::is_on() {
                let (cause, id) = (held.id, record.id);
                diagnostics::debug(&format_args!(
                    "error #{cause} was held, and its boundary returned another one: it is presumed to \
                     be the cause of #{id}"
                ));
            }
        }
        held::handled(scope, all, self.site());
        let (id, kind) = (record.id, record.kind);
        let held = Held::new(id, known.clone(), self.pipeline.clone(), record);
        // Without others there is nothing that its line belongs to.
        let held = if is_related {
            held.ended(scope, Some(self.site()), BoundaryEnd::Returned)
        } else {
            held
        };
        let (decision, late) = held.log();
        self.explain(id, || kind.name(), decision, None);
        RecentError::new(id, known, Fate::Decided(decision, late))
    }

    /// Takes all that a log is made of. `root`: what the error was at first, where it was logged further in.
    fn capture(
        &self,
        id: ErrorId,
        description: Description,
        admission: Option<Box<Classification>>,
        root: Option<TypeAndVariant>,
    ) -> Box<CapturedError> {
        let site = self.site();
        let classification = describe::classify(site, self.view, self.keys, admission);
        let backtrace = self.pipeline.backtrace(site.backtrace);
        let (carried, captured) = if backtrace == BacktraceMode::Trail {
            (None, None)
        } else {
            let wants_carried = backtrace == BacktraceMode::Carried;
            let carried = wants_carried.then(|| stack::carried(self.view)).flatten();
            let captured = carried.is_none().then(|| stack::capture(self.marker));
            (carried, captured)
        };
        Box::new(CapturedError {
            id,
            timestamp: SystemTime::now(),
            level: self.level(classification.as_deref()),
            site,
            location: self.step.location,
            kind: root.unwrap_or(description.kind),
            kind_key: self.kind_key(),
            knowledge: description.knowledge,
            classification,
            message: description.message,
            causes: description.causes,
            trail: Trail::new(self.step),
            late: None,
            carried,
            captured,
            thread: thread_name(),
            notes: Notes::default(),
            losses: None,
        })
    }

    /// The debug mode says what was decided.
    fn explain(
        &self,
        id: ErrorId,
        kind: impl FnOnce() -> String,
        decision: Decision,
        earlier: Option<Decision>,
    ) {
        if diagnostics::is_on() {
            explain::decided(self.step, id, &kind(), self.policy(), decision, earlier);
        }
    }
}

/// Takes the error that a boundary returns out of all that it holds. Of others that are equal to it, nothing
/// tells which of them it is: fields in which they differ are left out. Nor does anything of others of its
/// type, if the type is all that is known: it is presumed.
fn chosen(all: &mut Vec<Held>, at: usize, likeness: Likeness) -> Held {
    let mut held = all.remove(at);
    let known = held.known.clone();
    if let Some(record) = held.record() {
        let is_rival =
            |other: &Held| other.known.is_of_type(&known) && !other.known.is_equal(&known);
        record.notes.presumed |= likeness == Likeness::ByType && all.iter().any(is_rival);
        let equal = all.iter_mut().filter(|other| other.known.is_equal(&known));
        equal.filter_map(Held::record).for_each(|other| record.keep_common_fields(other));
    }
    held
}

/// The newest error, if a boundary still holds it. If that was decided before, none is presumed: an older
/// one is not the reason.
fn newest(all: &mut Vec<Held>) -> Option<Held> {
    all.pop_if(|held| !held.is_decided())
}

/// A boundary whose value counts as failed ends: the newest error that it holds is presumed to be why.
fn presumed_failure(site: &'static Site) {
    let _deciding = Deciding::begin();
    let scope = ScopeRef::current();
    let mut all = held::take_all(scope);
    let newest = newest(&mut all);
    held::handled(scope, all, site);
    if let Some(held) = newest {
        let mut held = held.ended(scope, Some(site), BoundaryEnd::Returned);
        if let Some(record) = held.record() {
            record.notes.presumed = true;
        }
        crate::base::reentrancy::ignoring(|| held.release());
    }
}

/// An id for an error of this process: a fork is noticed from now on, so that the child makes others.
fn next_id() -> ErrorId {
    pipeline::prepare_shutdown();
    ErrorId::next()
}

/// Bytes of a thread's name.
const NAME_LIMIT: usize = 256;

/// The name of this thread, kept so that it is copied once a thread and not once an error.
fn thread_name() -> Option<Arc<str>> {
    thread_local! {
        static NAME: OnceCell<Option<Arc<str>>> = const { OnceCell::new() };
    }
    let name = || thread::current().name().map(|name| text::bounded(NAME_LIMIT, name).into());
    NAME.try_with(|kept| kept.get_or_init(name).clone()).unwrap_or_else(|_| name())
}
