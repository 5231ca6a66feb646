//! The user's body inside the wrapper.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Token;

use crate::parse::item::Body;

impl Body {
    /// The user's own braces around these tokens.
    pub(super) fn with_braces(&self, content: TokenStream) -> TokenStream {
        let mut braced = TokenStream::new();
        self.brace.surround(&mut braced, |tokens| tokens.extend(content));
        braced
    }

    /// The statements with their marks; as they were written where they did not parse.
    pub(super) fn source(&self) -> TokenStream {
        match &self.stmts {
            Some(stmts) => quote!(#(#stmts)*),
            None => self.tokens.clone(),
        }
    }

    /// The body of the closure or the async block that the function's body becomes: `{ ; { … } }`.
    ///
    /// The outer braces are the user's, by which the compiler recognises user code (line coverage leaves
    /// out code of a macro). The inner ones are of this crate's edition: at their end temporaries of the
    /// last expression are dropped before parameters, as in a function.
    pub(super) fn around(&self, content: &TokenStream) -> TokenStream {
        let empty = Token![;](Span::mixed_site());
        self.with_braces(quote!(#empty { #content }))
    }

    /// The same, as a block: the user's own, with its braces. The compiler points at them if a value is
    /// missing or does not live long enough, and reads the edition from them, which decides when
    /// temporaries of the last expression are dropped. The empty statement keeps it from warning about
    /// braces around a single expression.
    pub(super) fn block(&self) -> TokenStream {
        if self.stmts.is_none() {
            // Exactly as it was written, so that the compiler reports the mistake once, and not once
            // for the function and once for this.
            return self.braced.to_token_stream();
        }
        let (empty, source) = (Token![;](Span::mixed_site()), self.source());
        self.with_braces(quote!(#empty #source))
    }
}
