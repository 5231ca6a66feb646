//! `#[derive(Classify)]`: what an error type says about itself, by attributes.
//!
//! In: a struct or an enum with `#[classify(…)]` on it and on its variants. Out: an `impl` of
//! `track_errors::Classify` that has a method for each key that stands somewhere. What stands on the
//! type holds for the variants that say nothing.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Data, DeriveInput, Error, LitBool, LitStr, Path, Result, Token, Variant};

use crate::args::{did_you_mean, parse_crate, parse_level_name, parse_name_text};

const KEYS: [&str; 5] = ["level", "kind", "fingerprint", "expected", "crate"];

/// What `#[classify(…)]` says.
#[derive(Default)]
struct Says {
    /// A variant of `track_errors::Level`.
    level: Option<Ident>,
    kind: Option<LitStr>,
    fingerprint: Option<LitStr>,
    expected: Option<bool>,
    krate: Option<Path>,
}

/// Expands the derive.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let whole = Says::of(&input.attrs)?;
    let variants = match &input.data {
        Data::Enum(data) => data.variants.iter().collect(),
        Data::Struct(_) => Vec::new(),
        Data::Union(data) => {
            return Err(Error::new(
                data.union_token.span,
                "this is a union: `Classify` can be derived for a struct or an enum",
            ));
        }
    };
    let variants: Vec<(&Variant, Says)> = variants
        .into_iter()
        .map(|variant| Ok((variant, Says::of(&variant.attrs)?)))
        .collect::<Result<_>>()?;
    if let Some((variant, _)) = variants.iter().find(|(_, says)| says.krate.is_some()) {
        return Err(Error::new(
            variant.ident.span(),
            "`crate` stands on the type, not on a variant",
        ));
    }
    let runtime = match &whole.krate {
        Some(path) => quote!(#path),
        None => quote!(::track_errors),
    };

    // `match self { Self::A { .. } => …, _ => … }`, or nothing if nobody says anything.
    let choose = |of: &dyn Fn(&Says) -> Option<TokenStream>, none: TokenStream| {
        let default = of(&whole);
        let arms: Vec<_> = variants
            .iter()
            .filter_map(|(variant, says)| {
                let (name, value) = (&variant.ident, of(says)?);
                Some(quote!(Self::#name { .. } => #value,))
            })
            .collect();
        let is_all = arms.len() == variants.len() && !arms.is_empty();
        let is_said = default.is_some() || !arms.is_empty();
        let default = default.unwrap_or(none);
        let rest = (!is_all).then(|| quote!(_ => #default,));
        is_said.then(|| quote!(match self { #(#arms)* #rest }))
    };
    let option = quote!(::core::option::Option);
    let text = |text: &LitStr| quote!(#option::Some(#runtime::__private::Cow::Borrowed(#text)));
    let none = || quote!(#option::None);
    let level = choose(
        &|says| says.level.as_ref().map(|level| quote!(#option::Some(#runtime::Level::#level))),
        none(),
    );
    let kind = choose(&|says| says.kind.as_ref().map(text), none());
    let fingerprint = choose(&|says| says.fingerprint.as_ref().map(text), none());
    let expected = choose(&|says| says.expected.map(|expected| quote!(#expected)), quote!(false));

    let level = level.map(|value| quote!(fn level(&self) -> #option<#runtime::Level> { #value }));
    let text_method = |name: &str, value: TokenStream| {
        let name = Ident::new(name, Span::mixed_site());
        quote!(fn #name(&self) -> #option<#runtime::__private::Cow<'_, str>> { #value })
    };
    let kind = kind.map(|value| text_method("kind", value));
    let fingerprint = fingerprint.map(|value| text_method("fingerprint", value));
    let expected = expected.map(|value| quote!(fn is_expected(&self) -> bool { #value }));

    let name = &input.ident;
    let mut generics = input.generics.clone();
    if generics.type_params().next().is_some() {
        // Whatever its `Error` asks of the parameters.
        generics.make_where_clause().predicates.push(syn::parse_quote!(Self: ::core::error::Error));
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #runtime::Classify for #name #ty_generics #where_clause {
            #level
            #kind
            #fingerprint
            #expected
        }
    })
}

impl Says {
    fn of(attrs: &[Attribute]) -> Result<Self> {
        let mut all = Says::default();
        let mut seen: Vec<Ident> = Vec::new();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("classify")) {
            attr.parse_args_with(|input: ParseStream| all.parse(input, &mut seen))?;
        }
        Ok(all)
    }

    fn parse(&mut self, input: ParseStream, seen: &mut Vec<Ident>) -> Result<()> {
        let keys = || KEYS.map(|key| format!("`{key}`")).join(", ");
        while !input.is_empty() {
            let key = input
                .call(Ident::parse_any)
                .map_err(|error| Error::new(error.span(), format!("expected a key: {}", keys())))?;
            if !KEYS.iter().any(|known| key == known) {
                let meant = did_you_mean(&key.to_string(), KEYS.iter().copied(), '`');
                return Err(Error::new(
                    key.span(),
                    format!("unknown key `{key}`{meant}, expected one of: {}", keys()),
                ));
            }
            if seen.contains(&key) {
                return Err(Error::new(
                    key.span(),
                    format!("duplicate key `{key}`, expected it at most once"),
                ));
            }
            if key == "expected" {
                self.expected = Some(if input.parse::<Option<Token![=]>>()?.is_some() {
                    LitBool::parse(input)?.value
                } else {
                    true
                });
            } else {
                input.parse::<Token![=]>().map_err(|_| {
                    Error::new(key.span(), format!("missing value, expected `{key} = …`"))
                })?;
                match &*key.to_string() {
                    "level" => self.level = Some(parse_level_name(input)?),
                    "kind" => self.kind = Some(parse_name_text(input, "kind")?),
                    "fingerprint" => {
                        self.fingerprint = Some(parse_name_text(input, "fingerprint")?);
                    }
                    _ => self.krate = Some(parse_crate(input)?),
                }
            }
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}
