//! Functions whose `Result` comes from a future.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Stmt};

use super::output::{output_hint, return_type};
use super::{PerError, Wrapper};
use crate::parse::item::Function;
use crate::syntax::expressions::first_init;
use crate::syntax::tokens::own_name;
use crate::syntax::types::returns_borrow;

impl Wrapper<'_> {
    // Input:
    //     async fn f(&self, a: A) -> R {
    //         body
    //     }
    //
    // Output:
    //     async fn f(&self, a: A) -> R {
    //         future(
    //             || SITE,
    //             async move {
    //                 if let Some(value) = no_value::<R>() {
    //                     return value;
    //                 }
    //                 capture((&a, &self));
    //                 { body }
    //             },
    //             |value, call| finish_poll(call, value, |error| …),
    //         ).await
    //     }
    //
    // An async block drops what it captured in the order in which it first mentions it: hence the list,
    // last parameter first. Bound again, each parameter would be in the future twice, which doubles its
    // size. That is done only where a list does not do: for patterns that leave a part of the parameter
    // where it is, and for parameters that the body does not use, about which the compiler should still
    // warn.
    pub(super) fn async_body(&self, function: &mut Function) -> TokenStream {
        let returned = return_type(&function.sig);
        let bindings =
            self.list_captures(function).unwrap_or_else(|| self.rebind(&mut function.sig));
        let per_error = self.per_error(&function.sig, false);
        let hint = output_hint(&returned, &self.private);
        let whole = function.body.behind(&quote!(#hint #bindings));
        let future = self.future(self.at_return_type(quote!(async move #whole)), &per_error);
        let keep = per_error.keep;
        quote!(#keep #[allow(clippy::implicit_return)] #future.await)
    }

    // Input:
    //     fn f(a: A) -> impl Future<Output = R> {
    //         body
    //     }
    //
    // Output:
    //     fn f(a: A) -> impl Future<Output = R> {
    //         future(
    //             || SITE,
    //             outputs::<R, _>(call(move || { let a = a; { body } })),
    //             |value, call| finish_poll(call, value, |error| …),
    //         )
    //     }
    pub(super) fn future_body(&self, function: &mut Function) -> TokenStream {
        let bindings = self.rebind(&mut function.sig);
        let per_error = self.per_error(&function.sig, !returns_borrow(&function.sig));
        let value = if function.has_caller() {
            self.labelled(function, &bindings)
        } else {
            let (private, whole) = (&self.private, function.body.behind(&bindings));
            quote!(#private::call(move || #whole))
        };
        let value = self.at_return_type(value);
        let future = self.future(self.with_output(value), &per_error);
        let keep = per_error.keep;
        quote!(#keep #[allow(clippy::implicit_return)] #future)
    }

    // Input:
    //     fn f(a: A) -> Pin<Box<dyn Future<Output = R> + 'a>> {
    //         statements
    //         Box::pin(future)
    //     }
    //
    // Output:
    //     fn f(a: A) -> Pin<Box<dyn Future<Output = R> + 'a>> {
    //         statements
    //         Box::pin(future(|| SITE, future, |value, call| finish_poll(call, value, |error| …)))
    //     }
    //
    // This is what `async_trait` makes of an async method: the box is there already, so the tracked
    // future goes into it and costs no second one. A boxed future behind an alias, or one that another
    // function returned, is tracked by a box around it (`sync_body`): slower, and otherwise the same.
    pub(super) fn box_pin_body(&self, function: &mut Function) -> TokenStream {
        let per_error = self.per_error(&function.sig, !returns_borrow(&function.sig));
        let stmts = function.body.stmts.as_deref_mut();
        if let Some([.., Stmt::Expr(Expr::Call(call), None)]) = stmts {
            let inner = self.with_output(call.args[0].to_token_stream());
            call.args[0] = Expr::Verbatim(self.future(inner, &per_error));
        }
        let (keep, stmts) = (per_error.keep, function.body.stmts.iter().flatten());
        quote!(#keep #(#stmts)*)
    }

    // Input:
    //     fn main() -> R {
    //         let body = async { … };
    //         … block_on(body)
    //     }
    //
    // Output:
    //     fn main() -> R {
    //         let body = future(|| SITE, async { … }, |value, call| finish_poll(call, value, |error| …));
    //         … block_on(body)
    //     }
    pub(super) fn block_on_body(&self, function: &mut Function) -> TokenStream {
        let per_error = self.per_error(&function.sig, true);
        if let Some(init) = function.body.stmts.as_mut().and_then(|stmts| first_init(stmts)) {
            *init = Expr::Verbatim(self.future(init.to_token_stream(), &per_error));
        }
        let (keep, stmts) = (per_error.keep, function.body.stmts.iter().flatten());
        quote!(#keep #(#stmts)*)
    }

    /// `future(|| SITE, inner, |value, call| finish_poll(…))`; that of a boundary opens a scope.
    fn future(&self, inner: TokenStream, per_error: &PerError) -> TokenStream {
        let (private, site) = (&self.private, &self.site);
        let future = self.or_boundary("future", "boundary_future");
        let [value, call] = ["value", "call"].map(own_name);
        let finish =
            self.finish("finish_poll", &call.to_token_stream(), value.to_token_stream(), per_error);
        // What was kept for fields goes along with the future.
        let own = per_error.closures.as_ref().map(|_| quote!(move));
        quote!(#private::#future(|| #site, #inner, #own |#value, #call| #finish))
    }
}
