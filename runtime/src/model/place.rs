//! `Place`: a place in the source that an error left.

use std::borrow::Cow;
use std::panic::Location;

use crate::base::memo::Memo;
use crate::base::source;

/// A place in the source: one that the compiler knows, or one that something else reports, such as the call
/// site of an event. As small as two pointers: each step of a trail has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Compiled(&'static Location<'static>),
    Reported(&'static ReportedPlace),
}

/// A place that is no [`Location`] of the compiler's. Never freed.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReportedPlace {
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    /// 0 if unknown.
    pub(crate) column: u32,
}

impl Place {
    #[track_caller]
    pub(crate) const fn caller() -> Self {
        Place::Compiled(Location::caller())
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Place::Compiled(place) => place.file(),
            Place::Reported(place) => place.file,
        }
    }

    /// The file as a line has it: relative to its package or workspace, if known.
    pub(crate) fn path(self) -> Cow<'static, str> {
        static PATHS: Memo = Memo::new(|file| source::path(file, &[]));
        PATHS.get(self.file())
    }

    pub(crate) fn line(self) -> u32 {
        match self {
            Place::Compiled(place) => place.line(),
            Place::Reported(place) => place.line,
        }
    }

    pub(crate) fn column(self) -> u32 {
        match self {
            Place::Compiled(place) => place.column(),
            Place::Reported(place) => place.column,
        }
    }
}
