//! A body in a labelled block, in place of a closure.
//!
//! In: the statements of a `#[track_caller]` function, with their marks. Out: the same, where what leaves the
//! function leaves the block `'body: { … }`:
//!
//! * `return value` became `break 'body value`,
//! * `expr?` became `match branch(expr) { Continue(value) => value, Break(residual) => break 'body
//!   from_residual(residual) }`,
//! * `bail!(…)` and `ensure!(…)`, which return, are in closures of their own.
//!
//! A closure does not know the caller of the function around it; a block does. What another macro returns passes
//! by the end of the call, and is not logged. That is why all other functions have a closure.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprAsync, ExprBreak, ExprClosure, ExprConst, ExprMacro, ExprTry,
    ExprTryBlock, Item, Lifetime, Macro, Stmt, StmtMacro, Token, parse_quote,
};

use super::Wrapper;
use super::output::return_type;
use crate::marks;
use crate::parse::item::Function;
use crate::syntax::expressions::ends_in;
use crate::syntax::tokens::{contains_any, respan};

/// The label of the block, which the body cannot name.
fn label(at: Span) -> Lifetime {
    Lifetime::new("'__track_errors_body", Span::mixed_site().located_at(at))
}

impl Wrapper<'_> {
    /// `'body: { bindings { body } }`. A body that does not parse stays as it is.
    pub(super) fn labelled(&self, function: &mut Function, bindings: &TokenStream) -> TokenStream {
        let body = &mut function.body;
        // Marks are tokens so far, and what is in them leaves the body as well.
        let reparsed =
            body.stmts.as_ref().map(|stmts| Block::parse_within.parse2(quote!(#(#stmts)*)));
        if let Some(Ok(mut stmts)) = reparsed {
            let returned = return_type(&function.sig);
            let mut leaving = Leaving { returned, runtime: self.keys.runtime() };
            for stmt in &mut stmts {
                leaving.visit_stmt_mut(stmt);
            }
            body.stmts = Some(stmts);
        }
        let (label, whole) = (label(Span::mixed_site()), body.behind(bindings));
        quote!(#label: #whole)
    }
}

struct Leaving {
    returned: TokenStream,
    runtime: TokenStream,
}

impl Leaving {
    /// `break 'body value`
    fn leave(attrs: &[Attribute], span: Span, value: Option<Box<Expr>>) -> Expr {
        Expr::Break(ExprBreak {
            attrs: attrs.to_vec(),
            break_token: Token![break](span),
            label: Some(label(span)),
            expr: value,
        })
    }

    /// `match branch(expr) { …, Break(residual) => break 'body from_residual(residual) }`
    fn tried(&self, tried: &ExprTry) -> Expr {
        let span = Span::mixed_site().located_at(tried.question_token.span());
        let runtime = respan(&self.runtime, span);
        marks::match_branch(tried, &self.runtime, |residual| {
            let returned = quote_spanned!(span=> #runtime::__private::from_residual(#residual));
            Self::leave(&[], span, Some(Box::new(Expr::Verbatim(returned))))
        })
    }

    /// `bail!(…)` and `ensure!(…)`: `break 'body (|| -> R { bail!(…) })()`
    fn returning(&self, attrs: &[Attribute], mac: &Macro) -> Option<Expr> {
        let (runtime, returned) = (&self.runtime, &self.returned);
        if ends_in(&mac.path, &["bail"]) {
            let call = parse_quote!((|| -> #returned { #mac })());
            return Some(Self::leave(attrs, mac.path.span(), Some(call)));
        }
        // An `impl Trait` in the return type is not known; then the macro itself has to say which error it makes.
        let error = match contains_any(returned, &["_"]) {
            true => quote!(_),
            false => quote!(<#returned as #runtime::__private::Outcome>::Error),
        };
        ends_in(&mac.path, &["ensure"]).then(|| {
            self.tried(&parse_quote! {
                #(#attrs)*
                (|| -> ::core::result::Result<(), #error> {
                    #mac;
                    ::core::result::Result::Ok(())
                })()?
            })
        })
    }
}

impl VisitMut for Leaving {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::Return(found) => {
                let span = found.return_token.span();
                *expr = Self::leave(&found.attrs, span, found.expr.take());
            }
            Expr::Try(found) => *expr = self.tried(found),
            Expr::Macro(ExprMacro { attrs, mac }) => {
                if let Some(returning) = self.returning(attrs, mac) {
                    *expr = returning;
                }
            }
            _ => {}
        }
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        marks::visit_statement(stmt, |stmt| visit_mut::visit_stmt_mut(self, stmt));
        if let Stmt::Macro(StmtMacro { attrs, mac, semi_token }) = stmt
            && let Some(returning) = self.returning(attrs, mac)
        {
            *stmt = Stmt::Expr(returning, *semi_token);
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        marks::macros::visit_arguments(mac, self);
    }

    // What leaves these does not leave the function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
