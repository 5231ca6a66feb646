//! See `track_errors::properties::lines`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| track_errors::properties::lines(data));
