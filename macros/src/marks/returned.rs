//! Expressions in return position: the tail of a body, its branches, and the value of a `return`.

use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprMacro, Local, Pat, Path, Stmt, StmtMacro};

use super::Marks;
use super::tokens::may_never_return;
use crate::syntax::expressions::{called, ends_in, is_box_pin, leaves, starts_with_attribute};
use crate::syntax::tokens::contains_any;

/// Calls in return position of one expression that have a mark each; more of them share one. Without
/// optimisation each mark keeps a copy of the value on the stack, and a `match` with a hundred arms would
/// have a hundred of them.
const MAX_MARKED: usize = 4;

impl Marks<'_> {
    /// Marks the value of a block, where it is the value of the function.
    pub(super) fn tail_of(&mut self, stmts: &mut [Stmt]) {
        let Some((Stmt::Expr(tail, None), before)) = stmts.split_last_mut() else { return };
        if before.iter().any(never_ends) {
            return;
        }
        // `let value = …; value`, which is also what `async_trait` makes of a body.
        if let Expr::Path(name) = tail
            && let Some(Stmt::Local(Local { pat, init: Some(init), .. })) = before.last_mut()
            && init.diverge.is_none()
            && binds(pat, &name.path)
        {
            return self.exactly(|marks| marks.returned(&mut init.expr));
        }
        let span = tail.span();
        if self.calls_in(tail) > MAX_MARKED {
            self.by_place = true;
            self.returned(tail);
            self.by_place = false;
            *tail = self.mark_by_place(span, tail);
            return;
        }
        self.returned(tail);
        if let Expr::Verbatim(call) = tail
            && !self.by_place
        {
            *call = may_never_return(span, call);
        }
    }

    /// Marks an arm of a `match` whose value the function returns.
    fn returned_arm(&mut self, body: &mut Expr) {
        let span = body.span();
        self.returned(body);
        if let Expr::Verbatim(call) = body
            && !self.by_place
        {
            let call = may_never_return(span, call);
            *body = Expr::Verbatim(quote_spanned!(span=> { #call }));
        }
    }

    /// Marks an expression whose value the function returns.
    pub(super) fn returned(&mut self, expr: &mut Expr) {
        if !self.returns_error {
            return;
        }
        let span = match expr {
            Expr::If(branch) => {
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.tail_of(&mut branch.then_branch.stmts);
                    self.returned(otherwise);
                }
                return;
            }
            Expr::Match(switch) => {
                for arm in &mut switch.arms {
                    self.returned_arm(&mut arm.body);
                }
                return;
            }
            Expr::Block(block) => return self.tail_of(&mut block.block.stmts),
            Expr::Unsafe(block) => return self.tail_of(&mut block.block.stmts),
            Expr::Paren(paren) => return self.exactly(|marks| marks.returned(&mut paren.expr)),
            Expr::Group(group) => return self.returned(&mut group.expr),
            Expr::Call(call) if is_wrapper(call) => return self.returned(&mut call.args[0]),
            Expr::Call(call) if can_be_an_error(call) => call.func.span(),
            Expr::MethodCall(call) => call.method.span(),
            Expr::Await(wait) => wait.await_token.span(),
            _ => return,
        };
        // An attribute on an argument of a call is not stable; and a mark would hide the warning about an
        // expression that never has a value.
        if starts_with_attribute(expr) || leaves(expr) {
            return;
        }
        self.mark_sources(expr);
        *expr = if self.by_place {
            self.store_place(span, expr)
        } else {
            self.mark_returned(span, expr)
        };
    }

    /// How many calls are in return position in an expression that is itself in return position.
    fn calls_in(&self, expr: &Expr) -> usize {
        let of_block = |block: &syn::Block| match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.calls_in(tail),
            _ => 0,
        };
        match expr {
            _ if !self.returns_error || self.by_place => 0,
            Expr::If(branch) => match &branch.else_branch {
                Some((_, otherwise)) => of_block(&branch.then_branch) + self.calls_in(otherwise),
                None => 0,
            },
            Expr::Match(switch) => switch.arms.iter().map(|arm| self.calls_in(&arm.body)).sum(),
            Expr::Block(block) => of_block(&block.block),
            Expr::Unsafe(block) => of_block(&block.block),
            Expr::Paren(paren) => self.calls_in(&paren.expr),
            Expr::Group(group) => self.calls_in(&group.expr),
            Expr::Call(call) => usize::from(is_wrapper(call) || can_be_an_error(call)),
            Expr::MethodCall(_) | Expr::Await(_) => 1,
            _ => 0,
        }
    }
}

/// Whether code behind the statement is unreachable, as far as its syntax tells.
fn never_ends(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(Expr::Return(_) | Expr::Break(_) | Expr::Continue(_), _) => true,
        Stmt::Expr(Expr::Loop(found), _) => !contains_any(&found.body, &["break"]),
        Stmt::Expr(Expr::Macro(ExprMacro { mac, .. }), _) | Stmt::Macro(StmtMacro { mac, .. }) => {
            ends_in(&mac.path, &["panic", "todo", "unimplemented", "unreachable"])
        }
        _ => false,
    }
}

/// Whether a call in tail position can yield an error: `Ok(…)` cannot, and a box around a future is
/// tracked by itself.
fn can_be_an_error(call: &ExprCall) -> bool {
    !called(call).is_some_and(|path| ends_in(path, &["Ok"])) && !is_box_pin(call)
}

/// `Some(…)` and `Poll::Ready(…)`: what is inside is what the function returns.
fn is_wrapper(call: &ExprCall) -> bool {
    call.args.len() == 1 && called(call).is_some_and(|path| ends_in(path, &["Some", "Ready"]))
}

/// Whether the pattern of a `let` is this name, with or without a type.
fn binds(pat: &Pat, name: &Path) -> bool {
    match pat {
        Pat::Ident(pat) => name.is_ident(&pat.ident),
        Pat::Type(pat) => binds(&pat.pat, name),
        _ => false,
    }
}
