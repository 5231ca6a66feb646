//! Types, as far as their names tell, and what a function returns.
//!
//! Whether a function returns a `Result` is decided by a trait of the runtime (`Outcome`), so aliases
//! work. A name only decides what is worth trying.

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Token, Type, TypeParamBound,
};

use super::tokens::mentions;

/// The type that is written behind the arrow.
pub(crate) fn returned(sig: &Signature) -> Option<&Type> {
    match &sig.output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    }
}

/// Whether the function, which is no `async fn`, returns a future.
pub(crate) fn returns_future(sig: &Signature) -> bool {
    sig.asyncness.is_none()
        && returned(sig).is_some_and(|ty| is_impl_future(ty) || is_boxed_future(ty))
}

/// Whether the return type may borrow: whether it has a lifetime other than `'static`.
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

/// Whether the return type is `Result<…>`, `io::Result<…>` or `ParseResult`; an `Option` or `Poll` of
/// one; a future of one.
pub(crate) fn returns_result(sig: &Signature) -> bool {
    fn is_result(ty: &Type) -> bool {
        if let Some(output) = future_output(ty) {
            return is_result(output);
        }
        let Type::Path(path) = ty else { return false };
        path.path.segments.last().is_some_and(|segment| {
            if segment.ident == "Option" || segment.ident == "Poll" {
                type_arguments(segment).any(is_result)
            } else {
                segment.ident.to_string().ends_with("Result")
            }
        })
    }
    returned(sig).is_some_and(is_result)
}

/// Whether a call in return position can yield an error.
///
/// Such a call is marked, and the mark has the bound of the wrapper. So in a function that returns
/// something else the compiler would repeat its one message at each mark. A name that tells nothing,
/// such as that of an alias, counts as a result where the body handles results. If it is none, the
/// error's place is that of the function.
pub(crate) fn may_return_error(sig: &Signature, body: &TokenStream) -> bool {
    let Some(ty) = returned(sig) else { return false };
    // The marks are in the async block. Behind an alias its type is unknown.
    let ty = if returns_future(sig) { future_output(ty) } else { Some(ty) };
    ty.is_none_or(|ty| may_be_result(ty, body))
}

fn may_be_result(ty: &Type, body: &TokenStream) -> bool {
    let handles_results = || mentions(body, "Ok") || mentions(body, "Err");
    let segment = match bare(ty) {
        Type::Path(ty) => ty.path.segments.last(),
        Type::Macro(_) => None,
        // References, tuples, arrays and the like.
        _ => return false,
    };
    let Some(segment) = segment else { return handles_results() };
    match &*segment.ident.to_string() {
        "Option" | "Poll" => type_arguments(segment).any(|ty| may_be_result(ty, body)),
        // Boxed futures are not errors yet.
        "Pin" | "Box" | "String" | "Vec" => false,
        name if name.contains("Result") => true,
        // `u32`, `bool`, `str`
        name if name.starts_with(char::is_lowercase) => false,
        _ => handles_results(),
    }
}

/// The type without parentheses around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(ty) => bare(&ty.elem),
        Type::Group(ty) => bare(&ty.elem),
        ty => ty,
    }
}

/// The types in `Name<A, B>`.
fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `impl Future<…> + …`
pub(crate) fn is_impl_future(ty: &Type) -> bool {
    matches!(bare(ty), Type::ImplTrait(ty) if future_of(&ty.bounds).is_some())
}

/// `Pin<Box<dyn Future<…> + …>>`, or an alias for it that is named like `BoxFuture<…>`.
pub(crate) fn is_boxed_future(ty: &Type) -> bool {
    match bare(ty) {
        Type::TraitObject(ty) => future_of(&ty.bounds).is_some(),
        Type::Path(ty) => ty.path.segments.last().is_some_and(|segment| {
            segment.ident.to_string().ends_with("Future")
                || (is_pin_or_box(segment) && type_arguments(segment).any(is_boxed_future))
        }),
        _ => false,
    }
}

/// `R` of `impl Future<Output = R>`, `Pin<Box<dyn Future<Output = R>>>` and `BoxFuture<'_, R>`.
pub(crate) fn future_output(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::ImplTrait(ty) => output_of(future_of(&ty.bounds)?),
        Type::TraitObject(ty) => output_of(future_of(&ty.bounds)?),
        Type::Path(ty) => {
            let segment = ty.path.segments.last()?;
            let last = type_arguments(segment).last()?;
            if is_pin_or_box(segment) {
                future_output(last)
            } else {
                segment.ident.to_string().ends_with("BoxFuture").then_some(last)
            }
        }
        _ => None,
    }
}

fn is_pin_or_box(segment: &PathSegment) -> bool {
    segment.ident == "Pin" || segment.ident == "Box"
}

/// `Future<…>` among the bounds.
fn future_of(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&PathSegment> {
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().filter(|segment| segment.ident == "Future")
        }
        _ => None,
    })
}

/// `R` of `Future<Output = R>`
fn output_of(future: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &future.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}
