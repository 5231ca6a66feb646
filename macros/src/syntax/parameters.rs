//! Parameters and their patterns.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Ident, Pat, PatIdent, PatTuple, PatTupleStruct, Receiver, Type};

use super::expressions::ends_in;
use super::tokens::own_name_at;
use super::types::bare;

/// A parameter, as far as the expansion has to know it.
pub(crate) enum Param<'a> {
    /// `self` in any form.
    Receiver(&'a Receiver),
    /// `name: T` or `mut name: T`
    Plain(&'a PatIdent),
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
                Pat::Ident(pat)
                    if pat.by_ref.is_none()
                        && pat.subpat.is_none()
                        && !is_unit_struct(&pat.ident, &typed.ty) =>
                {
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
            // In upper case it may be a unit struct or a constant, of which a mention makes another value.
            pat.attrs.is_empty()
                && pat.by_ref.is_none()
                && pat.subpat.is_none()
                && !pat.ident.unraw().to_string().starts_with(char::is_uppercase)
        }
        Pat::Paren(pat) => pat.attrs.is_empty() && add_moved_names(&pat.pat, names),
        Pat::Tuple(PatTuple { attrs, elems, .. })
        | Pat::TupleStruct(PatTupleStruct { attrs, elems, .. }) => {
            attrs.is_empty() && elems.iter().all(|pat| add_moved_names(pat, names))
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
        fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
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

/// The name in the signature of a parameter that is not a plain name. `mixed_site`, so that the body
/// cannot reach it.
pub(crate) fn positional(index: usize, arg: &FnArg) -> Ident {
    own_name_at(&format!("arg{index}"), arg.span().resolved_at(Span::mixed_site()))
}

/// `Token: Token`: a pattern that names the unit struct, and binds nothing.
fn is_unit_struct(name: &Ident, ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(ty) if ends_in(&ty.path, &[&name.to_string()]))
}
