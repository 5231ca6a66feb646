//! An error that leaves a call: what is known of it, and how its log is captured.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use super::by_event::EventOfError;
use super::call::Call;
use super::explain::{self, How};
use super::panics;
use super::scope::ScopeRef;
use crate::base::text;
use crate::config::CountedAs;
use crate::describe::{self, Classification, Description, Keys, TypeAndVariant, View};
use crate::diagnostics;
use crate::model::mark::Mark;
use crate::model::{
    BacktraceMode, Class, Decision, ErrorId, KindKey, Level, ReportPolicy, Site, Step, Trail,
};
use crate::pipeline::{
    self, CapturedError, Current, Decided, HandReport, LateSteps, Notes, RareParts,
};
use crate::stack::{self, StackMarker};

/// An error that leaves a call.
pub(super) struct Leaving<'a> {
    pub(super) pipeline: &'a Current,
    pub(super) call: Call,
    /// Whether the call is the last poll of a future.
    pub(super) is_future: bool,
    /// Where the stack begins; `None` takes no stack.
    pub(super) marker: Option<StackMarker>,
    pub(super) view: &'a View<'a>,
    pub(super) keys: Option<&'a dyn Keys>,
    pub(super) mark: Option<Mark>,
    pub(super) origin: Origin<'a>,
    /// The type of the error, and the type that it had at the `?`.
    pub(super) types: [&'static str; 2],
    pub(super) step: Step,
}

/// Why an error is here.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// It leaves a tracked function.
    Function,
    /// It is reported by hand, or by an event.
    Hand(&'a HandReport, Option<&'a EventOfError>),
    /// It is a panic, whose hook runs: no code of the application's may run here.
    Panic,
}

impl Leaving<'_> {
    pub(super) fn site(&self) -> &'static Site {
        self.call.site
    }

    /// When the function logs, outside of any boundary.
    pub(super) fn policy(&self) -> ReportPolicy {
        self.site().report.unwrap_or(self.pipeline.config.report)
    }

    pub(super) fn describe(&self) -> Description {
        describe::describe(self.view, self.mark.as_ref())
    }

    /// What the limiter knows of the kind: the type at the mark and the variant.
    pub(super) fn kind_key(&self) -> KindKey {
        let type_name = describe::static_type(self.view, self.mark.as_ref());
        KindKey::new(type_name, self.view.discriminant)
    }

    pub(super) fn kind_name(&self) -> Cow<'static, str> {
        describe::kind_name(self.site().kind, self.view, self.mark.as_ref())
    }

    /// Whether the boundary around the function decides about its errors.
    pub(super) fn is_held(&self) -> bool {
        let scope = ScopeRef::current();
        // A sync boundary may run a whole executor, whose tasks do not belong to it.
        let is_own = !(self.is_future && scope.is_sync());
        scope.is_open()
            && is_own
            && self.site().report.is_none()
            && matches!(self.origin, Origin::Function)
    }

    /// The level of an error whose admission says this.
    pub(super) fn level(&self, admission: Option<&Classification>) -> Level {
        admission.and_then(|keys| keys.level).or(self.site().level).unwrap_or_default()
    }

    /// Counts an error that is not logged.
    pub(super) fn count(&self, outcome: CountedAs, level: Level) {
        self.pipeline.count(outcome, || Decided {
            site: self.site(),
            kind: self.kind_key(),
            level,
            kind_name: || self.kind_name(),
        });
    }

    /// Whether the limiter lets an error of this function through; if not, it is counted.
    pub(super) fn is_admitted(&self, class: Class, level: Level) -> bool {
        let (pipeline, site, kind) = (self.pipeline, self.site(), self.kind_key());
        if let Origin::Panic = self.origin {
            return panics::is_admitted(pipeline, site, kind, class, level);
        }
        pipeline.admits(site, kind, class, level, || self.kind_name())
    }

    /// Captures all that a log is made of. `root`: the first kind of an error that was logged further in.
    pub(super) fn capture(
        &self,
        id: ErrorId,
        description: Description,
        admission: Option<Box<Classification>>,
        root: Option<TypeAndVariant>,
    ) -> Box<CapturedError> {
        let mut captured = self.capture_without_context(id, description, admission, root);
        captured.context = match self.origin {
            Origin::Panic => pipeline::context_of_integrations(),
            Origin::Function | Origin::Hand(..) => self.pipeline.context(),
        };
        captured
    }

    /// The same, without calling the hooks.
    pub(super) fn capture_without_context(
        &self,
        id: ErrorId,
        description: Description,
        admission: Option<Box<Classification>>,
        root: Option<TypeAndVariant>,
    ) -> Box<CapturedError> {
        let site = self.site();
        let classification = describe::classify(site, self.view, self.keys, admission);
        let backtrace = site.backtrace.unwrap_or(self.pipeline.config.backtrace);
        let wants_carried = backtrace == BacktraceMode::Carried;
        let mut attachments = description.attachments;
        let carried = match wants_carried {
            true => stack::carried(self.view, attachments.get_or_insert_default()),
            false => None,
        };
        let wants_captured = backtrace != BacktraceMode::Trail && carried.is_none();
        let captured = self.marker.filter(|_| wants_captured).map(stack::capture);
        let mut rare = None;
        let report = self.hand_report();
        if report.is_some() || attachments.is_some() || carried.is_some() {
            let parts = RareParts { report, attachments, carried, ..RareParts::default() };
            rare = Some(Box::new(parts));
        }
        pipeline::boxed(CapturedError {
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
            captured,
            thread: thread_name(),
            context: None,
            notes: Notes::default(),
            losses: None,
            rare,
        })
    }

    /// What the report by hand says.
    pub(super) fn hand_report(&self) -> Option<HandReport> {
        match self.origin {
            Origin::Hand(report, _) => Some(report.clone()),
            Origin::Function | Origin::Panic => None,
        }
    }

    /// Hands the log to the pipeline.
    pub(super) fn submit(
        &self,
        record: Box<CapturedError>,
        class: Class,
    ) -> (Decision, Option<LateSteps>) {
        match self.origin {
            Origin::Panic => {
                let pipeline = self.pipeline;
                panics::elsewhere(|| pipeline.submit(record, class)).unwrap_or(panics::LOST)
            }
            Origin::Function | Origin::Hand(..) => self.pipeline.submit(record, class),
        }
    }

    /// Writes the decision in debug mode.
    pub(super) fn explain(
        &self,
        id: ErrorId,
        kind: impl FnOnce() -> Cow<'static, str>,
        decision: Decision,
        earlier: Option<Decision>,
    ) {
        if diagnostics::is_on() {
            let how = match self.origin {
                Origin::Function => How::Left(self.policy()),
                Origin::Hand(..) => How::Reported,
                Origin::Panic => How::Panicked,
            };
            let (step, kind) = (self.step, kind());
            if how == How::Panicked {
                // The line may go to a logger of the application's.
                panics::elsewhere(|| explain::decided(step, id, &kind, how, decision, earlier));
            } else {
                explain::decided(step, id, &kind, how, decision, earlier);
            }
        }
    }
}

/// An id for an error of this process, which may be its first one: installs the exit handler.
pub(super) fn next_id() -> ErrorId {
    panics::register();
    pipeline::prepare_shutdown();
    ErrorId::next()
}

/// The name of this thread, copied once a thread and not once an error.
fn thread_name() -> Option<Arc<str>> {
    thread_local! {
        static NAME: OnceCell<Option<Arc<str>>> = const { OnceCell::new() };
    }
    let name = || thread::current().name().map(|name| text::name(name).into());
    NAME.try_with(|kept| kept.get_or_init(name).clone()).unwrap_or_else(|_| name())
}
