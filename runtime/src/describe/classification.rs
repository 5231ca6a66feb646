//! Classifies one error, by the keys of the attribute and by its type.
//!
//! In: the error, while its type is still known, and the fields from the beginning of the call. Out: a
//! [`Classification`]. Runs the user's closures, each guarded against panics, in two stages: first those that
//! decide whether to log the error; then, for a logged error, those for the log's content.

use std::borrow::Cow;
use std::fmt::Display;

use crate::base::guarded::guarded;
use crate::base::text::name;
use crate::describe::classify::Classify;
use crate::describe::{Fields, View};
use crate::model::{Level, Site};

/// The level, kind, fingerprint and fields of one error, if they differ from its function's.
#[derive(Debug, Clone, Default)]
pub struct Classification {
    stage: Stage,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<Cow<'static, str>>,
    pub(crate) fingerprint: Option<Cow<'static, str>>,
    expected: Option<bool>,
    pub(crate) fields: Fields,
}

/// The keys to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// `when` and `level`, which decide whether to log it.
    #[default]
    Admission,
    /// `kind` and `fingerprint`, the content of its log.
    Description,
}

/// The closures of an attribute, its fields, and the error for the closures.
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
            self.kind = guarded(|| kind(error)).and_then(grouping);
        }
    }

    /// The attribute's `fingerprint`.
    pub fn fingerprint<'e, E: ?Sized, T: Display>(
        &mut self,
        error: &'e E,
        fingerprint: impl FnOnce(&'e E) -> T,
    ) {
        if self.stage == Stage::Description {
            self.fingerprint = guarded(|| fingerprint(error)).and_then(grouping);
        }
    }

    /// The attribute's `when`.
    pub fn when<'e, E: ?Sized>(&mut self, error: &'e E, when: impl FnOnce(&'e E) -> bool) {
        if self.stage == Stage::Admission {
            self.expected = guarded(|| when(error)).map(|log| !log);
        }
    }

    /// Only fields.
    pub(crate) fn with_fields(fields: Fields) -> Self {
        Classification { fields, ..Classification::default() }
    }

    /// Whether the error must not be logged.
    pub(crate) fn is_expected(&self) -> bool {
        self.expected.unwrap_or(false)
    }

    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.kind, &self.fingerprint].into_iter().flatten();
        let texts: usize = texts.map(|text| text.len()).sum();
        size_of::<Self>() + texts + self.fields.bytes()
    }

    /// Adds the function's constant keys.
    pub(crate) fn ask_site(&mut self, site: &Site) {
        self.level = self.level.or(site.level);
        self.kind = self.kind.take().or(site.kind.map(Cow::Borrowed));
        self.fingerprint = self.fingerprint.take().or(site.fingerprint.map(Cow::Borrowed));
    }

    /// Adds the type's `is_expected` and `level`, unless the attribute has the key.
    fn admit_by_type(&mut self, error: &dyn Classify) {
        if self.level.is_none() {
            self.level = guarded(|| error.level()).flatten();
        }
        if self.expected.is_none() {
            self.expected = guarded(|| error.is_expected());
        }
    }

    /// Adds the attribute's `kind` and `fingerprint`; returns its fields.
    fn describe_by_keys(&mut self, keys: &dyn Keys) -> Fields {
        self.stage = Stage::Description;
        keys.ask(self);
        let mut fields = Fields::default();
        keys.fields(&mut fields);
        fields
    }

    /// Adds the type's `kind` and `fingerprint`, unless the attribute has the key.
    fn describe_by_type(&mut self, error: &dyn Classify) {
        let text = |text: Option<Cow<'_, str>>| text.and_then(grouping);
        if self.kind.is_none() {
            self.kind = guarded(|| text(error.kind())).flatten();
        }
        if self.fingerprint.is_none() {
            self.fingerprint = guarded(|| text(error.fingerprint())).flatten();
        }
    }

    /// Adds another function's classification of the same error. Expected if either expects it.
    pub(crate) fn or(self, other: Classification) -> Classification {
        Classification {
            stage: Stage::Description,
            expected: Some(self.is_expected() || other.is_expected()),
            level: self.level.or(other.level),
            kind: self.kind.or(other.kind),
            fingerprint: self.fingerprint.or(other.fingerprint),
            fields: self.fields.or(other.fields),
        }
    }

    /// The classification by a boundary that fails with a value.
    pub(crate) fn of_boundary_value(site: &Site) -> Self {
        Classification { level: site.level, ..Classification::default() }
    }

    /// The classification by a boundary, split. Its keys override those of inner functions. Its fields and
    /// the type's own classification come after theirs.
    pub(crate) fn of_boundary(
        site: &Site,
        view: &View<'_>,
        keys: Option<&dyn Keys>,
    ) -> (Classification, Classification) {
        let (mut before, mut behind) = (Classification::default(), Classification::default());
        if let Some(keys) = keys {
            keys.ask(&mut before);
            behind.fields = before.describe_by_keys(keys);
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
fn grouping(text: impl Display) -> Option<Cow<'static, str>> {
    let name = name(text);
    (!name.is_empty()).then_some(Cow::Owned(name))
}

/// The first stage, for an error that leaves this function: `when` and `level`. `None` without keys, if the
/// type does not classify itself.
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
    if let Some(keys) = keys {
        classification.fields = classification.describe_by_keys(keys);
    }
    classification.ask_site(site);
    if let Some(own) = view.own {
        classification.describe_by_type(own);
    }
    Some(classification)
}
