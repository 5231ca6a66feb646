//! The context of an error: the current spans, and the dispatcher.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use ::tracing::dispatcher::{self, Dispatch};
use ::tracing::subscriber::{NoSubscriber, Subscriber as _};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::spans::{Key, Span};
use super::{CurrentDispatch, entered, spans};
use crate::diagnostics::{self, say};
use crate::model::ErrorContext;
use crate::pipeline::ContextSource;
#[cfg(unix)]
use crate::pipeline::{self, LocksAtFork};
use crate::report::span_path::{self, SpanPath};

/// Spans that an error remembers.
const MAX_PATH: usize = 16;

static IS_LAYER_IN_USE: AtomicBool = AtomicBool::new(false);
static IS_SINK_IN_USE: AtomicBool = AtomicBool::new(false);

/// Carries the dispatcher with every error from now on. It keeps the subscriber until the error is written, so not
/// without a sink.
pub(super) fn register_sink() {
    ContextSource::Tracing.register(collect);
    IS_SINK_IN_USE.store(true, Ordering::Relaxed);
}

/// Collects spans from now on.
pub(super) fn register_layer() {
    ContextSource::Tracing.register(collect);
    IS_LAYER_IN_USE.store(true, Ordering::Relaxed);
    #[cfg(unix)]
    pipeline::lock_at_fork(LocksAtFork { before: spans::before_fork, after: spans::after_fork });
}

/// Has errors remember their spans from now on, for events about them.
pub(super) fn register_span_path() {
    span_path::register(current_path);
}

thread_local! {
    /// The dispatcher of the callback that this thread is in. Has no destructor: it is empty outside of callbacks.
    static OF_CALLBACK: Cell<ManuallyDrop<Option<Dispatch>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// Runs this with the dispatcher whose layer is called. `tracing` hides a scoped one meanwhile.
pub(super) fn inside_callback_of<T>(dispatch: &Dispatch, f: impl FnOnce() -> T) -> T {
    struct Before(Option<Dispatch>);

    impl Drop for Before {
        fn drop(&mut self) {
            let own = OF_CALLBACK.replace(ManuallyDrop::new(self.0.take()));
            drop(ManuallyDrop::into_inner(own));
        }
    }

    let before = OF_CALLBACK.replace(ManuallyDrop::new(Some(dispatch.clone())));
    let _before = Before(ManuallyDrop::into_inner(before));
    f()
}

/// The dispatcher of what this thread does now.
fn current_dispatch() -> Dispatch {
    let of_callback = OF_CALLBACK.take();
    let dispatch = Option::clone(&of_callback);
    OF_CALLBACK.set(of_callback);
    dispatch.unwrap_or_else(|| dispatcher::get_default(Dispatch::clone))
}

fn collect(context: &mut ErrorContext) {
    let dispatch = current_dispatch();
    if !add_spans(context) {
        add_names(&dispatch, context);
    }
    if context.spans.is_empty() && IS_LAYER_IN_USE.load(Ordering::Relaxed) {
        say_outside_once();
    }
    if IS_SINK_IN_USE.load(Ordering::Relaxed) && !dispatch.is::<NoSubscriber>() {
        context.carried.add(CurrentDispatch(dispatch));
    }
}

/// Adds the span that this thread entered last, and those around it. Returns whether there is one.
fn add_spans(context: &mut ErrorContext) -> bool {
    let mut add = |_: Key, span: &Span| {
        context.span(span.metadata.name());
        context.fields.reserve(span.values.fields.len());
        span.values.fields.iter().for_each(|field| context.copy_field(field));
        context.fields_left_out = context.fields_left_out.saturating_add(span.values.left_out);
    };
    entered::innermost(|key| spans::visit(key, &mut add).then_some(())).is_some()
}

/// The spans around what this thread does now.
pub(super) fn current_path() -> Option<SpanPath> {
    let mut path = [0; MAX_PATH];
    let mut length = 0;
    let mut add = |key: Key, _: &Span| {
        if let Some(place) = path.get_mut(length) {
            *place = key.hash();
            length += 1;
        }
    };
    entered::innermost(|key| spans::visit(key, &mut add).then_some(()))?;
    SpanPath::new(&path[..length])
}

/// Adds the names of spans that no layer of this crate knows. Calls nothing but a registry: another subscriber may
/// hold a lock while it calls the code that failed.
fn add_names(dispatch: &Dispatch, context: &mut ErrorContext) {
    let Some(registry) = dispatch.downcast_ref::<Registry>() else { return };
    let current = registry.current_span();
    let Some(span) = current.id().and_then(|id| registry.span(id)) else { return };
    span.scope().for_each(|span| context.span(span.name()));
}

/// Writes once in debug mode that an error was outside of any span.
fn say_outside_once() {
    static IS_WRITTEN: AtomicBool = AtomicBool::new(false);
    if diagnostics::is_on() && !IS_WRITTEN.swap(true, Ordering::Relaxed) {
        say!(
            Warn,
            "an error was logged outside of any span of tracing: its function was called outside, or a filter \
             disables the span (see the page about tracing)"
        );
    }
}
