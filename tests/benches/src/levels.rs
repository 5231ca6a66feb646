//! One error that leaves one tracked function, or three nested ones.

/// A module of the functions, with or without an attribute.
macro_rules! levels {
    ($(#[$doc:meta])? $name:ident, $(#[$track:meta])?) => {
        $(#[$doc])?
        pub mod $name {
            use std::hint::black_box;

            use crate::peers::{PayError, debit};

            /// The error leaves one function.
            pub fn one() {
                let _ = black_box(inner());
            }

            /// The error leaves three functions.
            pub fn three() {
                let _ = black_box(outer());
            }

            $(#[$track])?
            #[inline(never)]
            fn inner() -> Result<(), PayError> {
                debit()?;
                Ok(())
            }

            $(#[$track])?
            #[inline(never)]
            fn middle() -> Result<(), PayError> {
                inner()?;
                Ok(())
            }

            $(#[$track])?
            #[inline(never)]
            fn outer() -> Result<(), PayError> {
                middle()?;
                Ok(())
            }
        }
    };
}

levels!(
    /// Nothing is done with the error.
    plain,
);
levels!(
    /// The error is logged once, with the rate limit of the settings.
    logged, #[track_errors::track_errors]
);
levels!(
    /// The error is logged once, without native frames.
    trail, #[track_errors::track_errors(backtrace = "trail")]
);
levels!(
    /// The rate limiter suppresses all but one error a second.
    suppressed, #[track_errors::track_errors(rate_limit = 1)]
);
levels!(
    /// The error is logged by each function: `tracing` has no rate limit.
    traced, #[tracing::instrument(err, skip_all)]
);
