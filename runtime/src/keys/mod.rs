//! What the keys of the attribute, and the type of the error, say about one error.
//!
//! In: the error, while its type is still known, and the fields that were kept when the call began.
//! Out: a [`Verdict`]. Asked only where something is said, and only when the error is new or is about
//! to be logged; runs the user's closures, each of which is guarded against panics.

mod fields;

use std::borrow::Cow;
use std::fmt::{Display, Write};

pub use fields::{Field, FieldProbe, FieldValue, Fields, debug, display, keep_now};

use crate::describe::{KIND_LIMIT, View, guarded, written};
use crate::error_kind::ErrorKind;
use crate::level::Level;
use crate::site::Site;

/// What is said about one error besides what is known of its function at compile time.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<Cow<'static, str>>,
    pub(crate) fingerprint: Option<Cow<'static, str>>,
    expected: Option<bool>,
    pub(crate) fields: Vec<Field>,
}

/// The closures of an attribute, and its fields, with the error that they are asked about.
pub trait Keys {
    /// Calls the closures.
    fn ask(&self, verdict: &mut Verdict);
    /// Puts the fields into words.
    fn fields(&self, fields: &mut Fields);
}

impl Verdict {
    /// The attribute's `level`.
    pub fn level<'e, E: ?Sized>(&mut self, error: &'e E, level: impl FnOnce(&'e E) -> Level) {
        self.level = guarded(|| level(error));
    }

    /// The attribute's `kind`.
    pub fn kind<'e, E: ?Sized, T: Display>(&mut self, error: &'e E, kind: impl FnOnce(&'e E) -> T) {
        self.kind = guarded(|| kind(error)).and_then(|kind| name(&kind));
    }

    /// The attribute's `fingerprint`.
    pub fn fingerprint<'e, E: ?Sized, T: Display>(
        &mut self,
        error: &'e E,
        fingerprint: impl FnOnce(&'e E) -> T,
    ) {
        self.fingerprint = guarded(|| fingerprint(error)).and_then(|print| name(&print));
    }

    /// The attribute's `when`.
    pub fn when<'e, E: ?Sized>(&mut self, error: &'e E, when: impl FnOnce(&'e E) -> bool) {
        self.expected = guarded(|| when(error)).map(|log| !log);
    }

    /// Whether the error is not to be logged.
    pub(crate) fn is_expected(&self) -> bool {
        self.expected.unwrap_or(false)
    }

    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.kind, &self.fingerprint].into_iter().flatten();
        let texts: usize = texts.map(|text| text.len()).sum();
        size_of::<Self>() + texts + self.fields.iter().map(Field::bytes).sum::<usize>()
    }

    /// What the attribute says of every error of its function.
    fn ask_site(&mut self, site: &Site) {
        self.level = self.level.or(site.level);
        self.kind = self.kind.take().or(site.kind.map(Cow::Borrowed));
        self.fingerprint = self.fingerprint.take().or(site.fingerprint.map(Cow::Borrowed));
    }

    /// What the error's type says, where the attribute says nothing.
    fn ask_type(&mut self, error: &dyn ErrorKind) {
        let text = |text: Option<Cow<'_, str>>| text.and_then(|text| name(&text));
        if self.level.is_none() {
            self.level = guarded(|| error.level()).flatten();
        }
        if self.kind.is_none() {
            self.kind = guarded(|| text(error.kind())).flatten();
        }
        if self.fingerprint.is_none() {
            self.fingerprint = guarded(|| text(error.fingerprint())).flatten();
        }
        if self.expected.is_none() {
            self.expected = guarded(|| error.is_expected());
        }
    }

    /// This, and what an outer function says of the same error besides.
    fn or(self, outer: Verdict) -> Verdict {
        Verdict {
            expected: Some(self.is_expected() || outer.is_expected()),
            level: self.level.or(outer.level),
            kind: self.kind.or(outer.kind),
            fingerprint: self.fingerprint.or(outer.fingerprint),
            fields: fields::joined(self.fields, outer.fields),
        }
    }
}

/// A kind or a fingerprint; a blank one counts as none.
fn name(text: &dyn Display) -> Option<Cow<'static, str>> {
    let text = written(KIND_LIMIT, |out| write!(out, "{text}"));
    (!text.trim().is_empty()).then_some(Cow::Owned(text))
}

/// What is said about an error that leaves this function; added to what was said further in. `None`
/// where nothing is said.
pub(crate) fn judge(
    site: &Site,
    view: &View<'_>,
    keys: Option<&dyn Keys>,
    further_in: Option<Box<Verdict>>,
) -> Option<Box<Verdict>> {
    if keys.is_none() && view.own.is_none() {
        return further_in;
    }
    let mut verdict = Verdict::default();
    if let Some(keys) = keys {
        keys.ask(&mut verdict);
        let mut fields = Fields::default();
        keys.fields(&mut fields);
        verdict.fields = fields.into_vec();
    }
    verdict.ask_site(site);
    if let Some(own) = view.own {
        verdict.ask_type(own);
    }
    Some(Box::new(match further_in {
        Some(inner) => inner.or(verdict),
        None => verdict,
    }))
}
