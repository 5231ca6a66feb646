//! `#[derive(Classify)]` with `#[classify(…)]` on the type and its variants.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Result, Token};

use super::keys::{Entry, parse_entries, parse_value};

const KEYS: [&str; 5] = ["level", "kind", "fingerprint", "expected", "crate"];

/// What is inside `#[classify(…)]`.
struct Classify(Vec<Entry<Expr>>);

impl Parse for Classify {
    fn parse(input: ParseStream) -> Result<Self> {
        let value = |key: &Ident, input: ParseStream| {
            if key == "expected" && !input.peek(Token![=]) {
                Ok(syn::parse_quote!(true))
            } else {
                parse_value(key, input)
            }
        };
        parse_entries(input, &KEYS, value).map(Classify)
    }
}

/// The keys in all `#[classify(…)]` among the attributes.
pub(crate) fn parse(attrs: &[Attribute]) -> Result<Vec<Entry<Expr>>> {
    let mut entries = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("classify")) {
        entries.extend(attr.parse_args::<Classify>()?.0);
    }
    Ok(entries)
}
