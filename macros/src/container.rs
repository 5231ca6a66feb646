//! The attribute on an `impl` block, a trait or a module: on every function in it that returns a
//! `Result`.
//!
//! In: the keys and the block. Out: the same block, in which each function whose return type is
//! called `Result`, or by a name that ends in it, or is a future of one, was expanded as if the
//! attribute stood on it. A function says otherwise with an attribute of its own: its keys stand
//! before those of the block, and `#[track_errors(skip)]` leaves it out. A module is entered, and
//! so is what stands in it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Error, GenericArgument, ImplItem, Item, Meta, PathArguments, Result, ReturnType,
    Signature, TraitItem, Type,
};

use crate::args::Args;
use crate::item::{self, Function};

/// Whether the attribute stands on a block, by the first keyword behind attributes and visibility.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let qualifiers = ["pub", "unsafe", "default", "auto"];
    let first = words.into_iter().find(|word| !qualifiers.contains(&&**word));
    first.is_some_and(|word| ["impl", "trait", "mod"].contains(&&*word))
}

/// Expands the attribute on every function in the block.
pub(crate) fn expand(args: &Args, mut block: Item) -> Result<TokenStream> {
    if let Item::Mod(module) = &block
        && module.content.is_none()
    {
        return Err(Error::new(
            module.ident.span(),
            format!(
                "the functions of `{}` stand in another file: put `#[track_errors]` on an inline \
                 module, or on what stands in it",
                module.ident
            ),
        ));
    }
    Container { args }.item(&mut block);
    Ok(block.into_token_stream())
}

struct Container<'a> {
    args: &'a Args,
}

impl Container<'_> {
    fn item(&self, item: &mut Item) {
        match item {
            Item::Fn(function) => {
                // Some functions that know their caller can be tracked.
                let can_be = !is_left_out(&function.attrs)
                    || syn::parse2::<Function>(function.to_token_stream()).is_ok();
                if let Some(args) = self.args_of(&mut function.attrs, &function.sig, can_be) {
                    *item = Item::Verbatim(function_with(args, function));
                }
            }
            Item::Impl(block) => {
                for item in &mut block.items {
                    if let ImplItem::Fn(function) = item
                        && let can_be = !is_left_out(&function.attrs)
                        && let Some(args) = self.args_of(&mut function.attrs, &function.sig, can_be)
                    {
                        *item = ImplItem::Verbatim(function_with(args, function));
                    }
                }
            }
            Item::Trait(block) => {
                for item in &mut block.items {
                    if let TraitItem::Fn(function) = item
                        && let can_be = function.default.is_some()
                        && !is_left_out(&function.attrs)
                        && let Some(args) = self.args_of(&mut function.attrs, &function.sig, can_be)
                    {
                        *item = TraitItem::Verbatim(function_with(args, function));
                    }
                }
            }
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    items.iter_mut().for_each(|item| self.item(item));
                }
            }
            _ => {}
        }
    }

    /// The keys with which a function is expanded; `None` if it is not. Takes the function's own
    /// attribute off it.
    fn args_of(
        &self,
        attrs: &mut Vec<Attribute>,
        sig: &Signature,
        can_be: bool,
    ) -> Option<Result<Args>> {
        let Some(at) = attrs.iter().position(is_ours) else {
            let tracked = can_be && sig.constness.is_none() && returns_result(sig);
            return tracked.then(|| Ok(self.args.clone()));
        };
        let own = match attrs.remove(at).meta {
            Meta::List(list) => syn::parse2::<Args>(list.tokens),
            Meta::Path(_) => Ok(Args::default()),
            Meta::NameValue(wrong) => {
                Err(Error::new_spanned(wrong, "expected `#[track_errors]` or `#[track_errors(…)]`"))
            }
        };
        match own {
            Ok(own) if own.skip.is_some() => None,
            own => Some(own.map(|own| own.or(self.args))),
        }
    }
}

/// A method cannot be tracked and know its caller.
fn is_left_out(attrs: &[Attribute]) -> bool {
    item::asks_for_caller(attrs).is_some()
}

/// The expanded function; where that fails, the message and the function as it was.
fn function_with(args: Result<Args>, function: &impl ToTokens) -> TokenStream {
    let function = function.to_token_stream();
    let expanded = args.and_then(Args::check).and_then(|args| {
        Ok(crate::expand::function(&args, syn::parse2::<Function>(function.clone())?))
    });
    expanded.unwrap_or_else(|error| {
        let mut tokens = error.into_compile_error();
        tokens.extend(function);
        tokens
    })
}

/// `#[track_errors]` by whatever path.
fn is_ours(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "track_errors")
}

fn returns_result(sig: &Signature) -> bool {
    match &sig.output {
        ReturnType::Type(_, ty) => is_called_result(ty),
        ReturnType::Default => false,
    }
}

/// `Result<…>`, `io::Result<…>`, `ParseResult`; an `Option` or `Poll` of one; a future of one.
fn is_called_result(ty: &Type) -> bool {
    if let Some(output) = item::future_output(ty) {
        return is_called_result(output);
    }
    let Type::Path(path) = ty else { return false };
    let Some(segment) = path.path.segments.last() else { return false };
    if segment.ident == "Option" || segment.ident == "Poll" {
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
        return arguments.args.iter().any(|argument| match argument {
            GenericArgument::Type(ty) => is_called_result(ty),
            _ => false,
        });
    }
    segment.ident.to_string().ends_with("Result")
}
