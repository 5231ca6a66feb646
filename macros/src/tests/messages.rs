//! Messages: each `.txt` file here has lines of input, and below each where the message points at, and
//! what it says.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use syn::Result;

use super::compare;

#[test]
fn a_key_that_is_wrong_is_refused_with_one_message() {
    check("keys.txt", |keys| {
        crate::expand_attribute(
            keys,
            quote::quote!(
                fn save(path: &str) -> Result<(), Error> {}
            ),
        )
    });
}

#[test]
fn an_item_that_cannot_be_tracked_is_refused_with_one_message() {
    check("items.txt", |item| crate::expand_attribute(TokenStream::new(), item));
}

#[test]
fn a_derive_that_is_wrong_is_refused_with_one_message() {
    check("derives.txt", crate::expand_derive);
}

/// Compares the file with the same inputs and their messages.
fn check(name: &str, expand: impl Fn(TokenStream) -> Result<TokenStream>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name);
    let mut expected = String::new();
    for line in fs::read_to_string(&file).expect("the table is readable").lines() {
        if line.trim_start().starts_with('^') {
            continue;
        }
        expected += line;
        expected += "\n";
        if !line.is_empty() && !line.starts_with("//") {
            expected += &message(line, &expand);
        }
    }
    assert!(compare(&file, &expected), "{name} has other messages");
}

/// The message below the input, underlined as the compiler would.
fn message(input: &str, expand: impl Fn(TokenStream) -> Result<TokenStream>) -> String {
    let Err(error) = expand(input.parse().expect("the input is tokens")) else {
        panic!("this is accepted: {input}");
    };
    let (start, end) = (error.span().start().column, error.span().end().column);
    let underline = "^".repeat(end - start);
    format!("{:start$}{underline} {error}\n", "")
}
