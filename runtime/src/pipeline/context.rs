//! The context of an error: from the hooks, and from integrations that work without a setting.

use super::Pipeline;
use crate::base::guarded::guarded;
use crate::base::once_box::OnceBox;
use crate::diagnostics::say;
use crate::model::ErrorContext;

/// An integration that adds to every error's context once it is in use: when its layer exists.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(all(feature = "tracing", feature = "opentelemetry")),
    expect(dead_code, reason = "an integration has its own")
)]
pub(crate) enum ContextSource {
    Tracing,
    OpenTelemetry,
}

/// Adds to the context of an error. Does not block.
type Collect = fn(&mut ErrorContext);

/// By [`ContextSource`].
static SOURCES: [OnceBox<Collect>; 2] = [const { OnceBox::new() }; 2];

impl ContextSource {
    /// Asks the integration from now on, in this process.
    #[cfg_attr(
        not(any(feature = "tracing", feature = "opentelemetry")),
        expect(dead_code, reason = "integrations call it")
    )]
    pub(crate) fn register(self, collect: Collect) {
        SOURCES[self as usize].get_or_init(|| collect);
    }
}

impl Pipeline {
    /// The context of an error that leaves a function on this thread; `None` if it has none.
    #[inline]
    pub(crate) fn context(&self) -> Option<Box<ErrorContext>> {
        let is_collected = self.config.hooks.collect_context()
            || SOURCES.iter().any(|source| source.get().is_some());
        if is_collected { self.collect_context() } else { None }
    }

    #[inline(never)]
    fn collect_context(&self) -> Option<Box<ErrorContext>> {
        let mut context = ErrorContext::default();
        let panicked = self.config.hooks.collect(&mut context);
        if panicked > 0 {
            say!(
                Warn,
                "a hook of Builder::context panicked: the context of an error is incomplete"
            );
        }
        add_sources(context)
    }
}

/// The same, only from integrations. In a panic hook a panic of one of the application's hooks would abort the
/// program.
pub(crate) fn context_of_integrations() -> Option<Box<ErrorContext>> {
    add_sources(ErrorContext::default())
}

fn add_sources(mut context: ErrorContext) -> Option<Box<ErrorContext>> {
    for collect in SOURCES.iter().filter_map(OnceBox::get) {
        let _: Option<()> = guarded(|| collect(&mut context));
    }
    (!context.is_empty()).then(|| Box::new(context))
}
