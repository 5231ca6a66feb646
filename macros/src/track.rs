//! One function through the phases, and the user's item beside a message.

use proc_macro2::TokenStream;
use syn::{Error, Result};

use crate::parse::function::Function;
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
