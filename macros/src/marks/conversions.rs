//! Values that are converted into an error of another type, in the expression that returns it.
//!
//! In: an expression whose value is about to leave the function, such as `Err(error.into())` or
//! `result.map_err(Into::into)`. Out: the same, with a mark on each value before it is converted:
//!
//! * `Err(mark_value(error, ID).into())`,
//! * `Tried(call).track_errors_mark_behind(ID).map_err(Into::into)`,
//! * `anyhow::bail!(mark_value(PayError::Expired, ID))`,
//! * `{ mark_reference(&error, ID); mark_here(ID); bail!(error) }`.
//!
//! At the `?` of `call.context(…)?` the type is `anyhow::Error` already. So `call` gets a mark of its own,
//! and the next mark keeps its type if it sees a container for any error. Nothing is evaluated twice, and
//! a mark moves the value as the conversion does: where a method could be called on a place without
//! moving it, there is no mark. A variable in a `bail!` is marked by a reference in front of it. Other
//! arguments are marked if it is one of a known crate: another one may do anything with them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, ExprCall, ExprClosure, ExprMethodCall, ExprPath, Macro, Pat, Path, Stmt, Token};

use super::{Marks, is_call_of_err};
use crate::syntax::expressions::{called, last_names, leaves, starts_with_attribute};

/// Methods of widely used crates that put another error around one.
const CONTEXT_METHODS: [&str; 7] = [
    "context",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "change_context",
    "whatever_context",
    "with_whatever_context",
];

/// Types whose `new` puts an error into a container.
const CONTAINERS: [&str; 5] = ["Arc", "Box", "Error", "Rc", "Report"];

/// Crates whose `bail!` takes any expression, and does not put its source text into the message.
pub(super) const CRATES_OF_BAIL: [&str; 2] = ["anyhow", "eyre"];

impl Marks<'_> {
    /// `Err(error.into())` → `Err(mark_value(error, ID).into())`
    /// `call.map_err(Into::into)` → `Tried(call).track_errors_mark_behind(ID).map_err(Into::into)`
    pub(super) fn mark_sources(&mut self, expr: &mut Expr) {
        match expr {
            expr if is_call_of_err(expr) => {
                if let Expr::Call(call) = expr {
                    self.mark_error(&mut call.args[0], false);
                }
            }
            Expr::MethodCall(call) if converts_fallible(call) => {
                let receiver = &mut *call.receiver;
                self.mark_sources(receiver);
                // A result with context holds a container already. A place would be moved, and the method
                // may not take its receiver.
                let is_context = matches!(receiver, Expr::MethodCall(call) if adds_context(call));
                if !is_context && is_value(receiver) {
                    *receiver = self.mark_behind(receiver);
                }
            }
            Expr::Paren(paren) if paren.attrs.is_empty() => self.mark_sources(&mut paren.expr),
            Expr::Group(group) if group.attrs.is_empty() => self.mark_sources(&mut group.expr),
            _ => {}
        }
    }

    /// `error.into()` → `mark_value(error, ID).into()`
    /// `Box::new(error)` → `Box::new(mark_value(error, ID))`
    ///
    /// If the expression itself is converted further out, it is marked as well: the last mark on a
    /// type that is no container counts.
    fn mark_error(&mut self, expr: &mut Expr, is_converted: bool) {
        match expr {
            // A field could be borrowed by the call.
            Expr::MethodCall(call)
                if call.method == "into"
                    && call.args.is_empty()
                    && !matches!(&*call.receiver, Expr::Field(_)) =>
            {
                self.mark_error(&mut call.receiver, true);
            }
            // `anyhow::Error::new(error).context("…")`
            Expr::MethodCall(call) if adds_context(call) => {
                return self.mark_error(&mut call.receiver, false);
            }
            Expr::Call(call) if is_conversion(call) => self.mark_error(&mut call.args[0], true),
            Expr::Cast(cast) if cast.attrs.is_empty() => self.mark_error(&mut cast.expr, false),
            Expr::Paren(paren) if paren.attrs.is_empty() => {
                self.mark_error(&mut paren.expr, is_converted);
            }
            Expr::Group(group) if group.attrs.is_empty() => {
                self.mark_error(&mut group.expr, is_converted);
            }
            _ => {}
        }
        if is_converted && is_error(expr) {
            *expr = self.mark_value(expr);
        }
    }

    /// `bail!(error)`: puts a mark into the macro, or returns one to put in front of it.
    pub(super) fn mark_bailed(&self, mac: &mut Macro, span: Span) -> Option<TokenStream> {
        let error = bailed(mac)?;
        if let Expr::Path(ExprPath { attrs, qself: None, path }) = &error
            && let Some(name) = path.get_ident()
            && attrs.is_empty()
            && self.variables.contains(name)
        {
            let (private, id) = (self.private(span), self.id);
            return Some(quote_spanned!(span=> #private::mark_reference(&#name, #id);));
        }
        if self.is_known_bail(&mac.path) && is_error(&error) {
            mac.tokens = self.mark_value(&error).into_token_stream();
        }
        None
    }

    /// `anyhow::bail!`, or `bail!` in a function whose return type is written `anyhow::Result`.
    fn is_known_bail(&self, path: &Path) -> bool {
        if path.segments.len() == 1 {
            return self.returns_known_container;
        }
        let is_known = |name: &Ident| CRATES_OF_BAIL.iter().any(|known| name == known);
        path.segments.iter().any(|segment| is_known(&segment.ident))
    }
}

/// `error` of `bail!(error)`; a literal is a text.
fn bailed(mac: &Macro) -> Option<Expr> {
    let parse = |input: syn::parse::ParseStream<'_>| {
        let error: Expr = input.parse()?;
        let _: Option<Token![,]> = input.parse()?;
        Ok(error)
    };
    mac.parse_body_with(parse).ok()
}

/// `result.context(…)`, `result.map_err(Into::into)`
fn converts_fallible(call: &ExprMethodCall) -> bool {
    adds_context(call)
        || (call.method == "map_err" && call.args.len() == 1 && is_converter(&call.args[0]))
}

fn adds_context(call: &ExprMethodCall) -> bool {
    CONTEXT_METHODS.iter().any(|known| call.method == known)
}

/// `Into::into`, `anyhow::Error::from`, `|error| error.into()`
fn is_converter(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => is_conversion_path(&path.path),
        Expr::Closure(closure) => {
            parameter(closure).is_some_and(|name| converts(&closure.body, name, false))
        }
        _ => false,
    }
}

/// `error` of `|error| …`
fn parameter(closure: &ExprClosure) -> Option<&Ident> {
    if closure.inputs.len() != 1 {
        return None;
    }
    let pat = match &closure.inputs[0] {
        Pat::Type(typed) => &typed.pat,
        pat => pat,
    };
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

/// Whether an expression is this variable, converted.
fn converts(expr: &Expr, variable: &Ident, is_converted: bool) -> bool {
    match expr {
        Expr::Path(path) => is_converted && path.path.is_ident(variable),
        Expr::MethodCall(call) if call.method == "into" => converts(&call.receiver, variable, true),
        Expr::MethodCall(call) => {
            adds_context(call) && converts(&call.receiver, variable, is_converted)
        }
        Expr::Call(call) => is_conversion(call) && converts(&call.args[0], variable, true),
        Expr::Cast(cast) => converts(&cast.expr, variable, is_converted),
        Expr::Paren(paren) => converts(&paren.expr, variable, is_converted),
        Expr::Block(block) => match &*block.block.stmts {
            [Stmt::Expr(value, None)] => converts(value, variable, is_converted),
            _ => false,
        },
        _ => false,
    }
}

/// `Box::new(error)`, `Into::into(error)`
fn is_conversion(call: &ExprCall) -> bool {
    call.args.len() == 1 && called(call).is_some_and(is_conversion_path)
}

/// `Into::into`, and `from` of any type; `new` of containers.
fn is_conversion_path(path: &Path) -> bool {
    let Some((ty, function)) = last_names(path) else { return false };
    let is_of = |known: &[&str]| ty.is_some_and(|ty| known.iter().any(|known| ty == known));
    if function == "new" {
        is_of(&CONTAINERS)
    } else {
        (function == "from" && ty.is_some()) || (function == "into" && is_of(&["Into"]))
    }
}

/// Whether an expression may be an error that is moved.
fn is_error(expr: &Expr) -> bool {
    let is_moved = matches!(expr, Expr::Path(_) | Expr::Field(_) | Expr::Struct(_));
    is_value(expr) || (is_moved && !starts_with_attribute(expr))
}

/// Whether an expression is a value, and not a place.
fn is_value(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(_) | Expr::MethodCall(_) | Expr::Await(_))
        && !starts_with_attribute(expr)
        && !leaves(expr)
}
