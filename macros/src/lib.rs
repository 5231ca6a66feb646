//! The attribute and the derive of the crate `track_errors`; their documentation is there.
//!
//! An annotated item goes through three phases: `parse` (tokens become keys and items), `valid` (what was
//! written has to make sense) and `expand` (the wrapper), which puts in the `marks` at `?` and at what the
//! function returns. `block` does this for each function of an `impl`, a trait or a module. `syntax` and
//! `messages` are what several of them use.
//!
//! A file imports only from its own folder and from those above it in the list of modules; a test keeps
//! that.

mod messages;
mod syntax;

mod parse;
mod valid;
// Puts marks into a body.
mod expand;
mod marks;

mod block;
mod track;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::Result;

use crate::parse::item::Item;
use crate::parse::keys::Attribute;
use crate::valid::classify::ErrorType;
use crate::valid::keys::Keys;

/// Logs every `Err` that leaves the function. See `track_errors::track_errors`.
#[proc_macro_attribute]
pub fn track_errors(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = TokenStream::from(item);
    let expanded = expand_attribute(attribute.into(), item.clone());
    expanded.unwrap_or_else(|error| track::message_beside(&error, item)).into()
}

/// What an error type says about itself. See `track_errors::Classify`.
#[proc_macro_derive(Classify, attributes(classify))]
pub fn classify(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand_derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand_attribute(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Attribute::Keys(entries) = syn::parse2(attribute)? else {
        // `skip`, and no block around that is tracked.
        return Ok(item);
    };
    let keys = Keys::new(entries)?;
    match parse::item::parse(item)? {
        Item::Function(function) => track::function(&keys, *function),
        Item::Block(block) => {
            valid::item::block(&block)?;
            Ok(block::expand(&keys, *block))
        }
    }
}

fn expand_derive(input: TokenStream) -> Result<TokenStream> {
    let input = syn::parse2(input)?;
    let keys = ErrorType::new(&input)?;
    Ok(expand::classify::derive(&input, &keys))
}
