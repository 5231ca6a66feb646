//! Events that are errors: which ones the layer logs, and what their logs consist of.
//!
//! An error that a tracked function returned is not logged again: see `report::by_hand`.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::tracing::field::{Field as Name, Visit};
use ::tracing::{Event, Level as EventLevel, Metadata};

use super::collect::current_path;
use super::spans::{self, LayerId};
use super::values::Values;
use super::{callsite, entered};
use crate::base::reentrancy::ReentrancyGuard;
use crate::describe::{self, View};
#[cfg(feature = "log")]
use crate::integrations::log;
use crate::model::site::made;
use crate::model::{Decision, Field, FieldValue, Level, Place, ReportedPlace, Site};
use crate::pipeline::HandReport;
use crate::report::by_event::EventOfError;
use crate::report::by_hand::{ByHand, ReportKeys, log_by_hand};
use crate::stack::StackMarker;

/// The kind of errors of which only a text is known.
const KIND: &str = "tracing::Event";
/// Its events repeat the status of a response.
const NEVER: &str = "tower_http::trace::on_failure";

/// What the layer does with events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Choices {
    /// Logs events of level error with an error as a field.
    pub(super) with_errors: bool,
    /// Logs events of level error without one.
    pub(super) of_text: bool,
    /// Takes over events of `#[tracing::instrument(err)]`.
    pub(super) of_instrument: bool,
}

impl Choices {
    /// An event that all layers get, if it is to be logged.
    pub(super) fn to_log(self, event: &Event<'_>) -> Option<ErrorEvent> {
        let metadata = event.metadata();
        let is_chosen = self.with_errors || self.of_text;
        // Events inside of an error's own code, and those of this crate's sinks, are none of the application's. The
        // sinks' come from the worker, unless a logger or another layer hands them on elsewhere.
        if !is_chosen
            || *metadata.level() != EventLevel::ERROR
            || metadata.target() == NEVER
            || ReentrancyGuard::is_active()
            || callsite::is_of_error_log(metadata)
        {
            return None;
        }
        let values = Values::collect(metadata.fields().len(), |values| event.record(values));
        if is_of_log_sink(&values) {
            return None;
        }
        let is_wanted = if values.first_error.is_some() { self.with_errors } else { self.of_text };
        is_wanted.then(|| {
            let site = site_of_log(&values).unwrap_or_else(|| site(metadata, None));
            ErrorEvent { metadata, site, values, climbs: false }
        })
    }

    /// An event that an attribute `instrument(err)` makes, if no layer is to get it.
    pub(super) fn to_take_over(self, event: &Event<'_>, layer: LayerId) -> Option<ErrorEvent> {
        if !self.of_instrument || !has_shape(event) || ReentrancyGuard::is_active() {
            return None;
        }
        let metadata = event.metadata();
        let span = current_span(layer).filter(|span| is_same_place(metadata, span))?;
        let values = Values::collect(1, |values| event.record(values));
        let site = site(metadata, Some(span.name()));
        Some(ErrorEvent { metadata, site, values, climbs: true })
    }
}

/// Whether the event has but the field `error`.
fn has_shape(event: &Event<'_>) -> bool {
    let mut names = event.metadata().fields().iter().map(|field| field.name());
    names.next() == Some("error") && names.next().is_none() && event.is_contextual()
}

/// File and line of a record that `tracing_log::LogTracer` made an event of.
fn place_of_log(values: &Values) -> Option<(&str, u64)> {
    let line = match values.get("log.line")? {
        FieldValue::Int(line) => u64::try_from(*line).ok()?,
        FieldValue::Uint(line) => *line,
        _ => return None,
    };
    Some((values.text("log.file")?, line))
}

/// Whether an event is an error log that went to the `log` crate, and on to `tracing` by `tracing_log::LogTracer`.
#[cfg(feature = "log")]
fn is_of_log_sink(values: &Values) -> bool {
    let (target, message) = (values.text("log.target"), values.text("message"));
    let was_handed_on =
        |(target, message)| log::was_handed_on(target, message, place_of_log(values));
    target.zip(message).is_some_and(was_handed_on)
}

#[cfg(not(feature = "log"))]
fn is_of_log_sink(_: &Values) -> bool {
    false
}

/// Whether an event and a span are of one attribute.
fn is_same_place(event: &Metadata<'_>, span: &Metadata<'_>) -> bool {
    event.line().is_some()
        && (event.file(), event.line(), event.target()) == (span.file(), span.line(), span.target())
}

/// The span of the layer that this thread entered last.
fn current_span(layer: LayerId) -> Option<&'static Metadata<'static>> {
    entered::innermost(|key| (key.layer == layer).then(|| spans::metadata(key)).flatten())
}

/// Calls `then` with the error that a field of this name has.
fn with_error(event: &Event<'_>, name: &'static str, then: impl FnOnce(&(dyn Error + 'static))) {
    struct Finding<F>(&'static str, Option<F>);

    impl<F: FnOnce(&(dyn Error + 'static))> Visit for Finding<F> {
        fn record_debug(&mut self, _: &Name, _: &dyn fmt::Debug) {}

        fn record_error(&mut self, field: &Name, error: &(dyn Error + 'static)) {
            if field.name() == self.0
                && let Some(then) = self.1.take()
            {
                then(error);
            }
        }
    }

    event.record(&mut Finding(name, Some(then)));
}

/// An event that becomes an error log.
pub(super) struct ErrorEvent {
    metadata: &'static Metadata<'static>,
    site: &'static Site,
    values: Values,
    /// Whether each function that the error leaves has such an event.
    climbs: bool,
}

impl ErrorEvent {
    /// Logs it with its error, if it has one.
    pub(super) fn log(mut self, event: &Event<'_>) {
        match self.values.first_error.take() {
            Some(name) => {
                self.values.take(name);
                with_error(event, name, |error| self.log_error(error));
            }
            None => _ = self.log_text(),
        }
    }

    fn log_error(mut self, error: &(dyn Error + 'static)) {
        let is_unknown = describe::known_type(error).is_none();
        let kind = self.values.take_text("error.kind").filter(|_| is_unknown);
        let message = self.values.take_text("message");
        self.submit(View::of_any(error), kind.map(Cow::Owned), message, false);
    }

    /// Returns what became of it; `None` if nothing was decided.
    pub(super) fn log_text(mut self) -> Option<Decision> {
        let kind = self.values.take_text("error.kind").map(Cow::Owned);
        let message = self.values.take_text("message");
        let error = self.values.take_text("error").or_else(|| self.values.take_text("err"));
        let (text, message) = match error {
            Some(error) => (error, message),
            None => (message.unwrap_or_else(|| self.metadata.name().to_owned()), None),
        };
        self.submit(View::of_text_as(KIND, &&*text), kind, message, true)
    }

    fn submit(
        self,
        view: View<'_>,
        kind: Option<Cow<'static, str>>,
        message: Option<String>,
        is_replaceable: bool,
    ) -> Option<Decision> {
        let ErrorEvent { metadata, site, values, climbs } = self;
        let mut keys = ReportKeys { level: Some(level(metadata)), kind, ..ReportKeys::default() };
        for Field { name, value } in values.fields {
            keys.fields.add_made(name, value);
        }
        keys.fields.left_out = keys.fields.left_out.saturating_add(values.left_out);
        let report = HandReport { message: message.map(String::into_boxed_str), service: None };
        let event = Some(EventOfError { spans: current_path(), is_replaceable, climbs });
        let (decision, _) = StackMarker::here(|marker| {
            let (place, marker) = (site.location, Some(marker));
            log_by_hand(&ByHand { site, place, view, keys, report, event, marker })
        })?;
        Some(decision)
    }
}

fn level(metadata: &Metadata<'_>) -> Level {
    match *metadata.level() {
        EventLevel::ERROR => Level::Error,
        EventLevel::WARN => Level::Warn,
        EventLevel::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// The place of an event as a function without an attribute. `span`: the name of the function, if it is known.
fn site(metadata: &'static Metadata<'static>, span: Option<&str>) -> &'static Site {
    let file = metadata.file().unwrap_or(metadata.target());
    let line = metadata.line().unwrap_or(0);
    let module = metadata.module_path().unwrap_or_default();
    made::site(is_at(file, line, module), || {
        let function = span.map(|span| &*format!("{module}::{span}").leak());
        site_at(file, line, module, function.unwrap_or_default())
    })
}

/// The place of a record of the `log` crate, which `tracing_log::LogTracer` made an event of. `None` for other events,
/// and once there are too many places: a site is never freed.
fn site_of_log(values: &Values) -> Option<&'static Site> {
    const MAX_SITES: usize = 4096;
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    let (file, line) = place_of_log(values)?;
    let line = u32::try_from(line).ok()?;
    let module = values.text("log.module_path").unwrap_or_default();
    // Relaxed: a bound, on which no other memory depends.
    let may_make = COUNT.load(Ordering::Relaxed) < MAX_SITES;
    may_make.then(|| {
        made::site(is_at(file, line, module), || {
            COUNT.fetch_add(1, Ordering::Relaxed);
            site_at(file.to_owned().leak(), line, module.to_owned().leak(), "")
        })
    })
}

fn is_at(file: &str, line: u32, module: &str) -> impl Fn(&Site) -> bool {
    move |site| {
        let place = site.location;
        !site.boundary
            && matches!(place, Place::Reported(_))
            && (place.file(), place.line()) == (file, line)
            && site.module == module
    }
}

fn site_at(file: &'static str, line: u32, module: &'static str, function: &'static str) -> Site {
    let place = Box::leak(Box::new(ReportedPlace { file, line, column: 0 }));
    Site::without_attribute(Place::Reported(place), module, function)
}
