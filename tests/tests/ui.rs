//! What compiles, without a warning, and what is refused, with one message at the right place.
//!
//! `TRYBUILD=overwrite cargo test -p track_errors_tests --test ui` writes the messages anew.

#[test]
fn what_is_tracked_compiles_without_a_warning_and_what_cannot_be_is_refused_with_one_message() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
