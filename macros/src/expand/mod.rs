//! The third phase: the wrapper around a function's body, and the derive.
//!
//! In: valid keys and a function. Out: the same function, in essence
//!
//! ```text
//! fn f(a: A) -> R {
//!     finish(
//!         enter({ static SITE: Site = …; &SITE }),
//!         call(move || -> R { let a = a; { body, with marks } }),
//!         |error| Probe::new(error).track_errors_view(),
//!     )
//! }
//! ```
//!
//! * `return` and `?` leave the closure, or the async block, and pass `finish`. In a `#[track_caller]`
//!   function they leave a labelled block.
//! * The result is moved through a `match` and never borrowed: a reference into it would pin it to
//!   memory, on the `Ok` path as well.
//! * Whether the function returns a `Result` is decided by a trait of the runtime, `Outcome`, so aliases work.
//!   A type without it gets one message, at the return type. A boundary needs `BoundaryOutcome`, which
//!   leaves out `Poll`: each poll would end the boundary.
//! * A boundary begins with `enter_boundary`, or is a `boundary_future`. Where the macro does not see the
//!   future that a function returns, the scope is opened at the call, and the future takes it over.
//! * All paths are absolute and lead into `__private`, and all names have the hygiene of `mixed_site`, so
//!   the body can neither reach nor shadow them, also under `#![no_implicit_prelude]`.

pub(crate) mod classify;
mod fields;
mod future;
mod labelled;
mod output;
mod parameters;
mod site;
mod sync;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Signature, Token};

use crate::marks;
use crate::parse::item::{Body, Function, Shape};
use crate::syntax::tokens::{moved, own_name};
use crate::syntax::types::returned;
use crate::valid::keys::Keys;

/// Expands the attribute on one function.
pub(crate) fn function(keys: &Keys, mut function: Function) -> TokenStream {
    let runtime = keys.runtime();
    let shape = function.shape();
    let id = site::function_id(&function.sig.ident);
    let has_caller = function.has_caller();

    if let Some(stmts) = &mut function.body.stmts {
        let written = &function.body.tokens;
        marks::insert(stmts, written, &function.sig, shape, has_caller, &runtime, &id);
        output::hint(stmts, &function.sig, shape, &runtime);
    }
    let wrapper = Wrapper {
        keys,
        site: site::site(keys, &function.sig.ident, &id),
        private: quote!(#runtime::__private),
        original: function.sig.clone(),
    };
    let body = match shape {
        Shape::Sync => wrapper.sync_body(&mut function),
        Shape::Async => wrapper.async_body(&mut function),
        Shape::Future => wrapper.future_body(&mut function),
        Shape::BoxPin => wrapper.box_pin_body(&mut function),
        Shape::BlockOn => wrapper.block_on_body(&mut function),
    };

    let Function { attrs, vis, default, sig, body: source } = function;
    let inner_attrs = &source.inner_attrs;
    // The user's own braces: coverage and "missing return" errors point at them.
    let block = source.with_braces(quote!(#(#inner_attrs)* #body));
    quote!(#(#attrs)* #vis #default #sig #block)
}

/// What the wrapper of one function is made of.
struct Wrapper<'a> {
    keys: &'a Keys,
    /// `::track_errors::__private`
    private: TokenStream,
    /// `{ static SITE: Site = …; &SITE }`
    site: TokenStream,
    /// The signature as it was written.
    original: Signature,
}

/// What the keys add to the wrapper: nothing, if none of them needs the error.
#[derive(Default)]
struct PerError {
    /// `let kept = (…);`, in front of the call.
    keep: TokenStream,
    /// `|error, classification| …, |fields| …`: the first computes keys and captures nothing, the second
    /// adds the fields.
    closures: Option<TokenStream>,
}

impl Wrapper<'_> {
    /// What the keys add. With `outlives` the kept values must not borrow from a parameter.
    fn per_error(&self, renamed: &Signature, outlives: bool) -> PerError {
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

    /// `finish(entry, value, |error| Probe::new(error).track_errors_view())`, or the same with
    /// `finish_poll`; with the closures of keys it is `finish_keyed`.
    ///
    /// Where the function does not return what it should, the compiler points at `value` and at the
    /// name of `finish`.
    fn finish(
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
        let view = match &self.keys.describe {
            Some(probe) => quote!(#private::#probe::new(#error).track_errors_view()),
            // A macro, because the compiler shows its name where a trait of the error does not hold for all
            // its lifetimes.
            None => quote!(#private::view_by_traits_or_by_the_key_describe!(#error)),
        };
        let view = self.at_return_type(view);
        quote!(#finish(#entry, #value, |#error| { #view } #(, #closures)*))
    }

    /// The same tokens (those within braces stay), but errors about them point at the return type.
    fn at_return_type(&self, tokens: TokenStream) -> TokenStream {
        let sig = &self.original;
        let span = returned(sig).map_or_else(|| sig.ident.span(), Spanned::span);
        let span = Span::mixed_site().located_at(span);
        tokens
            .into_iter()
            .map(|token| match &token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => token,
                _ => moved(token, span),
            })
            .collect()
    }

    /// `name`, or `boundary_name` if the function is one.
    fn or_boundary(&self, name: &str, boundary: &str) -> Ident {
        let name = if self.keys.is_boundary() { boundary } else { name };
        Ident::new(name, Span::mixed_site())
    }
}

impl Body {
    /// The user's own braces around these tokens.
    fn with_braces(&self, content: TokenStream) -> TokenStream {
        let mut braced = TokenStream::new();
        self.brace.surround(&mut braced, |tokens| tokens.extend(content));
        braced
    }

    /// The body of the closure or the async block that the function's body becomes:
    /// `{ ; { bindings { body } } }`.
    ///
    /// The outer braces are the user's, by which the compiler recognises user code (line coverage leaves
    /// out code of a macro). The inner ones are of this crate's edition: at their end temporaries of the
    /// last expression are dropped before parameters, as in a function.
    fn behind(&self, bindings: &TokenStream) -> TokenStream {
        let (empty, block) = (Token![;](Span::mixed_site()), self.block());
        self.with_braces(quote!(#empty { #bindings #block }))
    }

    /// The body as a block: the user's own, with its braces. The compiler points at them if a value is
    /// missing or does not live long enough, and reads the edition from them, which decides when
    /// temporaries of the last expression are dropped. The empty statement keeps it from warning about
    /// braces around a single expression.
    fn block(&self) -> TokenStream {
        let Some(stmts) = &self.stmts else {
            // Exactly as it was written, so that the compiler reports the mistake once, and not once
            // for the function and once for this.
            return self.braced.to_token_stream();
        };
        let empty = Token![;](Span::mixed_site());
        self.with_braces(quote!(#empty #(#stmts)*))
    }
}
