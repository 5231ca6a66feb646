//! Whether the program is one that `cargo test` built to run tests: then the [default output](super::Output) is
//! that of the running test.

use std::path::Path;

use super::Output;
use super::resource::executable;

/// The output of a program that no setting names one for.
pub(super) fn default_output() -> Output {
    match executable() {
        Some(path) if is_test_harness(&path) => Output::Test,
        _ => Output::default(),
    }
}

/// Cargo puts the programs that run tests, also those of `cargo nextest`, into a folder `deps`, and ends their names
/// with a hash: `target/debug/deps/shop-0f1e2d3c4b5a6978`. A program that a test starts is `target/debug/shop`.
fn is_test_harness(program: &Path) -> bool {
    let is_in_deps = program.parent().is_some_and(|folder| folder.ends_with("deps"));
    let stem = program.file_stem().and_then(|stem| stem.to_str());
    let hash = stem.and_then(|stem| stem.rsplit_once('-')).map(|(_, hash)| hash);
    is_in_deps
        && hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_runs_tests_is_told_by_its_folder_and_the_hash_in_its_name() {
        for (path, expected) in [
            ("/shop/target/debug/deps/shop-0f1e2d3c4b5a6978", true),
            ("/shop/target/x86_64-unknown-linux-gnu/release/deps/pay_test-0f1e2d3c4b5a6978", true),
            ("deps/shop-0f1e2d3c4b5a6978.exe", true),
            ("/shop/target/debug/shop", false),
            ("/shop/target/debug/shop-0f1e2d3c4b5a6978", false),
            ("/shop/target/debug/deps/shop", false),
            ("/shop/target/debug/deps/shop-server", false),
            ("/shop/target/debug/deps/shop-0f1e2d3c4b5a69789", false),
            ("/deps/0f1e2d3c4b5a6978", false),
            ("", false),
        ] {
            assert_eq!(is_test_harness(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn this_program_runs_tests() {
        assert_eq!(default_output(), Output::Test);
    }
}
