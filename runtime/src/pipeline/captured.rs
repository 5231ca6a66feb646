//! `CapturedError`: an error log as the calling thread leaves it, and what the worker makes of it.
//!
//! It holds addresses, places and names of types as they are; the worker turns them into text.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::loss::Loss;
use crate::base::source::module_of;
use crate::base::text;
use crate::describe::{
    Classification, Description, Fields, Knowledge, TypeAndVariant, bound_causes,
};
use crate::model::{
    Attachments, BoundaryEnd, BoundaryNote, BoundaryRecord, Cause, ErrorContext, ErrorId,
    ErrorRecord, KindKey, Level, Location, Losses, Place, Site, StepMessage, Trail,
};
use crate::pipeline::late_steps::Added;
use crate::pipeline::{Decided, HandReport, LateSteps};
use crate::stack::{self, Captured, Frame, Rendered, Stack};

/// An error log before its stack is resolved.
#[derive(Debug)]
pub(crate) struct CapturedError {
    pub(crate) id: ErrorId,
    pub(crate) timestamp: SystemTime,
    pub(crate) level: Level,
    /// The function that the error left first.
    pub(crate) site: &'static Site,
    /// The place of the `?` in it.
    pub(crate) location: Place,
    pub(crate) kind: TypeAndVariant,
    /// The kind, as the limiter knows it.
    pub(crate) kind_key: KindKey,
    /// What the function knew of the type.
    pub(crate) knowledge: Knowledge,
    /// The result of the attributes' keys and of the type's `Classify`.
    pub(crate) classification: Option<Box<Classification>>,
    pub(crate) message: Arc<str>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) trail: Trail,
    /// Steps that are added while it waits for the worker.
    pub(crate) late: Option<LateSteps>,
    pub(crate) captured: Option<Captured>,
    pub(crate) thread: Option<Arc<str>>,
    pub(crate) context: Option<Box<ErrorContext>>,
    pub(crate) notes: Notes,
    /// Errors that the function did not log before.
    pub(crate) losses: Option<Box<Losses>>,
    pub(crate) rare: Option<Box<RareParts>>,
}

/// What few errors have. Apart, because tasks that wait keep what their boundaries hold.
#[derive(Debug, Default)]
pub(crate) struct RareParts {
    /// What a report by hand adds.
    pub(crate) report: Option<HandReport>,
    pub(crate) attachments: Option<Box<Attachments>>,
    /// The way of the presumed cause.
    pub(crate) presumed_trail: Option<Trail>,
    /// The backtrace that the error itself carries.
    pub(crate) carried: Option<Vec<Frame>>,
}

impl RareParts {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.report.as_ref().map_or(0, HandReport::bytes)
            + self.attachments.as_ref().map_or(0, |attachments| attachments.bytes())
            + self.presumed_trail.as_ref().map_or(0, Trail::bytes)
            + self.carried.as_ref().map_or(0, |frames| frames.len() * 256)
    }
}

/// What the line says about the boundary that logged an error.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notes {
    /// The boundary returned another error; this one is presumed to be behind it.
    pub(crate) presumed: bool,
    /// Other held errors differed only in fields; these fields are left out.
    pub(crate) ambiguous: bool,
    /// The boundary that held it.
    pub(crate) boundary: Option<BoundaryNote>,
}

impl Notes {
    /// The boundary did not return it.
    fn is_handled(&self) -> bool {
        self.boundary.is_some_and(|note| note.end == BoundaryEnd::Handled)
    }
}

#[cfg(test)]
impl CapturedError {
    /// An error of a function, without a stack.
    pub(crate) fn for_test(site: &'static Site) -> Self {
        use crate::describe::{Probe, describe};
        use crate::model::Step;

        let error = std::fmt::Error;
        let description = describe(&Probe::new(&error).track_errors_view(), None);
        CapturedError {
            id: ErrorId::next(),
            timestamp: SystemTime::now(),
            level: Level::Error,
            site,
            location: site.location,
            kind: description.kind,
            kind_key: KindKey::new("", 0),
            knowledge: description.knowledge,
            classification: None,
            message: description.message,
            causes: Vec::new(),
            trail: Trail::new(Step { site, location: site.location }),
            late: None,
            captured: None,
            thread: None,
            context: None,
            notes: Notes::default(),
            losses: None,
            rare: None,
        }
    }
}

impl CapturedError {
    /// Whether a function that the error left expects it.
    pub(crate) fn is_expected(&self) -> bool {
        self.classification.as_ref().is_some_and(|keys| keys.is_expected())
    }

    /// Changes the classification.
    pub(crate) fn reclassify(&mut self, change: impl FnOnce(Classification) -> Classification) {
        let mut inner = self.classification.take().map(|keys| *keys).unwrap_or_default();
        inner.ask_site(self.site);
        let classification = change(inner);
        self.level = classification.level.unwrap_or_default();
        self.classification = Some(Box::new(classification));
    }

    /// Takes over a new description: a conversion changed the error, or a function knows more of its type.
    ///
    /// `became_text`: the conversion kept the error only as text, so its causes are added.
    pub(crate) fn redescribe(&mut self, became_text: bool, knows_more: bool, new: Description) {
        if knows_more {
            if new.kind.refines(&self.kind) {
                self.kind = new.kind;
            }
            self.knowledge = new.knowledge;
        }
        let mut causes = new.causes;
        if became_text {
            let is_there = |cause: &Cause| causes.iter().any(|new| new.message == cause.message);
            let lost: Vec<_> = self.causes.drain(..).filter(|cause| !is_there(cause)).collect();
            causes.extend(lost);
            bound_causes(&mut causes);
        }
        self.causes = causes;
        self.message = new.message;
        // A conversion may keep the error, and not its attachments.
        if new.attachments.is_some() {
            self.rare.get_or_insert_default().attachments = new.attachments;
        }
    }

    /// Leaves out fields in which the two errors differ.
    pub(crate) fn keep_common_fields(&mut self, other: &CapturedError) {
        if let Some(classification) = &mut self.classification {
            let others = other.classification.as_ref().map(|keys| &keys.fields);
            self.notes.ambiguous |= classification.fields.keep_common(others);
        }
        if let Some(context) = &mut self.context {
            self.notes.ambiguous |= context.keep_common(other.context.as_deref());
        }
    }

    /// Adds what a report by hand says of an error that left tracked functions before. Of two messages the
    /// first one stays; both are messages of steps.
    pub(crate) fn add_report(&mut self, new: HandReport, fields: Fields) {
        let report = self.rare.get_or_insert_default().report.get_or_insert_default();
        report.message = report.message.take().or(new.message);
        report.service = report.service.take().or(new.service);
        let classification = self.classification.get_or_insert_default();
        classification.fields = std::mem::take(&mut classification.fields).or(fields);
    }

    /// Adds the spans and the trace of the boundary that returns the error, if it was in none: a task that inherited
    /// the boundary may run outside of the request's span.
    pub(crate) fn add_context_of_boundary(&mut self) {
        if self.context.as_ref().is_some_and(|own| !own.spans.is_empty() || own.trace.is_some()) {
            return;
        }
        let outer = super::context_of_integrations();
        self.context = match (self.context.take(), outer) {
            (Some(own), Some(outer)) => Some(Box::new(own.or(*outer))),
            (own, outer) => own.or(outer),
        };
    }

    /// Makes a held error the presumed cause of this one, which takes over its fields and earlier
    /// messages.
    pub(crate) fn presume(&mut self, held: &mut CapturedError) {
        self.causes.push(Cause {
            kind: Some(held.kind_name()),
            message: held.message.as_ref().to_owned(),
            is_presumed: true,
            left_out_before: 0,
        });
        let behind = held.causes.drain(..);
        self.causes.extend(behind.map(|cause| Cause { is_presumed: true, ..cause }));
        bound_causes(&mut self.causes);
        self.trail.add_contexts(&held.trail, &held.message);
        let presumed_trail = Some(std::mem::take(&mut held.trail));
        self.rare.get_or_insert_default().presumed_trail = presumed_trail;
        self.notes.presumed = true;
        let fields = held.classification.take().map(|keys| keys.fields).unwrap_or_default();
        self.reclassify(|own| own.or(Classification::with_fields(fields)));
        self.context = match (self.context.take(), held.context.take()) {
            (Some(own), Some(held)) => Some(Box::new(own.or(*held))),
            (own, held) => own.or(held),
        };
    }

    /// Its memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(Cause::bytes).sum();
        let captured = self.captured.as_ref().map_or(0, Captured::bytes);
        let classification = self.classification.as_ref().map_or(0, |keys| keys.bytes());
        let losses = self.losses.as_ref().map_or(0, |losses| losses.bytes());
        let context = self.context.as_ref().map_or(0, |context| context.bytes());
        size_of::<Self>()
            + self.message.len()
            + causes
            + captured
            + classification
            + self.trail.bytes()
            + self.rare.as_ref().map_or(0, |rare| rare.bytes())
            + losses
            + context
    }

    /// Whether the boundary that the error left logs it.
    pub(super) fn left_boundary(&self) -> bool {
        match self.notes.boundary {
            Some(note) => note.end == BoundaryEnd::Returned,
            None => self.site.boundary,
        }
    }

    /// The kind that errors are grouped by.
    pub(crate) fn kind_name(&self) -> Cow<'static, str> {
        let own_kind = self.classification.as_ref().and_then(|keys| keys.kind.clone());
        match own_kind.or(self.site.kind.map(Cow::Borrowed)) {
            Some(kind) => text::as_name(kind),
            None => self.kind.name(),
        }
    }

    /// The error, for a counter of its outcome.
    pub(crate) fn decided(&self) -> Decided<impl FnOnce() -> Cow<'static, str>> {
        self.loss().decided()
    }

    /// What is counted if it is not logged after all.
    pub(super) fn loss(&self) -> Loss {
        Loss {
            site: self.site,
            key: self.kind_key,
            kind: self.kind,
            level: self.level,
            is_handled: self.notes.is_handled(),
        }
    }

    /// Whether it is to be written: no other log has taken its place. Its counts go back to the function if not.
    pub(super) fn is_wanted(&self) -> bool {
        let is_wanted = self.late.as_ref().is_none_or(LateSteps::is_wanted);
        if let Some(losses) = self.losses.as_ref().filter(|_| !is_wanted) {
            self.site.give_back(losses);
        }
        is_wanted
    }

    /// Resolves and renders the stack, and turns names into text.
    pub(super) fn into_record(mut self) -> ErrorRecord {
        // The steps that came while it waited.
        if let Some(late) = self.late.take() {
            late.close(|Added { trail, better, reports }| {
                self.trail.append(trail);
                if let Some(better) = better.take() {
                    self.redescribe(false, true, *better);
                }
                reports.drain(..).for_each(|(report, fields)| self.add_report(report, fields));
            });
        }
        let kind = self.kind_name();
        let site = self.site;
        let classification = self.classification.map(|keys| *keys).unwrap_or_default();
        let rare = self.rare.take().map(|rare| *rare).unwrap_or_default();
        let Rendered { text: stack, build_id, function } = stack::render(Stack {
            kind: &kind,
            message: &self.message,
            causes: &self.causes,
            trail: &self.trail,
            presumed_trail: rare.presumed_trail.as_ref(),
            site_file: site.location.file(),
            carried: rare.carried,
            captured: self.captured,
        });
        let fingerprint = classification.fingerprint.or(site.fingerprint.map(Cow::Borrowed));
        let attachments = rare.attachments.map(|attachments| *attachments).unwrap_or_default();
        let losses = self.losses.map(|losses| *losses).unwrap_or_default();
        let total = losses.total();
        let mut context = self.context.map(|context| *context).unwrap_or_default();
        let Fields { fields, left_out } = classification.fields;
        let function = match site.function() {
            unknown if unknown.is_empty() => function.unwrap_or_default().into(),
            function => function,
        };
        let module = match site.module_path() {
            unknown if unknown.is_empty() => module_of(&function).to_owned().into(),
            module => module,
        };
        let HandReport { message: log_message, service } = rare.report.unwrap_or_default();
        ErrorRecord {
            id: self.id,
            timestamp: self.timestamp,
            level: self.level,
            service: service
                .map(|name| text::as_name(String::from(name)))
                .or_else(|| site.service_name()),
            kind,
            error_type: self.kind.error_type(),
            fingerprint: fingerprint.map(text::as_name),
            message: self.message.as_ref().to_owned(),
            log_message: log_message.map(String::from),
            causes: self.causes,
            attachments: attachments.texts,
            attachments_left_out: attachments.left_out,
            stack,
            build_id,
            fields: context.fields_behind(fields),
            fields_left_out: left_out.saturating_add(context.fields_left_out),
            spans: context.spans.into_iter().rev().collect(),
            trace: context.trace,
            carried: context.carried,
            location: Location::new(self.location),
            function,
            module,
            thread: self.thread,
            step_messages: self
                .trail
                .contexts_before(&self.message)
                .map(StepMessage::new)
                .collect(),
            step_messages_left_out: self.trail.contexts_left_out(),
            steps_left_out: self.trail.left_out(),
            presumed: self.notes.presumed,
            ambiguous: self.notes.ambiguous,
            handled: self.notes.is_handled(),
            boundary: self.notes.boundary.map(|note| BoundaryRecord::new(&note)),
            suppressed: total.suppressed,
            dropped: total.dropped,
            handled_count: total.handled,
            unlogged_kinds: losses.kinds(),
        }
    }
}
