//! The marks on the error path: at each `?`, and at what the function returns.
//!
//! In: the statements of a body. Out: the same, where
//!
//! * `expr?` became `Tried(expr).track_errors_mark(KEY)?`,
//! * a call in tail position or behind `return` became `mark_returned(call, KEY)`,
//! * `bail!(…)` has a `mark_here(KEY);` before it,
//! * a value that is converted in such an expression is marked before it is: see [`conversions`].
//!
//! All of them are calls of identity functions, so temporaries, coercions and borrows stay as they
//! were. They carry the span of the `?`, the method name or the `Err`, *with the user's hygiene*:
//! `Location::caller()` reports the outermost expansion of a span, and that of a token of ours
//! would be the attribute. `Tried` has the span of the expression's first token, so that what the
//! compiler and its lints say about the expression covers it from there on.
//!
//! In a `#[track_caller]` function a call would report that function's caller: the marks there get
//! their place as an argument, from a constant, which has no caller.
//!
//! Closures, async blocks, const blocks and nested items are not entered: their `?` leaves them
//! and not the function. `KEY` tells the marks of one function from those of another, so that a
//! function that fails in a destructor cannot take a mark that is not its own.

mod conversions;
mod macros;

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprPath, ExprReturn, ExprTry, ExprTryBlock,
    Item, Local, Macro, Pat, PatIdent, Path, Signature, Stmt,
};

use crate::item::{self, Shape};

/// Calls in return position of one expression that have a mark each.
const MAX_MARKED: usize = 4;

/// Puts the marks into the body of a function of this shape.
pub(crate) fn insert(
    stmts: &mut Vec<Stmt>,
    sig: &Signature,
    shape: Shape,
    asks_for_caller: bool,
    runtime: &TokenStream,
    key: &TokenStream,
) {
    let returns_error = item::may_return_error(sig, &quote!(#(#stmts)*));
    let returns_known_container = conversions::names_known_container(&sig.output);
    let mut marks = Marks {
        runtime,
        key,
        returns_error,
        has_caller: asks_for_caller,
        is_exact: false,
        by_place: false,
        imports: false,
        returns_known_container,
        variables: HashSet::new(),
    };
    for input in &mut sig.inputs.clone() {
        marks.visit_fn_arg_mut(input);
    }
    // What is in the future that the function hands out leaves the function, also where the future
    // is boxed by a method (`async { … }.boxed()`) and tracked by a box around it.
    let block = if item::returns_future(sig) {
        match stmts.last_mut() {
            Some(Stmt::Expr(tail, None)) => item::async_block_of(tail),
            _ => None,
        }
    } else if shape == Shape::BlockOn {
        item::block_on_body(stmts)
    } else {
        None
    };
    match block {
        Some(block) => marks.body(&mut block.block.stmts),
        None if item::returns_future(sig) => {}
        None => marks.body(stmts),
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

struct Marks<'a> {
    runtime: &'a TokenStream,
    key: &'a TokenStream,
    /// Whether a call in return position can yield an error.
    returns_error: bool,
    /// Whether the function is `#[track_caller]`.
    has_caller: bool,
    /// Whether a mark covers exactly the expression that it is around.
    is_exact: bool,
    /// Whether a call in return position says only where it is; the mark is around all of them.
    by_place: bool,
    /// Whether the trait of the marks has to be imported.
    imports: bool,
    /// Whether the function says that it returns an error of `anyhow` or `eyre`.
    returns_known_container: bool,
    /// The names that patterns have bound so far.
    variables: HashSet<syn::Ident>,
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
        // The tail of an instrumented body awaits the block, whose marks say more.
        if !is_instrumented {
            self.tail_of(stmts);
        }
    }

    /// The value of a block, where it is the value of the function.
    fn tail_of(&mut self, stmts: &mut [Stmt]) {
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
        if self.leaves_of(tail) > MAX_MARKED {
            self.returned_by_place(tail);
            return;
        }
        let span = tail.span();
        self.returned(tail);
        if let Expr::Verbatim(call) = tail
            && !self.by_place
        {
            *call = may_never_return(span, call);
        }
    }

    /// An arm of a `match` whose value the function returns.
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

    /// An expression whose value the function returns.
    fn returned(&mut self, expr: &mut Expr) {
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
        // An attribute on an argument of a call is not stable; and of what never comes to its end the
        // compiler warns, which a mark would hide.
        if starts_with_attribute(expr) || leaves(expr) {
            return;
        }
        self.mark_sources(expr);
        *expr = if self.by_place { place(span, expr) } else { self.mark_returned(span, expr) };
    }

    /// How many calls are in return position in an expression that is.
    fn leaves_of(&self, expr: &Expr) -> usize {
        let of_block = |block: &syn::Block| match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.leaves_of(tail),
            _ => 0,
        };
        match expr {
            _ if !self.returns_error || self.by_place => 0,
            Expr::If(branch) => match &branch.else_branch {
                Some((_, otherwise)) => of_block(&branch.then_branch) + self.leaves_of(otherwise),
                None => 0,
            },
            Expr::Match(switch) => switch.arms.iter().map(|arm| self.leaves_of(&arm.body)).sum(),
            Expr::Block(block) => of_block(&block.block),
            Expr::Unsafe(block) => of_block(&block.block),
            Expr::Paren(paren) => self.leaves_of(&paren.expr),
            Expr::Group(group) => self.leaves_of(&group.expr),
            Expr::Call(call) => usize::from(is_wrapper(call) || can_be_an_error(call)),
            Expr::MethodCall(_) | Expr::Await(_) => 1,
            _ => 0,
        }
    }

    /// `{ let mut place = …; mark_returned_at(match … { … => { place = …; call() } }, KEY, place) }`
    ///
    /// Without optimisation each mark keeps a copy of the value on the stack; a `match` with a hundred
    /// arms would have a hundred of them.
    fn returned_by_place(&mut self, tail: &mut Expr) {
        let span = tail.span();
        self.by_place = true;
        self.returned(tail);
        self.by_place = false;
        let Marks { runtime, key, .. } = &*self;
        let runtime = respan(runtime, span);
        let (name, here, value) = (place_name(), here(span), &*tail);
        *tail = Expr::Verbatim(quote_spanned! {span=> {
            #[allow(unused_assignments)]
            let mut #name = #here;
            #runtime::__private::mark_returned_at(#value, #key, #name)
        }});
    }

    /// `::track_errors::__private::mark_returned(expr, KEY)`
    fn mark_returned(&self, span: Span, expr: &Expr) -> Expr {
        let Marks { runtime, key, .. } = self;
        let (name, place) = self.name_and_place("mark_returned", span);
        let tokens: Vec<_> = expr.to_token_stream().into_iter().collect();
        let first = tokens.first().filter(|_| self.is_exact).map_or(span, TokenTree::span);
        let last = tokens.last().map_or(span, TokenTree::span);
        let runtime = respan(runtime, first);
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#expr, #key #place));
        arguments.set_span(last);
        let function = quote_spanned!(first=> #runtime::__private::#name);
        Expr::Verbatim(quote!(#function #arguments))
    }

    /// Marks what `f` marks so that the compiler takes the mark for exactly the user's expression, of
    /// which it may suggest to remove what is around it. That needs a constant for each place.
    fn exactly(&mut self, f: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_exact, true);
        f(self);
        self.is_exact = before;
    }

    /// `::track_errors::__private::Tried(expr).track_errors_mark(KEY)`
    fn mark_tried(&mut self, span: Span, expr: Expr) -> Expr {
        // A lint would take parentheses and braces for those of our own call.
        let mut expr = without_parentheses(expr);
        if let Expr::Block(block) = &mut expr {
            let empty = Stmt::Expr(
                Expr::Verbatim(TokenStream::new()),
                Some(syn::Token![;](Span::mixed_site())),
            );
            block.block.stmts.insert(0, empty);
        }
        self.imports = true;
        let Marks { runtime, key, .. } = &*self;
        let (name, place) = self.name_and_place("track_errors_mark", span);
        let tokens: Vec<_> = expr.to_token_stream().into_iter().collect();
        let first = tokens.first().map_or(span, TokenTree::span);
        let end = tokens.last().filter(|_| self.is_exact).map_or(span, TokenTree::span);
        let runtime = respan(runtime, first);
        let tried = quote_spanned!(first=> #runtime::__private::Tried);
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#key #place));
        arguments.set_span(end);
        Expr::Verbatim(quote_spanned!(end=> #tried(#(#tokens)*).#name #arguments))
    }

    /// The name of a mark and, where it needs one, its place as a further argument.
    fn name_and_place(&self, name: &str, span: Span) -> (syn::Ident, Option<TokenStream>) {
        if !self.has_caller && !self.is_exact {
            return (syn::Ident::new(name, span), None);
        }
        let here = here(span);
        let place = quote_spanned!(span=> , #here);
        (syn::Ident::new(&format!("{name}_at"), span), Some(place))
    }

    /// `{ mark_here(KEY); bail!(…) }`
    fn bail(&self, mac: &mut Macro) -> Expr {
        let Marks { runtime, key, .. } = self;
        let span = mac.path.span();
        let behind = self.mark_bailed(mac, span);
        let (name, place) = self.name_and_place("mark_here", span);
        let runtime = respan(runtime, span);
        Expr::Verbatim(quote_spanned!(span=> {
            #behind
            #runtime::__private::#name(#key #place);
            #mac
        }))
    }

    /// Whether a pattern in front of this place binds the name.
    fn is_variable(&self, name: &syn::Ident) -> bool {
        self.variables.contains(name)
    }
}

impl VisitMut for Marks<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(found) if found.attrs.is_empty() && is_bail(&found.mac.path) => {
                *expr = self.bail(&mut found.mac);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Macro(found) if found.attrs.is_empty() && is_bail(&found.mac.path) => {
                *stmt = Stmt::Expr(self.bail(&mut found.mac), found.semi_token);
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
        // Of `Ok(expr?)` a lint suggests to leave `expr`.
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

    // What follows leaves something else than the function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// `{{ place = …; call() }}`: a lint takes an arm with statements for one of the user's.
fn place(span: Span, call: &Expr) -> Expr {
    let (name, here) = (place_name(), here(span));
    Expr::Verbatim(quote_spanned! {span=> {{
        #[allow(unused_assignments)]
        { #name = #here; }
        #call
    }}})
}

/// The place of this span, as a constant. (It is newer than what some crates say they can be built with,
/// not newer than what this one needs.)
fn here(span: Span) -> TokenStream {
    let name = syn::Ident::new("__TRACK_ERRORS_HERE", Span::mixed_site());
    quote_spanned! {span=> {
        #[allow(clippy::incompatible_msrv)]
        const #name: &::core::panic::Location<'static> = ::core::panic::Location::caller();
        #name
    }}
}

/// The variable that holds the place of the last call in return position.
fn place_name() -> syn::Ident {
    syn::Ident::new("__track_errors_place", Span::mixed_site())
}

/// Whether nothing behind the statement is reached, by its form.
fn never_ends(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr, _) => match expr {
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
            Expr::Loop(found) => !contains_any(&found.body, &["break"]),
            Expr::Macro(found) => is_never(&found.mac.path),
            _ => false,
        },
        Stmt::Macro(found) => is_never(&found.mac.path),
        _ => false,
    }
}

/// A macro that panics.
fn is_never(path: &Path) -> bool {
    let names = ["panic", "todo", "unimplemented", "unreachable"];
    path.segments.last().is_some_and(|name| names.iter().any(|known| name.ident == known))
}

/// Whether an expression may leave the function, or a loop, before it has a value.
fn leaves(expr: &Expr) -> bool {
    contains_any(expr, &["return", "break", "continue"])
}

fn contains_any(tokens: &impl ToTokens, words: &[&str]) -> bool {
    fn contains(tokens: TokenStream, words: &[&str]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => contains(group.stream(), words),
            TokenTree::Ident(found) => words.iter().any(|word| found == word),
            TokenTree::Literal(_) | TokenTree::Punct(_) => false,
        })
    }
    contains(tokens.to_token_stream(), words)
}

/// The call that is marked may be one of a function that never returns, such as
/// `None => usage()`.
fn may_never_return(span: Span, call: &TokenStream) -> TokenStream {
    quote_spanned!(span=> #[allow(unreachable_code, clippy::diverging_sub_expression)] #call)
}

/// Whether a call in tail position can yield an error: `Ok(…)` cannot, and a box around a future is
/// tracked by itself.
fn can_be_an_error(call: &ExprCall) -> bool {
    let Expr::Path(ExprPath { path, .. }) = &*call.func else { return true };
    path.segments.last().is_none_or(|name| name.ident != "Ok") && !item::is_box_pin(call)
}

/// `Some(…)` and `Poll::Ready(…)`: what is inside is what the function returns.
fn is_wrapper(call: &ExprCall) -> bool {
    let Expr::Path(ExprPath { path, .. }) = &*call.func else { return false };
    call.args.len() == 1
        && path.segments.last().is_some_and(|name| name.ident == "Some" || name.ident == "Ready")
}

/// Whether the pattern of a `let` is this name, with or without a type.
fn binds(pat: &Pat, name: &Path) -> bool {
    match pat {
        Pat::Ident(pat) => name.is_ident(&pat.ident),
        Pat::Type(pat) => binds(&pat.pat, name),
        _ => false,
    }
}

fn is_bail(path: &Path) -> bool {
    path.segments.last().is_some_and(|name| name.ident == "bail")
}

/// What `#[tracing::instrument]` makes of an async body when it is expanded first: a block that is
/// awaited as it is. It is the function's own body.
fn instrumented(stmt: &mut Stmt) -> Option<&mut ExprAsync> {
    match stmt {
        Stmt::Local(Local { pat: Pat::Ident(pat), init: Some(init), .. })
            if pat.ident == "__tracing_instrument_future" =>
        {
            item::async_block_of(&mut init.expr)
        }
        _ => None,
    }
}

fn starts_with_attribute(expr: &Expr) -> bool {
    matches!(
        expr.to_token_stream().into_iter().next(),
        Some(TokenTree::Punct(punct)) if punct.as_char() == '#'
    )
}

fn without_parentheses(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(paren) if paren.attrs.is_empty() => without_parentheses(*paren.expr),
        other => other,
    }
}

/// The same tokens, at another place in the source.
pub(crate) fn respan(tokens: &TokenStream, span: Span) -> TokenStream {
    tokens
        .clone()
        .into_iter()
        .map(|mut token| {
            move_to(&mut token, span);
            token
        })
        .collect()
}

/// `$crate` says by its span which crate it means.
pub(crate) fn move_to(token: &mut TokenTree, span: Span) {
    let names_crate = matches!(token, TokenTree::Ident(name) if name == "$crate");
    token.set_span(if names_crate { token.span().located_at(span) } else { span });
}
