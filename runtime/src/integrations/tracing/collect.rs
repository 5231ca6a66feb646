//! The context of an error: the current spans, and the dispatcher.

use std::sync::atomic::{AtomicBool, Ordering};

use ::tracing::dispatcher::{self, Dispatch};
use ::tracing::subscriber::{NoSubscriber, Subscriber as _};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::{CurrentDispatch, entered, spans};
use crate::diagnostics::{self, say};
use crate::model::ErrorContext;
use crate::pipeline::ContextSource;
#[cfg(unix)]
use crate::pipeline::{self, LocksAtFork};

/// Whether there is a layer.
static IS_LAYER_IN_USE: AtomicBool = AtomicBool::new(false);

/// Carries the dispatcher with every error from now on.
pub(super) fn register() {
    ContextSource::Tracing.register(collect);
}

/// Collects spans too.
pub(super) fn register_layer() {
    register();
    IS_LAYER_IN_USE.store(true, Ordering::Relaxed);
    #[cfg(unix)]
    pipeline::lock_at_fork(LocksAtFork { before: spans::before_fork, after: spans::after_fork });
}

fn collect(context: &mut ErrorContext) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    if !add_spans(context) {
        add_names(&dispatch, context);
    }
    if context.spans.is_empty() && IS_LAYER_IN_USE.load(Ordering::Relaxed) {
        say_outside_once();
    }
    if !dispatch.is::<NoSubscriber>() {
        context.carried.add(CurrentDispatch(dispatch));
    }
}

/// Adds the span that this thread entered last, and those around it. Returns whether there is one.
fn add_spans(context: &mut ErrorContext) -> bool {
    let mut add = |span: &spans::Span| {
        context.span(span.name);
        for field in &span.values.fields {
            context.field(field.name.clone(), field.value.clone());
        }
        context.fields_left_out = context.fields_left_out.saturating_add(span.values.left_out);
    };
    entered::innermost(|key| spans::visit(key, &mut add).then_some(())).is_some()
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
