//! A crate that denies every lint stays clean, and clippy reports the same about a tracked function as about
//! a plain one.

use std::collections::{BTreeMap, BTreeSet};

use track_errors_tests::compiler::{Diagnostic, Package, Tool, compare};

/// All of clippy's lints, and the compiler's that are about code and allowed by default.
const EVERYTHING: Tool = Tool::Clippy(&[
    "-Wclippy::all",
    "-Wclippy::pedantic",
    "-Wclippy::nursery",
    "-Wclippy::restriction",
    "-Wlet-underscore-drop",
    "-Wmissing-copy-implementations",
    "-Wsingle-use-lifetimes",
    "-Wtail-expr-drop-order",
    "-Wtrivial-casts",
    "-Wtrivial-numeric-casts",
    "-Wunit-bindings",
    "-Wunused-import-braces",
    "-Wunused-lifetimes",
    "-Wunused-qualifications",
    "-Wunused-results",
    "-Wvariant-size-differences",
]);

/// The diagnostics of the sources in `strict/` in this edition.
fn strict(edition: &str) -> BTreeMap<String, Vec<Diagnostic>> {
    let sources = [
        ("shapes", include_str!("../strict/shapes.rs")),
        ("no_implicit_prelude", include_str!("../strict/no_implicit_prelude.rs")),
        ("shadowed", include_str!("../strict/shadowed.rs")),
    ];
    Package {
        directory: env!("CARGO_TARGET_TMPDIR"),
        name: &format!("strict_{edition}"),
        edition,
        sources: sources.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
    }
    .diagnostics(Tool::Clippy(&[]))
}

#[track_caller]
fn assert_clean(edition: &str) {
    for (source, diagnostics) in strict(edition) {
        assert!(diagnostics.is_empty(), "{source} in the edition {edition}: {diagnostics:#?}");
    }
}

#[test]
fn a_crate_that_denies_everything_stays_clean_in_the_edition_2018() {
    assert_clean("2018");
}

#[test]
fn a_crate_that_denies_everything_stays_clean_in_the_edition_2021() {
    assert_clean("2021");
}

#[test]
fn a_crate_that_denies_everything_stays_clean_in_the_edition_2024() {
    assert_clean("2024");
}

/// The diagnostics of a source with many lints, plain and tracked.
type Compared = [Vec<Diagnostic>; 2];

/// Sources with many lints, and those of them that clippy no longer reports.
fn sloppy() -> [(Compared, BTreeSet<&'static str>); 2] {
    let sources = [
        ("sloppy", include_str!("../strict/sloppy.rs")),
        ("sloppy_matches", include_str!("../strict/sloppy_matches.rs")),
    ];
    let mut compared = compare(env!("CARGO_TARGET_TMPDIR"), "sloppy", "2024", EVERYTHING, &sources);
    let mut of = |name| compared.remove(name).expect("it was compiled");
    [
        (of("sloppy"), BTreeSet::from(NOT_REPORTED)),
        (of("sloppy_matches"), BTreeSet::from(NOT_REPORTED_OF_MATCHES)),
    ]
}

/// Lint and line.
fn facts(diagnostics: &[Diagnostic]) -> BTreeSet<(String, Option<u32>)> {
    diagnostics.iter().map(|diagnostic| (diagnostic.code.clone(), diagnostic.line())).collect()
}

#[test]
fn clippy_reports_nothing_new() {
    for ([plain, tracked], _) in sloppy() {
        let (plain, tracked) = (facts(&plain), facts(&tracked));
        assert!(tracked.len() > 30, "{tracked:#?}");
        assert_eq!(tracked.difference(&plain).collect::<Vec<_>>(), Vec::<&_>::new());
    }
}

/// Lints that look at a body as a whole, which is a closure or an async block in a tracked function, or that
/// skip code made by an attribute.
const NOT_REPORTED: [&str; 13] = [
    "clippy::boxed_local",
    "clippy::implicit_return",
    "clippy::manual_async_fn",
    "clippy::missing_const_for_fn",
    "clippy::missing_errors_doc",
    "clippy::needless_lifetimes",
    "clippy::needless_pass_by_value",
    "clippy::needless_return",
    "clippy::only_used_in_recursion",
    "clippy::unnecessary_wraps",
    "clippy::unused_async",
    "clippy::unwrap_in_result",
    "clippy::used_underscore_binding",
];

/// The same where a `?` is a `match`, or a `return` a `break`.
const NOT_REPORTED_OF_MATCHES: [&str; 6] = [
    "clippy::arithmetic_side_effects",
    "clippy::implicit_return",
    "clippy::needless_question_mark",
    "clippy::needless_return_with_question_mark",
    "clippy::question_mark_used",
    "clippy::try_err",
];

#[test]
fn the_lints_that_clippy_no_longer_reports_are_listed() {
    for ([plain, tracked], listed) in sloppy() {
        let (plain, tracked) = (facts(&plain), facts(&tracked));
        let missing: BTreeSet<_> = plain.difference(&tracked).map(|(lint, _)| &**lint).collect();
        assert_eq!(missing, listed);
    }
}

#[test]
fn clippy_suggests_the_same_as_without_the_attribute() {
    let suggestions = |diagnostics: &[Diagnostic], others: &BTreeSet<_>| -> BTreeMap<_, Vec<_>> {
        diagnostics
            .iter()
            .map(|diagnostic| {
                let of_it = diagnostic.details.iter().filter(|text| text.starts_with("suggestion"));
                ((diagnostic.code.clone(), diagnostic.line()), of_it.cloned().collect())
            })
            .filter(|(fact, _)| others.contains(fact))
            .collect()
    };
    for ([plain, tracked], _) in sloppy() {
        let in_both = facts(&tracked).intersection(&facts(&plain)).cloned().collect();
        let (plain, tracked) = (suggestions(&plain, &in_both), suggestions(&tracked, &in_both));
        let wrong: Vec<_> = tracked.iter().filter(|(fact, texts)| plain[fact] != **texts).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
