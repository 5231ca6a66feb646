//! Functions that are called, not awaited.

use proc_macro2::TokenStream;
use quote::quote;

use super::Wrapper;
use super::output::return_type;
use crate::parse::item::Function;
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
    //
    // A `#[track_caller]` function has a labelled block in place of the closure:
    //     let entry = enter(SITE);
    //     let value: R = 'body: { let mut a = a; …; { body } };
    //     finish(entry, value, |error| …)
    pub(super) fn sync_body(&self, function: &mut Function) -> TokenStream {
        let bindings = self.rebind(&mut function.sig);
        let per_error = self.per_error(&function.sig, false);
        let (private, site, returned) = (&self.private, &self.site, return_type(&function.sig));
        let enter = self.or_boundary("enter", "enter_boundary");
        let enter = quote!(#private::#enter(#site));
        let keep = &per_error.keep;
        // Return-type lints should fire on the user's signature only; the others are about the wrapper.
        let allow = quote! {
            #[allow(
                clippy::result_large_err, clippy::type_complexity,
                clippy::implicit_return, clippy::mixed_read_write_in_expression
            )]
        };
        if function.has_caller() {
            let block = self.labelled(function, &bindings);
            let [entry, value] = ["entry", "value"].map(own_name);
            let finish = self.finish("finish", &quote!(#entry), quote!(#value), &per_error);
            return quote! {
                #keep
                let #entry = #enter;
                #allow
                #[allow(clippy::diverging_sub_expression)]
                let #value: #returned = #block;
                #[allow(unreachable_code, clippy::implicit_return)]
                #finish
            };
        }
        let whole = function.body.behind(&bindings);
        let value = quote!(#private::call(move || -> #returned #whole));
        let finish = self.finish("finish", &enter, value, &per_error);
        quote!(#keep #allow #finish)
    }
}
