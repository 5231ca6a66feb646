//! `key = value, key = value`: the grammar of `#[track_errors(…)]` and of `#[classify(…)]`.
//!
//! Every key keeps its span, so that a message can point at the key or at its value.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, Result, Token, token};

use super::fields::Field;
use crate::messages;

/// The keys of `#[track_errors(…)]`, in the order in which the documentation lists them.
const KEYS: [&str; 12] = [
    "service",
    "level",
    "when",
    "kind",
    "fingerprint",
    "fields",
    "report",
    "handled",
    "rate_limit",
    "backtrace",
    "describe",
    "crate",
];

/// The keys of `#[classify(…)]`.
const CLASSIFY_KEYS: [&str; 5] = ["level", "kind", "fingerprint", "expected", "crate"];

/// One key with its value.
pub(crate) struct Entry<V> {
    pub(crate) key: Ident,
    pub(crate) value: V,
}

/// What is inside `#[track_errors(…)]`.
pub(crate) enum Attribute {
    /// `skip`, which takes no other key.
    Skip,
    Keys(Vec<Entry<Value>>),
}

/// The value of a key.
pub(crate) enum Value {
    /// `fields(name, name = value)`
    Fields(Vec<Field>),
    /// `key = value`
    Expr(Box<Expr>),
}

impl Parse for Attribute {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(Ident) && input.fork().parse::<Ident>()? == "skip" {
            input.parse::<Ident>()?;
            if input.is_empty() {
                return Ok(Attribute::Skip);
            }
            return Err(
                input.error("expected `skip` alone: a function that is not tracked has no keys")
            );
        }
        let value = |key: &Ident, input: ParseStream| {
            if key == "fields" {
                parenthesized_fields(key, input).map(Value::Fields)
            } else {
                parse_value(key, input).map(|value| Value::Expr(Box::new(value)))
            }
        };
        Ok(Attribute::Keys(parse_entries(input, &KEYS, value)?))
    }
}

/// The keys in all `#[classify(…)]` among the attributes of a type or a variant.
pub(crate) fn parse_classify(attrs: &[syn::Attribute]) -> Result<Vec<Entry<Expr>>> {
    let value = |key: &Ident, input: ParseStream| {
        if key == "expected" && !input.peek(Token![=]) {
            Ok(syn::parse_quote!(true))
        } else {
            parse_value(key, input)
        }
    };
    let mut entries = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("classify")) {
        let parse = |input: ParseStream| parse_entries(input, &CLASSIFY_KEYS, value);
        entries.extend(attr.parse_args_with(parse)?);
    }
    Ok(entries)
}

/// Keys that are among `known`, each with the value that `parse_value` reads behind it.
fn parse_entries<V>(
    input: ParseStream,
    known: &[&str],
    parse_value: impl Fn(&Ident, ParseStream) -> Result<V>,
) -> Result<Vec<Entry<V>>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let key = parse_key(input, known)?;
        let value = parse_value(&key, input)?;
        entries.push(Entry { key, value });
        if input.parse::<Option<Token![,]>>()?.is_none() && !input.is_empty() {
            return Err(input.error("expected `,` between two keys"));
        }
    }
    Ok(entries)
}

fn parse_key(input: ParseStream, known: &[&str]) -> Result<Ident> {
    // `parse_any`, because `crate` is a keyword.
    let key = input.call(Ident::parse_any).map_err(|error| {
        Error::new(error.span(), format!("expected a key: {}", messages::list(known, '`')))
    })?;
    let name = key.to_string();
    if known.contains(&&*name) {
        return Ok(key);
    }
    Err(Error::new(key.span(), messages::unknown("key", &name, known, '`')))
}

/// `= value`
fn parse_value(key: &Ident, input: ParseStream) -> Result<Expr> {
    // At the key, not at what follows it: behind the last key there is nothing to point at.
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(Error::new(key.span(), format!("missing `=`, expected `{key} = …`")));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(key.span(), format!("missing value, expected `{key} = …`")));
    }
    let mut value = input.parse()?;
    // An argument of a `macro_rules!` (`service = $service`) is in invisible parentheses.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    Ok(value)
}

/// `(name, name = value)`
fn parenthesized_fields(key: &Ident, input: ParseStream) -> Result<Vec<Field>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), "missing list, expected `fields(name, name = value)`"));
    }
    let content;
    syn::parenthesized!(content in input);
    Ok(content.parse_terminated(Field::parse, Token![,])?.into_iter().collect())
}
