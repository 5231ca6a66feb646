//! See `properties::attribute` of the macro crate.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| track_errors_macros_library::properties::attribute(data));
