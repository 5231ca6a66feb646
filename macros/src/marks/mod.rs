//! The marks on the error path: at each `?`, and at what the function returns.
//!
//! In: the statements of a body. Out: the same, where
//!
//! * `expr?` became `Tried(expr).track_errors_mark(ID)?`, or a `match` if there are many of them,
//! * `Err(error)?` became `Err(mark_error(error, ID, PLACE))?`, by which a lint still knows it,
//! * a call in tail position or behind `return` became `mark_returned(call, ID)`,
//! * `bail!(…)` has a `mark_here(ID);` before it,
//! * a value that is converted in such an expression is marked before it is: see [`conversions`].
//!
//! On `Err`, and only then, a mark stores the place of its caller and the `type_name` of the error in a
//! thread-local; the wrapper, which runs next, takes it. That gives the line of the `?` without
//! unwinding and without symbols, and the type that a `?` converted away.
//!
//! * **Marks are identity functions**, so temporaries, coercions and borrows stay as they were.
//! * **Spans are those of the `?`, the method name or the `Err`, with the user's hygiene.**
//!   `Location::caller()` reports the outermost expansion of a span, and that of a token of this crate
//!   would be the attribute. `Tried` has the span of the expression's first token, so that what the
//!   compiler and its lints report about the expression covers it from there on.
//! * **`Tried(…)` has a method, not a bound.** It takes any value; an inherent method marks those that can
//!   fail, and a trait passes on all others: so the compiler reports once, and alone, that the operand of
//!   `number?` is no `Result`. Calls in return position cannot be marked so: their type is often inferred
//!   from the return type, which a method would need before.
//! * **`ID` tells the functions apart.** Destructors run between a `?` and the end of a call, and one of
//!   them may call a tracked function that fails. One mark a thread is enough as long as no function
//!   takes another function's mark; then the outer log falls back to the place of its function.
//! * **In a `#[track_caller]` function** a mark would see that function's caller as its place: there it
//!   gets the place as an argument, from a constant, which has no caller.
//! * **Closures, async blocks, const blocks and nested items are not entered**: their `?` leaves them and
//!   not the function. Macros are opaque, but for those in [`macros`].

mod conversions;
pub(crate) mod macros;
mod returned;
mod tokens;

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprReturn, ExprTry, ExprTryBlock, Ident,
    Item, Local, Macro, Pat, PatIdent, Signature, Stmt,
};

pub(crate) use self::tokens::{match_branch, visit_statement};
use crate::parse::item::Shape;
use crate::syntax::expressions::{async_block, async_init, async_tail, called, ends_in};
use crate::syntax::tokens::{contains_any, count};
use crate::syntax::types::{may_return_error, returns_future};

/// Puts the marks into the body of a function of this shape. `body` are the statements as they were written.
pub(crate) fn insert(
    stmts: &mut Vec<Stmt>,
    body: &TokenStream,
    sig: &Signature,
    shape: Shape,
    has_caller: bool,
    runtime: &TokenStream,
    id: &TokenStream,
) {
    let mut marks = Marks {
        runtime,
        id,
        returns_error: may_return_error(sig, body),
        has_caller,
        has_many: !has_caller && count(body.clone(), '?') > MAX_TRIED,
        is_exact: false,
        by_place: false,
        imports: false,
        returns_known_container: contains_any(&sig.output, &conversions::CRATES_OF_BAIL),
        variables: HashSet::new(),
    };
    for input in &mut sig.inputs.clone() {
        marks.visit_fn_arg_mut(input);
    }
    if returns_future(sig) {
        // Errors of the returned future leave the function, also where a method boxes the future
        // (`async { … }.boxed()`), which is then tracked by a box around it.
        if let Some(block) = async_tail(stmts) {
            marks.body(&mut block.block.stmts);
        }
    } else if shape == Shape::BlockOn
        && let Some(block) = async_init(stmts)
    {
        marks.body(&mut block.block.stmts);
    } else {
        marks.body(stmts);
    }
    if marks.imports {
        // Not before the block of `BlockOn`, which is its first statement.
        let at = usize::from(shape == Shape::BlockOn);
        let import = quote! {
            #[allow(unused_imports)]
            use #runtime::__private::MarkAny as _;
        };
        stmts.insert(at, Stmt::Expr(Expr::Verbatim(import), None));
    }
}

/// How many `?` of a function have marks that move the `Result`. Without optimisation such a mark adds up to
/// the size of two `Result`s to the stack frame. The other form makes another function of each `?`.
const MAX_TRIED: usize = 16;

struct Marks<'a> {
    runtime: &'a TokenStream,
    /// The number of the function.
    id: &'a TokenStream,
    /// Whether a call in return position can yield an error.
    returns_error: bool,
    /// Whether the function is `#[track_caller]`.
    has_caller: bool,
    /// Whether the function has so many `?` that marks must not add to its stack frame.
    has_many: bool,
    /// Whether a mark covers exactly the expression that it is around.
    is_exact: bool,
    /// Whether a call in return position stores only its place; the mark is around all of them.
    by_place: bool,
    /// Whether the trait of the marks has to be imported.
    imports: bool,
    /// Whether the return type names `anyhow` or `eyre`.
    returns_known_container: bool,
    /// The names that patterns have bound so far.
    variables: HashSet<Ident>,
}

impl Marks<'_> {
    fn body(&mut self, stmts: &mut [Stmt]) {
        let mut is_instrumented = false;
        for stmt in stmts.iter_mut() {
            if let Some(block) = instrumented(stmt) {
                is_instrumented = true;
                self.body(&mut block.block.stmts);
            } else {
                self.visit_stmt_mut(stmt);
            }
        }
        // The tail of an instrumented body awaits the block, whose marks tell more.
        if !is_instrumented {
            self.tail_of(stmts);
        }
    }

    /// Marks what `f` marks so that the compiler takes the mark for exactly the user's expression, of
    /// which it may suggest to remove what is around it. So the mark gets its place as an argument.
    fn exactly(&mut self, f: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_exact, true);
        f(self);
        self.is_exact = before;
    }
}

/// `Err(…)`
fn is_call_of_err(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    call.args.len() == 1 && called(call).is_some_and(|path| ends_in(path, &["Err"]))
}

/// The walk through a body.
impl VisitMut for Marks<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(found) if found.attrs.is_empty() && ends_in(&found.mac.path, &["bail"]) => {
                *expr = self.mark_bail(&mut found.mac);
            }
            Expr::Try(tried) if tried.attrs.is_empty() && is_call_of_err(&tried.expr) => {
                visit_mut::visit_expr_mut(self, &mut tried.expr);
                self.mark_tried_error(tried);
            }
            Expr::Try(tried) if self.has_many && !self.is_exact && tried.attrs.is_empty() => {
                visit_mut::visit_expr_mut(self, &mut tried.expr);
                *expr = self.mark_branch(tried);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Macro(found) if found.attrs.is_empty() && ends_in(&found.mac.path, &["bail"]) => {
                *stmt = Stmt::Expr(self.mark_bail(&mut found.mac), found.semi_token);
            }
            _ => visit_statement(stmt, |stmt| visit_mut::visit_stmt_mut(self, stmt)),
        }
    }

    fn visit_expr_try_mut(&mut self, expr: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, expr);
        self.mark_sources(&mut expr.expr);
        let tried = std::mem::replace(&mut *expr.expr, Expr::Verbatim(TokenStream::new()));
        *expr.expr = self.mark_tried(expr.question_token.span(), tried);
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        // A lint suggests `expr` in place of `Ok(expr?)`, others to leave out what is around an argument.
        let is_exact = !self.has_many || called(call).is_some_and(|path| ends_in(path, &["Ok"]));
        if is_exact && call.args.len() == 1 && matches!(call.args[0], Expr::Try(_)) {
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

/// What `#[tracing::instrument]` makes of an async body when it is expanded first: a block that is
/// awaited as it is. It is the function's own body.
fn instrumented(stmt: &mut Stmt) -> Option<&mut ExprAsync> {
    match stmt {
        Stmt::Local(Local { pat: Pat::Ident(pat), init: Some(init), .. })
            if pat.ident == "__tracing_instrument_future" =>
        {
            async_block(&mut init.expr)
        }
        _ => None,
    }
}
