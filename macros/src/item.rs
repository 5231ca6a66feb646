//! Which shape of function the attribute stands on.
//!
//! In: the annotated item. Out: a [`Function`], taken apart just as far as the expansion needs
//! it, or one located error for an item that cannot be tracked. A body that does not parse (a
//! half-typed line in an editor) is kept as tokens, so that the compiler reports it itself.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Error, FnArg, GenericArgument, Meta, Pat, PathArguments, Result, ReturnType,
    Signature, Stmt, Token, Type, TypeParamBound, Visibility, token,
};

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

/// How the function hands out its `Result`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// `fn … -> Result<…>`, or anything else that the trait `Outcome` knows, such as
    /// `Option<Result<…>>` and a boxed future behind an alias.
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
        if self.sig.asyncness.is_some() {
            return Shape::Async;
        }
        match &self.sig.output {
            ReturnType::Type(_, ty) if is_impl_future(ty) => Shape::Future,
            ReturnType::Type(_, ty) if mentions_future(ty) && self.body.ends_in_box_pin() => {
                Shape::BoxPin
            }
            _ if self.body.is_block_on() => Shape::BlockOn,
            _ => Shape::Sync,
        }
    }

    /// Why a `#[track_caller]` function would not see its caller any more.
    fn hides_caller(&self) -> Option<&'static str> {
        let sig = &self.sig;
        let tokens = || quote::quote!(#sig).into_iter().chain(self.body.tokens.clone()).collect();
        if sig.receiver().is_some() {
            Some("that is a method")
        } else if sig.asyncness.is_some() || returns_future(sig) {
            Some("that is asynchronous")
        } else if !matches!(sig.safety, syn::Safety::Default) {
            Some("that is `unsafe`")
        } else if contains_ident(tokens(), "Self") {
            Some("that names `Self`")
        } else if sig.inputs.iter().any(has_cfg) {
            Some("whose parameters depend on a `#[cfg]`")
        } else {
            None
        }
    }

    /// What the attribute cannot stand on although it is a function.
    fn check(&self) -> Result<()> {
        let sig = &self.sig;
        if let Some(token) = &sig.constness {
            return Err(Error::new(
                token.span(),
                "`#[track_errors]` cannot track a `const fn`: it may run at compile time, \
                 where nothing can be logged",
            ));
        }
        if let Some(attr) = asks_for_caller(&self.attrs)
            && let Some(reason) = self.hides_caller()
        {
            return Err(Error::new_spanned(
                attr,
                format!(
                    "`#[track_errors]` cannot track a `#[track_caller]` function {reason}: its body \
                     would see itself as the caller"
                ),
            ));
        }
        if let Some(variadic) = &sig.variadic {
            return Err(Error::new_spanned(
                variadic,
                "`#[track_errors]` cannot track a variadic function: its arguments cannot be \
                 handed on",
            ));
        }
        let (span, never) = match &sig.output {
            ReturnType::Default => (sig.ident.span(), "returns nothing"),
            ReturnType::Type(_, ty) => match &**ty {
                Type::Tuple(unit) if unit.elems.is_empty() => (ty.span(), "returns nothing"),
                Type::Never(_) => (ty.span(), "never returns"),
                _ => return Ok(()),
            },
        };
        Err(Error::new(
            span,
            format!(
                "`{}` {never}, so no `Err` can leave it: `#[track_errors]` expects a function \
                 that returns a `Result`",
                sig.ident
            ),
        ))
    }
}

impl Parse for Function {
    fn parse(input: ParseStream) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let default = if input.peek(Token![default]) && !input.peek2(Token![!]) {
            Some(input.parse()?)
        } else {
            None
        };
        if let Some(other) = other_item(input) {
            return Err(Error::new(
                input.span(),
                format!(
                    "this is {other}: `#[track_errors]` expects a function that returns a `Result`"
                ),
            ));
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
        let braced = input.fork();
        let content;
        let brace = syn::braced!(content in input);
        let braced: TokenTree = braced.parse()?;
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let tokens: TokenStream = content.parse()?;
        let stmts = Block::parse_within.parse2(tokens.clone()).ok();
        let body = Body { brace, braced, inner_attrs, tokens, stmts };
        let function = Function { attrs, vis, default, sig, body };
        function.check()?;
        Ok(function)
    }
}

/// The function's `#[track_caller]`, or its `#[cfg_attr(…, track_caller)]`, which stands there still
/// where the attribute is on a block around it.
pub(crate) fn asks_for_caller(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| match &attr.meta {
        Meta::Path(path) => path.is_ident("track_caller"),
        Meta::List(list) => {
            list.path.is_ident("cfg_attr") && contains_ident(list.tokens.clone(), "track_caller")
        }
        Meta::NameValue(_) => false,
    })
}

fn has_cfg(arg: &FnArg) -> bool {
    let (FnArg::Typed(syn::PatType { attrs, .. }) | FnArg::Receiver(syn::Receiver { attrs, .. })) =
        arg;
    attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
}

/// Names an item that is no function, by the keyword that the input stands at.
fn other_item(input: ParseStream) -> Option<&'static str> {
    macro_rules! named {
        ($($keyword:tt => $name:literal)*) => {
            $(if input.peek(Token![$keyword]) { return Some($name); })*
        };
    }
    // `const fn`, `unsafe fn`, `extern "C" fn` and `async fn` are functions.
    if (input.peek(Token![const]) && !input.peek2(Token![fn]) && !is_qualifier(input))
        || input.peek(Token![static])
    {
        return Some("a constant");
    }
    named! {
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

/// Whether what follows `const` is another qualifier of a function.
fn is_qualifier(input: ParseStream) -> bool {
    input.peek2(Token![async]) || input.peek2(Token![unsafe]) || input.peek2(Token![extern])
}

/// `impl Future<…> + …`
fn is_impl_future(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().any(is_future_bound),
        Type::Paren(ty) => is_impl_future(&ty.elem),
        Type::Group(ty) => is_impl_future(&ty.elem),
        _ => false,
    }
}

/// `Pin<Box<dyn Future<…> + …>>`, or an alias for it that is named like `BoxFuture<…>`.
fn mentions_future(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(ty) => ty.bounds.iter().any(is_future_bound),
        Type::Paren(ty) => mentions_future(&ty.elem),
        Type::Group(ty) => mentions_future(&ty.elem),
        Type::Path(ty) => ty.path.segments.last().is_some_and(|segment| {
            segment.ident.to_string().ends_with("Future")
                || match &segment.arguments {
                    PathArguments::AngleBracketed(arguments) => {
                        (segment.ident == "Pin" || segment.ident == "Box")
                            && arguments.args.iter().any(|argument| match argument {
                                GenericArgument::Type(ty) => mentions_future(ty),
                                _ => false,
                            })
                    }
                    _ => false,
                }
        }),
        _ => false,
    }
}

/// `R` of `impl Future<Output = R>`, `Pin<Box<dyn Future<Output = R>>>` and `BoxFuture<'_, R>`.
pub(crate) fn future_output(ty: &Type) -> Option<&Type> {
    let of_bounds = |bounds: &'_ syn::punctuated::Punctuated<TypeParamBound, Token![+]>| {
        bounds.iter().position(is_future_bound)
    };
    match ty {
        Type::ImplTrait(ty) => output_of_bound(&ty.bounds[of_bounds(&ty.bounds)?]),
        Type::TraitObject(ty) => output_of_bound(&ty.bounds[of_bounds(&ty.bounds)?]),
        Type::Paren(ty) => future_output(&ty.elem),
        Type::Group(ty) => future_output(&ty.elem),
        Type::Path(ty) => {
            let segment = ty.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
            let last = arguments.args.iter().rev().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })?;
            if segment.ident == "Pin" || segment.ident == "Box" {
                future_output(last)
            } else {
                segment.ident.to_string().ends_with("BoxFuture").then_some(last)
            }
        }
        _ => None,
    }
}

fn output_of_bound(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

fn is_future_bound(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|segment| segment.ident == "Future")
        }
        _ => false,
    }
}

impl Body {
    /// The user's own braces around these tokens.
    pub(crate) fn with_braces(&self, content: TokenStream) -> TokenStream {
        let mut braced = TokenStream::new();
        self.brace.surround(&mut braced, |tokens| tokens.extend(content));
        braced
    }

    fn is_block_on(&self) -> bool {
        let Some([Stmt::Local(local), .., last]) = self.stmts.as_deref() else { return false };
        let is_body = matches!(&local.pat, Pat::Ident(pat) if pat.ident == "body");
        let init = local.init.as_ref().map(|init| &*init.expr);
        is_body
            && matches!(init, Some(syn::Expr::Async(_)))
            && contains_ident(last.to_token_stream(), "block_on")
    }

    /// Whether the value of the body is written `Box::pin(…)` and nothing leaves it earlier.
    fn ends_in_box_pin(&self) -> bool {
        let Some(stmts) = &self.stmts else { return false };
        let Some((Stmt::Expr(syn::Expr::Call(call), None), before)) = stmts.split_last() else {
            return false;
        };
        is_box_pin(call)
            && !before.iter().any(|stmt| contains_ident(stmt.to_token_stream(), "return"))
    }
}

/// `Box::pin(…)` by whatever path.
pub(crate) fn is_box_pin(call: &syn::ExprCall) -> bool {
    let syn::Expr::Path(path) = &*call.func else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin")
        && names.next().is_some_and(|name| name == "Box")
        && call.args.len() == 1
}

/// The async block in `let body = async { … };`, the first statement of [`Shape::BlockOn`].
pub(crate) fn block_on_body(stmts: &mut [Stmt]) -> Option<&mut syn::ExprAsync> {
    match stmts.first_mut() {
        Some(Stmt::Local(syn::Local { init: Some(init), .. })) => async_block_of(&mut init.expr),
        _ => None,
    }
}

/// The async block in `async { … }`, `Box::pin(async { … })` and `async { … }.boxed()`.
pub(crate) fn async_block_of(expr: &mut syn::Expr) -> Option<&mut syn::ExprAsync> {
    match expr {
        syn::Expr::Async(block) => Some(block),
        syn::Expr::Call(call) if is_box_pin(call) => async_block_of(&mut call.args[0]),
        syn::Expr::MethodCall(call) => async_block_of(&mut call.receiver),
        _ => None,
    }
}

/// Whether a call in return position can yield an error, as far as the return type's name tells.
///
/// Such a call is marked, and the mark asks for what the wrapper asks for. So in a function that
/// returns something else each mark would be refused once more, beside the one message that says
/// it. A name that says nothing, such as that of an alias, is trusted where the body handles
/// results; if it is not, the error's place is that of the function.
pub(crate) fn may_return_error(sig: &Signature, body: &TokenStream) -> bool {
    let ReturnType::Type(_, ty) = &sig.output else { return false };
    // The marks stand in the async block. Behind an alias its type is unknown.
    let ty = if returns_future(sig) { future_output(ty) } else { Some(&**ty) };
    ty.is_none_or(|ty| may_be_result(ty, body))
}

/// Whether the function, which is no `async fn`, hands out a future, as far as its return type's
/// name tells.
pub(crate) fn returns_future(sig: &Signature) -> bool {
    match &sig.output {
        ReturnType::Type(_, ty) if sig.asyncness.is_none() => {
            is_impl_future(ty) || mentions_future(ty)
        }
        _ => false,
    }
}

/// Whether the type that the function returns says that it may borrow, by a lifetime other than
/// `'static`.
pub(crate) fn returns_borrow(sig: &Signature) -> bool {
    struct Borrows(bool);
    impl VisitMut for Borrows {
        fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
            self.0 |= lifetime.ident != "static";
        }
    }
    let mut borrows = Borrows(false);
    borrows.visit_return_type_mut(&mut sig.output.clone());
    borrows.0
}

fn may_be_result(ty: &Type, body: &TokenStream) -> bool {
    let segment = match ty {
        Type::Paren(ty) => return may_be_result(&ty.elem, body),
        Type::Group(ty) => return may_be_result(&ty.elem, body),
        Type::Path(ty) => ty.path.segments.last(),
        Type::Macro(_) => None,
        // References, tuples, arrays and the like.
        _ => return false,
    };
    let handles_results = || ["Ok", "Err"].iter().any(|name| contains_ident(body.clone(), name));
    let Some(segment) = segment else { return handles_results() };
    let name = segment.ident.to_string();
    match &*name {
        "Option" | "Poll" => match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(
                |argument| matches!(argument, GenericArgument::Type(ty) if may_be_result(ty, body)),
            ),
            _ => false,
        },
        // Boxed futures are not errors yet.
        "Pin" | "Box" | "String" | "Vec" => false,
        _ if name.contains("Result") => true,
        // `u32`, `bool`, `str`
        _ if name.starts_with(char::is_lowercase) => false,
        _ => handles_results(),
    }
}

/// Whether an identifier stands anywhere in the tokens, also inside macros and inside the text
/// of a string literal (`format!("{order}")`).
pub(crate) fn contains_ident(tokens: TokenStream, ident: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => contains_ident(group.stream(), ident),
        TokenTree::Ident(found) => found == ident,
        TokenTree::Literal(literal) => literal.to_string().contains(ident),
        TokenTree::Punct(_) => false,
    })
}

/// A parameter, as far as the expansion has to know it.
pub(crate) enum Param<'a> {
    /// `self` in any form.
    Receiver(&'a syn::Receiver),
    /// `name: T` or `mut name: T`
    Plain(&'a syn::PatIdent),
    /// `_: T`
    Wild,
    /// Any other pattern.
    Pattern(&'a Pat),
}

impl<'a> Param<'a> {
    pub(crate) fn of(arg: &'a FnArg) -> Self {
        match arg {
            FnArg::Receiver(receiver) => Param::Receiver(receiver),
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                    Param::Plain(pat)
                }
                Pat::Wild(_) => Param::Wild,
                pat => Param::Pattern(pat),
            },
        }
    }
}

/// The names in a pattern that moves every part of the value into one of them, in the order in
/// which they are declared: `State(pool)`, `(a, mut b)`, `Point { x, y }`.
pub(crate) fn moved_names(pat: &Pat) -> Option<Vec<&Ident>> {
    let mut names = Vec::new();
    add_moved_names(pat, &mut names).then_some(names)
}

fn add_moved_names<'a>(pat: &'a Pat, names: &mut Vec<&'a Ident>) -> bool {
    match pat {
        Pat::Ident(pat) => {
            names.push(&pat.ident);
            pat.attrs.is_empty() && pat.by_ref.is_none() && pat.subpat.is_none()
        }
        Pat::Paren(pat) => pat.attrs.is_empty() && add_moved_names(&pat.pat, names),
        Pat::Tuple(pat) => {
            pat.attrs.is_empty() && pat.elems.iter().all(|pat| add_moved_names(pat, names))
        }
        Pat::TupleStruct(pat) => {
            pat.attrs.is_empty() && pat.elems.iter().all(|pat| add_moved_names(pat, names))
        }
        Pat::Struct(pat) => {
            pat.attrs.is_empty()
                && pat.rest.is_none()
                && pat
                    .fields
                    .iter()
                    .all(|field| field.attrs.is_empty() && add_moved_names(&field.pat, names))
        }
        // `_` and `..` leave something where it is; the others are rare.
        _ => false,
    }
}

/// The pattern as it matches a reference to the value, and its names.
pub(crate) fn by_reference(pat: &Pat) -> (Pat, Vec<Ident>) {
    struct ByReference(Vec<Ident>);
    impl VisitMut for ByReference {
        fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
            self.0.push(pat.ident.clone());
            pat.by_ref = None;
            pat.mutability = None;
            visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    let mut pat = pat.clone();
    let mut names = ByReference(Vec::new());
    names.visit_pat_mut(&mut pat);
    (pat, names.0)
}

/// The name that stands in the signature for a parameter that is not a plain name. `mixed_site`,
/// so that the body cannot reach it.
pub(crate) fn positional(index: usize, arg: &FnArg) -> Ident {
    Ident::new(&format!("__arg{index}"), arg.span().resolved_at(Span::mixed_site()))
}
