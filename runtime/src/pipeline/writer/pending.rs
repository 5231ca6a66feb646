//! What is known of the lines of a batch until it is written.

use std::fmt;

use crate::config::{Config, CountedAs};
use crate::model::{ErrorId, Losses, Site, counters};
use crate::pipeline::loss::Loss;
use crate::pipeline::outcome;

/// A line that is not written yet, and what is counted if it never is.
#[derive(Debug)]
pub(super) struct PendingLine {
    pub(super) site: &'static Site,
    /// The error; none in a line about others.
    pub(super) error: Option<(ErrorId, Loss)>,
    pub(super) losses: Option<Box<Losses>>,
}

impl PendingLine {
    /// Counts the error as logged.
    pub(super) fn logged(&self, config: &Config) {
        if let Some((_, loss)) = self.error.filter(|(_, loss)| !loss.is_handled) {
            outcome::count(config, CountedAs::Logged, || loss.decided());
        }
    }

    /// Counts what the lost line stood for.
    pub(super) fn give_back(&self, config: &Config) {
        if let Some(losses) = &self.losses {
            self.site.give_back(losses);
        }
        if let Some((_, loss)) = &self.error {
            loss.count();
            if !loss.is_handled {
                counters::unlogged();
                outcome::count(config, CountedAs::Dropped, || loss.decided());
            }
        }
    }
}

/// The errors of a batch: `: #f951e59d2e202be5, #a8f5aa73d0909d3e`.
pub(super) struct Ids<'a>(pub(super) &'a [PendingLine]);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().filter_map(|line| line.error);
        ids.enumerate().try_for_each(|(at, (id, _))| {
            let separator = if at == 0 { ": " } else { ", " };
            write!(f, "{separator}#{id}")
        })
    }
}
