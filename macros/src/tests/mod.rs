//! Unit tests: the attribute and the derive on tokens, without a compiler.
//!
//! What they expect is in files, to look at. `BLESS=1 cargo test -p track_errors_macros` writes these
//! anew; read the diff.

mod expansions;
mod messages;

use std::fs;
use std::path::Path;

/// Compares a file with what it should be, or writes it anew. Returns whether it was right.
fn compare(file: &Path, expected: &str) -> bool {
    if std::env::var_os("BLESS").is_some() {
        fs::write(file, expected).expect("the file is writable");
        return true;
    }
    let is_right = fs::read_to_string(file).is_ok_and(|found| found == expected);
    if !is_right {
        println!("{} should be:\n{expected}", file.display());
    }
    is_right
}
