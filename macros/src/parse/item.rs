//! What the attribute is on: a function, or a block of them.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::{Result, Token};

use super::function::Function;

/// An item with the attribute.
pub(crate) enum Item {
    Function(Box<Function>),
    /// An `impl` block, a trait or a module.
    Block(Box<syn::Item>),
}

/// Parses the item; the first keyword behind attributes and visibility tells which one it is.
pub(crate) fn parse(item: TokenStream) -> Result<Item> {
    let mut words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let first = words.find(|word| !["pub", "unsafe", "default", "auto"].contains(&&**word));
    if first.is_some_and(|word| ["impl", "trait", "mod"].contains(&&*word)) {
        syn::parse2(item).map(|block| Item::Block(Box::new(block)))
    } else {
        syn::parse2(item).map(|function| Item::Function(Box::new(function)))
    }
}

/// Names an item that is no function, by the keyword at which the input is.
pub(super) fn other_item(input: ParseStream) -> Option<&'static str> {
    macro_rules! named {
        ($($keyword:tt => $name:literal)*) => {
            $(if input.peek(Token![$keyword]) { return Some($name); })*
        };
    }
    // `const fn`, `const unsafe fn` and the like are functions.
    let is_function = input.peek2(Token![fn])
        || input.peek2(Token![async])
        || input.peek2(Token![unsafe])
        || input.peek2(Token![extern]);
    if input.peek(Token![const]) && is_function {
        return None;
    }
    named! {
        const => "a constant"
        static => "a constant"
        struct => "a struct"
        enum => "an enum"
        union => "a union"
        type => "a type alias"
        use => "an import"
        macro => "a macro"
        let => "a statement"
    }
    None
}
