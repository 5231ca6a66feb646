//! The order of the modules.

use std::fs;
use std::path::Path;

/// From the leaves up, as `lib.rs` declares them.
const ORDER: [&str; 8] =
    ["messages", "syntax", "parse", "valid", "marks", "expand", "track", "block"];

#[test]
fn a_file_imports_only_from_its_own_folder_and_from_those_before_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = 0;
    for (rank, module) in ORDER.iter().enumerate() {
        for (file, text) in files_of(&source, module) {
            files += 1;
            for imported in imports(&text) {
                let found = ORDER.iter().position(|known| *known == imported);
                let found = found.unwrap_or_else(|| panic!("{file} imports `{imported}`"));
                let is_leaf_of_its_own = found == rank && file.contains('/');
                assert!(found < rank || is_leaf_of_its_own, "{file} imports `{imported}`");
            }
        }
    }
    assert!(files > 30, "only {files} files were found");
}

/// The files of a module, each with its text.
fn files_of(source: &Path, module: &str) -> Vec<(String, String)> {
    let single = source.join(format!("{module}.rs"));
    let paths: Vec<_> = match fs::read_dir(source.join(module)) {
        Ok(entries) => entries.map(|entry| entry.expect("an entry is readable").path()).collect(),
        Err(_) => vec![single],
    };
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a file is readable");
            let name = path.strip_prefix(source).expect("it is in the folder");
            (name.display().to_string(), text)
        })
        .collect()
}

/// The modules that code names behind `crate::`, also in `use crate::{a, b}`.
fn imports(text: &str) -> Vec<&str> {
    let is_name = |char: char| char.is_ascii_lowercase() || char == '_';
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .flat_map(|path| match path.strip_prefix('{') {
            Some(list) => list.split(", ").collect(),
            None => vec![path],
        })
        .map(|path| path.split_once(|char| !is_name(char)).map_or(path, |(name, _)| name))
        .collect()
}
