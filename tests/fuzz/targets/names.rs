//! See `track_errors::properties::names`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| track_errors::properties::names(data));
