//! [`metrics`](::metrics): a counter of errors by their outcome.
//!
//! In: each decision about an error, on the thread that decides. Out: one increment of the recorder's counter.
//! Nothing runs while no error leaves a function.

use std::sync::atomic::{AtomicBool, Ordering};

use ::metrics::{Label, Unit, counter, describe_counter};

use crate::config::{Builder, CountedError};

const NAME: &str = "track_errors.errors";

impl Builder {
    /// Counts errors in the counter `track_errors.errors` of the `metrics` crate, once each.
    ///
    /// | label | value |
    /// |---|---|
    /// | `function` | the full path of the function that the error left |
    /// | `kind` | the attribute's `kind`, if it is a text, else the type with the variant of an enum; at most 8 of a function and level, then `other` |
    /// | `level` | one of the eight levels of [`Level`](crate::Level) |
    /// | `outcome` | `logged`, `suppressed`, `expected`, `handled`, `dropped`, `filtered`, as in [`Counters`](crate::Counters) |
    ///
    /// An error is counted where its outcome is decided: what is logged, filtered, or lost by the output on the
    /// worker, the others on the thread that fails, where the recorder must not block. Errors in
    /// [`testing::capture`](crate::testing::capture) are not counted. The unit is `count`. Install the recorder
    /// before the first error: what is counted before has none.
    ///
    /// ```
    /// track_errors::builder().metrics().init();
    /// ```
    pub fn metrics(self) -> Self {
        self.count_errors(count)
    }
}

fn count(error: CountedError) {
    static IS_DESCRIBED: AtomicBool = AtomicBool::new(false);
    if !IS_DESCRIBED.swap(true, Ordering::Relaxed) {
        describe_counter!(NAME, Unit::Count, "Errors that left tracked functions, by outcome.");
    }
    let CountedError { function, kind, level, outcome } = error;
    let labels = [
        Label::new("function", function),
        Label::from_static_parts("kind", kind),
        Label::from_static_parts("level", level.as_str()),
        Label::from_static_parts("outcome", outcome.as_str()),
    ];
    counter!(NAME, labels.iter()).increment(1);
}
