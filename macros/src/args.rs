//! The keys inside `#[track_errors(…)]`.
//!
//! In: the tokens between the parentheses. Out: [`Args`], or an error that points at the key or
//! the value that is wrong and says what is accepted. Every key keeps its span.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use strsim::levenshtein;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path, Result, Token, token};

use crate::fields::{self, Field};

/// Every key that is known, in the order in which the documentation lists them.
const KEYS: [&str; 11] = [
    "service",
    "level",
    "when",
    "kind",
    "fingerprint",
    "fields",
    "report",
    "handled",
    "rate_limit",
    "backtrace",
    "crate",
];

/// The levels that `level = "…"` accepts, each with the variant of `track_errors::Level`.
const LEVELS: [(&str, &str); 5] = [
    ("warn", "Warn"),
    ("error", "Error"),
    ("critical", "Critical"),
    ("alert", "Alert"),
    ("emergency", "Emergency"),
];

/// What `report = "…"` accepts: policies, each with the variant of `track_errors::ReportPolicy`, and the
/// boundary, which is none.
const POLICIES: [(&str, &str); 3] =
    [("origin", "Origin"), ("boundary", "Boundary"), ("every", "Every")];

/// The modes that `backtrace = "…"` accepts, each with the variant of
/// `track_errors::BacktraceMode`.
const BACKTRACES: [(&str, &str); 3] =
    [("native", "Native"), ("carried", "Carried"), ("trail", "Trail")];

/// What is the same for every error of a function, or is asked about each: a closure, or the path of a
/// function, from `&E`.
#[derive(Clone)]
pub(crate) enum Said<T> {
    Always(T),
    Asked(Expr),
}

impl<T> Said<T> {
    pub(crate) fn always(&self) -> Option<&T> {
        match self {
            Said::Always(value) => Some(value),
            Said::Asked(_) => None,
        }
    }

    pub(crate) fn asked(&self) -> Option<&Expr> {
        match self {
            Said::Always(_) => None,
            Said::Asked(ask) => Some(ask),
        }
    }
}

/// What the user wrote in the attribute.
#[derive(Clone, Default)]
pub(crate) struct Args {
    /// The whole of `skip`, which stands alone.
    pub(crate) skip: Option<Ident>,
    /// A string literal that is not empty, or a path to a `&'static str`.
    pub(crate) service: Option<Expr>,
    /// A variant of `track_errors::Level`.
    pub(crate) level: Option<Said<LevelValue>>,
    /// A closure or path from `&E` to `bool`.
    pub(crate) when: Option<Expr>,
    pub(crate) kind: Option<Said<LitStr>>,
    pub(crate) fingerprint: Option<Said<LitStr>>,
    pub(crate) fields: Option<Vec<Field>>,
    /// A variant of `track_errors::ReportPolicy`, or `Boundary`.
    pub(crate) report: Option<Ident>,
    /// The key, and a variant of `track_errors::Level`.
    pub(crate) handled: Option<(Ident, Ident)>,
    /// Errors a second, or 0 for `"off"`.
    pub(crate) rate_limit: Option<u32>,
    /// A variant of `track_errors::BacktraceMode`.
    pub(crate) backtrace: Option<Ident>,
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
        let takes_boundary = self.report.is_none() || self.is_boundary();
        Args {
            skip: self.skip,
            service: self.service.or(outer.service),
            level: self.level.or(outer.level),
            when: self.when.or(outer.when),
            kind: self.kind.or(outer.kind),
            fingerprint: self.fingerprint.or(outer.fingerprint),
            fields: self.fields.or(outer.fields),
            report: self.report.or(outer.report),
            // A function that is no boundary of its own has no use for what the block's handles.
            handled: self.handled.or(outer.handled.filter(|_| takes_boundary)),
            rate_limit: self.rate_limit.or(outer.rate_limit),
            backtrace: self.backtrace.or(outer.backtrace),
            krate: self.krate.or(outer.krate),
        }
    }

    /// Whether errors stop climbing at the function.
    pub(crate) fn is_boundary(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report == "Boundary")
    }

    /// What cannot stand together, now that all keys of the function are known.
    pub(crate) fn check(self) -> Result<Self> {
        match &self.handled {
            Some((key, _)) if !self.is_boundary() => Err(Error::new(
                key.span(),
                "only a boundary handles errors, expected `report = \"boundary\"` beside `handled`",
            )),
            _ => Ok(self),
        }
    }

    /// Whether there is anything to ask when an error leaves.
    pub(crate) fn is_keyed(&self) -> bool {
        self.asks().next().is_some()
            || self.fields.as_ref().is_some_and(|fields| !fields.is_empty())
    }

    /// What is asked about each error: the name of the key, and the closure or path.
    pub(crate) fn asks(&self) -> impl Iterator<Item = (&'static str, &Expr)> {
        [
            ("when", self.when.as_ref()),
            ("level", self.level.as_ref().and_then(Said::asked)),
            ("kind", self.kind.as_ref().and_then(Said::asked)),
            ("fingerprint", self.fingerprint.as_ref().and_then(Said::asked)),
        ]
        .into_iter()
        .filter_map(|(key, ask)| Some((key, ask?)))
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
            if key == "fields" {
                args.fields = Some(parse_fields(input, &key)?);
                seen.push(key);
                parse_comma(input)?;
                continue;
            }
            parse_equals(input, &key)?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(key.span(), format!("missing value, expected `{key} = …`")));
            }
            match key.to_string().as_str() {
                "service" => args.service = Some(parse_service(input)?),
                "level" => args.level = Some(parse_level(input)?),
                "when" => args.when = Some(parse_when(input)?),
                "kind" => args.kind = Some(parse_text(input, "kind", "PaymentDeclined")?),
                "fingerprint" => {
                    args.fingerprint = Some(parse_text(input, "fingerprint", "payment-declined")?);
                }
                "report" => args.report = Some(parse_name(input, "report", &POLICIES)?),
                "handled" => {
                    let level = parse_name(input, "handled", &LEVELS)?;
                    args.handled = Some((key.clone(), level));
                }
                "rate_limit" => args.rate_limit = Some(parse_rate_limit(input)?),
                "backtrace" => {
                    args.backtrace = Some(parse_name(input, "backtrace", &BACKTRACES)?);
                }
                "crate" => args.krate = Some(parse_crate(input)?),
                other => unreachable!("`{other}` is in KEYS and has no arm here"),
            }
            seen.push(key);
            parse_comma(input)?;
        }
        Ok(args)
    }
}

/// The comma behind a key, unless it is the last one.
fn parse_comma(input: ParseStream) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        return Err(input.error("expected `,` between two keys"));
    }
    input.parse::<Token![,]>()?;
    Ok(())
}

/// `(name, name = value)`, behind `fields`.
fn parse_fields(input: ParseStream, key: &Ident) -> Result<Vec<Field>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), "missing list, expected `fields(name, name = value)`"));
    }
    let content;
    syn::parenthesized!(content in input);
    fields::parse(&content)
}

fn parse_key(input: ParseStream) -> Result<Ident> {
    // `parse_any`, because `crate` is a keyword.
    let key = input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), format!("expected a key: {}", known_keys())))?;
    if KEYS.iter().any(|known| key == *known) {
        Ok(key)
    } else {
        let known = known_keys();
        let meant = did_you_mean(&key.to_string(), KEYS.iter().copied(), '`');
        Err(Error::new(key.span(), format!("unknown key `{key}`{meant}, expected one of: {known}")))
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
    let given = parse_str(input, key, &format!("one of: {}", quoted(names)))?;
    variant_of(&given, key, names)
}

/// `"warn", "error", …`
fn quoted(names: &[(&str, &str)]) -> String {
    let names: Vec<_> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// The variant that goes with a name.
fn variant_of(given: &LitStr, key: &str, names: &[(&str, &str)]) -> Result<Ident> {
    let name = given.value();
    if let Some((_, variant)) = names.iter().find(|(known, _)| *known == name) {
        return Ok(Ident::new(variant, Span::mixed_site()));
    }
    let known = quoted(names);
    let meant = did_you_mean(&name, names.iter().map(|(name, _)| *name), '"');
    Err(Error::new(
        given.span(),
        format!("unknown {key} {name:?}{meant}, expected one of: {known}"),
    ))
}

/// A level as `#[classify(level = "…")]` has it.
pub(crate) fn parse_level_name(input: ParseStream) -> Result<Ident> {
    parse_name(input, "level", &LEVELS)
}

/// A text as `#[classify(kind = "…")]` has it.
pub(crate) fn parse_name_text(input: ParseStream, key: &str) -> Result<LitStr> {
    let text = parse_str(input, key, "a string literal")?;
    not_empty(&text, &format!("the {key} is empty"))?;
    Ok(text)
}

/// A level that is the same for all errors.
#[derive(Clone)]
pub(crate) enum LevelValue {
    /// The variant of the runtime's `Level` that a text names.
    Name(Ident),
    /// `Level::Warn`, by whatever path.
    Constant(Path),
}

/// `"warn"`, `Level::Warn`, or what is asked about each error.
fn parse_level(input: ParseStream) -> Result<Said<LevelValue>> {
    let value = parse_value(input)?;
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => {
            Ok(Said::Always(LevelValue::Name(variant_of(&name, "level", &LEVELS)?)))
        }
        Expr::Path(path @ ExprPath { qself: Some(_), .. }) => Ok(Said::Asked(Expr::Path(path))),
        Expr::Path(ExprPath { qself: None, ref path, .. }) => {
            let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
            let (last, before) = (names.next(), names.next());
            let is_level = before.is_some_and(|name| name == "Level");
            if is_level && last.is_some_and(|name| LEVELS.iter().any(|(_, known)| name == known)) {
                return Ok(Said::Always(LevelValue::Constant(path.clone())));
            }
            if let (Some(name), None) = (last, before)
                && let Some((known, _)) = LEVELS.iter().find(|(known, _)| name == known)
            {
                return Err(Error::new_spanned(
                    path,
                    format!("a level is written as a string, expected `level = \"{known}\"`"),
                ));
            }
            Ok(Said::Asked(value))
        }
        Expr::Closure(_) => Ok(Said::Asked(value)),
        _ => Err(Error::new_spanned(
            value,
            format!(
                "wrong value for `level`, expected one of: {}; or a closure or the path of a \
                     function from `&E` to `Level`",
                quoted(&LEVELS)
            ),
        )),
    }
}

/// `|error| …`, or the path of a function.
fn parse_when(input: ParseStream) -> Result<Expr> {
    match parse_value(input)? {
        value @ (Expr::Closure(_) | Expr::Path(_)) => Ok(value),
        other => Err(Error::new_spanned(
            other,
            "wrong value for `when`, expected a closure or the path of a function from `&E` to \
             `bool`, such as `|error| !error.is_timeout()`",
        )),
    }
}

/// A text that is the same for all errors, or what is asked about each.
fn parse_text(input: ParseStream, key: &str, example: &str) -> Result<Said<LitStr>> {
    match parse_value(input)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            not_empty(&text, &format!("the {key} is empty, expected one such as {example:?}"))?;
            Ok(Said::Always(text))
        }
        value @ (Expr::Closure(_) | Expr::Path(_)) => Ok(Said::Asked(value)),
        other => Err(Error::new_spanned(
            other,
            format!(
                "wrong value for `{key}`, expected a string literal such as {example:?}, or a \
                 closure or the path of a function from `&E` to what can be shown"
            ),
        )),
    }
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

pub(crate) fn parse_crate(input: ParseStream) -> Result<Path> {
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

/// ` (did you mean "error"?)`, if one of the names is near.
pub(crate) fn did_you_mean<'a>(
    given: &str,
    known: impl Iterator<Item = &'a str>,
    quote: char,
) -> String {
    let given = given.to_lowercase();
    let near = known.filter(|known| {
        let begins = known.len() >= 3 && given.starts_with(known);
        begins || levenshtein(&given, known) <= known.len() / 3
    });
    match near.min_by_key(|known| levenshtein(&given, known)) {
        Some(name) => format!(" (did you mean {quote}{name}{quote}?)"),
        None => String::new(),
    }
}
