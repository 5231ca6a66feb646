//! The rules of `fields(…)`.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, Result};

use crate::parse::fields::Field;

/// Bytes of a name.
const MAX_NAME: usize = 64;
/// Fields of one function.
const MAX_FIELDS: usize = 32;
/// The first part of names that the log itself uses.
const RESERVED: [&str; 5] = ["code", "error", "exception", "thread", "track_errors"];

/// Checks the fields of a function.
pub(super) fn check(fields: &[Field]) -> Result<()> {
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
