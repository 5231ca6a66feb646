//! What compiles without a warning, and what rustc refuses with one message at the right place. Which
//! keys and items the macro itself refuses is in `macros/src/tests/*.txt`; a few of these are here to be
//! seen as a user sees them.
//!
//! `TRYBUILD=overwrite cargo test -p track_errors_tests --test ui` writes the messages anew.

#[test]
fn tracked_code_compiles_without_a_warning_and_mistakes_get_one_message() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
