//! The shape of a function.

use syn::{Expr, Pat, Stmt};

use super::function::{Body, Function};
use crate::syntax::expressions::is_box_pin;
use crate::syntax::returns::returned;
use crate::syntax::tokens::mentions;
use crate::syntax::types::{is_boxed_future, is_impl_future};

/// How a function returns its `Result`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// `fn … -> Result<…>`, or any other type with an `Outcome`, such as `Option<Result<…>>` and a boxed
    /// future behind an alias.
    Sync,
    /// `async fn … -> Result<…>`
    Async,
    /// `fn … -> impl Future<Output = Result<…>>`
    Future,
    /// `fn … -> Pin<Box<dyn Future<Output = Result<…>>>>` whose values are all made by
    /// `Box::pin(…)`, as `async_trait` makes them: tracked inside the box that is there.
    BoxPin,
    /// What `#[tokio::main]` and `#[tokio::test]` make of an async function when they are expanded
    /// first: `let body = async { … }; … block_on(body)`. The block is tracked, and not the
    /// function around it, whose call would seem to be around every task of the runtime.
    BlockOn,
}

impl Function {
    pub(crate) fn shape(&self) -> Shape {
        let returned = returned(&self.sig);
        if self.sig.asyncness.is_some() {
            Shape::Async
        } else if returned.is_some_and(is_impl_future) {
            Shape::Future
        } else if returned.is_some_and(is_boxed_future) && self.body.ends_in_box_pin() {
            Shape::BoxPin
        } else if self.body.is_block_on() {
            Shape::BlockOn
        } else {
            Shape::Sync
        }
    }
}

impl Body {
    fn is_block_on(&self) -> bool {
        let Some([Stmt::Local(local), .., last]) = self.stmts.as_deref() else { return false };
        let is_body = matches!(&local.pat, Pat::Ident(pat) if pat.ident == "body");
        let init = local.init.as_ref().map(|init| &*init.expr);
        is_body && matches!(init, Some(Expr::Async(_))) && mentions(last, "block_on")
    }

    /// Whether the value of the body is written `Box::pin(…)` and nothing leaves it earlier.
    fn ends_in_box_pin(&self) -> bool {
        let Some((Stmt::Expr(Expr::Call(call), None), before)) =
            self.stmts.as_deref().and_then(<[Stmt]>::split_last)
        else {
            return false;
        };
        is_box_pin(call) && !before.iter().any(|stmt| mentions(stmt, "return"))
    }
}
