//! The parameters inside the wrapper.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, Pat, ReceiverKind, Signature, Type};

use super::Wrapper;
use crate::parse::item::Function;
use crate::syntax::parameters::{Param, by_reference, moved_names, positional};
use crate::syntax::tokens::may_use;
use crate::syntax::types::bare;

impl Wrapper<'_> {
    /// Renames parameters that are no plain names, and returns the bindings that give the body the
    /// names it expects, in the order of the parameters.
    pub(super) fn rebind(&self, sig: &mut Signature) -> TokenStream {
        let private = &self.private;
        let mut bindings = TokenStream::new();
        for (index, arg) in sig.inputs.iter_mut().enumerate() {
            let name = positional(index, arg);
            let (attrs, binding) = match Param::of(arg) {
                Param::Receiver(receiver) => {
                    // A `self` by value is moved as a whole, like a parameter, and not field by field.
                    if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                        let token = &receiver.self_token;
                        bindings.extend(quote!(#private::capture(&#token);));
                    }
                    continue;
                }
                Param::Plain(pat) => {
                    let (mutability, ident) = (pat.mutability, &pat.ident);
                    // Of the parameter itself a lint may say this, or leave it out.
                    let once = quote!(#[allow(clippy::shadow_same, clippy::min_ident_chars)]);
                    (&pat.attrs, quote!(#once let #mutability #ident = #ident;))
                }
                Param::Wild => (&Vec::new(), quote!(let #name = #name;)),
                Param::Pattern(pat) => {
                    bindings.extend(quote!(let #name = #name;));
                    (&Vec::new(), quote!(let #pat = #name;))
                }
            };
            let FnArg::Typed(typed) = &*arg else { continue };
            // Others, such as `#[case]`, belong to the parameter alone.
            let attrs = typed.attrs.iter().chain(attrs).filter(|attr| {
                ["allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr"]
                    .iter()
                    .any(|name| attr.path().is_ident(name))
            });
            let in_fields =
                self.is_in_fields(&typed.pat).then(|| quote!(#[allow(unused_variables)]));
            let unused = allow_underscore(std::iter::once(&*arg));
            bindings.extend(quote!(#(#attrs)* #in_fields #unused #binding));
            rename(arg, &name);
        }
        bindings
    }

    /// `capture((&b, &a, &self));`, or `None` where a list does not do.
    ///
    /// A pattern that moves all parts of its parameter stays in the signature, and the list has its
    /// names. A parameter that the body does not use stays outside, unless it has to be dropped before
    /// another that is on the list.
    pub(super) fn list_captures(&self, function: &mut Function) -> Option<TokenStream> {
        let tokens = &function.body.tokens;
        let is_used =
            |name: &Ident| may_use(tokens, &name.to_string()) || self.fields_mention(name);
        let mut captures = Vec::new();
        let mut wild = Vec::new();
        // Whether what follows may be dropped behind all that is on the list.
        let mut stays_outside = true;
        for (index, arg) in function.sig.inputs.iter().enumerate() {
            let has_drop = match arg {
                FnArg::Receiver(receiver) => !matches!(receiver.kind, ReceiverKind::Reference(..)),
                FnArg::Typed(typed) if !typed.attrs.is_empty() => return None,
                FnArg::Typed(typed) => !matches!(bare(&typed.ty), Type::Reference(_)),
            };
            let listed = captures.len();
            match Param::of(arg) {
                Param::Receiver(receiver) => captures.push(receiver.self_token.to_token_stream()),
                Param::Plain(pat) => {
                    if is_used(&pat.ident) || (is_ignored(&pat.ident) && !stays_outside) {
                        captures.push(pat.ident.to_token_stream());
                    } else if !is_ignored(&pat.ident) {
                        return None;
                    }
                }
                Param::Wild if stays_outside => {}
                Param::Wild => {
                    let name = positional(index, arg);
                    captures.push(name.to_token_stream());
                    wild.push((index, name));
                }
                Param::Pattern(pat) => {
                    for name in moved_names(pat)? {
                        if !is_used(name) && !is_ignored(name) {
                            return None;
                        }
                        captures.push(name.to_token_stream());
                    }
                }
            }
            stays_outside &= !has_drop || captures.len() == listed;
        }
        for (index, name) in wild {
            rename(&mut function.sig.inputs[index], &name);
        }
        if captures.is_empty() {
            return Some(TokenStream::new());
        }
        captures.reverse();
        let private = &self.private;
        let allow = allow_underscore(function.sig.inputs.iter());
        Some(quote!(#allow #private::capture((#(&#captures,)*));))
    }

    /// Whether the attribute's fields use a parameter, which the body then need not use.
    pub(super) fn is_in_fields(&self, pat: &Pat) -> bool {
        !self.keys.fields().is_empty()
            && by_reference(pat).1.iter().any(|name| self.fields_mention(name))
    }

    /// Whether one of the fields uses the name.
    pub(super) fn fields_mention(&self, name: &Ident) -> bool {
        self.keys.fields().iter().any(|field| field.mentions(name))
    }
}

/// Lints about uses of `_ignored` should fire on the user's own uses only.
fn allow_underscore<'a>(mut args: impl Iterator<Item = &'a FnArg>) -> Option<TokenStream> {
    let has_underscore = args.any(|arg| match arg {
        FnArg::Typed(typed) => by_reference(&typed.pat).1.iter().any(is_ignored),
        FnArg::Receiver(_) => false,
    });
    has_underscore.then(
        || quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]),
    )
}

/// The parameter in the signature: without `mut`, which would be unused there, and under a name
/// of the expansion where it was a pattern.
fn rename(arg: &mut FnArg, name: &Ident) {
    let is_plain = matches!(Param::of(arg), Param::Plain(_));
    let FnArg::Typed(typed) = arg else { return };
    match &mut *typed.pat {
        Pat::Ident(pat) if is_plain => pat.mutability = None,
        pat => *pat = syn::parse_quote!(#name),
    }
}

/// Whether the compiler does not warn if it is not used.
fn is_ignored(name: &Ident) -> bool {
    name.to_string().starts_with('_')
}
