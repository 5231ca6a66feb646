//! The layer that keeps the fields of open spans.

use std::cell::Cell;
use std::sync::OnceLock;

use ::tracing::dispatcher::{Dispatch, WeakDispatch};
use ::tracing::span::{Attributes, Id, Record};
use ::tracing::subscriber::Interest;
use ::tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::events::Choices;
use super::spans::{self, Key, LayerId, Span};
use super::values::Values;
use super::{collect, entered};
use crate::base::guarded::guarded;

thread_local! {
    /// Whether the layer refuses what it is offered.
    static VETO: Cell<bool> = const { Cell::new(false) };
}

/// A layer of [`tracing_subscriber`]: error logs have the fields of the spans in which the errors happened.
///
/// The line has the fields under `context` (`otlp`: attributes), and the names of the spans as
/// `track_errors.spans`, the outermost first. Where several spans have a field of the same name, the innermost
/// wins; the attribute's own fields win over all. Numbers and booleans keep their type; what is recorded by
/// `Debug` or `Display` is text. A field that is recorded later is in all errors from then on.
///
/// The spans are the one that the thread entered last, and its parents. They are found whatever the subscriber:
/// it need not be named, and may be that of a scope.
///
/// At most 32 fields and 8 KiB a span, 2 KiB a text, 32 MiB in all.
#[derive(Debug)]
#[must_use = "add it to a subscriber: `.with(track_errors::tracing::layer())`"]
pub struct Layer {
    id: LayerId,
    choices: Choices,
    /// Its own dispatcher: from inside a callback of a scoped one, `tracing` gives no way to it.
    dispatch: OnceLock<WeakDispatch>,
}

/// A [`Layer`], to be added to a subscriber.
///
/// With the feature `opentelemetry`, error logs have the ids of the current trace from now on, too.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// use track_errors::{testing, track_errors};
///
/// #[track_errors(service = "checkout")]
/// fn parse(amount: &str) -> Result<u32, std::num::ParseIntError> {
///     amount.parse()
/// }
///
/// let subscriber = tracing_subscriber::registry().with(track_errors::tracing::layer());
/// tracing::subscriber::with_default(subscriber, || {
///     let _request = tracing::info_span!("request", request_id = 17).entered();
///     let (_, records) = testing::capture(|| parse("twelve"));
///     assert_eq!(records[0].fields[0].name, "request_id");
///     assert_eq!(records[0].fields[0].value, 17.into());
/// });
/// ```
pub fn layer() -> Layer {
    collect::register_layer();
    #[cfg(feature = "opentelemetry")]
    crate::integrations::opentelemetry::register();
    Layer { id: LayerId::next(), choices: Choices::default(), dispatch: OnceLock::new() }
}

impl Layer {
    /// Logs events of level error that have an error as a field.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    /// use track_errors::testing;
    ///
    /// let layer = track_errors::tracing::layer().log_error_events();
    /// let _guard = tracing_subscriber::registry().with(layer).set_default();
    ///
    /// let error = "http".parse::<u16>().unwrap_err();
    /// let (_, records) = testing::capture(|| {
    ///     tracing::error!(error = &error as &dyn std::error::Error, port = "http", "using port 80");
    /// });
    /// records.assert_one().kind("std::num::ParseIntError").field("port", "http");
    /// assert_eq!(records[0].log_message.as_deref(), Some("using port 80"));
    /// ```
    ///
    /// The kind is the type, if it is one of the standard library; else the event's field `error.kind`; else that of
    /// the deepest cause or what `Debug` begins with. The event still goes to the other layers. An error that a
    /// tracked function in the current span, or in a span inside of it, returned on this thread within the last
    /// second is not logged again: what the event says is added to its log, if that still waits. Events of
    /// `tower_http::trace::on_failure` are never logged.
    pub fn log_error_events(mut self) -> Self {
        self.choices.with_errors = true;
        collect::register_span_path();
        self
    }

    /// Logs events of level error that have no error as a field.
    ///
    /// The error is the text of the field `error` or `err`, else the event's message. The kind is the field
    /// `error.kind`, else `tracing::Event`. An error that leaves a tracked function with the same text a moment
    /// later takes the place of such a log. Otherwise as [`log_error_events`](Layer::log_error_events).
    pub fn log_text_events(mut self) -> Self {
        self.choices.of_text = true;
        collect::register_span_path();
        self
    }

    /// Takes over the events of `#[tracing::instrument(err)]`: no layer gets them.
    ///
    /// Beside `#[track_errors]` they would log each error twice. What no tracked function logs is logged in their
    /// place, with the message and the function. An event is recognised by its only field, `error`, and by the file,
    /// line and target of the current span. So those of a disabled span go to the other layers.
    pub fn take_over_instrument_err(mut self) -> Self {
        self.choices.of_instrument = true;
        collect::register_span_path();
        self
    }

    fn dispatch(&self) -> Option<Dispatch> {
        self.dispatch.get()?.upgrade()
    }

    /// Ends the pass of the filters of other layers for an event that no layer gets.
    ///
    /// Each has noted for this thread whether it wants the event, and forgets that as it gets or skips the event.
    /// Otherwise the note would count for the next event. A refusal makes `tracing-subscriber` forget all notes.
    fn veto(&self, event: &'static Metadata<'static>, dispatch: &Dispatch) {
        VETO.set(true);
        let _: Option<bool> = guarded(|| dispatch.enabled(event));
        VETO.set(false);
    }

    fn key(&self, span: &Id) -> Key {
        Key::new(self.id, span)
    }

    /// The span around a new one that this layer knows.
    fn parent<S>(&self, new: &Attributes<'_>, id: &Id, context: &Context<'_, S>) -> Option<Key>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if new.is_root() {
            None
        } else if new.is_contextual() {
            entered::innermost(|key| (key.layer == self.id).then_some(key))
        } else {
            // A filter may hide the parent from this layer: then the nearest one that it lets pass.
            context.span(id)?.parent().map(|parent| self.key(&parent.id()))
        }
    }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, new: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let values = Values::collect(new.values().len(), |values| new.record(values));
        let parent = self.parent(new, id, &context);
        spans::open(self.key(id), Span { metadata: new.metadata(), parent, values });
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let values = Values::collect(record.len(), |values| record.record(values));
        spans::record(self.key(id), values);
    }

    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _: Result<(), _> = self.dispatch.set(dispatch.downgrade());
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
        !VETO.get()
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let Some(found) = self.choices.to_take_over(event, self.id) else { return true };
        let Some(dispatch) = self.dispatch() else { return true };
        if collect::inside_callback_of(&dispatch, || found.log_text()).is_none() {
            return true;
        }
        self.veto(event.metadata(), &dispatch);
        false
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(found) = self.choices.to_log(event) else { return };
        match self.dispatch() {
            Some(dispatch) => collect::inside_callback_of(&dispatch, || found.log(event)),
            None => found.log(event),
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        entered::enter(self.key(id));
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        entered::exit(self.key(id));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        spans::close(self.key(&id));
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        spans::close_all(self.id);
    }
}
