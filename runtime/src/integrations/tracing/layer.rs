//! The layer that keeps the fields of open spans.

use ::tracing::Subscriber;
use ::tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::spans::{self, Key, LayerId, Span};
use super::values::Values;
use super::{collect, entered};

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
    Layer { id: LayerId::next() }
}

impl Layer {
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
        spans::open(self.key(id), Span { name: new.metadata().name(), parent, values });
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let values = Values::collect(record.len(), |values| record.record(values));
        spans::record(self.key(id), values);
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
