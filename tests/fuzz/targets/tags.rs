//! See `track_errors::properties::tags`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| track_errors::properties::tags(data));
