//! See `track_errors::properties::carried_backtrace`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| track_errors::properties::carried_backtrace(data));
