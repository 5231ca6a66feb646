//! Functions that are called, not awaited.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, GenericParam, Signature};

use super::output::return_type;
use super::{PerError, Wrapper};
use crate::parse::item::{Function, track_caller};
use crate::syntax::parameters::Param;
use crate::syntax::tokens::own_name;

impl Wrapper<'_> {
    // Input:
    //     fn f(&self, mut a: A, (b, _): (B, C), _: D) -> R {
    //         body
    //     }
    //
    // Output:
    //     fn f(&self, a: A, __track_errors_arg2: (B, C), __track_errors_arg3: D) -> R {
    //         finish(
    //             enter(SITE),
    //             call(move || -> R {
    //                 let mut a = a;
    //                 let __track_errors_arg2 = __track_errors_arg2;
    //                 let (b, _) = __track_errors_arg2;
    //                 let __track_errors_arg3 = __track_errors_arg3;
    //                 { body }
    //             }),
    //             |error| Probe::new(error).track_errors_view(),
    //         )
    //     }
    //
    // The parameters are bound again inside, so that they are dropped in the order in which a
    // function drops them, and so that a parameter that is reassigned, and a body that returns a
    // reborrow of a `&mut` argument, compile as before. Temporaries of the body's last expression are
    // dropped before them, as in a function: that is the rule of the edition 2024, and the outer braces
    // are of this crate.
    pub(super) fn sync_body(&self, function: &mut Function) -> TokenStream {
        let bindings = self.rebind(&mut function.sig);
        let per_error = self.per_error(&function.sig, false);
        let (private, returned) = (&self.private, return_type(&function.sig));
        let whole = function.body.behind(&bindings);
        let finish =
            self.finish_call(quote!(#private::call(move || -> #returned #whole)), &per_error);
        let keep = per_error.keep;
        // Return-type lints should fire on the user's signature only; the others are about the wrapper.
        quote! {
            #keep
            #[allow(
                clippy::result_large_err, clippy::type_complexity,
                clippy::implicit_return, clippy::mixed_read_write_in_expression
            )]
            #finish
        }
    }

    // Input:
    //     #[track_caller]
    //     fn f<T>(a: A, (b, _): (B, C)) -> R {
    //         body
    //     }
    //
    // Output:
    //     #[track_caller]
    //     fn f<T>(a: A, __track_errors_arg1: (B, C)) -> R {
    //         #[track_caller]
    //         fn body<T>(a: A, (b, _): (B, C)) -> R {
    //             body
    //         }
    //         finish(enter(SITE), body::<T>(a, __track_errors_arg1), |error| …)
    //     }
    //
    // A closure does not know its caller; a function does, and what it calls sees the caller of `f`.
    pub(super) fn caller_body(&self, function: &mut Function) -> TokenStream {
        let original = &self.original;
        let name = own_name("body");
        let mut sig = Signature { ident: name.clone(), ..original.clone() };
        for arg in &mut sig.inputs {
            if let FnArg::Typed(typed) = arg
                && self.is_in_fields(&typed.pat)
            {
                typed.attrs.push(syn::parse_quote!(#[allow(unused_variables)]));
            }
        }
        // The inner function binds its own parameters.
        let _: TokenStream = self.rebind(&mut function.sig);
        let per_error = self.per_error(&function.sig, false);
        let source = function.body.block();
        let generics = original.generics.params.iter().filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        });
        let arguments = function.sig.inputs.iter().filter_map(|arg| match Param::of(arg) {
            Param::Plain(pat) => Some(&pat.ident),
            _ => None,
        });
        let finish = self.finish_call(quote!(#name::<#(#generics),*>(#(#arguments),*)), &per_error);
        let keep = per_error.keep;
        let track_caller = track_caller(&function.attrs);
        // Signature lints should fire on the user's function only.
        quote! {
            #track_caller
            #[allow(
                clippy::too_many_arguments, clippy::fn_params_excessive_bools,
                clippy::type_complexity, clippy::result_large_err
            )]
            #sig #source
            #keep
            #finish
        }
    }

    /// `finish(enter(SITE), value, |error| …)`; a boundary opens a scope.
    fn finish_call(&self, value: TokenStream, per_error: &PerError) -> TokenStream {
        let (private, site) = (&self.private, &self.site);
        let enter = self.or_boundary("enter", "enter_boundary");
        let entry = quote!(#private::#enter(#site));
        self.finish("finish", &entry, value, per_error)
    }
}
