//! Expressions and statements.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Expr, ExprAsync, ExprCall, Ident, Path, Stmt};

use super::tokens::contains_any;

/// The expression without parentheses around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(expr) => bare(&expr.expr),
        Expr::Group(expr) => bare(&expr.expr),
        expr => expr,
    }
}

/// The last two names of a path: `Type` (if there is one) and `function`.
pub(crate) fn last_names(path: &Path) -> Option<(Option<&Ident>, &Ident)> {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let last = names.next()?;
    Some((names.next(), last))
}

/// Whether a path ends in one of the names.
pub(crate) fn ends_in(path: &Path, names: &[&str]) -> bool {
    path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// The path of the function that is called, if it is one.
pub(crate) fn called(call: &ExprCall) -> Option<&Path> {
    match &*call.func {
        Expr::Path(path) => Some(&path.path),
        _ => None,
    }
}

/// `Box::pin(…)` by whatever path.
pub(crate) fn is_box_pin(call: &ExprCall) -> bool {
    let names = called(call).and_then(last_names);
    call.args.len() == 1
        && names.is_some_and(|(ty, name)| name == "pin" && ty.is_some_and(|ty| ty == "Box"))
}

/// The async block in `async { … }`, `Box::pin(async { … })` and `async { … }.boxed()`.
pub(crate) fn async_block(expr: &mut Expr) -> Option<&mut ExprAsync> {
    match expr {
        Expr::Async(block) => Some(block),
        Expr::Call(call) if is_box_pin(call) => async_block(&mut call.args[0]),
        Expr::MethodCall(call) => async_block(&mut call.receiver),
        _ => None,
    }
}

/// The same, where it is the value of a block.
pub(crate) fn async_tail(stmts: &mut [Stmt]) -> Option<&mut ExprAsync> {
    match stmts.last_mut() {
        Some(Stmt::Expr(tail, None)) => async_block(tail),
        _ => None,
    }
}

/// The same, where the first statement is `let … = async { … };`.
pub(crate) fn async_init(stmts: &mut [Stmt]) -> Option<&mut ExprAsync> {
    async_block(first_init(stmts)?)
}

/// The value of the first statement, if that is a `let`.
pub(crate) fn first_init(stmts: &mut [Stmt]) -> Option<&mut Expr> {
    match stmts.first_mut() {
        Some(Stmt::Local(syn::Local { init: Some(init), .. })) => Some(&mut init.expr),
        _ => None,
    }
}

/// Whether an expression may leave the function, or a loop, before it has a value.
pub(crate) fn leaves(expr: &Expr) -> bool {
    contains_any(expr, &["return", "break", "continue"])
}

pub(crate) fn starts_with_attribute(expr: &Expr) -> bool {
    matches!(
        expr.to_token_stream().into_iter().next(),
        Some(TokenTree::Punct(punct)) if punct.as_char() == '#'
    )
}
