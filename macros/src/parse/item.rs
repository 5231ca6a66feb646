//! What the attribute is on: a function, or a block of them.
//!
//! A function with a body is taken apart just as far as the expansion needs it. A body that does not parse
//! (a half-typed line in an editor) stays as tokens, so that the compiler reports the user's mistake, and the
//! function still expands.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Block, Error, Expr, Meta, Pat, Result, Signature, Stmt, Token, Visibility, token,
};

use crate::syntax::expressions::is_box_pin;
use crate::syntax::tokens::mentions;
use crate::syntax::types::{is_boxed_future, is_impl_future, returned};

/// An item with the attribute.
pub(crate) enum Item {
    Function(Box<Function>),
    /// An `impl` block, a trait or a module.
    Block(Box<syn::Item>),
}

/// Parses the item; the first keyword behind attributes and visibility tells which one it is.
pub(crate) fn parse(item: TokenStream) -> Result<Item> {
    let mut words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let first = words.find(|word| !["pub", "unsafe", "default", "auto"].contains(&&**word));
    if first.is_some_and(|word| ["impl", "trait", "mod"].contains(&&*word)) {
        syn::parse2(item).map(|block| Item::Block(Box::new(block)))
    } else {
        syn::parse2(item).map(|function| Item::Function(Box::new(function)))
    }
}

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

pub(crate) struct Body {
    pub(crate) brace: token::Brace,
    /// The whole body with its braces, as it was written.
    pub(crate) braced: TokenTree,
    pub(crate) inner_attrs: Vec<Attribute>,
    /// What follows the inner attributes, as it was written.
    pub(crate) tokens: TokenStream,
    /// The same, parsed; `None` where it does not parse.
    pub(crate) stmts: Option<Vec<Stmt>>,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let is_default = input.peek(Token![default]) && !input.peek2(Token![!]);
        let default = is_default.then(|| input.parse()).transpose()?;
        if let Some(other) = other_item(input) {
            return Err(input.error(format!(
                "this is {other}: `#[track_errors]` expects a function that returns a `Result`"
            )));
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(
                sig.ident.span(),
                format!(
                    "`{}` has no body here: put `#[track_errors]` on the method in each `impl`, \
                     or give it a default body",
                    sig.ident
                ),
            ));
        }
        Ok(Function { attrs, vis, default, sig, body: input.parse()? })
    }
}

impl Parse for Body {
    fn parse(input: ParseStream) -> Result<Self> {
        let braced = input.fork();
        let content;
        let brace = syn::braced!(content in input);
        let braced = braced.parse()?;
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let tokens: TokenStream = content.fork().parse()?;
        let ahead = content.fork();
        let stmts = Block::parse_within(&ahead).ok().filter(|_| ahead.is_empty());
        if stmts.is_some() {
            content.advance_to(&ahead);
        } else {
            content.parse::<TokenStream>()?;
        }
        Ok(Body { brace, braced, inner_attrs, tokens, stmts })
    }
}

/// Names an item that is no function, by the keyword at which the input is.
fn other_item(input: ParseStream) -> Option<&'static str> {
    macro_rules! named {
        ($($keyword:tt => $name:literal)*) => {
            $(if input.peek(Token![$keyword]) { return Some($name); })*
        };
    }
    // `const fn`, `const unsafe fn` and the like are functions.
    let is_function = input.peek2(Token![fn])
        || input.peek2(Token![async])
        || input.peek2(Token![unsafe])
        || input.peek2(Token![extern]);
    if input.peek(Token![const]) && is_function {
        return None;
    }
    named! {
        const => "a constant"
        static => "a constant"
        struct => "a struct"
        enum => "an enum"
        union => "a union"
        type => "a type alias"
        use => "an import"
        macro => "a macro"
        let => "a statement"
    }
    None
}

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
    /// Whether it is `#[track_caller]`, or `#[cfg_attr(…, track_caller)]`, which the compiler has not resolved
    /// yet where the attribute is on a block around the function.
    pub(crate) fn has_caller(&self) -> bool {
        self.attrs.iter().any(|attr| match &attr.meta {
            Meta::Path(path) => path.is_ident("track_caller"),
            Meta::List(list) => {
                list.path.is_ident("cfg_attr") && mentions(&list.tokens, "track_caller")
            }
            Meta::NameValue(_) => false,
        })
    }

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
        let Some([before @ .., Stmt::Expr(Expr::Call(call), None)]) = self.stmts.as_deref() else {
            return false;
        };
        is_box_pin(call) && !before.iter().any(|stmt| mentions(stmt, "return"))
    }
}
