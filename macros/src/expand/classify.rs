//! `#[derive(Classify)]`: an `impl` of `track_errors::Classify` that has a method for each key that is
//! somewhere on the type or its variants.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr};

use crate::valid::classify::{Classification, ErrorType};

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput, keys: &ErrorType) -> TokenStream {
    let runtime = keys.runtime();
    let (option, cow) = (quote!(::core::option::Option), quote!(#runtime::__private::Cow));
    let (none, text) =
        (quote!(#option::None), |text: &LitStr| quote!(#option::Some(#cow::Borrowed(#text))));

    let level = choose(keys, &none, |keys| {
        keys.level.as_ref().map(|level| quote!(#option::Some(#runtime::Level::#level)))
    });
    let kind = choose(keys, &none, |keys| keys.kind.as_ref().map(text));
    let fingerprint = choose(keys, &none, |keys| keys.fingerprint.as_ref().map(text));
    let expected =
        choose(keys, &quote!(false), |keys| keys.expected.map(|expected| quote!(#expected)));

    let level = level.map(|value| quote!(fn level(&self) -> #option<#runtime::Level> { #value }));
    let kind = kind.map(|value| quote!(fn kind(&self) -> #option<#cow<'_, str>> { #value }));
    let fingerprint =
        fingerprint.map(|value| quote!(fn fingerprint(&self) -> #option<#cow<'_, str>> { #value }));
    let expected = expected.map(|value| quote!(fn is_expected(&self) -> bool { #value }));

    let name = &input.ident;
    let mut generics = input.generics.clone();
    if generics.type_params().next().is_some() {
        // The bounds that its `Error` has on the parameters, whatever they are.
        generics.make_where_clause().predicates.push(syn::parse_quote!(Self: ::core::error::Error));
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #runtime::Classify for #name #ty_generics #where_clause {
            #level
            #kind
            #fingerprint
            #expected
        }
    }
}

/// `match self { Self::A { .. } => …, _ => … }`, or nothing if no key has a value.
fn choose(
    keys: &ErrorType,
    none: &TokenStream,
    value_of: impl Fn(&Classification) -> Option<TokenStream>,
) -> Option<TokenStream> {
    let whole = value_of(&keys.whole);
    let arms: Vec<_> = keys
        .variants
        .iter()
        .filter_map(|(name, keys)| {
            let value = value_of(keys)?;
            Some(quote!(Self::#name { .. } => #value,))
        })
        .collect();
    if whole.is_none() && arms.is_empty() {
        return None;
    }
    let is_all = arms.len() == keys.variants.len() && !arms.is_empty();
    let default = whole.as_ref().unwrap_or(none);
    let rest = (!is_all).then(|| quote!(_ => #default,));
    Some(quote!(match self { #(#arms)* #rest }))
}
