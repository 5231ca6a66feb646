//! A function with a body, taken apart just as far as the expansion needs it.
//!
//! A body that does not parse (a half-typed line in an editor) stays as tokens, so that the compiler
//! reports the user's mistake, and the function still expands.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Block, Error, Meta, Result, Signature, Stmt, Token, Visibility, token};

use super::item::other_item;
use crate::syntax::tokens::mentions;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

pub(crate) struct Body {
    pub(crate) brace: token::Brace,
    /// The whole body with its braces, as it was written.
    pub(crate) braced: TokenTree,
    pub(crate) inner_attrs: Vec<Attribute>,
    /// What follows the inner attributes, as it was written.
    pub(crate) tokens: TokenStream,
    /// The same, parsed; `None` where it does not parse.
    pub(crate) stmts: Option<Vec<Stmt>>,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let default = if input.peek(Token![default]) && !input.peek2(Token![!]) {
            Some(input.parse()?)
        } else {
            None
        };
        if let Some(other) = other_item(input) {
            return Err(input.error(format!(
                "this is {other}: `#[track_errors]` expects a function that returns a `Result`"
            )));
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(
                sig.ident.span(),
                format!(
                    "`{}` has no body here: put `#[track_errors]` on the method in each `impl`, \
                     or give it a default body",
                    sig.ident
                ),
            ));
        }
        Ok(Function { attrs, vis, default, sig, body: input.parse()? })
    }
}

impl Parse for Body {
    fn parse(input: ParseStream) -> Result<Self> {
        let braced = input.fork();
        let content;
        let brace = syn::braced!(content in input);
        let braced = braced.parse()?;
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let tokens: TokenStream = content.parse()?;
        let stmts = Block::parse_within.parse2(tokens.clone()).ok();
        Ok(Body { brace, braced, inner_attrs, tokens, stmts })
    }
}

/// The function's `#[track_caller]`, or its `#[cfg_attr(…, track_caller)]`, which the compiler has not
/// resolved yet where the attribute is on a block around the function.
pub(crate) fn track_caller(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| match &attr.meta {
        Meta::Path(path) => path.is_ident("track_caller"),
        Meta::List(list) => {
            list.path.is_ident("cfg_attr") && mentions(&list.tokens, "track_caller")
        }
        Meta::NameValue(_) => false,
    })
}
