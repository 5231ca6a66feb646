//! The keys inside `#[track_errors(…)]`.
//!
//! In: the tokens between the parentheses. Out: [`Args`], or an error that points at the key or
//! the value that is wrong and says what is accepted. Every key keeps its span.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path, Result, Token};

/// Every key that is known, in the order in which the documentation lists them.
const KEYS: [&str; 6] = ["service", "level", "kind", "report", "rate_limit", "crate"];

/// The levels that `level = "…"` accepts, each with the variant of `track_errors::Level`.
const LEVELS: [(&str, &str); 5] = [
    ("warn", "Warn"),
    ("error", "Error"),
    ("critical", "Critical"),
    ("alert", "Alert"),
    ("emergency", "Emergency"),
];

/// The policies that `report = "…"` accepts, each with the variant of
/// `track_errors::ReportPolicy`.
const POLICIES: [(&str, &str); 3] =
    [("origin", "Origin"), ("boundary", "Boundary"), ("every", "Every")];

/// What the user wrote in the attribute.
#[derive(Clone, Default)]
pub(crate) struct Args {
    /// The whole of `skip`, which stands alone.
    pub(crate) skip: Option<Ident>,
    /// A string literal that is not empty, or a path to a `&'static str`.
    pub(crate) service: Option<Expr>,
    /// A variant of `track_errors::Level`.
    pub(crate) level: Option<Ident>,
    pub(crate) kind: Option<LitStr>,
    /// A variant of `track_errors::ReportPolicy`.
    pub(crate) report: Option<Ident>,
    /// Errors a second, or 0 for `"off"`.
    pub(crate) rate_limit: Option<u32>,
    krate: Option<Path>,
}

impl Args {
    /// The path under which expanded code finds the runtime.
    pub(crate) fn runtime(&self) -> TokenStream {
        match &self.krate {
            Some(path) => path.to_token_stream(),
            None => quote!(::track_errors),
        }
    }

    /// These keys, and those of `outer` that are not among them.
    pub(crate) fn or(self, outer: &Args) -> Args {
        let outer = outer.clone();
        Args {
            skip: self.skip,
            service: self.service.or(outer.service),
            level: self.level.or(outer.level),
            kind: self.kind.or(outer.kind),
            report: self.report.or(outer.report),
            rate_limit: self.rate_limit.or(outer.rate_limit),
            krate: self.krate.or(outer.krate),
        }
    }

    pub(crate) fn is_boundary(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report == "Boundary")
    }
}

impl Parse for Args {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut args = Args::default();
        let mut seen: Vec<Ident> = Vec::new();
        if input.peek(Ident) && input.fork().parse::<Ident>()? == "skip" {
            args.skip = Some(input.parse()?);
            if !input.is_empty() {
                return Err(input
                    .error("expected `skip` alone: a function that is not tracked has no keys"));
            }
            return Ok(args);
        }
        while !input.is_empty() {
            let key = parse_key(input)?;
            if seen.contains(&key) {
                return Err(Error::new(
                    key.span(),
                    format!("duplicate key `{key}`, expected it at most once"),
                ));
            }
            parse_equals(input, &key)?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(key.span(), format!("missing value, expected `{key} = …`")));
            }
            match key.to_string().as_str() {
                "service" => args.service = Some(parse_service(input)?),
                "level" => args.level = Some(parse_name(input, "level", &LEVELS)?),
                "kind" => args.kind = Some(parse_kind(input)?),
                "report" => args.report = Some(parse_name(input, "report", &POLICIES)?),
                "rate_limit" => args.rate_limit = Some(parse_rate_limit(input)?),
                "crate" => args.krate = Some(parse_crate(input)?),
                other => unreachable!("`{other}` is in KEYS and has no arm here"),
            }
            seen.push(key);
            if input.is_empty() {
                break;
            }
            if !input.peek(Token![,]) {
                return Err(input.error("expected `,` between two keys"));
            }
            input.parse::<Token![,]>()?;
        }
        Ok(args)
    }
}

fn parse_key(input: ParseStream) -> Result<Ident> {
    // `parse_any`, because `crate` is a keyword.
    let key = input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), format!("expected a key: {}", known_keys())))?;
    if KEYS.iter().any(|known| key == *known) {
        Ok(key)
    } else {
        Err(Error::new(
            key.span(),
            format!("unknown key `{key}`, expected one of: {}", known_keys()),
        ))
    }
}

fn known_keys() -> String {
    KEYS.map(|key| format!("`{key}`")).join(", ")
}

fn parse_equals(input: ParseStream, key: &Ident) -> Result<()> {
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        input.parse::<Token![=]>()?;
        return Ok(());
    }
    // At the key, not at what follows it: behind the last key there is nothing to point at.
    Err(Error::new(key.span(), format!("missing `=`, expected `{key} = …`")))
}

/// `"checkout"`, or a path such as `crate::SERVICE`.
fn parse_service(input: ParseStream) -> Result<Expr> {
    let value = parse_value(input)?;
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => {
            not_empty(name, "the service name is empty, expected one such as \"checkout\"")?;
            Ok(value)
        }
        Expr::Path(ExprPath { qself: None, path, .. })
            if path.segments.first().is_some_and(|first| first.ident == "Self") =>
        {
            Err(Error::new_spanned(
                path,
                "`Self` is not known here, expected a string literal or the path of a \
                 `&'static str` constant by the name of its type",
            ))
        }
        Expr::Path(ExprPath { qself: None, .. }) => Ok(value),
        _ => Err(Error::new_spanned(
            value,
            "wrong value for `service`, expected a string literal such as \"checkout\" \
             or the path of a `&'static str` constant",
        )),
    }
}

/// One of the names in the list; returns the variant that goes with it.
fn parse_name(input: ParseStream, key: &str, names: &[(&str, &str)]) -> Result<Ident> {
    let known: Vec<_> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let known = known.join(", ");
    let given = parse_str(input, key, &format!("one of: {known}"))?;
    match names.iter().find(|(name, _)| *name == given.value()) {
        Some((_, variant)) => Ok(Ident::new(variant, Span::mixed_site())),
        None => Err(Error::new(
            given.span(),
            format!("unknown {key} {:?}, expected one of: {known}", given.value()),
        )),
    }
}

fn parse_kind(input: ParseStream) -> Result<LitStr> {
    let kind = parse_str(input, "kind", "a string literal such as \"PaymentDeclined\"")?;
    not_empty(&kind, "the kind is empty, expected one such as \"PaymentDeclined\"")?;
    Ok(kind)
}

/// `50`, or `"off"`.
fn parse_rate_limit(input: ParseStream) -> Result<u32> {
    let value = parse_value(input)?;
    let parsed = match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            number.base10_parse().ok().filter(|errors| *errors != 0)
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "off" => Some(0),
        _ => None,
    };
    parsed.ok_or_else(|| {
        Error::new_spanned(
            value,
            "wrong value for `rate_limit`, expected a whole number from 1 (errors a second) \
             or \"off\"",
        )
    })
}

fn parse_crate(input: ParseStream) -> Result<Path> {
    let fork = input.fork();
    fork.call(Path::parse_mod_style)
        .and_then(|_| input.call(Path::parse_mod_style))
        .map_err(|error| {
            Error::new(
                error.span(),
                "wrong value for `crate`, expected the path of the runtime such as `::track_errors`",
            )
        })
}

fn parse_str(input: ParseStream, key: &str, what: &str) -> Result<LitStr> {
    match parse_value(input)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => {
            Err(Error::new_spanned(other, format!("wrong value for `{key}`, expected {what}")))
        }
    }
}

fn parse_value(input: ParseStream) -> Result<Expr> {
    let mut value = input.parse()?;
    // What a `macro_rules!` hands on (`service = $service`) stands in invisible parentheses.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    Ok(value)
}

fn not_empty(text: &LitStr, message: &str) -> Result<()> {
    if text.value().trim().is_empty() { Err(Error::new(text.span(), message)) } else { Ok(()) }
}
