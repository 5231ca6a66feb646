//! The attribute of the crate `track_errors`; its documentation is there.
//!
//! One concern a file, in the order in which an annotated item meets them: `args` (the keys of
//! the attribute), `item` (which shape of function), `question_mark` (the marks at `?` and at
//! what the function returns), `expand` (the wrapper).

mod args;
mod expand;
mod item;
mod question_mark;

use proc_macro::TokenStream;

/// Logs every `Err` that leaves the function. See `track_errors::track_errors`.
#[proc_macro_attribute]
pub fn track_errors(args: TokenStream, item: TokenStream) -> TokenStream {
    let untouched = item.clone();
    let expanded = syn::parse::<args::Args>(args)
        .and_then(|args| Ok(expand::function(&args, syn::parse(item)?)));
    match expanded {
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
