//! The type that a body returns. The compiler would know it from the function, had the body not become
//! an argument of a call; without it `?` and `Ok(…)` in the body would need annotations.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Signature, Stmt, Type};

use super::Wrapper;
use crate::parse::item::Shape;
use crate::syntax::expressions::{async_init, async_tail};
use crate::syntax::tokens::own_name;
use crate::syntax::types::{future_output, returned};

/// Tells the async block that the function returns which type its value has.
pub(super) fn hint(stmts: &mut [Stmt], sig: &Signature, shape: Shape, runtime: &TokenStream) {
    let (output, block) = match shape {
        Shape::Sync | Shape::Async => return,
        Shape::BlockOn => (returned(sig), async_init(stmts)),
        Shape::Future | Shape::BoxPin => (returned(sig).and_then(future_output), async_tail(stmts)),
    };
    if let (Some(output), Some(block)) = (output, block) {
        let hint = output_hint(&without_impl_trait(output), &quote!(#runtime::__private));
        block.block.stmts.insert(0, Stmt::Expr(Expr::Verbatim(hint), None));
    }
}

/// `if let Some(value) = no_value::<R>() { return value; }`, which is never taken.
pub(super) fn output_hint(output: &TokenStream, private: &TokenStream) -> TokenStream {
    let value = own_name("value");
    quote! {
        if let ::core::option::Option::Some(#value) = #private::no_value::<#output>() {
            return #value;
        }
    }
}

/// The return type as it can be inside a body.
pub(super) fn return_type(sig: &Signature) -> TokenStream {
    returned(sig).map_or_else(|| quote!(()), without_impl_trait)
}

/// The type with `_` for every `impl Trait` in it.
fn without_impl_trait(ty: &Type) -> TokenStream {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::ImplTrait(_) = ty {
                *ty = syn::parse_quote!(_);
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    let mut ty = ty.clone();
    Infer.visit_type_mut(&mut ty);
    ty.into_token_stream()
}

impl Wrapper<'_> {
    /// `outputs::<R, _>(future)`: the same for a future that is no async block.
    pub(super) fn with_output(&self, future: TokenStream) -> TokenStream {
        let Some(output) = returned(&self.original).and_then(future_output) else { return future };
        let (private, output) = (&self.private, without_impl_trait(output));
        quote!(#private::outputs::<#output, _>(#future))
    }
}
