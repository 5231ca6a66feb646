//! The spans around an error, as an integration numbers them: [`SpanPath`].
//!
//! They tell which errors an event of the application's log may be about.

use std::sync::Arc;

use crate::base::once_box::OnceBox;

/// The spans around an error, the innermost first.
#[derive(Debug, Clone)]
pub(crate) struct SpanPath(Arc<[u64]>);

type Current = fn() -> Option<SpanPath>;

static CURRENT: OnceBox<Current> = OnceBox::new();

impl SpanPath {
    /// `None` if there is no span.
    #[cfg(feature = "tracing")]
    pub(crate) fn new(spans: &[u64]) -> Option<Self> {
        (!spans.is_empty()).then(|| SpanPath(spans.into()))
    }

    /// That of this thread; `None` without such an integration.
    pub(super) fn current() -> Option<Self> {
        CURRENT.get()?()
    }

    /// Whether one of the two innermost spans is around the other one, or is the same.
    pub(super) fn is_along(&self, other: &SpanPath) -> bool {
        self.is_around(other) || other.is_around(self)
    }

    /// Whether its innermost span is around the other one, or is the same.
    pub(super) fn is_around(&self, other: &SpanPath) -> bool {
        self.0.first().is_some_and(|span| other.0.contains(span))
    }

    /// Its memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Has errors know their spans from now on.
#[cfg(feature = "tracing")]
pub(crate) fn register(current: Current) {
    CURRENT.get_or_init(|| current);
}
