//! The tokens of marks.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Arm, Expr, ExprMatch, ExprTry, Macro, Pat, Stmt, Token, parse_quote, token};

use super::Marks;
use crate::syntax::expressions::{leaves, starts_with_attribute};
use crate::syntax::tokens::{ends, own_name, own_name_at, respan};

impl Marks<'_> {
    /// `::track_errors::__private`, at a place.
    pub(super) fn private(&self, span: Span) -> TokenStream {
        let runtime = respan(self.runtime, span);
        quote_spanned!(span=> #runtime::__private)
    }

    /// `::track_errors::__private::mark_returned(expr, ID)`
    pub(super) fn mark_returned(&self, span: Span, expr: &Expr) -> Expr {
        let (name, place) = self.name_and_place("mark_returned", span);
        let (first, last) = ends(expr);
        let first = if self.is_exact { first } else { span };
        self.mark_around(&name, expr, place.as_ref(), (first, last))
    }

    /// `::track_errors::__private::mark_value(error, ID)`
    pub(super) fn mark_value(&self, expr: &Expr) -> Expr {
        let (first, last) = ends(expr);
        self.mark_around(&Ident::new("mark_value", first), expr, None, (first, last))
    }

    /// `::track_errors::__private::name(expr, ID)`, from one place to another.
    fn mark_around(
        &self,
        name: &Ident,
        expr: &Expr,
        place: Option<&TokenStream>,
        (first, last): (Span, Span),
    ) -> Expr {
        let (private, id) = (self.private(first), self.id);
        let function = quote_spanned!(first=> #private::#name);
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#expr, #id #place));
        arguments.set_span(last);
        Expr::Verbatim(quote!(#function #arguments))
    }

    /// `::track_errors::__private::Tried(expr).track_errors_mark(ID)`
    pub(super) fn mark_tried(&mut self, span: Span, expr: Expr) -> Expr {
        let expr = argument(expr);
        let (name, place) = self.name_and_place("track_errors_mark", span);
        let end = if self.is_exact { ends(&expr).1 } else { span };
        self.tried(&expr, &name, place.as_ref(), end)
    }

    /// `Err(error)?` becomes `Err(mark_error(error, ID, PLACE))?`, where the mark covers exactly the error: a
    /// lint suggests to return it.
    pub(super) fn mark_tried_error(&mut self, tried: &mut ExprTry) {
        self.mark_sources(&mut tried.expr);
        let span = tried.question_token.span();
        if let Expr::Call(call) = &mut *tried.expr
            && let Some(error) = call.args.first_mut()
            && !starts_with_attribute(error)
            && !leaves(error)
        {
            let (around, here) = (ends(error), self.here(span));
            let (name, place) =
                (Ident::new("mark_error", around.0), quote_spanned!(span=> , #here));
            *error = self.mark_around(&name, error, Some(&place), around);
        }
    }

    /// `expr?` becomes
    ///
    /// ```text
    /// match branch(expr) {
    ///     Continue(value) => value,
    ///     Break(residual) => return mark_residual(residual, ID),
    /// }
    /// ```
    pub(super) fn mark_branch(&mut self, tried: &mut ExprTry) -> Expr {
        self.mark_sources(&mut tried.expr);
        let operand = std::mem::replace(&mut *tried.expr, Expr::Verbatim(TokenStream::new()));
        *tried.expr = argument(operand);
        let (span, id) = (tried.question_token.span(), self.id);
        let here = Span::mixed_site().located_at(span);
        let private = self.private(span);
        match_branch(tried, self.runtime, |residual| {
            // The place of the call is that of the user's `?`, if all tokens of the call are.
            let mark = quote_spanned!(span=> #private::mark_residual(#residual, #id));
            Expr::Verbatim(quote_spanned!(here=> return #mark))
        })
    }

    /// `::track_errors::__private::Tried(expr).track_errors_mark_behind(ID)`
    pub(super) fn mark_behind(&mut self, expr: &Expr) -> Expr {
        let (_, last) = ends(expr);
        self.tried(expr, &Ident::new("track_errors_mark_behind", last), None, last)
    }

    /// `::track_errors::__private::Tried(expr).name(ID)`, of which all behind `Tried` is at `end`.
    fn tried(&mut self, expr: &Expr, name: &Ident, place: Option<&TokenStream>, end: Span) -> Expr {
        self.imports = true;
        let (first, _) = ends(expr);
        let (private, id) = (self.private(first), self.id);
        let tried = quote_spanned!(first=> #private::Tried);
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#id #place));
        arguments.set_span(end);
        Expr::Verbatim(quote_spanned!(end=> #tried(#expr).#name #arguments))
    }

    /// The name of a mark and, where it needs one, its place as a further argument.
    fn name_and_place(&self, name: &str, span: Span) -> (Ident, Option<TokenStream>) {
        if !self.has_caller && !self.is_exact {
            return (Ident::new(name, span), None);
        }
        let here = self.here(span);
        let place = quote_spanned!(span=> , #here);
        (Ident::new(&format!("{name}_at"), span), Some(place))
    }

    /// `{ mark_here(ID); bail!(…) }`
    pub(super) fn mark_bail(&self, mac: &mut Macro) -> Expr {
        let span = mac.path.span();
        let reference = self.mark_bailed(mac, span);
        let (name, place) = self.name_and_place("mark_here", span);
        let (private, id) = (self.private(span), self.id);
        Expr::Verbatim(quote_spanned!(span=> {
            #reference
            #private::#name(#id #place);
            #mac
        }))
    }

    /// `{ let mut place = …; mark_returned_at(match … { … => { place = …; call() } }, ID, place) }`
    pub(super) fn mark_by_place(&self, span: Span, value: &Expr) -> Expr {
        let (private, id) = (self.private(span), self.id);
        let (name, here) = (own_name("place"), self.here(span));
        Expr::Verbatim(quote_spanned! {span=> {
            #[allow(unused_assignments)]
            let mut #name = #here;
            #private::mark_returned_at(#value, #id, #name)
        }})
    }

    /// `{{ place = …; call() }}`: a lint takes an arm with statements for one of the user's.
    pub(super) fn store_place(&self, span: Span, call: &Expr) -> Expr {
        let (name, here) = (own_name("place"), self.here(span));
        Expr::Verbatim(quote_spanned! {span=> {{
            #[allow(unused_assignments)]
            { #name = #here; }
            #call
        }}})
    }

    /// The place of this span. In a `#[track_caller]` function it is a constant, which has no caller. (A
    /// constant costs the compiler as much as a small function. `Location::caller` in one is newer than the
    /// `rust-version` of some crates, and older than that of this one.)
    fn here(&self, span: Span) -> TokenStream {
        let here = quote_spanned!(span=> ::core::panic::Location::caller());
        if !self.has_caller {
            return here;
        }
        let name = Ident::new("__TRACK_ERRORS_HERE", Span::mixed_site());
        quote_spanned! {span=> {
            #[allow(clippy::incompatible_msrv)]
            const #name: &::core::panic::Location<'static> = #here;
            #name
        }}
    }
}

/// The call that is marked may be one of a function that never returns, such as
/// `None => usage()`.
pub(super) fn may_never_return(span: Span, call: &TokenStream) -> TokenStream {
    quote_spanned!(span=> #[allow(unreachable_code, clippy::diverging_sub_expression)] #call)
}

/// `expr?` as `match branch(expr) { Continue(value) => value, Break(residual) => leave(residual) }`
pub(crate) fn match_branch(
    tried: &ExprTry,
    runtime: &TokenStream,
    leave: impl FnOnce(&Ident) -> Expr,
) -> Expr {
    let (expr, question_mark) = (&tried.expr, tried.question_token.span());
    let (first, last) = ends(expr);
    let here = Span::mixed_site().located_at(question_mark);
    let [value, residual] = ["value", "residual"].map(|name| own_name_at(name, here));
    let leave = leave(&residual);
    // Built, because to parse it costs a third of the attribute's time.
    let arm = |pat: TokenStream, body: Expr| Arm {
        attrs: Vec::new(),
        pat: Pat::Verbatim(quote_spanned!(here=> #[allow(unreachable_code)] #pat)),
        fat_arrow_token: Token![=>](here),
        body: Box::new(body),
        comma: Some(Token![,](here)),
    };
    let carry_on = quote_spanned!(here=> ::core::ops::ControlFlow::Continue(#value));
    let stop = quote_spanned!(here=> ::core::ops::ControlFlow::Break(#residual));
    let mut operand = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    operand.set_span(last);
    let runtime = respan(runtime, first);
    Expr::Match(ExprMatch {
        attrs: tried.attrs.clone(),
        // For lints the whole is the user's expression, and no `match`.
        match_token: Token![match](first),
        expr: Box::new(Expr::Verbatim(
            quote_spanned!(first=> #runtime::__private::branch #operand),
        )),
        brace_token: token::Brace(question_mark),
        arms: vec![arm(carry_on, Expr::Verbatim(value.into_token_stream())), arm(stop, leave)],
    })
}

/// Visits a statement. If `expr?;` became a `match`, a lint would take the semicolon for needless.
pub(crate) fn visit_statement(stmt: &mut Stmt, visit: impl FnOnce(&mut Stmt)) {
    let is_tried = matches!(stmt, Stmt::Expr(Expr::Try(_), Some(_)));
    visit(stmt);
    if is_tried && let Stmt::Expr(Expr::Match(found), _) = stmt {
        found.attrs.push(parse_quote!(#[allow(clippy::unnecessary_semicolon)]));
    }
}

/// The operand of a `?` as an argument. A lint would take parentheses and braces for those of our own call.
fn argument(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(paren) if paren.attrs.is_empty() => argument(*paren.expr),
        Expr::Block(mut block) => {
            let empty = Expr::Verbatim(TokenStream::new());
            let semicolon = Token![;](Span::mixed_site());
            block.block.stmts.insert(0, Stmt::Expr(empty, Some(semicolon)));
            Expr::Block(block)
        }
        other => other,
    }
}
