//! The attribute on an `impl` block, a trait or a module: on every function in it that returns a
//! `Result`.
//!
//! In: the keys and the block. Out: the same block, in which each function whose return type is
//! called `Result`, or by a name that ends in it, or is a future of one, was expanded as if the
//! attribute were on it. The keys of a function's own attribute override the block's, and
//! `#[track_errors(skip)]` leaves the function out. Modules and blocks in a module are entered.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, Error, ImplItem, ImplItemFn, Item, ItemFn, Meta, Result, Signature, TraitItem,
    TraitItemFn,
};

use crate::parse::function::{Function, track_caller};
use crate::parse::keys;
use crate::syntax::returns::returns_result;
use crate::valid::keys::Keys;
use crate::{track, valid};

/// Expands the attribute on every function in the block.
pub(crate) fn expand(keys: &Keys, mut block: Item) -> TokenStream {
    expand_item(keys, &mut block);
    block.into_token_stream()
}

fn expand_item(keys: &Keys, item: &mut Item) {
    match item {
        Item::Fn(function) => {
            if let Some(expanded) = expand_function(keys, function) {
                *item = Item::Verbatim(expanded);
            }
        }
        Item::Impl(block) => {
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item
                    && let Some(expanded) = expand_function(keys, function)
                {
                    *item = ImplItem::Verbatim(expanded);
                }
            }
        }
        Item::Trait(block) => {
            for item in &mut block.items {
                if let TraitItem::Fn(function) = item
                    && let Some(expanded) = expand_function(keys, function)
                {
                    *item = TraitItem::Verbatim(expanded);
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

/// A function in a block.
trait Member: ToTokens {
    fn attrs(&mut self) -> &mut Vec<Attribute>;
    fn sig(&self) -> &Signature;
    /// Whether the function can be tracked although it may have no attribute of its own.
    fn can_be_tracked(&mut self) -> bool {
        // A method cannot be tracked and know its caller.
        track_caller(self.attrs()).is_none()
    }
}

impl Member for ItemFn {
    fn attrs(&mut self) -> &mut Vec<Attribute> {
        &mut self.attrs
    }
    fn sig(&self) -> &Signature {
        &self.sig
    }
    fn can_be_tracked(&mut self) -> bool {
        // Some functions that know their caller can be tracked.
        track_caller(&self.attrs).is_none()
            || syn::parse2::<Function>(self.to_token_stream())
                .is_ok_and(|function| valid::item::function(&function).is_ok())
    }
}

impl Member for ImplItemFn {
    fn attrs(&mut self) -> &mut Vec<Attribute> {
        &mut self.attrs
    }
    fn sig(&self) -> &Signature {
        &self.sig
    }
}

impl Member for TraitItemFn {
    fn attrs(&mut self) -> &mut Vec<Attribute> {
        &mut self.attrs
    }
    fn sig(&self) -> &Signature {
        &self.sig
    }
    fn can_be_tracked(&mut self) -> bool {
        self.default.is_some() && track_caller(&self.attrs).is_none()
    }
}

/// The expanded function, or the function with a message beside it; `None` if it is not tracked.
fn expand_function(keys: &Keys, member: &mut impl Member) -> Option<TokenStream> {
    let can_be_tracked = member.can_be_tracked();
    let keys = match member.attrs().iter().position(is_ours) {
        Some(index) => {
            let own = member.attrs().remove(index);
            own_keys(own).map(|own| Some(own?.or(keys)))
        }
        None => {
            let sig = member.sig();
            let is_tracked = can_be_tracked && sig.constness.is_none() && returns_result(sig);
            Ok(is_tracked.then(|| keys.clone()))
        }
    };
    let function = member.to_token_stream();
    let expanded =
        keys.transpose()?.and_then(|keys| track::function(&keys, syn::parse2(function.clone())?));
    Some(expanded.unwrap_or_else(|error| track::message_beside(&error, function)))
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
