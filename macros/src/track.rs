//! Functions through the phases: one with the attribute, or those of an `impl` block, a trait or a module.
//!
//! In: the keys and the function or block. Out: the same, expanded. In a block that is each function whose
//! return type is called `Result`, or by a name that ends in it, or is a future of one. The keys of a
//! function's own attribute override the block's, and `#[track_errors(skip)]` leaves the function out.
//! Modules and blocks in a module are entered.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, ImplItem, Item, Meta, Result, Signature, TraitItem};

use crate::parse::item::Function;
use crate::parse::keys;
use crate::syntax::types::returns_result;
use crate::valid::keys::Keys;
use crate::{expand, valid};

/// Validates and expands a function that was parsed.
pub(crate) fn function(keys: &Keys, function: Function) -> Result<TokenStream> {
    keys.check()?;
    valid::item::function(&function)?;
    Ok(expand::function(keys, function))
}

/// The message, and the user's own item beside it: its callers get one error, not thirty, and completion
/// in an editor goes on.
pub(crate) fn message_beside(error: &Error, item: TokenStream) -> TokenStream {
    let mut tokens = error.to_compile_error();
    tokens.extend(item);
    tokens
}

/// Expands the attribute on every function in the block.
pub(crate) fn block(keys: &Keys, mut block: Item) -> TokenStream {
    expand_item(keys, &mut block);
    block.into_token_stream()
}

fn expand_item(keys: &Keys, item: &mut Item) {
    match item {
        Item::Fn(function) => {
            if let Some(keys) = keys_of(keys, &mut function.attrs, &function.sig) {
                *item = Item::Verbatim(expand_function(keys, function));
            }
        }
        Item::Impl(block) => {
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item
                    && let Some(keys) = keys_of(keys, &mut function.attrs, &function.sig)
                {
                    *item = ImplItem::Verbatim(expand_function(keys, function));
                }
            }
        }
        Item::Trait(block) => {
            for item in &mut block.items {
                if let TraitItem::Fn(function) = item
                    && function.default.is_some()
                    && let Some(keys) = keys_of(keys, &mut function.attrs, &function.sig)
                {
                    *item = TraitItem::Verbatim(expand_function(keys, function));
                }
            }
        }
        Item::Mod(module) => {
            for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                expand_item(keys, item);
            }
        }
        _ => {}
    }
}

/// The keys with which a function is expanded; `None` if it is not tracked. Takes the function's own
/// attribute off.
fn keys_of(block: &Keys, attrs: &mut Vec<Attribute>, sig: &Signature) -> Option<Result<Keys>> {
    let Some(index) = attrs.iter().position(is_ours) else {
        let is_tracked = sig.constness.is_none() && returns_result(sig);
        return is_tracked.then(|| Ok(block.clone()));
    };
    let own = own_keys(attrs.remove(index)).transpose()?;
    Some(own.map(|own| own.or(block)))
}

/// The expanded function, or the function with a message beside it.
fn expand_function(keys: Result<Keys>, function: &impl ToTokens) -> TokenStream {
    let function = function.to_token_stream();
    keys.and_then(|keys| self::function(&keys, syn::parse2(function.clone())?))
        .unwrap_or_else(|error| message_beside(&error, function))
}

/// The keys of a function's own attribute; `None` for `skip`.
fn own_keys(attribute: Attribute) -> Result<Option<Keys>> {
    match attribute.meta {
        Meta::List(list) => match syn::parse2(list.tokens)? {
            keys::Attribute::Skip => Ok(None),
            keys::Attribute::Keys(entries) => Keys::new(entries).map(Some),
        },
        Meta::Path(_) => Ok(Some(Keys::default())),
        Meta::NameValue(wrong) => {
            Err(Error::new_spanned(wrong, "expected `#[track_errors]` or `#[track_errors(…)]`"))
        }
    }
}

/// `#[track_errors]` by whatever path.
fn is_ours(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "track_errors")
}
