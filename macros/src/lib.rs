//! The attribute and the derive of the crate `track_errors`; their documentation is there.
//!
//! An annotated item goes through three phases. From the leaves up:
//!
//! | module | holds |
//! |---|---|
//! | `messages` | parts of messages that several rules share |
//! | `syntax` | questions about Rust syntax |
//! | `parse` | the first phase: tokens become keys and items |
//! | `valid` | the second phase: rules; each error is at a token and says what is accepted |
//! | `marks` | where an error can leave a body, and from where: a mark at each `?` and at what is returned |
//! | `expand` | the third phase: the wrapper around a body, and the derive |
//! | `track` | functions through the phases: one, or those of an `impl`, a trait or a module |
//!
//! A file imports only from its own folder and from modules above it in this table; `tests/tests/rooms.rs`
//! keeps that.

mod expand;
mod marks;
mod messages;
mod parse;
mod syntax;
mod track;
mod valid;

#[cfg(fuzzing)]
extern crate proc_macro;

#[cfg(any(test, fuzzing))]
pub mod properties;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::Result;

use crate::parse::item::Item;
use crate::parse::keys::Attribute;
use crate::valid::classify::ErrorType;
use crate::valid::keys::Keys;

/// Logs every `Err` that leaves the function. See `track_errors::track_errors`.
#[cfg_attr(not(fuzzing), proc_macro_attribute)]
pub fn track_errors(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = TokenStream::from(item);
    let expanded = expand_attribute(attribute.into(), item.clone());
    expanded.unwrap_or_else(|error| track::message_beside(&error, item)).into()
}

/// Classifies the errors of a type. See `track_errors::Classify`.
#[cfg_attr(not(fuzzing), proc_macro_derive(Classify, attributes(classify)))]
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
            Ok(track::block(&keys, *block))
        }
    }
}

fn expand_derive(input: TokenStream) -> Result<TokenStream> {
    let input = syn::parse2(input)?;
    let keys = ErrorType::new(&input)?;
    Ok(expand::classify::derive(&input, &keys))
}
