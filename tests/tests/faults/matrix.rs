//! The table of `docs/faults.md`: each row names a test that exists, and each test of the matrix has a row.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The source of a test program of this package: one file, or all files of a folder.
fn source(program: &str) -> String {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(program);
    fs::read_to_string(program.with_extension("rs")).unwrap_or_else(|_| {
        let files = fs::read_dir(program).unwrap().map(|entry| entry.unwrap().path());
        files.map(|file| fs::read_to_string(file).unwrap()).collect()
    })
}

/// The names of all tests in a source.
fn tests(source: &str) -> BTreeSet<String> {
    let after = source.split("#[test]").skip(1);
    let names = after.map(|text| text.split_once("fn ").unwrap().1.split_once('(').unwrap().0);
    names.map(str::to_owned).collect()
}

#[test]
fn each_row_of_the_table_names_a_test_and_each_test_of_the_matrix_has_a_row() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault "));
    let mut named = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, _, cell] = cells[..] else { panic!("four cells: {row}") };
        let names: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            let (program, test) = name.split_once("::").unwrap_or(("faults", name));
            assert!(tests(&source(program)).contains(test), "no test {name}");
            if program == "faults" {
                assert!(named.insert(test.to_owned()), "{test} is in two rows");
            }
        }
    }
    let here = tests(include_str!("matrix.rs"));
    let matrix: BTreeSet<_> = tests(&source("faults")).difference(&here).cloned().collect();
    assert_eq!(matrix, named);
}
