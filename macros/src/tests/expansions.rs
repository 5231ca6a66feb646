//! Golden expansions: `tests/expand/name.rs` expands to `tests/expand/name.expanded.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, File, ImplItem, Item, Meta, TraitItem};

use super::compare;

#[test]
fn each_shape_expands_to_its_golden_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/expand");
    let inputs = inputs(&folder);
    assert!(!inputs.is_empty(), "no input in {}", folder.display());
    let differing: Vec<_> = inputs
        .iter()
        .filter(|input| {
            let source = fs::read_to_string(input).expect("the input is readable");
            !compare(&input.with_extension("expanded.rs"), &expanded(&source))
        })
        .collect();
    assert!(differing.is_empty(), "these expand differently: {differing:?}");
}

/// The files that have no second extension.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut inputs: Vec<_> = fs::read_dir(folder)
        .expect("the folder of golden files is readable")
        .map(|entry| entry.expect("its entries are readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| !path.to_string_lossy().ends_with(".expanded.rs"))
        .collect();
    inputs.sort();
    inputs
}

/// The source with every attribute and derive of this crate expanded, formatted.
fn expanded(source: &str) -> String {
    let mut file: File = syn::parse_str(source).expect("the input parses");
    Expand.visit_file_mut(&mut file);
    let file: File = syn::parse2(file.into_token_stream()).expect("the expansion parses");
    prettyplease::unparse(&file)
}

/// Does what the compiler does: it expands an attribute from the outside in.
struct Expand;

impl VisitMut for Expand {
    fn visit_item_mut(&mut self, item: &mut Item) {
        let attrs = match item {
            Item::Fn(item) => &mut item.attrs,
            Item::Impl(item) => &mut item.attrs,
            Item::Trait(item) => &mut item.attrs,
            Item::Mod(item) => &mut item.attrs,
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            _ => return,
        };
        if let Some(keys) = take_attribute(attrs) {
            *item = Item::Verbatim(expand(keys, item.to_token_stream()));
        } else if attrs.iter().any(|attr| attr.path().is_ident("derive")) {
            let derived = crate::expand_derive(item.to_token_stream()).expect("the keys are valid");
            *item = Item::Verbatim(quote!(#item #derived));
        } else {
            visit_mut::visit_item_mut(self, item);
        }
    }

    fn visit_impl_item_mut(&mut self, item: &mut ImplItem) {
        if let ImplItem::Fn(function) = item
            && let Some(keys) = take_attribute(&mut function.attrs)
        {
            *item = ImplItem::Verbatim(expand(keys, item.to_token_stream()));
        }
    }

    fn visit_trait_item_mut(&mut self, item: &mut TraitItem) {
        if let TraitItem::Fn(function) = item
            && let Some(keys) = take_attribute(&mut function.attrs)
        {
            *item = TraitItem::Verbatim(expand(keys, item.to_token_stream()));
        }
    }
}

fn expand(keys: TokenStream, item: TokenStream) -> TokenStream {
    crate::expand_attribute(keys, item).expect("the keys and the item are valid")
}

/// The keys of `#[track_errors(…)]`, which is taken off.
fn take_attribute(attrs: &mut Vec<Attribute>) -> Option<TokenStream> {
    let at = attrs.iter().position(|attr| attr.path().is_ident("track_errors"))?;
    match attrs.remove(at).meta {
        Meta::List(list) => Some(list.tokens),
        _ => Some(TokenStream::new()),
    }
}
