//! `format`: turns a record into one line.
//!
//! In: an [`ErrorRecord`], or a function's counts of unlogged errors, and the [`Resource`] of the program.
//! Out: exactly one JSON object and one line break, appended to a buffer that the caller reuses. The line is
//! always valid JSON and shorter than 256,000 bytes; texts cut for that have a note. This code does not block
//! or panic. It writes the usual line once, straight into the buffer, without an intermediate tree.

pub(crate) mod attributes;
mod common;
mod datadog;
#[cfg(any(feature = "tracing", feature = "log"))]
pub(crate) mod flat;
mod otlp;
pub(crate) mod readable;
#[cfg(test)]
mod samples;
mod shorten;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::attributes::Attributes;
pub(crate) use self::common::Common;
use crate::base::json;
use crate::base::text::{SUMMARY_LIMIT, bounded};
use crate::config::{Format, Resource, tag_text};
use crate::model::{ErrorId, ErrorRecord, Location, LossCounts, Losses, Site, StepMessage};

/// Maximum length of a line with its line break, in bytes. The smallest known limit of a collector is 256 kB
/// per log event: older Datadog Agents split longer ones, and Google Cloud Logging drops them.
const MAX_LINE: usize = 255_999;

/// Appends `record` to `out` as one line: one JSON object, one `\n`, under 256,000 bytes. `common` is made of the same
/// `resource`.
///
/// Leaves the previous content of `out` unchanged. Returns `false`, and appends nothing, if even the
/// shortened line is too long: with names of hundreds of kilobytes in the source, or without memory for it.
#[must_use]
pub(crate) fn write_line(
    common: &Common,
    record: &ErrorRecord,
    resource: &Resource,
    out: &mut Vec<u8>,
) -> bool {
    append(&Line::of_error(common, record, resource), out) || {
        let short = shorten::shortened(record);
        append(&Line::of_error(common, &short, resource), out)
    }
}

/// Appends a line with the number of a function's unlogged errors; returns as [`write_line`] does.
#[must_use]
pub(crate) fn write_losses(
    common: &Common,
    id: ErrorId,
    site: &'static Site,
    losses: &Losses,
    resource: &Resource,
    out: &mut Vec<u8>,
) -> bool {
    let function = site.function();
    let function = shorten::name(&function);
    let (module, service) = (site.module_path(), site.service_name());
    let module = shorten::name(&module);
    let (counts, kinds) = (losses.total(), losses.kinds());
    let message = losses_message(&shorten::name(&site.display_name()), counts, &kinds);
    let line = Line {
        error: None,
        id,
        timestamp: SystemTime::now(),
        service: service.as_deref(),
        message: &message,
        module: &module,
        function: &function,
        location: &Location::new(site.location),
        losses: counts,
        unlogged_kinds: &kinds,
        common,
        resource,
    };
    append(&line, out)
}

/// `3 errors of shop::pay were not logged: 2 suppressed by the rate limit, 1 dropped: std::io::Error (3)`
pub(crate) fn losses_message(function: &str, counts: LossCounts, kinds: &[String]) -> String {
    let LossCounts { suppressed, dropped, handled } = counts;
    let reasons = [
        (suppressed, "suppressed by the rate limit"),
        (dropped, "dropped"),
        (handled, "handled by a boundary"),
    ];
    let reasons = reasons.into_iter().filter(|(count, _)| *count != 0);
    let reasons: Vec<_> = reasons.map(|(count, reason)| format!("{count} {reason}")).collect();
    let sum = counts.sum();
    let (errors, were) = if sum == 1 { ("error", "was") } else { ("errors", "were") };
    let (reasons, kinds) = (reasons.join(", "), kinds.join(", "));
    format!("{sum} {errors} of {function} {were} not logged: {reasons}: {kinds}")
}

/// One line, before any format: its error, and the common values of all lines.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// `None` in a line about unlogged errors. Datadog and OpenTelemetry see no error there: the line has
    /// neither error nor exception, and its severity is information.
    error: Option<&'a ErrorRecord>,
    id: ErrorId,
    timestamp: SystemTime,
    /// The service in the attribute.
    service: Option<&'a str>,
    message: &'a str,
    module: &'a str,
    function: &'a str,
    location: &'a Location,
    losses: LossCounts,
    unlogged_kinds: &'a [String],
    common: &'a Common,
    resource: &'a Resource,
}

impl<'a> Line<'a> {
    fn of_error(common: &'a Common, record: &'a ErrorRecord, resource: &'a Resource) -> Self {
        Line {
            error: Some(record),
            id: record.id,
            timestamp: record.timestamp,
            service: record.service.as_deref(),
            message: record.log_message.as_deref().unwrap_or(&record.message),
            module: &record.module,
            function: &record.function,
            location: &record.location,
            losses: record.losses(),
            unlogged_kinds: &record.unlogged_kinds,
            common,
            resource,
        }
    }

    /// The message, cut if it is the error's, which has the whole one in another key: a pipe takes short lines in
    /// one piece.
    fn summary(&self) -> Cow<'a, str> {
        self.error.map_or(Cow::Borrowed(self.message), summary)
    }

    /// What OpenTelemetry gets as attributes.
    fn attributes(&self) -> Attributes<'a> {
        let Line { error, id, function, location, losses, unlogged_kinds, common, .. } = *self;
        // The counts are no exception, which has Datadog's names as well.
        let for_datadog = common.shape.datadog_attributes;
        Attributes { error, id, function, location, losses, unlogged_kinds, for_datadog }
    }
}

/// The message of a log: that of the caller's, else that of the error, cut.
pub(crate) fn summary(record: &ErrorRecord) -> Cow<'_, str> {
    match &record.log_message {
        Some(message) => Cow::Borrowed(message),
        None if record.message.len() <= SUMMARY_LIMIT => Cow::Borrowed(&record.message),
        None => Cow::Owned(bounded(SUMMARY_LIMIT, &record.message)),
    }
}

/// The attribute's service, else the program's.
pub(crate) fn service<'a>(
    own: Option<&'a str>,
    resource: &'a Resource,
    format: Format,
) -> Cow<'a, str> {
    let own = own.map(|service| match format {
        Format::Datadog => tag_text(service),
        Format::Otlp => Cow::Borrowed(service),
    });
    // Both formats require a service; a blank one counts as none.
    let own = own.filter(|service| !service.trim().is_empty());
    own.unwrap_or_else(|| Cow::Borrowed(resource.service(format)))
}

/// Appends one line if it is short enough, else nothing. Returns whether it did.
fn append(line: &Line<'_>, out: &mut Vec<u8>) -> bool {
    let format = line.common.shape.format;
    let max = room_for_line(out).saturating_sub("\n".len());
    let is_written = json::append(max, out, |root| match format {
        Format::Datadog => datadog::write(line, root),
        Format::Otlp => otlp::write(line, root),
    });
    if is_written {
        out.push(b'\n');
    }
    is_written
}

/// Whether there is memory for one more line of any length.
pub(crate) fn has_room_for_line(out: &mut Vec<u8>) -> bool {
    out.try_reserve_exact(MAX_LINE).is_ok()
}

/// Makes room for one line, and returns how long it may be. Without memory for a long one, which must not end the
/// program, it is shorter.
fn room_for_line(out: &mut Vec<u8>) -> usize {
    const SHORT: usize = 4096;
    let mut length = MAX_LINE;
    while out.try_reserve_exact(length).is_err() && length > SHORT {
        length /= 2;
    }
    MAX_LINE.min(out.capacity() - out.len())
}

impl ErrorRecord {
    /// Unlogged errors of the same function.
    fn losses(&self) -> LossCounts {
        let ErrorRecord { suppressed, dropped, handled_count: handled, .. } = *self;
        LossCounts { suppressed, dropped, handled }
    }
}

/// The message of an error when it left an outer function: `shop::pay at src/pay.rs:12:5: paying: no card`.
struct StepText<'a>(&'a StepMessage);

impl fmt::Display for StepText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StepMessage { function, location, message, .. } = self.0;
        if !function.is_empty() {
            write!(f, "{function} at ")?;
        }
        write!(f, "{location}: {message}")
    }
}

/// A name, unless it is unknown.
fn not_empty(name: &str) -> Option<&str> {
    (!name.is_empty()).then_some(name)
}

/// The first text that is not blank.
fn first_of<'a>(texts: &[&'a str]) -> &'a str {
    texts.iter().copied().find(|text| !text.trim().is_empty()).unwrap_or("error")
}

/// Time since the epoch, limited to the range of both formats: from 0 to the end of the year 9999, where RFC
/// 3339 ends. (A clock can be set before 1970, and a hook can write any time.)
pub(crate) fn since_epoch(time: SystemTime) -> Duration {
    const END_OF_9999: Duration = Duration::new(253_402_300_799, 999_999_999);
    time.duration_since(UNIX_EPOCH).unwrap_or_default().min(END_OF_9999)
}
