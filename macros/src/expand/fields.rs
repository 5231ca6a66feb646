//! What `fields(…)` becomes: an expression that keeps the values when the call begins, and a closure
//! that adds them to the record when an error leaves.
//!
//! A value is kept as it is, unformatted, if the body cannot consume it: if its only parameters are
//! shared references. Any other is formatted eagerly, on every call; numbers are copied. The macro does
//! not know types, so the parameters that a value names decide; a mistake there is an error of the
//! borrow checker, never another behaviour.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, ReceiverKind, Signature, Type};

use super::Wrapper;
use crate::parse::fields::{Field, Sigil};
use crate::syntax::expressions;
use crate::syntax::parameters::{Param, by_reference, positional};
use crate::syntax::tokens::{own_name, own_name_at};
use crate::syntax::types;

impl Wrapper<'_> {
    /// `let kept = (…);` in front of the call, and `|collected| { collected.add("name", &kept.0); … }`.
    ///
    /// The parameters of `renamed` have their names of the expansion already. With `outlives` the
    /// kept values must not borrow.
    pub(super) fn keep_fields(
        &self,
        renamed: &Signature,
        outlives: bool,
    ) -> (TokenStream, TokenStream) {
        let fields = self.keys.fields();
        if fields.is_empty() {
            return (TokenStream::new(), quote!(|_| {}));
        }
        let [collected, kept] = ["collected", "kept"].map(own_name);
        let values = fields.iter().map(|field| self.keep_field(field, outlives));
        let patterns = self.patterns(renamed);
        let adds = fields.iter().enumerate().map(|(index, field)| {
            let (index, name) = (syn::Index::from(index), &field.name);
            // A message about a trait that a value does not have points at the value, and is there once:
            // without a sigil it comes from where the value is kept.
            let span = match field.sigil {
                Sigil::None => Span::call_site(),
                Sigil::Display | Sigil::Debug => Span::mixed_site().located_at(field.value.span()),
            };
            let name_at = span.resolved_at(Span::mixed_site());
            let [collected, kept] = ["collected", "kept"].map(|name| own_name_at(name, name_at));
            quote_spanned!(span=> #collected.add(#name, &#kept.#index);)
        });
        let add = quote!(|#collected| { #(#adds)* });
        (quote!(let #kept = { #(#patterns)* (#(#values,)*) };), add)
    }

    /// `let pattern = &__track_errors_arg0;` for each parameter that is a pattern whose names the fields use.
    fn patterns(&self, renamed: &Signature) -> impl Iterator<Item = TokenStream> {
        let args = self.original.inputs.iter().zip(&renamed.inputs).enumerate();
        args.filter_map(|(index, (arg, now))| {
            let Param::Pattern(pat) = Param::of(arg) else { return None };
            // Where the pattern stayed in the signature its names are there already.
            let is_renamed = !matches!(Param::of(now), Param::Pattern(_));
            let (borrowed, names) = by_reference(pat);
            let is_used = names.iter().any(|name| self.fields_mention(name));
            (is_renamed && is_used).then(|| {
                let name = positional(index, arg);
                quote!(#[allow(unused_variables)] let #borrowed = &#name;)
            })
        })
    }

    /// `{ let value = &self.id; display(value) }`, or the same with `keep_now`, which formats.
    fn keep_field(&self, field: &Field, outlives: bool) -> TokenStream {
        let (private, sig) = (&self.private, &self.original);
        let value = plain(&field.value);
        // Errors about traits that the type does not have point at the value.
        let span = Span::mixed_site().located_at(value.span());
        let name = own_name_at("value", span);
        let is_kept = !outlives
            && !is_within_temporary(value)
            && !sig.inputs.iter().any(|arg| may_consume(arg, field));
        // A parameter that is a reference is copied: a borrow of it would end with the function.
        let by_value = is_kept && (!is_place(value) || is_parameter(value, sig));
        let value = match value {
            _ if by_value => value.to_token_stream(),
            Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) => quote_spanned!(span=> &(#value)),
            _ => quote_spanned!(span=> &#value),
        };
        let shown = match field.sigil {
            Sigil::Display => quote_spanned!(span=> #private::display(#name)),
            Sigil::Debug => quote_spanned!(span=> #private::debug(#name)),
            Sigil::None => quote_spanned! {span=>
                #private::FieldProbe::new(&#name).track_errors_field()(#name)
            },
        };
        // In statements of their own: a lock that a value takes is free for the next one.
        if is_kept {
            return quote!({ let #name = #value; #shown });
        }
        // A `match` keeps what the value is borrowed from until it is formatted.
        let words = own_name("words");
        quote!({
            let #words = match #value { #name => #private::keep_now(#shown) };
            #words
        })
    }
}

/// Whether the value is a parameter itself.
fn is_parameter(value: &Expr, sig: &Signature) -> bool {
    let Expr::Path(path) = value else { return false };
    sig.inputs.iter().any(|arg| match Param::of(arg) {
        Param::Receiver(_) => path.path.is_ident("self"),
        Param::Plain(pat) => path.path.is_ident(&pat.ident),
        _ => false,
    })
}

fn is_shared(ty: &Type) -> bool {
    matches!(types::bare(ty), Type::Reference(ty) if ty.mutability.is_none())
}

/// Whether the value names a parameter that the body can consume or change.
fn may_consume(arg: &FnArg, field: &Field) -> bool {
    match arg {
        FnArg::Receiver(receiver) => {
            let is_shared = match &receiver.kind {
                ReceiverKind::Reference(_, _, None) => true,
                ReceiverKind::Typed(_, ty) => is_shared(ty),
                _ => false,
            };
            !is_shared && field.mentions(&receiver.self_token.into())
        }
        FnArg::Typed(typed) => match Param::of(arg) {
            Param::Plain(pat) => !is_shared(&typed.ty) && field.mentions(&pat.ident),
            Param::Pattern(pat) => {
                let (_, names) = by_reference(pat);
                names.iter().any(|name| field.mentions(name))
            }
            _ => false,
        },
    }
}

/// Without parentheses and a shared borrow around it.
fn plain(value: &Expr) -> &Expr {
    match expressions::bare(value) {
        Expr::Reference(value) if value.mutability.is_none() => plain(&value.expr),
        value => value,
    }
}

/// Whether the expression is a place, and makes no new value.
fn is_place(value: &Expr) -> bool {
    matches!(value, Expr::Path(_)) || part_of(value).is_some()
}

/// Whether the expression names a part of a temporary: `self.lock().count`.
fn is_within_temporary(value: &Expr) -> bool {
    part_of(value).is_some_and(|whole| !is_place(whole) || is_within_temporary(whole))
}

/// The expression that the value is a part of.
fn part_of(value: &Expr) -> Option<&Expr> {
    let whole = match value {
        Expr::Index(value) => &value.expr,
        Expr::Field(value) => &value.base,
        Expr::Unary(value) if matches!(value.op, syn::UnOp::Deref(_)) => &value.expr,
        _ => return None,
    };
    Some(expressions::bare(whole))
}
