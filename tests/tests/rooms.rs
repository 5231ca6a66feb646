//! The rooms of the runtime: a file imports only from its own folder and from folders before it.
//!
//! Reads every path in the sources that begins with `crate`, `super` or `self`, in `use` and in code, and
//! leaves out unit tests and comments. ARCHITECTURE.md says what each folder is for.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// From the leaves up.
const ROOMS: [&str; 9] =
    ["base", "model", "config", "output", "describe", "stack", "diagnostics", "pipeline", "report"];
/// What a user calls, and what expanded code calls: above all rooms.
const ROOT: [&str; 4] = ["debug.rs", "lib.rs", "private.rs", "testing.rs"];

#[test]
fn a_file_imports_only_from_its_own_folder_and_from_folders_before_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let mut found = Vec::new();
    let mut checked = 0;
    for file in files(&sources) {
        let name = file.strip_prefix(&sources).unwrap().to_str().unwrap().replace('\\', "/");
        if ROOT.contains(&&*name) || name.ends_with("/tests.rs") {
            continue;
        }
        let room = name.split('/').next().unwrap();
        let rank = rank(room).unwrap_or_else(|| panic!("{name} is in no room"));
        checked += 1;
        for path in paths(&fs::read_to_string(&file).unwrap(), &module(&name)) {
            match self::rank(&path[0]) {
                Some(other) if other <= rank => {}
                Some(_) => found.push(format!("{name} imports {}: a later room", path.join("::"))),
                None => found.push(format!("{name} imports {}: no room", path.join("::"))),
            }
        }
    }
    assert!(checked > 60, "only {checked} files were read");
    assert!(found.is_empty(), "{}", found.join("\n"));
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

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
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
            // The item that it belongs to ends with a semicolon or a block.
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
                    // `a::self::b` is none of ours; go on behind the separator and the next segment.
                    None => at += 2,
                }
            }
            TokenTree::Group(group) => scan(&self::tokens(group.stream()), module, found),
            _ => {}
        }
        at += 1;
    }
}

/// Follows a path behind `crate::`; returns how many tokens it has.
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
