//! What holds for any tokens. Unit tests call it with seeds and changes of these, the fuzz target of
//! `tests/fuzz` with what libFuzzer finds.

use proc_macro2::{TokenStream, TokenTree};

/// The attribute and the derive never panic: each returns a message, or an expansion that parses if the
/// item did. The first line is the keys, the rest the item.
pub fn attribute(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (keys, item) = text.split_once('\n').unwrap_or((&text, ""));
    let (Ok(keys), Ok(item)) = (keys.parse::<TokenStream>(), item.parse::<TokenStream>()) else {
        return;
    };
    // `syn` needs some stack for each level. The compiler's own limit is 128.
    if depth(&keys).max(depth(&item)) > 32 {
        return;
    }
    let parses = syn::parse2::<syn::File>(item.clone()).is_ok();
    for expanded in [crate::expand_attribute(keys, item.clone()), crate::expand_derive(item)] {
        match expanded {
            Ok(tokens) if parses => {
                let text = tokens.to_string();
                assert!(syn::parse2::<syn::File>(tokens).is_ok(), "it does not parse: {text}");
            }
            Ok(_) => {}
            Err(error) => assert!(!error.to_string().is_empty(), "a message says something"),
        }
    }
}

fn depth(tokens: &TokenStream) -> usize {
    let depths = tokens.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => 1 + depth(&group.stream()),
        _ => 0,
    });
    depths.max().unwrap_or(0)
}

#[cfg(test)]
#[path = "../../tests/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
#[test]
fn any_tokens_give_a_message_or_an_expansion_that_parses() {
    inputs::holds("attribute", 3_000, attribute);
}
