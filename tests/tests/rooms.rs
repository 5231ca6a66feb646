//! The rooms of both crates: a file imports only from its own folder and from folders before it.
//!
//! Reads every path in the sources that begins with `crate`, `super` or `self`, in `use` and in code, and
//! leaves out unit tests and comments. ARCHITECTURE.md and `macros/src/lib.rs` say what each folder is for.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The sources of a crate.
struct House {
    folder: &'static str,
    /// From the leaves up.
    rooms: &'static [&'static str],
    /// Files above all rooms: what a user and expanded code call.
    root: &'static [&'static str],
    /// At least so many files are in rooms.
    files: usize,
}

const RUNTIME: House = House {
    folder: "runtime/src",
    rooms: &[
        "base",
        "model",
        "config",
        "output",
        "describe",
        "stack",
        "diagnostics",
        "pipeline",
        "report",
        "integrations",
        "testing",
    ],
    root: &["debug.rs", "install.rs", "lib.rs", "macros.rs", "private.rs", "properties.rs"],
    files: 100,
};
const MACROS: House = House {
    folder: "macros/src",
    rooms: &["messages", "syntax", "parse", "valid", "marks", "expand", "track"],
    root: &["lib.rs", "properties.rs"],
    files: 25,
};

#[test]
fn a_file_of_the_runtime_imports_only_from_its_own_folder_and_from_folders_before_it() {
    RUNTIME.check_imports();
}

#[test]
fn a_file_of_the_macros_imports_only_from_its_own_folder_and_from_folders_before_it() {
    MACROS.check_imports();
}

#[test]
fn every_source_file_is_a_module() {
    for house in [RUNTIME, MACROS] {
        for (name, path) in house.files() {
            let module = module(&name);
            let declared = format!("mod {}", module.last().unwrap());
            let mut folder = path.parent().unwrap();
            if name.ends_with("/mod.rs") {
                folder = folder.parent().unwrap();
            }
            // `stack/unwind.rs` declares files that are two folders further in.
            let above =
                [folder, folder.parent().unwrap(), folder.parent().unwrap().parent().unwrap()];
            let is_declared =
                above.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).any(|entry| {
                    fs::read_to_string(entry.unwrap().path())
                        .is_ok_and(|text| text.contains(&declared))
                });
            assert!(is_declared || house.root.contains(&&*name), "{name} is not compiled");
        }
    }
}

impl House {
    fn check_imports(&self) {
        let mut found = Vec::new();
        let mut checked = 0;
        for (name, path) in self.files() {
            if self.root.contains(&&*name)
                || name.starts_with("tests/")
                || name.ends_with("/tests.rs")
            {
                continue;
            }
            let module = module(&name);
            let rank = self.rank(&module[0]).unwrap_or_else(|| panic!("{name} is in no room"));
            checked += 1;
            for path in paths(&fs::read_to_string(&path).unwrap(), &module) {
                let problem = match self.rank(&path[0]) {
                    Some(other) if other <= rank => continue,
                    Some(_) => "a later room",
                    None => "no room",
                };
                found.push(format!("{name} imports {}: {problem}", path.join("::")));
            }
        }
        assert!(checked >= self.files, "only {checked} files were read");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    fn rank(&self, room: &str) -> Option<usize> {
        self.rooms.iter().position(|known| *known == room)
    }

    /// The files, each with its name in the folder.
    fn files(&self) -> Vec<(String, PathBuf)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.folder);
        let name =
            |path: &Path| path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
        files(&folder).into_iter().map(|path| (name(&path), path)).collect()
    }
}

#[test]
fn no_source_file_is_over_four_hundred_lines() {
    for house in [RUNTIME, MACROS] {
        for (name, path) in house.files() {
            let lines = fs::read_to_string(path).unwrap().lines().count();
            assert!(
                lines <= 400,
                "{name} has {lines} lines: which concern belongs in a file of its own?"
            );
        }
    }
}

#[test]
fn every_way_to_write_an_import_is_read() {
    let source = "
        use crate::{a::{self, b}, c};
        pub(crate) use super::d;
        #[cfg(test)] mod tests { use crate::left_out; }
        mod inner { use super::super::e; fn f() { super::g(); crate::h::i(); } }
        macro_rules! m { () => { $crate::j::k!() } }
        #[cfg(test)] use crate::left_out_too;
        /// [`crate::left_out`]
        fn last() { self::l() }
    ";
    let mut found: Vec<_> = paths(source, &["x".to_owned(), "y".to_owned()])
        .iter()
        .map(|path| path.join("::"))
        .collect();
    found.sort();
    let expected = ["a", "a::b", "c", "h::i", "j::k", "x::d", "x::e", "x::y::g", "x::y::l"];
    assert_eq!(found, expected);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The module of a file: `["pipeline", "queue"]` of `pipeline/queue.rs`.
fn module(name: &str) -> Vec<String> {
    let name = name.strip_suffix(".rs").unwrap();
    let name = name.strip_suffix("/mod").unwrap_or(name);
    name.split('/').map(str::to_owned).collect()
}

/// All paths that begin with `crate`, `super` or `self`, without that.
fn paths(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    scan(&tokens(source.parse().unwrap()), module, &mut found);
    found
}

fn tokens(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

fn scan(tokens: &[TokenTree], module: &[String], found: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if is_cfg_test(&tokens[at..]) {
            // Its item ends with a semicolon or a block.
            at += 2;
            while let Some(token) = tokens.get(at) {
                at += 1;
                let is_block = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                if is_block || token.to_string() == ";" {
                    break;
                }
            }
            continue;
        }
        match token {
            TokenTree::Ident(word) if *word == "mod" => {
                if let [TokenTree::Ident(name), TokenTree::Group(body), ..] = &tokens[at + 1..] {
                    let inner = [module, &[name.to_string()]].concat();
                    scan(&self::tokens(body.stream()), &inner, found);
                    at += 2;
                }
            }
            TokenTree::Ident(word) if is_separator(&tokens[at + 1..]) => {
                let start = match word.to_string().as_str() {
                    "crate" => Some(Vec::new()),
                    "self" => Some(module.to_vec()),
                    "super" => Some(module[..module.len() - 1].to_vec()),
                    _ => None,
                };
                match start {
                    Some(start) => at += follow(&tokens[at + 3..], start, found) + 2,
                    // `a::self::b` is not ours: continue after the next segment.
                    None => at += 2,
                }
            }
            TokenTree::Group(group) => scan(&self::tokens(group.stream()), module, found),
            _ => {}
        }
        at += 1;
    }
}

/// Follows a path after `crate::`; returns how many tokens it has.
fn follow(tokens: &[TokenTree], mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) if *word == "super" => {
                path.pop();
            }
            Some(TokenTree::Ident(word)) if *word == "self" => {}
            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                for branch in self::tokens(group.stream()).split(|token| token.to_string() == ",") {
                    if !branch.is_empty() {
                        follow(branch, path.clone(), found);
                    }
                }
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !is_separator(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    found.push(path);
    at
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(one), TokenTree::Punct(other), ..]
        if one.as_char() == ':' && other.as_char() == ':')
}

fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(hash), TokenTree::Group(group), ..]
        if hash.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)")
}
