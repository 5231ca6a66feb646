//! The values of keys.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Result};

use super::keys::{Key, Level};
use crate::messages;
use crate::parse::fields::Field;
use crate::syntax::expressions::last_names;

/// Names that a key accepts as text, each with the variant that it stands for.
pub(super) struct Names {
    what: &'static str,
    names: &'static [&'static str],
    variants: &'static [&'static str],
}

/// Variants of `track_errors::Level`.
pub(super) const LEVELS: Names = Names {
    what: "level",
    names: &["debug", "info", "notice", "warn", "error", "critical", "alert", "emergency"],
    variants: &["Debug", "Info", "Notice", "Warn", "Error", "Critical", "Alert", "Emergency"],
};

/// Variants of `track_errors::ReportPolicy`, and the boundary, which is none.
pub(super) const POLICIES: Names = Names {
    what: "report",
    names: &["origin", "boundary", "every"],
    variants: &["Origin", "Boundary", "Every"],
};

/// Variants of `track_errors::BacktraceMode`.
pub(super) const BACKTRACES: Names = Names {
    what: "backtrace",
    names: &["native", "carried", "trail"],
    variants: &["Native", "Carried", "Trail"],
};

/// Links of the runtime's chain of probes: the lookup of the error's traits begins there.
pub(super) const DESCRIPTIONS: Names = Names {
    what: "description",
    names: &["display", "debug", "type"],
    variants: &["ProbeText", "ProbeDebug", "ProbeAny"],
};

/// Bytes of a field's name. Source: Datadog, "Log Collection and Integrations": the keys of attributes should have
/// less than 50 characters.
const MAX_NAME: usize = 49;
/// Fields of one function.
const MAX_FIELDS: usize = 32;
/// The first part of field names that the log itself uses.
const RESERVED: [&str; 5] = ["code", "error", "exception", "thread", "track_errors"];

impl Names {
    /// The variant that the value names.
    pub(super) fn variant(&self, key: &str, value: &Expr) -> Result<Ident> {
        let expected = format!("expected one of: {}", messages::list(self.names, '"'));
        self.variant_of(string(value).ok_or_else(|| wrong(key, value, &expected))?)
    }

    fn variant_of(&self, name: &LitStr) -> Result<Ident> {
        let given = name.value();
        let index = self.names.iter().position(|known| *known == given).ok_or_else(|| {
            Error::new(name.span(), messages::unknown(self.what, &given, self.names, '"'))
        })?;
        Ok(Ident::new(self.variants[index], Span::mixed_site()))
    }
}

/// `"checkout"`, or a path such as `crate::SERVICE`.
pub(super) fn service(value: Expr) -> Result<Expr> {
    match &value {
        Expr::Path(ExprPath { qself: None, path, .. }) if path.segments[0].ident == "Self" => {
            return Err(Error::new_spanned(
                path,
                "`Self` is not known here, expected a string literal or the path of a \
                 `&'static str` constant by the name of its type",
            ));
        }
        Expr::Path(ExprPath { qself: None, .. }) => {}
        _ => {
            let expected = "expected a string literal such as \"checkout\" or the path of a \
                            `&'static str` constant";
            let empty = "the service name is empty, expected one such as \"checkout\"";
            not_empty("service", &value, expected, empty)?;
        }
    }
    Ok(value)
}

/// `"warn"`, `Level::Warn`, or a closure or path.
pub(super) fn level(value: Expr) -> Result<Key<Level>> {
    if let Some(name) = string(&value) {
        return LEVELS.variant_of(name).map(Level::Variant).map(Key::Constant);
    }
    let is_one_of = |name: &Ident, known: &[&str]| known.iter().any(|known| name == known);
    match &value {
        Expr::Path(ExprPath { qself: None, path, .. }) => match last_names(path) {
            Some((Some(ty), variant)) if ty == "Level" && is_one_of(variant, LEVELS.variants) => {
                Ok(Key::Constant(Level::Path(path.clone())))
            }
            Some((None, name)) if is_one_of(name, LEVELS.names) => Err(Error::new_spanned(
                path,
                format!("a level is written as a string, expected `level = \"{name}\"`"),
            )),
            _ => Ok(Key::PerError(Box::new(value))),
        },
        Expr::Path(_) | Expr::Closure(_) => Ok(Key::PerError(Box::new(value))),
        _ => {
            let expected = format!(
                "expected one of: {}; or a closure or the path of a function from `&E` to `Level`",
                messages::list(LEVELS.names, '"')
            );
            Err(wrong("level", &value, &expected))
        }
    }
}

/// `|error| …`, or the path of a function.
pub(super) fn when(value: Expr) -> Result<Expr> {
    if let Expr::Closure(_) | Expr::Path(_) = value {
        return Ok(value);
    }
    let expected = "expected a closure or the path of a function from `&E` to `bool`, such as \
                    `|error| !error.is_timeout()`";
    Err(wrong("when", &value, expected))
}

/// A text for `kind` or `fingerprint`, or a closure or path.
pub(super) fn text(key: &str, value: Expr) -> Result<Key<LitStr>> {
    if let Expr::Closure(_) | Expr::Path(_) = value {
        return Ok(Key::PerError(Box::new(value)));
    }
    let example = if key == "kind" { "PaymentDeclined" } else { "payment-declined" };
    let expected = format!(
        "expected a string literal such as {example:?}, or a closure or the path of a function from \
         `&E` to what can be shown"
    );
    let empty = format!("the {key} is empty, expected one such as {example:?}");
    not_empty(key, &value, &expected, &empty).map(Key::Constant)
}

/// A text as `#[classify(kind = "…")]` has it.
pub(super) fn literal(key: &str, value: &Expr) -> Result<LitStr> {
    not_empty(key, value, "expected a string literal", &format!("the {key} is empty"))
}

/// `true` or `false`.
pub(super) fn boolean(key: &str, value: &Expr) -> Result<bool> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Bool(literal), .. }) => Ok(literal.value),
        _ => Err(wrong(key, value, "expected `true` or `false`")),
    }
}

/// `50`, or `"off"`.
pub(super) fn rate_limit(value: &Expr) -> Result<u32> {
    let errors = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            number.base10_parse().ok().filter(|errors| *errors != 0)
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "off" => Some(0),
        _ => None,
    };
    let expected = "expected a whole number from 1 (errors a second) or \"off\"";
    errors.ok_or_else(|| wrong("rate_limit", value, expected))
}

/// The fields of a function.
pub(super) fn fields(fields: &[Field]) -> Result<()> {
    for (index, field) in fields.iter().enumerate() {
        if let Err(message) = check_name(&field.name) {
            return Err(Error::new(field.span, message));
        }
        if let Some(span) = leaves_at(&field.value) {
            let message = "the value of a field cannot leave the function or wait: it is evaluated \
                           before the function's body begins";
            return Err(Error::new(span, message));
        }
        if fields[..index].iter().any(|earlier| earlier.name == field.name) {
            return Err(Error::new(field.span, format!("duplicate field `{}`", field.name)));
        }
        if index == MAX_FIELDS {
            let message = format!("too many fields, expected at most {MAX_FIELDS}");
            return Err(Error::new(field.span, message));
        }
    }
    Ok(())
}

fn check_name(name: &str) -> std::result::Result<(), String> {
    if name.is_empty() {
        return Err("the field name is empty".to_owned());
    }
    if name.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(format!(
            "the field name {name:?} contains a control character or a line break"
        ));
    }
    let (first, _) = name.split_once('.').unwrap_or(("", name));
    if RESERVED.contains(&first) || name == "track_errors" {
        let space = if first.is_empty() { name } else { first };
        return Err(format!(
            "the field name `{name}` is reserved: names that begin with `{space}.` are those of the \
             log itself"
        ));
    }
    if name.len() > MAX_NAME {
        let length = name.len();
        return Err(format!("the field name has {length} bytes, expected at most {MAX_NAME}"));
    }
    Ok(())
}

/// Where the value leaves the function or waits. It is evaluated before the call begins, so an error
/// there would not be one of the function.
fn leaves_at(value: &Expr) -> Option<Span> {
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
    leaves.0
}

/// The path of the runtime.
pub(super) fn krate(value: &Expr) -> Result<Path> {
    match value {
        Expr::Path(ExprPath { qself: None, path, .. })
            if path.segments.iter().all(|segment| segment.arguments.is_none()) =>
        {
            Ok(path.clone())
        }
        _ => {
            let expected = "expected the path of the runtime such as `::track_errors`";
            Err(wrong("crate", value, expected))
        }
    }
}

/// The string literal that the value is.
fn string(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

fn wrong(key: &str, value: &Expr, expected: &str) -> Error {
    Error::new_spanned(value, format!("wrong value for `{key}`, {expected}"))
}

/// The string literal that the value is, or the message `empty` if it is blank.
fn not_empty(key: &str, value: &Expr, expected: &str, empty: &str) -> Result<LitStr> {
    let text = string(value).ok_or_else(|| wrong(key, value, expected))?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), empty));
    }
    Ok(text.clone())
}
