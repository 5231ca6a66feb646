//! `fields(name, name = expr, name = %expr, name = ?expr, "name" = expr)`.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Result, Token};

use crate::syntax::tokens::mentions;

/// One field.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Where the name begins.
    pub(crate) span: Span,
    pub(crate) sigil: Sigil,
    pub(crate) value: Expr,
}

/// How the value is shown.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sigil {
    /// As a number, a boolean or a text, if it is one; else by the first trait that it has.
    None,
    /// `%`: its `Display`.
    Display,
    /// `?`: its `Debug`.
    Debug,
}

impl Field {
    /// Whether the value uses the name.
    pub(crate) fn mentions(&self, name: &Ident) -> bool {
        mentions(&self.value, &name.to_string())
    }

    /// `= expr`, `= %expr` or `= ?expr`, if it is there. `sigil` is the one in front of the name.
    fn value(
        input: ParseStream,
        sigil: Sigil,
        span: Span,
        name: &str,
    ) -> Result<Option<(Sigil, Expr)>> {
        if !input.peek(Token![=]) || input.peek(Token![==]) {
            return Ok(None);
        }
        if sigil != Sigil::None {
            let message = "expected the sigil before the value";
            return Err(Error::new(span, format!("{message}: `{name} = %…` or `{name} = ?…`")));
        }
        input.parse::<Token![=]>()?;
        let sigil = Sigil::parse(input)?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new(span, missing_value(name)));
        }
        Ok(Some((sigil, input.parse()?)))
    }
}

impl Parse for Field {
    fn parse(input: ParseStream) -> Result<Self> {
        let sigil = Sigil::parse(input)?;
        let span = input.span();
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            let written = literal.to_token_stream().to_string();
            return match Self::value(input, sigil, span, &written)? {
                Some((sigil, value)) => Ok(Field { name: literal.value(), span, sigil, value }),
                None => Err(Error::new(span, missing_value(&written))),
            };
        }
        let path =
            Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)
                .map_err(|error| {
                    Error::new(error.span(), "expected a field: `name`, or `name = value`")
                })?;
        let names: Vec<_> = path.iter().map(|name| name.unraw().to_string()).collect();
        let name = names.join(".");
        if let Some((sigil, value)) = Self::value(input, sigil, span, &name)? {
            return Ok(Field { name, span, sigil, value });
        }
        if names[0] == "self" {
            let last = if names.len() > 1 { &names[names.len() - 1] } else { "name" };
            let path = path.to_token_stream().to_string().replace(' ', "");
            return Err(Error::new(
                span,
                format!("a field needs a name, expected `{last} = {path}`"),
            ));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("a field needs a name, expected `name = …`"));
        }
        // `order.id` alone is the field `order.id` with that value.
        Ok(Field { name, span, sigil, value: syn::parse2(path.into_token_stream())? })
    }
}

fn missing_value(name: &str) -> String {
    format!("missing value, expected `{name} = …`")
}

impl Sigil {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.parse::<Option<Token![%]>>()?.is_some() {
            Ok(Sigil::Display)
        } else if input.parse::<Option<Token![?]>>()?.is_some() {
            Ok(Sigil::Debug)
        } else {
            Ok(Sigil::None)
        }
    }
}
