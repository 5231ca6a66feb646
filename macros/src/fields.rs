//! `fields(name, name = expr, name = %expr, name = ?expr)`.
//!
//! In: the tokens between the parentheses, and the function's parameters. Out: an expression that keeps
//! the values when the call begins, and a closure that puts them into words when an error leaves.
//!
//! What can be kept as it is until then is what the body cannot consume: an expression whose only
//! parameters are shared references. Any other is put into words when the call begins; of a number that
//! is the number.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, FnArg, Ident, ReceiverKind, Result, Signature, Token, Type};

use crate::item::{self, Param, positional};

/// Bytes of a name.
const MAX_NAME: usize = 64;
/// Fields of one function.
const MAX_FIELDS: usize = 32;
/// What the names of our own attributes of a record begin with.
const RESERVED: [&str; 5] = ["code", "error", "exception", "thread", "track_errors"];

/// One field.
#[derive(Clone)]
pub(crate) struct Field {
    name: String,
    sigil: Sigil,
    value: Expr,
}

/// How the value is shown.
#[derive(Clone, Copy)]
enum Sigil {
    /// As a number, a boolean or a text, if it is one; else as it can be.
    None,
    /// `%`: its `Display`.
    Display,
    /// `?`: its `Debug`.
    Debug,
}

/// Parses what stands in the parentheses.
pub(crate) fn parse(input: ParseStream) -> Result<Vec<Field>> {
    let fields = Punctuated::<(Span, Field), Token![,]>::parse_terminated_with(input, |input| {
        let span = input.span();
        Ok((span, input.parse()?))
    })?;
    let mut known: Vec<Field> = Vec::new();
    for (span, field) in fields {
        if known.iter().any(|earlier| earlier.name == field.name) {
            return Err(Error::new(span, format!("duplicate field `{}`", field.name)));
        }
        if known.len() == MAX_FIELDS {
            return Err(Error::new(
                span,
                format!("too many fields, expected at most {MAX_FIELDS}"),
            ));
        }
        known.push(field);
    }
    Ok(known)
}

impl Parse for Field {
    fn parse(input: ParseStream) -> Result<Self> {
        let sigil = Sigil::parse(input)?;
        let start = input.span();
        let path =
            Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)
                .map_err(|error| {
                    Error::new(error.span(), "expected a field: `name`, or `name = value`")
                })?;
        let names: Vec<_> = path.iter().map(|name| name.unraw().to_string()).collect();
        let name = names.join(".");
        if input.peek(Token![=]) && !input.peek(Token![==]) {
            if !matches!(sigil, Sigil::None) {
                return Err(Error::new(
                    start,
                    format!(
                        "the sigil stands before the value, expected `{name} = %…` or `{name} = ?…`"
                    ),
                ));
            }
            input.parse::<Token![=]>()?;
            check_name(&name, start)?;
            let sigil = Sigil::parse(input)?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(start, format!("missing value, expected `{name} = …`")));
            }
            let value = input.parse()?;
            check_value(&value)?;
            return Ok(Field { name, sigil, value });
        }
        if names[0] == "self" {
            let last = names.last().map_or("name", |name| name);
            let path = path.to_token_stream().to_string().replace(' ', "");
            return Err(Error::new(
                start,
                format!("a field needs a name, expected `{last} = {path}`"),
            ));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("a field needs a name, expected `name = …`"));
        }
        check_name(&name, start)?;
        // `order.id` alone is the field `order.id` with that value.
        let value = syn::parse2(path.into_token_stream())?;
        Ok(Field { name, sigil, value })
    }
}

impl Sigil {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.parse::<Option<Token![%]>>()?.is_some() {
            Ok(Sigil::Display)
        } else if input.parse::<Option<Token![?]>>()?.is_some() {
            Ok(Sigil::Debug)
        } else {
            Ok(Sigil::None)
        }
    }
}

fn check_name(name: &str, span: Span) -> Result<()> {
    let (first, _) = name.split_once('.').unwrap_or(("", name));
    if RESERVED.contains(&first) || name == "track_errors" {
        let space = if first.is_empty() { name } else { first };
        return Err(Error::new(
            span,
            format!(
                "the field name `{name}` is reserved: names that begin with `{space}.` are those of \
                 the log itself"
            ),
        ));
    }
    if name.len() > MAX_NAME {
        return Err(Error::new(
            span,
            format!("the field name has {} bytes, expected at most {MAX_NAME}", name.len()),
        ));
    }
    Ok(())
}

/// A value is looked at before the call begins: what leaves the function there is no error of the call.
fn check_value(value: &Expr) -> Result<()> {
    struct Leaves(Option<Span>);
    impl VisitMut for Leaves {
        fn visit_expr_try_mut(&mut self, expr: &mut syn::ExprTry) {
            self.0.get_or_insert(expr.question_token.span());
        }
        fn visit_expr_return_mut(&mut self, expr: &mut syn::ExprReturn) {
            self.0.get_or_insert(expr.return_token.span());
        }
        fn visit_expr_await_mut(&mut self, expr: &mut syn::ExprAwait) {
            self.0.get_or_insert(expr.await_token.span());
        }
        fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
        fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
        fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    }
    let mut leaves = Leaves(None);
    leaves.visit_expr_mut(&mut value.clone());
    leaves.0.map_or(Ok(()), |span| {
        let message = "the value of a field cannot leave the function or wait: it is looked at before \
                       the function's body begins";
        Err(Error::new(span, message))
    })
}

const COLLECTED: &str = "__track_errors_collected";
const KEPT: &str = "__track_errors_kept";

/// What the fields become in a function.
pub(crate) struct Kept {
    /// `let kept = (…);`, before the call; nothing where there are no fields.
    pub(crate) keep: TokenStream,
    /// `|fields| { fields.add("name", &kept.0); … }`
    pub(crate) collect: TokenStream,
}

/// The two pieces for a function with this signature, whose parameters have their names of the
/// expansion already. `original` has the names that the fields use. `outlives` says that what is kept
/// must not borrow.
pub(crate) fn keep(
    fields: &[Field],
    original: &Signature,
    renamed: &Signature,
    outlives: bool,
    runtime: &TokenStream,
) -> Kept {
    let [collected, kept] = [COLLECTED, KEPT].map(|name| Ident::new(name, Span::mixed_site()));
    if fields.is_empty() {
        return Kept { keep: TokenStream::new(), collect: quote!(|_| {}) };
    }
    let values = fields.iter().map(|field| field.keep(original, outlives, runtime));
    let patterns = patterns(fields, original, renamed);
    let adds = fields.iter().enumerate().map(|(index, field)| {
        let (index, name) = (syn::Index::from(index), &field.name);
        // What the type of a value has not is said of the value, and once: of a value without a sigil
        // it is said where it is kept.
        let span = match field.sigil {
            Sigil::None => Span::call_site(),
            Sigil::Display | Sigil::Debug => Span::mixed_site().located_at(field.value.span()),
        };
        let name_at = span.resolved_at(Span::mixed_site());
        let [collected, kept] = [COLLECTED, KEPT].map(|name| Ident::new(name, name_at));
        quote_spanned!(span=> #collected.add(#name, &#kept.#index);)
    });
    let collect = quote!(|#collected| { #(#adds)* });
    Kept { keep: quote!(let #kept = { #(#patterns)* (#(#values,)*) };), collect }
}

/// `let pattern = &__arg0;` for each parameter that is a pattern whose names the fields use.
fn patterns<'a>(
    fields: &'a [Field],
    original: &'a Signature,
    renamed: &'a Signature,
) -> impl Iterator<Item = TokenStream> + 'a {
    let args = original.inputs.iter().zip(&renamed.inputs).enumerate();
    args.filter_map(move |(index, (arg, now))| {
        let Param::Pattern(pat) = Param::of(arg) else { return None };
        let FnArg::Typed(now) = now else { return None };
        // Where the pattern stayed in the signature its names are there already.
        let is_renamed = !matches!(Param::of(&FnArg::Typed(now.clone())), Param::Pattern(_));
        let (looked_at, names) = item::by_reference(pat);
        let is_used = names.iter().any(|name| mention(fields, name));
        (is_renamed && is_used).then(|| {
            let name = positional(index, arg);
            quote!(#[allow(unused_variables)] let #looked_at = &#name;)
        })
    })
}

/// Whether one of the fields uses the name.
pub(crate) fn mention(fields: &[Field], name: &Ident) -> bool {
    fields.iter().any(|field| field.mentions(&name.to_string()))
}

impl Field {
    /// Whether the name stands in the value.
    fn mentions(&self, name: &str) -> bool {
        item::contains_ident(self.value.to_token_stream(), name)
    }

    fn keep(&self, sig: &Signature, outlives: bool, runtime: &TokenStream) -> TokenStream {
        let private = quote!(#runtime::__private);
        let value = plain(&self.value);
        // Errors about what the type has not point at the value.
        let span = Span::mixed_site().located_at(value.span());
        let name = Ident::new("__track_errors_value", span);
        let is_kept = !outlives
            && !is_within_temporary(value)
            && !sig.inputs.iter().any(|arg| may_consume(arg, self));
        // A parameter that is a reference is copied: a borrow of it would end with the function.
        let by_value = is_kept && (!is_place(value) || is_parameter(value, sig));
        let value = match value {
            _ if by_value => value.to_token_stream(),
            Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) => quote_spanned!(span=> &(#value)),
            _ => quote_spanned!(span=> &#value),
        };
        let field = match self.sigil {
            Sigil::Display => quote_spanned!(span=> #private::display(#name)),
            Sigil::Debug => quote_spanned!(span=> #private::debug(#name)),
            Sigil::None => quote_spanned! {span=>
                #private::FieldProbe::new(&#name).track_errors_field()(#name)
            },
        };
        // In statements of their own: a lock that a value takes is free for the next one.
        if is_kept {
            return quote!({ let #name = #value; #field });
        }
        // A `match` keeps what the value is borrowed from until it is in words.
        let words = Ident::new("__track_errors_words", Span::mixed_site());
        quote!({
            let #words = match #value { #name => #private::keep_now(#field) };
            #words
        })
    }
}

/// Whether the value is a parameter itself.
fn is_parameter(value: &Expr, sig: &Signature) -> bool {
    let Expr::Path(path) = value else { return false };
    sig.inputs.iter().any(|arg| match Param::of(arg) {
        Param::Receiver(_) => path.path.is_ident("self"),
        Param::Plain(pat) => path.path.is_ident(&pat.ident),
        _ => false,
    })
}

/// Whether the value names a parameter that the body can consume or change.
fn may_consume(arg: &FnArg, field: &Field) -> bool {
    match arg {
        FnArg::Receiver(receiver) => {
            let is_shared = match &receiver.kind {
                ReceiverKind::Reference(_, _, None) => true,
                ReceiverKind::Typed(_, ty) => is_shared(ty),
                _ => false,
            };
            !is_shared && field.mentions("self")
        }
        FnArg::Typed(typed) => match Param::of(arg) {
            Param::Plain(pat) => !is_shared(&typed.ty) && field.mentions(&pat.ident.to_string()),
            Param::Pattern(pat) => {
                let (_, names) = item::by_reference(pat);
                names.iter().any(|name| field.mentions(&name.to_string()))
            }
            _ => false,
        },
    }
}

fn is_shared(ty: &Type) -> bool {
    match ty {
        Type::Reference(ty) => ty.mutability.is_none(),
        Type::Paren(ty) => is_shared(&ty.elem),
        Type::Group(ty) => is_shared(&ty.elem),
        _ => false,
    }
}

/// Without parentheses and a shared borrow around it.
fn plain(value: &Expr) -> &Expr {
    match without_parentheses(value) {
        Expr::Reference(value) if value.mutability.is_none() => plain(&value.expr),
        value => value,
    }
}

/// Whether the expression names something that is there already.
fn is_place(value: &Expr) -> bool {
    matches!(value, Expr::Path(_)) || part_of(value).is_some()
}

/// Whether the expression names a part of something that is gone behind it: `self.lock().count`.
fn is_within_temporary(value: &Expr) -> bool {
    part_of(value).is_some_and(|whole| !is_place(whole) || is_within_temporary(whole))
}

/// What the value is a part of.
fn part_of(value: &Expr) -> Option<&Expr> {
    let whole = match value {
        Expr::Index(value) => &value.expr,
        Expr::Field(value) => &value.base,
        Expr::Unary(value) if matches!(value.op, syn::UnOp::Deref(_)) => &value.expr,
        _ => return None,
    };
    Some(without_parentheses(whole))
}

fn without_parentheses(value: &Expr) -> &Expr {
    match value {
        Expr::Paren(value) => without_parentheses(&value.expr),
        Expr::Group(value) => without_parentheses(&value.expr),
        _ => value,
    }
}
