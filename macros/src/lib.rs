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

use proc_macro::TokenStream;

/// Logs every `Err` that leaves the function. See `track_errors::track_errors`.
#[proc_macro_attribute]
pub fn track_errors(args: TokenStream, item: TokenStream) -> TokenStream {
    let untouched = item.clone();
    match expand(args, item) {
        Ok(tokens) => tokens.into(),
        // The user's own item beside the message: whoever calls it sees one error, not thirty,
        // and completion in an editor goes on.
        Err(error) => {
            let mut tokens = TokenStream::from(error.into_compile_error());
            tokens.extend(untouched);
            tokens
        }
    }
}

/// What an error type says about itself. See `track_errors::Classify`.
#[proc_macro_derive(Classify, attributes(classify))]
pub fn classify(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    classify::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand(args: TokenStream, item: TokenStream) -> syn::Result<proc_macro2::TokenStream> {
    let args: args::Args = syn::parse(args)?;
    if args.skip.is_some() {
        // Not within a block that is tracked, so there is nothing to leave out.
        return Ok(item.into());
    }
    let item = proc_macro2::TokenStream::from(item);
    if container::is_block(&item) {
        return container::expand(&args, syn::parse2(item)?);
    }
    Ok(expand::function(&args.check()?, syn::parse2(item)?))
}
