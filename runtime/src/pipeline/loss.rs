//! What is counted of an error log that is written, or gets lost.

use std::borrow::Cow;

use super::Decided;
use crate::base::text;
use crate::describe::TypeAndVariant;
use crate::model::{Class, KindKey, Level, LossCounts, Site};

/// What is counted if a log gets lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    pub(super) site: &'static Site,
    pub(super) key: KindKey,
    pub(super) kind: TypeAndVariant,
    pub(super) level: Level,
    pub(super) is_handled: bool,
}

impl Loss {
    /// The error, for a counter of its outcome.
    pub(super) fn decided(self) -> Decided<impl FnOnce() -> Cow<'static, str>> {
        let Loss { site, key, kind, level, .. } = self;
        let kind_name = move || site.kind.map_or_else(|| kind.name(), text::as_name);
        Decided { site, kind: key, level, kind_name }
    }

    /// Counts it as dropped, or as handled if its boundary handled it.
    pub(super) fn count(&self) {
        let (class, counts) = match self.is_handled {
            true => (Class::Handled, LossCounts::HANDLED),
            false => (Class::Ordinary, LossCounts::DROPPED),
        };
        self.site.count(self.key.of_class(class), counts, || self.kind.name());
    }
}
