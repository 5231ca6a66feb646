//! The arguments of macros that evaluate them in the function itself.
//!
//! In: a call of a macro. Out: the same call, with marks in those of its arguments that the macro
//! evaluates once, in the function, and whose text appears nowhere (as it would with `assert!`).
//! What is not written exactly as expected is left untouched. So is a call without a `?` in it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, Ident, Macro, Pat, Token, token};

/// Macros of the standard library whose arguments are plain expressions.
const OF_EXPRESSIONS: [&str; 11] = [
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Visits the arguments of a macro that evaluates them in the function.
pub(super) fn visit_arguments(mac: &mut Macro, visitor: &mut impl VisitMut) {
    let Some(name) = mac.path.segments.last() else { return };
    // A `bail!` in there is marked as well.
    if !mentions_error_path(mac.tokens.clone()) {
        return;
    }
    match &*name.ident.to_string() {
        name if OF_EXPRESSIONS.contains(&name) => visit::<Expressions>(mac, visitor),
        "join" | "try_join" => visit::<Join>(mac, visitor),
        "matches" => visit::<First>(mac, visitor),
        "select" | "select_biased" => visit::<Select>(mac, visitor),
        _ => {}
    }
}

/// Whether there is anything in the tokens that a mark could be for.
fn mentions_error_path(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_error_path(group.stream()),
        TokenTree::Ident(name) => name == "return" || name == "bail",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Literal(_) => false,
    })
}

/// Arguments of a macro, some of which are expressions that the function evaluates.
trait Arguments: Parse + ToTokens {
    fn visit(&mut self, visitor: &mut impl VisitMut);
}

fn visit<A: Arguments>(mac: &mut Macro, visitor: &mut impl VisitMut) {
    if let Ok(mut arguments) = mac.parse_body::<A>() {
        arguments.visit(visitor);
        mac.tokens = arguments.into_token_stream();
    }
}

/// `println!("{}", expr?)`
struct Expressions(Punctuated<Expr, Token![,]>);

impl Parse for Expressions {
    fn parse(input: ParseStream) -> Result<Self> {
        Punctuated::parse_terminated(input).map(Expressions)
    }
}

impl ToTokens for Expressions {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl Arguments for Expressions {
    fn visit(&mut self, visitor: &mut impl VisitMut) {
        for expr in &mut self.0 {
            visitor.visit_expr_mut(expr);
        }
    }
}

/// `join!(biased; expr?, expr)`, without `biased;` in most cases.
struct Join {
    biased: Option<Biased>,
    futures: Expressions,
}

impl Parse for Join {
    fn parse(input: ParseStream) -> Result<Self> {
        Ok(Join { biased: Biased::parse(input)?, futures: input.parse()? })
    }
}

impl ToTokens for Join {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.biased.to_tokens(tokens);
        self.futures.to_tokens(tokens);
    }
}

impl Arguments for Join {
    fn visit(&mut self, visitor: &mut impl VisitMut) {
        self.futures.visit(visitor);
    }
}

/// `matches!(expr?, pattern)`: the pattern and its guard are kept as they are.
struct First {
    expr: Expr,
    rest: TokenStream,
}

impl Parse for First {
    fn parse(input: ParseStream) -> Result<Self> {
        let expr = input.parse()?;
        if !input.peek(Token![,]) {
            return Err(input.error("expected `,`"));
        }
        Ok(First { expr, rest: input.parse()? })
    }
}

impl ToTokens for First {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.expr.to_tokens(tokens);
        self.rest.to_tokens(tokens);
    }
}

impl Arguments for First {
    fn visit(&mut self, visitor: &mut impl VisitMut) {
        visitor.visit_expr_mut(&mut self.expr);
    }
}

/// `select! { biased; pattern = future?, if condition? => handler?, else => handler? }`
struct Select {
    biased: Option<Biased>,
    branches: Vec<Branch>,
}

impl Parse for Select {
    fn parse(input: ParseStream) -> Result<Self> {
        let biased = Biased::parse(input)?;
        let mut branches: Vec<Branch> = Vec::new();
        while !input.is_empty() {
            if branches.last().is_some_and(Branch::needs_comma) {
                return Err(input.error("expected `,`"));
            }
            branches.push(input.parse()?);
        }
        Ok(Select { biased, branches })
    }
}

impl ToTokens for Select {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.biased.to_tokens(tokens);
        for branch in &self.branches {
            branch.to_tokens(tokens);
        }
    }
}

impl Arguments for Select {
    fn visit(&mut self, visitor: &mut impl VisitMut) {
        for branch in &mut self.branches {
            if let Some(event) = &mut branch.event {
                visitor.visit_expr_mut(&mut event.future);
                if let Some((_, _, condition)) = &mut event.condition {
                    visitor.visit_expr_mut(condition);
                }
            }
            visitor.visit_expr_mut(&mut branch.handler);
        }
    }
}

/// `pattern = future, if condition => handler,`
struct Branch {
    /// What the branch waits for; `None` for `else`, and for `complete` and `default` of the crate
    /// `futures`.
    event: Option<Event>,
    /// `else`
    keyword: Option<TokenTree>,
    arrow: Token![=>],
    handler: Expr,
    comma: Option<Token![,]>,
}

struct Event {
    pat: Pat,
    equals: Token![=],
    future: Expr,
    condition: Option<(Token![,], Token![if], Expr)>,
}

impl Branch {
    fn needs_comma(&self) -> bool {
        self.comma.is_none() && !matches!(self.handler, Expr::Block(_))
    }
}

impl Parse for Branch {
    fn parse(input: ParseStream) -> Result<Self> {
        let is_keyword = input.peek(Token![else])
            || (input.peek2(Token![=>])
                && input.fork().parse::<Ident>().is_ok_and(|name| {
                    ["complete", "default"].iter().any(|keyword| name == keyword)
                }));
        let (event, keyword) = match is_keyword {
            true => (None, Some(input.parse()?)),
            false => (Some(input.parse()?), None),
        };
        let arrow = input.parse()?;
        // A block ends the branch, as the arm of a `match` ends with it.
        let handler = if input.peek(token::Brace) {
            Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: input.parse()? })
        } else {
            input.parse()?
        };
        Ok(Branch { event, keyword, arrow, handler, comma: input.parse()? })
    }
}

impl Parse for Event {
    fn parse(input: ParseStream) -> Result<Self> {
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        let equals = input.parse()?;
        let future = input.parse()?;
        let condition = if input.peek(Token![,]) {
            Some((input.parse()?, input.parse()?, input.parse()?))
        } else {
            None
        };
        Ok(Event { pat, equals, future, condition })
    }
}

impl ToTokens for Branch {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(Event { pat, equals, future, condition }) = &self.event {
            pat.to_tokens(tokens);
            equals.to_tokens(tokens);
            future.to_tokens(tokens);
            if let Some((comma, keyword, condition)) = condition {
                comma.to_tokens(tokens);
                keyword.to_tokens(tokens);
                condition.to_tokens(tokens);
            }
        }
        self.keyword.to_tokens(tokens);
        self.arrow.to_tokens(tokens);
        self.handler.to_tokens(tokens);
        self.comma.to_tokens(tokens);
    }
}

/// `biased;`
struct Biased {
    name: Ident,
    semicolon: Token![;],
}

impl Biased {
    fn parse(input: ParseStream) -> Result<Option<Self>> {
        if !input.peek(Ident) || !input.peek2(Token![;]) {
            return Ok(None);
        }
        let name: Ident = input.parse()?;
        if name != "biased" {
            return Err(syn::Error::new(name.span(), "expected `biased`"));
        }
        Ok(Some(Biased { name, semicolon: input.parse()? }))
    }
}

impl ToTokens for Biased {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        self.semicolon.to_tokens(tokens);
    }
}
