//! The outcome of each error, for an integration that counts errors by function and kind.

use std::borrow::Cow;

use super::{Pipeline, Target};
use crate::config::{Config, CountedAs};
#[cfg(feature = "metrics")]
use crate::model::Class;
use crate::model::{KindKey, Level, Site};

/// An error whose outcome is decided.
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "an integration reads it"))]
pub(crate) struct Decided<N> {
    pub(crate) site: &'static Site,
    pub(crate) kind: KindKey,
    pub(crate) level: Level,
    /// The name of the kind.
    pub(crate) kind_name: N,
}

impl Pipeline {
    /// Counts an error, on the thread that decides. Errors of a capture are not counted.
    pub(crate) fn count<N: FnOnce() -> Cow<'static, str>>(
        &self,
        outcome: CountedAs,
        error: impl FnOnce() -> Decided<N>,
    ) {
        if !matches!(self.target, Target::Kept(_)) {
            count(&self.config, outcome, error);
        }
    }
}

/// Counts an error, if an integration wants that.
#[cfg(feature = "metrics")]
pub(super) fn count<N: FnOnce() -> Cow<'static, str>>(
    config: &Config,
    outcome: CountedAs,
    error: impl FnOnce() -> Decided<N>,
) {
    config.hooks.count(|| {
        let Decided { site, kind, level, kind_name } = error();
        let (function, kind) = site.labels(kind.of_class(Class::of(level)), kind_name);
        crate::config::CountedError { function, kind, level, outcome }
    });
}

/// Nothing counts errors.
#[cfg(not(feature = "metrics"))]
pub(super) fn count<N: FnOnce() -> Cow<'static, str>>(
    _: &Config,
    _: CountedAs,
    _: impl FnOnce() -> Decided<N>,
) {
}
