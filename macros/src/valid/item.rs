//! The rules of functions and blocks.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Item, PatType, Receiver, Result, ReturnType, Safety, Type};

use crate::parse::item::{Function, track_caller};
use crate::syntax::tokens::mentions;
use crate::syntax::types::returns_future;

/// Checks a function.
pub(crate) fn function(function: &Function) -> Result<()> {
    let sig = &function.sig;
    if let Some(token) = &sig.constness {
        return Err(Error::new(
            token.span(),
            "`#[track_errors]` cannot track a `const fn`: it may run at compile time, where nothing \
             can be logged",
        ));
    }
    if let Some(attr) = track_caller(&function.attrs)
        && let Some(reason) = hides_caller(function)
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
            "`#[track_errors]` cannot track a variadic function: its arguments cannot be passed on",
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
            "`{}` {never}, so no `Err` can leave it: `#[track_errors]` expects a function that \
             returns a `Result`",
            sig.ident
        ),
    ))
}

/// Checks a block.
pub(crate) fn block(block: &Item) -> Result<()> {
    match block {
        Item::Mod(module) if module.content.is_none() => {
            let name = &module.ident;
            Err(Error::new(
                name.span(),
                format!(
                    "the functions of `{name}` are in another file: put `#[track_errors]` on an \
                     inline module, or on the items in that file"
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// Why a `#[track_caller]` function would not see its caller any more.
fn hides_caller(function: &Function) -> Option<&'static str> {
    let sig = &function.sig;
    if sig.receiver().is_some() {
        Some("that is a method")
    } else if sig.asyncness.is_some() || returns_future(sig) {
        Some("that is asynchronous")
    } else if !matches!(sig.safety, Safety::Default) {
        Some("that is `unsafe`")
    } else if mentions(&sig.to_token_stream(), "Self") || mentions(&function.body.tokens, "Self") {
        Some("that names `Self`")
    } else if sig.inputs.iter().any(has_cfg) {
        Some("whose parameters depend on a `#[cfg]`")
    } else {
        None
    }
}

fn has_cfg(arg: &FnArg) -> bool {
    let (FnArg::Typed(PatType { attrs, .. }) | FnArg::Receiver(Receiver { attrs, .. })) = arg;
    attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
}
