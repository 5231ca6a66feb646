//! Assertions about [`Records`]: a failed one says what was expected, and prints what was logged.

use std::fmt;
use std::ops::Deref;

use super::records::Records;
use crate::model::{ErrorRecord, FieldValue, Level};
use crate::output::format::readable::{Fields, Value};

impl Records {
    /// Asserts that there is one record, and returns assertions about it.
    ///
    /// ```
    /// use track_errors::{Level, testing, track_errors};
    ///
    /// #[track_errors(fields(order), level = "critical")]
    /// fn pay(order: u64) -> Result<(), std::io::Error> {
    ///     Err(std::io::Error::other("no card"))
    /// }
    ///
    /// let (_, records) = testing::capture(|| pay(7));
    /// records
    ///     .assert_one()
    ///     .kind("std::io::Error")
    ///     .message("no card")
    ///     .level(Level::Critical)
    ///     .field("order", 7);
    /// ```
    ///
    /// # Panics
    ///
    /// There is none, or more than one.
    #[track_caller]
    pub fn assert_one(&self) -> RecordAssertions<'_> {
        match &self[..] {
            [record] => RecordAssertions { records: self, record },
            _ => {
                self.fail(format_args!("one error log{}, found {}", self.selected(), self.count()))
            }
        }
    }

    /// Asserts that there is no record.
    ///
    /// # Panics
    ///
    /// There is one.
    #[track_caller]
    pub fn assert_none(&self) {
        if !self.is_empty() {
            self.fail(format_args!("no error log{}, found {}", self.selected(), self.count()));
        }
    }

    /// Asserts that there are so many records.
    ///
    /// # Panics
    ///
    /// There are more, or less.
    #[track_caller]
    pub fn assert_count(&self, count: usize) {
        if self.len() != count {
            let plural = if count == 1 { "" } else { "s" };
            let selected = self.selected();
            self.fail(format_args!("{count} error log{plural}{selected}, found {}", self.count()));
        }
    }

    fn count(&self) -> String {
        match self.len() {
            0 => "none".to_owned(),
            count => count.to_string(),
        }
    }

    #[track_caller]
    fn fail(&self, expected: fmt::Arguments<'_>) -> ! {
        panic!("expected {expected}\n\n{self}\n");
    }
}

/// Assertions about one record, which it dereferences to. Each returns the same, so that they can be chained.
///
/// Each panics if the record has another value; the message has both, and the whole record in a short form.
#[derive(Debug, Clone, Copy)]
pub struct RecordAssertions<'a> {
    records: &'a Records,
    record: &'a ErrorRecord,
}

impl Deref for RecordAssertions<'_> {
    type Target = ErrorRecord;

    fn deref(&self) -> &ErrorRecord {
        self.record
    }
}

impl RecordAssertions<'_> {
    /// Its [kind](ErrorRecord::kind), in full: `shop::PayError::Declined`.
    #[track_caller]
    pub fn kind(self, kind: &str) -> Self {
        self.text("kind", kind, &self.record.kind)
    }

    /// Its whole [message](ErrorRecord::message).
    #[track_caller]
    pub fn message(self, message: &str) -> Self {
        self.text("message", message, &self.record.message)
    }

    /// Its whole [log message](ErrorRecord::log_message): the one of a report by hand.
    #[track_caller]
    pub fn log_message(self, message: &str) -> Self {
        self.optional("log message", message, self.record.log_message.as_deref())
    }

    /// A part of its [message](ErrorRecord::message).
    #[track_caller]
    pub fn message_contains(self, part: &str) -> Self {
        let message = &self.record.message;
        self.check(message.contains(part), || {
            format!("a message that contains {part:?}, found {message:?}")
        })
    }

    /// Its [level](ErrorRecord::level).
    #[track_caller]
    pub fn level(self, level: Level) -> Self {
        let found = self.record.level;
        self.check(found == level, || format!("level {level}, found {found}"))
    }

    /// The [service](ErrorRecord::service) of its function's attribute.
    #[track_caller]
    pub fn service(self, service: &str) -> Self {
        self.optional("service", service, self.record.service.as_deref())
    }

    /// Its [fingerprint](ErrorRecord::fingerprint).
    #[track_caller]
    pub fn fingerprint(self, fingerprint: &str) -> Self {
        self.optional("fingerprint", fingerprint, self.record.fingerprint.as_deref())
    }

    /// The full path of the [function](ErrorRecord::function) that the error left.
    #[track_caller]
    pub fn function(self, path: &str) -> Self {
        self.text("function", path, &self.record.function)
    }

    /// A [field](ErrorRecord::fields) with this name and this value. Whole numbers of all types compare by their
    /// number; `7` and `7.0` are different.
    #[track_caller]
    pub fn field(self, name: &str, value: impl Into<FieldValue>) -> Self {
        let value = value.into();
        let mut named = self.record.fields.iter().filter(|field| field.name == name);
        self.check(named.any(|field| field.value == value), || {
            format!("a field {name} = {}, found {}", Value(&value), self.fields())
        })
    }

    /// No [field](ErrorRecord::fields) with this name.
    #[track_caller]
    pub fn no_field(self, name: &str) -> Self {
        let is_there = self.record.fields.iter().any(|field| field.name == name);
        self.check(!is_there, || format!("no field {name}, found {}", self.fields()))
    }

    /// A [cause](ErrorRecord::causes) with this whole message.
    #[track_caller]
    pub fn cause(self, message: &str) -> Self {
        let causes = &self.record.causes;
        self.check(causes.iter().any(|cause| cause.message == message), || {
            let found: Vec<_> = causes.iter().map(|cause| &cause.message).collect();
            format!("a cause {message:?}, found {found:?}")
        })
    }

    fn fields(&self) -> String {
        match &self.record.fields[..] {
            [] => "no fields".to_owned(),
            fields => Fields(fields).to_string(),
        }
    }

    #[track_caller]
    fn text(self, what: &str, expected: &str, found: &str) -> Self {
        self.check(found == expected, || format!("{what} {expected:?}, found {found:?}"))
    }

    #[track_caller]
    fn optional(self, what: &str, expected: &str, found: Option<&str>) -> Self {
        self.check(found == Some(expected), || match found {
            Some(found) => format!("{what} {expected:?}, found {found:?}"),
            None => format!("{what} {expected:?}, found none"),
        })
    }

    #[track_caller]
    fn check(self, is_right: bool, expected: impl FnOnce() -> String) -> Self {
        if !is_right {
            self.records.fail(format_args!("{}", expected()));
        }
        self
    }
}
