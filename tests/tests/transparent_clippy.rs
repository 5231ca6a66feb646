//! A crate that denies every lint stays clean, and what clippy says of a function it says of the
//! tracked one.

use std::collections::{BTreeMap, BTreeSet};

use track_errors_tests::compiler::{Diagnostic, Package, Tool, compare};

const EVERYTHING: Tool =
    Tool::Clippy(&["-Wclippy::all", "-Wclippy::pedantic", "-Wclippy::nursery"]);

/// What the sources in `strict/` are told in this edition.
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
    for (source, said) in strict(edition) {
        assert!(said.is_empty(), "{source} in the edition {edition}: {said:#?}");
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

/// What is said of a source that gives clippy much to say.
fn sloppy() -> [Vec<Diagnostic>; 2] {
    let source = include_str!("../strict/sloppy.rs");
    let mut compared =
        compare(env!("CARGO_TARGET_TMPDIR"), "sloppy", "2024", EVERYTHING, &[("sloppy", source)]);
    compared.remove("sloppy").expect("it was compiled")
}

/// Lint and line.
fn facts(said: &[Diagnostic]) -> BTreeSet<(String, Option<u32>)> {
    said.iter().map(|diagnostic| (diagnostic.code.clone(), diagnostic.line())).collect()
}

#[test]
fn clippy_says_nothing_new() {
    let [plain, tracked] = sloppy();
    let (plain, tracked) = (facts(&plain), facts(&tracked));
    assert!(tracked.len() > 50, "{tracked:#?}");
    assert_eq!(tracked.difference(&plain).collect::<Vec<_>>(), Vec::<&_>::new());
}

/// They are about a body as a whole, and that of a tracked function is the body of a closure or
/// of an async block; or they leave out what an attribute made.
const NOT_SAID: [&str; 12] = [
    "clippy::boxed_local",
    "clippy::manual_async_fn",
    "clippy::missing_const_for_fn",
    "clippy::missing_errors_doc",
    "clippy::needless_lifetimes",
    "clippy::needless_pass_by_value",
    "clippy::needless_return",
    "clippy::only_used_in_recursion",
    "clippy::question_mark",
    "clippy::unnecessary_wraps",
    "clippy::unused_async",
    "clippy::used_underscore_binding",
];

#[test]
fn what_clippy_no_longer_says_is_known() {
    let [plain, tracked] = sloppy();
    let (plain, tracked) = (facts(&plain), facts(&tracked));
    let missing: BTreeSet<_> = plain.difference(&tracked).map(|(lint, _)| &**lint).collect();
    assert_eq!(missing, BTreeSet::from(NOT_SAID));
}

#[test]
fn what_clippy_suggests_is_what_it_suggests_without_the_attribute() {
    let [plain, tracked] = sloppy();
    let suggestions = |said: &[Diagnostic], others: &BTreeSet<_>| -> BTreeMap<_, Vec<_>> {
        said.iter()
            .map(|diagnostic| {
                let of_it = diagnostic.details.iter().filter(|text| text.starts_with("suggestion"));
                ((diagnostic.code.clone(), diagnostic.line()), of_it.cloned().collect())
            })
            .filter(|(fact, _)| others.contains(fact))
            .collect()
    };
    let in_both = facts(&tracked).intersection(&facts(&plain)).cloned().collect();
    let (plain, tracked) = (suggestions(&plain, &in_both), suggestions(&tracked, &in_both));
    let wrong: Vec<_> = tracked.iter().filter(|(fact, texts)| plain[fact] != **texts).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
