use std::fmt;

use track_errors::track_errors;

macro_rules! fields {
    ($($name:ident: $($field:ident = $value:expr),*;)*) => {
        $(
            #[track_errors(service = "corpus", fields($($field = $value),*))]
            fn $name() -> fmt::Result {
                Err(fmt::Error)?
            }
        )*

        pub(super) fn raise() {
            $(super::raised($name());)*
        }
    };
}

fields! {
    exact_integers: zero = 0, most = 1_i64 << 53, least = -1_i64 << 53;
    large_integers: above = (1_i64 << 53) + 1, below = (-1_i64 << 53) - 1, min = i64::MIN,
        max = i64::MAX, unsigned = u64::MAX, wide_min = i128::MIN, wide_max = u128::MAX;
    floats: quarter = 0.25, tiny = f64::MIN_POSITIVE, huge = f64::MAX, minus_zero = -0.0_f64;
    floats_that_are_not_finite: nan = f64::NAN, plus = f64::INFINITY, minus = f32::NEG_INFINITY;
}
