//! The attribute and the derive of the crate `track_errors`; their documentation is there.
//!
//! One concern a file, in the order in which an annotated item meets them: `args` (the keys of
//! the attribute) and `fields` (what it keeps of a call), `item` (which shape of function), `question_mark` (the marks at `?` and at
//! what the function returns), `expand` (the wrapper); `container` (the attribute on a block) in
//! front of them.
//! `classify` is the derive.

mod args;
mod classify;
mod container;
mod expand;
mod fields;
mod item;
mod question_mark;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

/// Logs every `Err` that leaves the function. See `track_errors::track_errors`.
#[proc_macro_attribute]
pub fn track_errors(
    args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute(args.into(), item.into()).into()
}

/// What an error type says about itself. See `track_errors::Classify`.
#[proc_macro_derive(Classify, attributes(classify))]
pub fn classify(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into()).into()
}

fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    // The user's own item beside the message: whoever calls it sees one error, not thirty,
    // and completion in an editor goes on.
    expand(args, item.clone()).unwrap_or_else(|error| {
        let mut tokens = error.into_compile_error();
        tokens.extend(item);
        tokens
    })
}

fn derive(input: TokenStream) -> TokenStream {
    syn::parse2(input)
        .and_then(|input| classify::expand(&input))
        .unwrap_or_else(syn::Error::into_compile_error)
}

fn expand(args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let args: args::Args = syn::parse2(args)?;
    if args.skip.is_some() {
        // Not within a block that is tracked, so there is nothing to leave out.
        return Ok(item);
    }
    if container::is_block(&item) {
        return container::expand(&args, syn::parse2(item)?);
    }
    Ok(expand::function(&args.check()?, syn::parse2(item)?))
}
