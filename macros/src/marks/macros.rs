//! The arguments of macros that evaluate them in the function itself.
//!
//! In: a call of a macro. Out: the same call, with marks in those of its arguments that the macro
//! evaluates once, in the function, and whose text appears nowhere (as it would with `assert!`).
//! A call that does not match the grammar of the known macro stays as it is: its name is no proof, because it
//! may be a macro of the user's. So does a call without a `?` in it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, ExprBlock, ExprLit, Ident, Lit, Macro, Pat, Result, Token, token};

use crate::syntax::expressions::bare;
use crate::syntax::tokens::any;

/// Macros of the standard library that format their arguments.
const OF_FORMAT: [&str; 8] =
    ["eprint", "eprintln", "format", "format_args", "panic", "print", "println", "unreachable"];

/// Visits the arguments of a macro that evaluates them in the function.
pub(crate) fn visit_arguments(mac: &mut Macro, visitor: &mut impl VisitMut) {
    let Some(name) = mac.path.segments.last() else { return };
    // A `bail!` in there is marked as well.
    if !mentions_error_path(&mac.tokens) {
        return;
    }
    let grammar = match &*name.ident.to_string() {
        name if OF_FORMAT.contains(&name) => Arguments::formatted,
        "write" | "writeln" => Arguments::written,
        "vec" => Arguments::expressions,
        "join" | "try_join" => Arguments::join,
        "matches" => Arguments::matches,
        "select" | "select_biased" => Arguments::select,
        _ => return,
    };
    let mut arguments = Arguments(Vec::new());
    if mac.parse_body_with(|input: ParseStream| grammar(&mut arguments, input)).is_ok() {
        for argument in &mut arguments.0 {
            visitor.visit_expr_mut(argument);
        }
        mac.tokens = arguments.0.iter().map(ToTokens::to_token_stream).collect();
    }
}

/// Whether the tokens hold anything that could be marked.
fn mentions_error_path(tokens: &TokenStream) -> bool {
    any(tokens.clone(), &|token| match token {
        TokenTree::Ident(name) => name == "return" || name == "bail",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        _ => false,
    })
}

/// The arguments of a macro, in their order: expressions that the function evaluates, and anything else as
/// `Expr::Verbatim`, into which no visitor goes.
struct Arguments(Vec<Expr>);

impl Arguments {
    fn evaluated(&mut self, input: ParseStream) -> Result<()> {
        self.0.push(input.parse()?);
        Ok(())
    }

    fn kept<T: Parse + ToTokens>(&mut self, input: ParseStream) -> Result<()> {
        self.0.push(Expr::Verbatim(input.parse::<T>()?.into_token_stream()));
        Ok(())
    }

    /// `println!("{}", expr?)`
    fn formatted(&mut self, input: ParseStream) -> Result<()> {
        self.expressions(input)?;
        self.has_format(0, input)
    }

    /// `write!(expr?, "{}", expr?)`
    fn written(&mut self, input: ParseStream) -> Result<()> {
        self.expressions(input)?;
        // Behind the stream and a comma.
        self.has_format(2, input)
    }

    fn has_format(&self, index: usize, input: ParseStream) -> Result<()> {
        match self.0.get(index).map(bare) {
            // `concat!(…)`
            Some(Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) | Expr::Macro(_)) => Ok(()),
            _ => Err(input.error("expected a format")),
        }
    }

    /// `vec![expr?, expr]`
    fn expressions(&mut self, input: ParseStream) -> Result<()> {
        while !input.is_empty() {
            self.evaluated(input)?;
            if !input.is_empty() {
                self.kept::<Token![,]>(input)?;
            }
        }
        Ok(())
    }

    /// `join!(biased; expr?, expr)`
    fn join(&mut self, input: ParseStream) -> Result<()> {
        self.biased(input)?;
        self.expressions(input)
    }

    /// `matches!(expr?, pattern if guard)`
    fn matches(&mut self, input: ParseStream) -> Result<()> {
        self.evaluated(input)?;
        self.kept::<Token![,]>(input)?;
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        self.0.push(Expr::Verbatim(pat.into_token_stream()));
        if input.peek(Token![if]) {
            self.kept::<Token![if]>(input)?;
            self.kept::<Expr>(input)?;
        }
        if input.is_empty() { Ok(()) } else { self.kept::<Token![,]>(input) }
    }

    /// `select! { biased; pattern = future?, if condition? => handler?, else => handler? }`
    fn select(&mut self, input: ParseStream) -> Result<()> {
        self.biased(input)?;
        while !input.is_empty() {
            self.branch(input)?;
        }
        Ok(())
    }

    /// `pattern = future, if condition => handler,`
    fn branch(&mut self, input: ParseStream) -> Result<()> {
        if is_keyword(input) {
            self.kept::<TokenTree>(input)?;
        } else {
            let pat = Pat::parse_multi_with_leading_vert(input)?;
            self.0.push(Expr::Verbatim(pat.into_token_stream()));
            self.kept::<Token![=]>(input)?;
            self.evaluated(input)?;
            if input.peek(Token![,]) {
                self.kept::<Token![,]>(input)?;
                self.kept::<Token![if]>(input)?;
                self.evaluated(input)?;
            }
        }
        self.kept::<Token![=>]>(input)?;
        // A block ends the branch, as the arm of a `match` ends with it.
        let handler = if input.peek(token::Brace) {
            Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block: input.parse()? })
        } else {
            input.parse()?
        };
        let is_block = matches!(handler, Expr::Block(_));
        self.0.push(handler);
        if input.is_empty() || (is_block && !input.peek(Token![,])) {
            return Ok(());
        }
        self.kept::<Token![,]>(input)
    }

    /// `biased;`, if it is there.
    fn biased(&mut self, input: ParseStream) -> Result<()> {
        if input.peek(Ident) && input.peek2(Token![;]) {
            let name: Ident = input.fork().parse()?;
            if name != "biased" {
                return Err(Error::new(name.span(), "expected `biased`"));
            }
            self.kept::<Ident>(input)?;
            self.kept::<Token![;]>(input)?;
        }
        Ok(())
    }
}

/// `else =>`, or the `complete =>` and `default =>` of the crate `futures`.
fn is_keyword(input: ParseStream) -> bool {
    let is_named = |name: Ident| name == "complete" || name == "default";
    input.peek(Token![else])
        || (input.peek2(Token![=>]) && input.fork().parse().is_ok_and(is_named))
}
