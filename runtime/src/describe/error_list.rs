//! An error that is a list of errors with attachments: `error_stack::Report`.
//!
//! In: the parts of the list. Out: its errors, of which the first one is the error and the others are its causes, and
//! the texts of its attachments. Runs their `Display`, guarded and bounded.

use std::error::Error;
use std::fmt::{Display, Write};
use std::panic::Location;

use super::probe::{MessageSource, View};
use crate::model::Attachments;

/// The parts of a list that are looked at.
pub(super) const MAX_PARTS: usize = 1024;

/// A list of errors, none of which has the next one as its `source()`.
pub trait ErrorList: Display {
    /// The parts, the newest first; at most [`MAX_PARTS`].
    fn parts(&self) -> Vec<Part<'_>>;
}

/// A part of a list of errors.
#[cfg_attr(not(feature = "error-stack"), allow(dead_code, reason = "no type has such parts"))]
pub enum Part<'a> {
    /// An error.
    Context(&'a (dyn Error + 'static)),
    /// A place in the code that is attached: where an error was made or added.
    Location(&'a Location<'static>),
    /// An attachment with a text.
    Text(&'a dyn Display),
    /// An attachment without a text.
    Opaque,
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}

/// The errors among the parts of a list, the newest first.
pub(super) fn errors<'a>(parts: Vec<Part<'a>>) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    parts.into_iter().filter_map(|part| match part {
        Part::Context(error) => Some(error),
        _ => None,
    })
}

/// The attachments, in the order in which `error_stack` prints them: those of the newest error first, and the oldest
/// one of each error first.
pub(super) fn attachments(view: &View<'_>) -> Option<Box<Attachments>> {
    let MessageSource::List(list) = view.message else { return None };
    let parts = list.parts();
    let mut attachments = Attachments::default();
    // The attachments of an error were added after it.
    for of_one in parts.split_inclusive(|part| matches!(part, Part::Context(_))) {
        for part in of_one.iter().rev() {
            match part {
                Part::Context(_) => {}
                Part::Location(place) => {
                    attachments.push_place(place.file(), place.line(), place.column());
                }
                Part::Text(text) => attachments.push(|out| write!(out, "{text}")),
                Part::Opaque => attachments.leave_out(),
            }
        }
    }
    attachments.boxed()
}
