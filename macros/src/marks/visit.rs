//! The walk through a body.

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprReturn, ExprTry, ExprTryBlock, Item,
    Macro, PatIdent, Stmt,
};

use super::{Marks, macros};
use crate::syntax::expressions::ends_in;

impl VisitMut for Marks<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(found) if found.attrs.is_empty() && ends_in(&found.mac.path, &["bail"]) => {
                *expr = self.mark_bail(&mut found.mac);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Macro(found) if found.attrs.is_empty() && ends_in(&found.mac.path, &["bail"]) => {
                *stmt = Stmt::Expr(self.mark_bail(&mut found.mac), found.semi_token);
            }
            _ => visit_mut::visit_stmt_mut(self, stmt),
        }
    }

    fn visit_expr_try_mut(&mut self, expr: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, expr);
        self.mark_sources(&mut expr.expr);
        let tried = std::mem::replace(&mut *expr.expr, Expr::Verbatim(TokenStream::new()));
        *expr.expr = self.mark_tried(expr.question_token.span(), tried);
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        // A lint suggests `expr` in place of `Ok(expr?)`.
        if call.args.len() == 1 && matches!(call.args[0], Expr::Try(_)) {
            self.exactly(|marks| visit_mut::visit_expr_call_mut(marks, call));
        } else {
            visit_mut::visit_expr_call_mut(self, call);
        }
    }

    fn visit_expr_return_mut(&mut self, expr: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, expr);
        if let Some(value) = &mut expr.expr {
            self.returned(value);
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        macros::visit_arguments(mac, self);
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.variables.insert(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    // A `?` in these leaves something else than the function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
