//! What happens when the function is over.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Signature;
use syn::spanned::Spanned;

use super::Wrapper;
use crate::syntax::tokens::own_name;

/// What the keys add to the wrapper: nothing, if none of them needs the error.
#[derive(Default)]
pub(super) struct PerError {
    /// `let kept = (…);`, in front of the call.
    pub(super) keep: TokenStream,
    /// `|error, classification| …, |fields| …`: the first computes keys and captures nothing, the second
    /// adds the fields.
    closures: Option<TokenStream>,
}

impl Wrapper<'_> {
    /// What the keys add; `with `outlives` the kept values must not borrow from a parameter.
    pub(super) fn per_error(&self, renamed: &Signature, outlives: bool) -> PerError {
        let computed = self.keys.per_error();
        if computed.is_empty() && self.keys.fields().is_empty() {
            return PerError::default();
        }
        let [error, classification] = ["error", "classification"].map(own_name);
        let calls = computed.iter().map(|(key, compute)| {
            let key = Ident::new(key, Span::mixed_site().located_at(compute.span()));
            quote!(#classification.#key(#error, #compute);)
        });
        let compute = if computed.is_empty() {
            quote!(|_, _| {})
        } else {
            quote!(|#error, #classification| { #(#calls)* })
        };
        let (keep, add) = self.keep_fields(renamed, outlives);
        PerError { keep, closures: Some(quote!(#compute, #add)) }
    }

    /// `|value, call| finish_poll(…)`: what happens when a future is ready.
    pub(super) fn leave(&self, per_error: &PerError) -> TokenStream {
        let [value, call] = ["value", "call"].map(own_name);
        let finish =
            self.finish("finish_poll", &call.to_token_stream(), value.to_token_stream(), per_error);
        // What was kept for fields goes along with the future.
        let own = per_error.closures.as_ref().map(|_| quote!(move));
        quote!(#own |#value, #call| #finish)
    }

    /// `finish(entry, value, |error| Probe::new(error).track_errors_view())`, or the same with
    /// `finish_poll`; with the closures of keys it is `finish_keyed`.
    ///
    /// Where the function does not return what it should, the compiler points at `value` and at the
    /// name of `finish`.
    pub(super) fn finish(
        &self,
        name: &str,
        entry: &TokenStream,
        value: TokenStream,
        per_error: &PerError,
    ) -> TokenStream {
        let suffix = if per_error.closures.is_some() { "_keyed" } else { "" };
        let name = Ident::new(&format!("{name}{suffix}"), Span::mixed_site());
        let closures = per_error.closures.iter();
        let private = &self.private;
        let finish = self.at_return_type(quote!(#private::#name));
        let value = self.at_return_type(value);
        let error = own_name("error");
        quote! {
            #finish(#entry, #value, |#error| {
                #private::Probe::new(#error).track_errors_view()
            } #(, #closures)*)
        }
    }
}
