//! One error, classified by the keys of the attribute and by its type.
//!
//! In: the error, while its type is still known, and the fields that were kept when the call began.
//! Out: a [`Classification`]. Runs the user's closures, each guarded against panics, in two stages: first
//! those that decide whether the error is logged; then, if it is, those for the content of the log.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use crate::base::guarded::guarded;
use crate::base::text::written;
use crate::describe::classify::Classify;
use crate::describe::{Fields, KIND_LIMIT, View};
use crate::model::{Field, Level, Site};

/// The level, kind, fingerprint and fields of one error, where they are not its function's.
#[derive(Debug, Clone, Default)]
pub struct Classification {
    stage: Stage,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<Cow<'static, str>>,
    pub(crate) fingerprint: Option<Cow<'static, str>>,
    expected: Option<bool>,
    pub(crate) fields: Vec<Field>,
}

/// The keys that are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// `when` and `level`, which decide whether it is logged.
    #[default]
    Admission,
    /// `kind` and `fingerprint`, the content of its log.
    Description,
}

/// The closures of an attribute, its fields, and the error that they are called with.
pub trait Keys {
    /// Calls the closures.
    fn ask(&self, classification: &mut Classification);
    /// Formats the fields.
    fn fields(&self, fields: &mut Fields);
}

impl Classification {
    /// The attribute's `level`.
    pub fn level<'e, E: ?Sized>(&mut self, error: &'e E, level: impl FnOnce(&'e E) -> Level) {
        if self.stage == Stage::Admission {
            self.level = guarded(|| level(error));
        }
    }

    /// The attribute's `kind`.
    pub fn kind<'e, E: ?Sized, T: Display>(&mut self, error: &'e E, kind: impl FnOnce(&'e E) -> T) {
        if self.stage == Stage::Description {
            self.kind = guarded(|| kind(error)).and_then(|kind| name(&kind));
        }
    }

    /// The attribute's `fingerprint`.
    pub fn fingerprint<'e, E: ?Sized, T: Display>(
        &mut self,
        error: &'e E,
        fingerprint: impl FnOnce(&'e E) -> T,
    ) {
        if self.stage == Stage::Description {
            self.fingerprint = guarded(|| fingerprint(error)).and_then(|print| name(&print));
        }
    }

    /// The attribute's `when`.
    pub fn when<'e, E: ?Sized>(&mut self, error: &'e E, when: impl FnOnce(&'e E) -> bool) {
        if self.stage == Stage::Admission {
            self.expected = guarded(|| when(error)).map(|log| !log);
        }
    }

    /// Only fields.
    pub(crate) fn with_fields(fields: Vec<Field>) -> Self {
        Classification { fields, ..Classification::default() }
    }

    /// Whether the error is not to be logged.
    pub(crate) fn is_expected(&self) -> bool {
        self.expected.unwrap_or(false)
    }

    /// The bytes that it has, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.kind, &self.fingerprint].into_iter().flatten();
        let texts: usize = texts.map(|text| text.len()).sum();
        size_of::<Self>() + texts + self.fields.iter().map(Field::bytes).sum::<usize>()
    }

    /// Adds the keys that are the same for all errors of a function.
    pub(crate) fn ask_site(&mut self, site: &Site) {
        self.level = self.level.or(site.level);
        self.kind = self.kind.take().or(site.kind.map(Cow::Borrowed));
        self.fingerprint = self.fingerprint.take().or(site.fingerprint.map(Cow::Borrowed));
    }

    /// Adds the type's `is_expected` and `level`, where the attribute has no such key.
    fn admit_by_type(&mut self, error: &dyn Classify) {
        if self.level.is_none() {
            self.level = guarded(|| error.level()).flatten();
        }
        if self.expected.is_none() {
            self.expected = guarded(|| error.is_expected());
        }
    }

    /// Adds the type's `kind` and `fingerprint`, where the attribute has no such key.
    fn describe_by_type(&mut self, error: &dyn Classify) {
        let text = |text: Option<Cow<'_, str>>| text.and_then(|text| name(&text));
        if self.kind.is_none() {
            self.kind = guarded(|| text(error.kind())).flatten();
        }
        if self.fingerprint.is_none() {
            self.fingerprint = guarded(|| text(error.fingerprint())).flatten();
        }
    }

    /// Adds another function's classification of the same error. It is expected if one of them expects it.
    pub(crate) fn or(self, other: Classification) -> Classification {
        Classification {
            stage: Stage::Description,
            expected: Some(self.is_expected() || other.is_expected()),
            level: self.level.or(other.level),
            kind: self.kind.or(other.kind),
            fingerprint: self.fingerprint.or(other.fingerprint),
            fields: super::fields::joined(self.fields, other.fields),
        }
    }

    /// The classification by a boundary, split: its keys override those of the functions further in; its
    /// fields and the type's own classification come after theirs.
    pub(crate) fn of_boundary(
        site: &Site,
        view: &View<'_>,
        keys: Option<&dyn Keys>,
    ) -> (Classification, Classification) {
        let (mut before, mut behind) = (Classification::default(), Classification::default());
        if let Some(keys) = keys {
            keys.ask(&mut before);
            before.stage = Stage::Description;
            keys.ask(&mut before);
            let mut fields = Fields::default();
            keys.fields(&mut fields);
            behind.fields = fields.into_vec();
        }
        before.ask_site(site);
        if let Some(own) = view.own {
            behind.admit_by_type(own);
            behind.describe_by_type(own);
        }
        (before, behind)
    }
}

/// A kind or a fingerprint; a blank one counts as none.
fn name(text: &dyn Display) -> Option<Cow<'static, str>> {
    let text = written(KIND_LIMIT, |out| write!(out, "{text}"));
    (!text.trim().is_empty()).then_some(Cow::Owned(text))
}

/// The first stage, for an error that leaves this function: `when` and `level`. `None` if it has neither
/// keys nor a type that classifies itself.
pub(crate) fn admission(
    site: &Site,
    view: &View<'_>,
    keys: Option<&dyn Keys>,
) -> Option<Box<Classification>> {
    if keys.is_none() && view.own.is_none() {
        return None;
    }
    let mut classification = Box::<Classification>::default();
    if let Some(keys) = keys {
        keys.ask(&mut classification);
    }
    classification.level = classification.level.or(site.level);
    if let Some(own) = view.own {
        classification.admit_by_type(own);
    }
    Some(classification)
}

/// The second stage: kind, fingerprint and fields.
pub(crate) fn classify(
    site: &Site,
    view: &View<'_>,
    keys: Option<&dyn Keys>,
    admission: Option<Box<Classification>>,
) -> Option<Box<Classification>> {
    let mut classification = admission?;
    classification.stage = Stage::Description;
    if let Some(keys) = keys {
        keys.ask(&mut classification);
        let mut fields = Fields::default();
        keys.fields(&mut fields);
        classification.fields = fields.into_vec();
    }
    classification.ask_site(site);
    if let Some(own) = view.own {
        classification.describe_by_type(own);
    }
    Some(classification)
}
