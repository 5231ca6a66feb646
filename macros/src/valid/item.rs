//! The rules of functions and blocks.

use syn::spanned::Spanned;
use syn::{Error, Item, Result, ReturnType, Type};

use crate::parse::item::Function;

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
