//! The values of keys.

use proc_macro2::{Ident, Span};
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Result};

use super::keys::{Key, Level};
use crate::messages;
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
    names: &["warn", "error", "critical", "alert", "emergency"],
    variants: &["Warn", "Error", "Critical", "Alert", "Emergency"],
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
