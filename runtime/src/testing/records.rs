//! [`Records`]: what a capture returns, and its readable form.

use std::fmt::{self, Write as _};
use std::ops::Deref;
use std::{slice, vec};

use crate::model::ErrorRecord;
use crate::output::format::readable::Readable;

/// The records of a capture, in the order in which their errors were logged: a slice of [`ErrorRecord`], with
/// [assertions](Records::assert_one).
///
/// `Display` is the form in which a failed assertion prints them: level, kind, message, place, fields, spans and causes,
/// without stacks; the first 20 records, and 1 KiB of each text.
///
/// ```
/// use track_errors::{testing, track_errors};
///
/// #[track_errors(fields(order))]
/// fn pay(order: u64) -> Result<(), std::io::Error> {
///     Err(std::io::Error::other("no card"))
/// }
///
/// let (_, records) = testing::capture(|| pay(7));
/// assert_eq!(records.len(), 1);
/// let text = records.to_string();
/// assert!(text.starts_with("1 error log:\n  1. error std::io::Error: no card\n     at "), "{text}");
/// assert!(text.ends_with("\n     fields: order = 7"), "{text}");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Records {
    records: Vec<ErrorRecord>,
    selection: Option<Selection>,
}

/// What was selected, and what was not: a failed assertion prints both.
#[derive(Debug, Clone)]
struct Selection {
    /// Continues "an error log …".
    what: String,
    others: Vec<ErrorRecord>,
}

impl Records {
    pub(super) fn new(records: Vec<ErrorRecord>) -> Self {
        Records { records, selection: None }
    }

    /// The records of this [kind](ErrorRecord::kind), in full: `shop::PayError::Declined`.
    ///
    /// ```
    /// # use track_errors::{testing, track_errors};
    /// # #[track_errors] fn parse() -> Result<u32, std::num::ParseIntError> { "x".parse() }
    /// # #[track_errors] fn read() -> std::io::Result<String> { std::fs::read_to_string("/nowhere") }
    /// let (_, records) = testing::capture(|| (parse(), read()));
    /// records.with_kind("std::num::ParseIntError").assert_one();
    /// records.with_kind("std::fmt::Error").assert_none();
    /// ```
    #[must_use]
    pub fn with_kind(&self, kind: &str) -> Records {
        self.select(format!("of kind {kind:?}"), |record| record.kind == kind)
    }

    /// The records for which the closure returns `true`.
    ///
    /// ```
    /// # use track_errors::{testing, track_errors};
    /// # #[track_errors] fn parse() -> Result<u32, std::num::ParseIntError> { "x".parse() }
    /// let (_, records) = testing::capture(parse);
    /// records.matching(|record| record.function.ends_with("parse")).assert_one();
    /// ```
    #[must_use]
    pub fn matching(&self, matches: impl FnMut(&ErrorRecord) -> bool) -> Records {
        self.select("that matches".to_owned(), matches)
    }

    fn select(&self, what: String, mut matches: impl FnMut(&ErrorRecord) -> bool) -> Records {
        let (records, new): (Vec<_>, Vec<_>) =
            self.records.iter().cloned().partition(|record| matches(record));
        let (before, mut others) = match &self.selection {
            Some(selection) => (format!("{}, ", selection.what), selection.others.clone()),
            None => (String::new(), Vec::new()),
        };
        others.extend(new);
        Records { records, selection: Some(Selection { what: before + &what, others }) }
    }

    /// What an assertion expects, such as `of kind "…"`; empty if nothing was selected.
    pub(super) fn selected(&self) -> String {
        self.selection.as_ref().map_or_else(String::new, |selection| format!(" {}", selection.what))
    }
}

impl Deref for Records {
    type Target = [ErrorRecord];

    fn deref(&self) -> &[ErrorRecord] {
        &self.records
    }
}

impl IntoIterator for Records {
    type Item = ErrorRecord;
    type IntoIter = vec::IntoIter<ErrorRecord>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = &'a ErrorRecord;
    type IntoIter = slice::Iter<'a, ErrorRecord>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}

/// How many records are shown.
const MAX_SHOWN: usize = 20;

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.records, &self.selected())?;
        match &self.selection {
            Some(selection) if !selection.others.is_empty() => {
                f.write_str("\nand not selected, ")?;
                list(f, &selection.others, "")
            }
            _ => Ok(()),
        }
    }
}

/// `2 error logs: …`, and each record.
fn list(f: &mut fmt::Formatter<'_>, records: &[ErrorRecord], selected: &str) -> fmt::Result {
    match records.len() {
        0 => return write!(f, "no error log{selected}"),
        1 => write!(f, "1 error log{selected}:")?,
        count => write!(f, "{count} error logs{selected}:")?,
    }
    for (number, record) in (1..).zip(records).take(MAX_SHOWN) {
        write!(f, "\n{number:>3}. ")?;
        write!(Indented(f), "{}", Readable { record, separator: "\n" })?;
    }
    match records.len().checked_sub(MAX_SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "\n     … and {more} more"),
    }
}

/// Indents all lines but the first one.
struct Indented<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Indented<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive('\n') {
            self.0.write_str(piece)?;
            if piece.ends_with('\n') {
                self.0.write_str("     ")?;
            }
        }
        Ok(())
    }
}
