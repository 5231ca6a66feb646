//! [`report`]: an error that is handled in place, logged by hand.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use super::any_error::{AnyError, AnyView};
use super::{ByHand, ReportKeys, log_by_hand};
use crate::base::text::{self, written};
use crate::describe::{KeptField, View};
use crate::model::site::made;
use crate::model::{Decision, ErrorId, FieldValue, Level, Place, Site};
use crate::pipeline::HandReport;
use crate::stack::StackMarker;

/// Bytes of the message of a log.
const MESSAGE_LIMIT: usize = 2 * 1024;

/// A report of an error that is handled in place, before it is logged: see [`report`].
#[derive(Debug)]
#[must_use = "nothing is logged without `emit`"]
pub struct ErrorReport<'a> {
    error: AnyView<'a>,
    place: Place,
    /// The macro knows the function.
    site: Option<&'static Site>,
    keys: ReportKeys,
    report: HandReport,
}

/// Reports an error that no tracked function returns: one that is handled in place, or comes from a callback.
///
/// It is logged by [`emit`](ErrorReport::emit), with its type, message, causes and stack, as an error that leaves
/// a tracked function. The place is that of the call; the name of the function comes from the program's
/// symbols, and is missing in a stripped program. The macro [`error!`](crate::error!) knows it in every build.
///
/// ```
/// use track_errors::{Level, testing};
///
/// fn read(text: &str) -> u16 {
///     text.parse().unwrap_or_else(|error| {
///         track_errors::report(&error)
///             .message("the port is not a number: using 80")
///             .field("port", text)
///             .level(Level::Warn)
///             .emit();
///         80
///     })
/// }
///
/// let (port, records) = testing::capture(|| read("http"));
/// assert_eq!(port, 80);
/// assert_eq!(records[0].kind, "std::num::ParseIntError");
/// assert_eq!(records[0].message, "invalid digit found in string");
/// assert_eq!(records[0].log_message.as_deref(), Some("the port is not a number: using 80"));
/// ```
///
/// # One error, one log
///
/// If the error left a tracked function before, it is not logged again: the message and the fields are added to
/// its log, if that still waits for the worker. If a boundary holds the error, its log is written now. If it is
/// expected or exceeded a rate limit, it is not logged. [The guide](crate::guide::by_hand) has the details.
///
/// The type's [`Classify`](crate::Classify) does not count here; [`error!`](crate::error!) uses it.
#[track_caller]
pub fn report<E: AnyError<Kind> + ?Sized, Kind>(error: &E) -> ErrorReport<'_> {
    ErrorReport::new(error.view(), Place::caller(), None)
}

impl<'a> ErrorReport<'a> {
    fn new(error: AnyView<'a>, place: Place, site: Option<&'static Site>) -> Self {
        let (keys, report) = (ReportKeys::default(), HandReport::default());
        ErrorReport { error, place, site, keys, report }
    }

    /// The message of the log: what failed here, in the application's words. At most 2 KiB. The error's own
    /// message stays what it is. Default: the error's own message.
    pub fn message(mut self, message: impl Display) -> Self {
        let message = written(MESSAGE_LIMIT, |out| write!(out, "{message}"));
        self.report.message = Some(message.into());
        self
    }

    /// Adds a field, as the attribute's `fields(…)` do. A name that is there already keeps its value. At most 32
    /// fields, 16 KiB of text in all, and 2 KiB each; the line counts those that are left out.
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<FieldValue>,
    ) -> Self {
        self.keys.fields.add_made(name.into(), value.into());
        self
    }

    /// How severe it is. Default: [`Level::Error`].
    pub fn level(mut self, level: Level) -> Self {
        self.keys.level = Some(level);
        self
    }

    /// The kind that errors are grouped by. Default: the type of the error, with the variant of an enum.
    pub fn kind(mut self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.keys.kind = Some(kind.into());
        self
    }

    /// Groups errors, instead of kind and stack: Datadog's `error.fingerprint`.
    pub fn fingerprint(mut self, fingerprint: impl Into<Cow<'static, str>>) -> Self {
        self.keys.fingerprint = Some(fingerprint.into());
        self
    }

    /// The service. Default: that of the [settings](crate::Builder::service).
    pub fn service(mut self, service: impl Display) -> Self {
        self.report.service = Some(text::name(service).into());
        self
    }

    /// Adds a field of the macro.
    #[doc(hidden)]
    pub fn kept(mut self, name: &'static str, field: impl KeptField) -> Self {
        let name = name.strip_prefix("r#").unwrap_or(name);
        if !self.keys.fields.has(name) {
            self.keys.fields.add(name, &field);
        }
        self
    }

    /// Logs the error, unless it was logged before. Returns the id of its log; `None` if it has none: it is
    /// expected, or exceeds the rate limit.
    ///
    /// Never panics, whatever the error's own code does.
    #[inline(never)]
    pub fn emit(self) -> Option<ErrorId> {
        let ErrorReport { error, place, site, keys, report } = self;
        let site = site.unwrap_or_else(|| site_at(place));
        // The stack begins at the caller.
        StackMarker::here(|marker| {
            error.with(|view| {
                let marker = Some(marker);
                let report = ByHand { site, place, view, keys, report, event: None, marker };
                let (decision, id) = log_by_hand(&report)?;
                matches!(decision, Decision::Logged | Decision::NotHere).then_some(id)
            })
        })
    }
}

/// The report of an error in a function that the macro knows.
pub fn begin_report<'a>(site: &'static Site, error: View<'a>) -> ErrorReport<'a> {
    ErrorReport::new(AnyView::Typed(error), site.location, Some(site))
}

/// The site of a function that only a place is known of.
fn site_at(place: Place) -> &'static Site {
    made::site(
        |site| !site.boundary && site.location == place,
        || Site::without_attribute(place, "", ""),
    )
}

/// Reports the error of a `Result`, which stays as it is.
///
/// ```
/// use track_errors::{ReportErr, testing};
///
/// fn port(text: &str) -> u16 {
///     text.parse().report_err("the port is not a number: using 80").unwrap_or(80)
/// }
///
/// let (port, records) = testing::capture(|| port("http"));
/// assert_eq!(port, 80);
/// assert_eq!(records[0].kind, "std::num::ParseIntError");
/// ```
pub trait ReportErr<E, Kind>: Sized {
    /// Reports an `Err`, with this message.
    #[inline(always)]
    #[track_caller]
    fn report_err(self, message: impl Display) -> Self {
        self.report_err_with(|report| report.message(message))
    }

    /// Reports an `Err`, with what `complete` adds to the [`ErrorReport`].
    ///
    /// ```
    /// use track_errors::{Level, ReportErr, testing};
    ///
    /// # let (_, records) = testing::capture(|| {
    /// let port = "http".parse::<u16>();
    /// let port = port.report_err_with(|report| report.level(Level::Warn).field("service", "http"));
    /// # });
    /// # assert_eq!(records[0].fields.len(), 1);
    /// ```
    #[track_caller]
    fn report_err_with(
        self,
        complete: impl for<'e> FnOnce(ErrorReport<'e>) -> ErrorReport<'e>,
    ) -> Self;
}

impl<T, E: AnyError<Kind>, Kind> ReportErr<E, Kind> for Result<T, E> {
    #[inline(always)]
    #[track_caller]
    fn report_err_with(
        self,
        complete: impl for<'e> FnOnce(ErrorReport<'e>) -> ErrorReport<'e>,
    ) -> Self {
        if let Err(error) = &self {
            complete(report(error)).emit();
        }
        self
    }
}
