//! Types, as far as their names tell.

use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound};

type Bounds = Punctuated<TypeParamBound, Token![+]>;

/// The type without parentheses around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(ty) => bare(&ty.elem),
        Type::Group(ty) => bare(&ty.elem),
        ty => ty,
    }
}

/// The types in `Name<A, B>`.
pub(crate) fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
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
fn future_of(bounds: &Bounds) -> Option<&PathSegment> {
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
