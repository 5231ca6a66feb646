//! `Pending`: an error log as the calling thread leaves it, and what the worker makes of it.
//!
//! It holds addresses, places and names of types as they are: putting them into words is the
//! worker's part.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use crate::describe::{self, TypeAndVariant};
use crate::id::ErrorId;
use crate::keys::Verdict;
use crate::level::Level;
use crate::limit::HeldBack;
use crate::record::{Cause, ErrorRecord, Location};
use crate::site::Site;
use crate::stack::{self, Captured, Frame, Rendered, Stack};
use crate::trail::{Step, Trail};

/// An error log before its stack is resolved.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) id: ErrorId,
    pub(crate) timestamp: SystemTime,
    pub(crate) level: Level,
    /// The function that the error leaves now.
    pub(crate) site: &'static Site,
    /// The function and the place that the log is about.
    pub(crate) place: Step,
    pub(crate) kind: TypeAndVariant,
    /// What the attribute and the type said about it.
    pub(crate) verdict: Option<Box<Verdict>>,
    pub(crate) message: Arc<str>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) trail: Trail,
    /// The backtrace that the error itself brought along.
    pub(crate) carried: Option<Vec<Frame>>,
    pub(crate) captured: Option<Captured>,
    pub(crate) thread: Option<Arc<str>>,
    /// What was held back of this function before.
    pub(crate) held_back: HeldBack,
}

impl Pending {
    /// How much memory it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(|cause| cause.message.len() + 64).sum();
        let captured = self.captured.as_ref().map_or(0, Captured::bytes);
        let carried = self.carried.as_ref().map_or(0, |frames| frames.len() * 256);
        let verdict = self.verdict.as_ref().map_or(0, |verdict| verdict.bytes());
        size_of::<Self>() + self.message.len() + causes + captured + carried + verdict
    }

    /// Resolves and renders the stack, and puts names into words.
    pub(super) fn into_record(self) -> ErrorRecord {
        // The keys of the function that the log is about come first.
        let (own, site) = (self.place.site, self.site);
        let verdict = self.verdict.map(|verdict| *verdict).unwrap_or_default();
        let kind = match verdict.kind.or(own.kind.or(site.kind).map(Cow::Borrowed)) {
            Some(kind) => describe::bounded(describe::KIND_LIMIT, &kind),
            None => self.kind.name(),
        };
        let fingerprint = own.fingerprint.or(site.fingerprint).map(Cow::Borrowed);
        let Rendered { text, build_id } = stack::render(Stack {
            kind: &kind,
            message: &self.message,
            causes: &self.causes,
            trail: &self.trail,
            site_file: site.location.file(),
            carried: self.carried,
            captured: self.captured,
        });
        ErrorRecord {
            id: self.id,
            timestamp: self.timestamp,
            level: self.level,
            service: own.service.or(site.service).map(Cow::Borrowed),
            kind,
            error_type: self.kind.error_type(),
            fingerprint: verdict.fingerprint.or(fingerprint),
            message: self.message.as_ref().to_owned(),
            causes: self.causes,
            stack: text,
            build_id: build_id.as_deref().map(str::to_owned),
            fields: verdict.fields,
            location: Location::new(self.place.location),
            function: own.function().into(),
            module: own.module,
            thread: self.thread.as_deref().map(str::to_owned),
            suppressed: self.held_back.suppressed,
            dropped: self.held_back.dropped,
        }
    }
}
