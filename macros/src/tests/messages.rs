//! Keys and messages: each `.txt` file here has lines of input, and below each what was parsed, or where
//! the message points at and what it says.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Result;
use syn::spanned::Spanned;

use super::compare;
use crate::parse::fields::Sigil;
use crate::parse::keys::Attribute;
use crate::valid::keys::{Key, Keys, Level};

#[test]
fn keys_are_accepted_with_their_values_or_refused_with_one_message() {
    check("keys.txt", |keys| match syn::parse2(keys)? {
        Attribute::Skip => Ok("skip".to_owned()),
        Attribute::Keys(entries) => {
            let keys = Keys::new(entries)?;
            keys.check()?;
            Ok(values_of(&keys))
        }
    });
}

#[test]
fn items_are_accepted_or_refused_with_one_message() {
    check("items.txt", |item| {
        crate::expand_attribute(TokenStream::new(), item).map(|_| "accepted".to_owned())
    });
}

#[test]
fn derives_are_accepted_or_refused_with_one_message() {
    check("derives.txt", |item| crate::expand_derive(item).map(|_| "accepted".to_owned()));
}

/// Compares the file with the same inputs and what they give now.
fn check(name: &str, parse: impl Fn(TokenStream) -> Result<String>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name);
    let mut expected = String::new();
    for line in fs::read_to_string(&file).expect("the table is readable").lines() {
        if line.starts_with("=>") || line.trim_start().starts_with('^') {
            continue;
        }
        expected += line;
        expected += "\n";
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        expected += &match parse(line.parse().expect("the input is tokens")) {
            Ok(values) => format!("=> {values}\n"),
            Err(error) => {
                // As the compiler would underline it.
                let (start, end) = (error.span().start().column, error.span().end().column);
                let underline = "^".repeat(end - start);
                format!("{:start$}{underline} {error}\n", "")
            }
        };
    }
    assert!(compare(&file, &expected), "{name} has other results");
}

/// `service: "shop", level: Warn`
fn values_of(keys: &Keys) -> String {
    fn constant<T: ToTokens>(key: Option<&Key<T>>) -> Option<String> {
        key.and_then(Key::constant).map(source)
    }
    let level = keys.level.as_ref().and_then(Key::constant).map(|level| match level {
        Level::Variant(name) => name.to_string(),
        Level::Path(path) => source(path),
    });
    let constants = [
        ("service", keys.service.as_ref().map(source)),
        ("level", level),
        ("kind", constant(keys.kind.as_ref())),
        ("fingerprint", constant(keys.fingerprint.as_ref())),
        ("report", keys.report.as_ref().map(source)),
        ("handled", keys.handled.as_ref().map(|(_, level)| source(level))),
        ("rate_limit", keys.rate_limit.map(|errors| errors.to_string())),
        ("backtrace", keys.backtrace.as_ref().map(source)),
        ("describe", keys.describe.as_ref().map(source)),
        ("crate", Some(keys.runtime().to_string().replace(' ', ""))),
    ];
    let constants = constants.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let mut all: Vec<_> = constants.map(|(key, value)| format!("{key}: {value}")).collect();
    all.extend(
        keys.per_error()
            .iter()
            .map(|(key, compute)| format!("{key} of each error: {}", source(compute))),
    );
    all.extend(keys.fields().iter().map(|field| {
        let sigil = match field.sigil {
            Sigil::None => "",
            Sigil::Display => "%",
            Sigil::Debug => "?",
        };
        format!("field {}: {sigil}{}", field.name, source(&field.value))
    }));
    all.join(", ")
}

/// The tokens as they were written.
fn source(tokens: &impl ToTokens) -> String {
    let text = tokens.span().source_text().filter(|text| !text.is_empty());
    text.unwrap_or_else(|| tokens.to_token_stream().to_string())
}
