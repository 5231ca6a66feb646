//! The kind of an error: its type and variant. Logs are grouped by kind.
//!
//! Behind a container for any error (`Box<dyn Error>`, `anyhow::Error`) it is the type at the last mark,
//! else a known type of the error itself or of its deepest cause, else the name that the `Debug` of that begins with.

use std::alloc::Layout;
use std::borrow::Cow;
use std::error::Error;

use super::description::describe;
use super::known_types::known_type_of_any;
use super::probe::{MessageSource, View};
use super::type_name::{is_pointer_to_any, last_segment, public_path, unboxed};
use super::variant::{Variant, debug_name, variant};
use crate::base::guarded::guarded;
use crate::base::memo::Memo;
use crate::base::text::{as_name, name};
use crate::model::Cause;
use crate::model::mark::Mark;

/// Type and variant of an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeAndVariant {
    /// The compiler's name.
    type_name: &'static str,
    variant: Option<Variant>,
    /// The variant is not one of this type, a container for any error: it is the name of the error in it.
    is_inner: bool,
}

impl TypeAndVariant {
    fn new(type_name: &'static str, variant: Option<Variant>) -> Self {
        TypeAndVariant { type_name, variant, is_inner: false }
    }

    /// Without a variant.
    pub(super) fn of_type(type_name: &'static str) -> Self {
        TypeAndVariant::new(type_name, None)
    }

    /// The public path of the type, without the variant.
    pub(crate) fn error_type(&self) -> Cow<'static, str> {
        static PATHS: Memo = Memo::new(|type_name| name(public_path(type_name)));
        match &self.variant {
            Some(inner) if self.is_inner => inner.as_str().to_owned().into(),
            _ => PATHS.get(self.type_name),
        }
    }

    /// Whether it may replace the other one: the types are equal, or the other is a container.
    pub(crate) fn refines(&self, other: &TypeAndVariant) -> bool {
        self.type_name == other.type_name || is_erased(other.type_name)
    }

    pub(crate) fn variant(&self) -> Option<&str> {
        self.variant.as_ref().map(Variant::as_str)
    }

    /// The type with its variant.
    pub(crate) fn name(&self) -> Cow<'static, str> {
        let error_type = self.error_type();
        match self.variant.as_ref().filter(|_| !self.is_inner) {
            Some(variant) => [&*error_type, "::", variant.as_str()].concat().into(),
            None => error_type,
        }
    }
}

/// The type of an error, found without calling its code: behind a container for any error, the type at the
/// `?`.
pub(crate) fn static_type(view: &View<'_>, mark: Option<&Mark>) -> &'static str {
    marked_type(view, mark).map_or(view.type_name, |(marked, _)| marked)
}

/// The kind by name: the attribute's, else type and variant.
pub(crate) fn kind_name(
    own: Option<&'static str>,
    view: &View<'_>,
    mark: Option<&Mark>,
) -> Cow<'static, str> {
    match own {
        Some(kind) => as_name(kind),
        None => describe(view, mark).kind.name(),
    }
}

/// The static type. For an erased one: the type at the last mark, else the erased error itself or its deepest
/// cause if its type is known, else the name in the `Debug` of that, else the erased type. Has the variant if the view
/// shows the `Debug` of that type.
pub(super) fn kind(view: &View<'_>, mark: Option<&Mark>, causes: &[Cause]) -> TypeAndVariant {
    let own = view.type_name;
    let Some(error) = erased(view) else {
        return TypeAndVariant::new(own, variant(view, own));
    };
    if let Some((marked, layout)) = marked_type(view, mark) {
        // `context` and other conversions wrap the marked error into another one.
        let is_marked = Layout::for_value(error) == layout;
        let variant = if is_marked { variant(view, marked) } else { None };
        return TypeAndVariant::new(marked, variant);
    }
    if let Some(known) = known_type_of_any(error) {
        return TypeAndVariant::new(known, variant(view, known));
    }
    match causes.last() {
        Some(Cause { kind: Some(Cow::Borrowed(root)), .. }) => TypeAndVariant::of_type(root),
        _ => {
            let inner = root_name(error).filter(|inner| inner.as_str() != last_segment(own));
            TypeAndVariant { is_inner: true, ..TypeAndVariant::new(own, inner) }
        }
    }
}

/// The name of the deepest cause, or of the error itself.
fn root_name(error: &dyn Error) -> Option<Variant> {
    // Longer chains have no name.
    const MAX_CHAIN: usize = 64;
    let Some(first) = guarded(|| error.source())? else { return debug_name(error) };
    let mut root = first;
    for _ in 0..MAX_CHAIN {
        let Some(next) = guarded(|| root.source())? else { return debug_name(root) };
        root = next;
    }
    None
}

/// The type, and its layout, of an erased error at its mark.
fn marked_type(view: &View<'_>, mark: Option<&Mark>) -> Option<(&'static str, Layout)> {
    let mark = mark.filter(|_| erased(view).is_some())?;
    let marked = mark.type_name.filter(|marked| *marked != view.type_name && !is_erased(marked))?;
    Some((marked, mark.layout))
}

/// The error of a container for any error. One of `snafu` is an error of its own type.
fn erased<'a>(view: &View<'a>) -> Option<&'a dyn Error> {
    match view.message {
        MessageSource::Erased(error) => Some(error),
        MessageSource::Error(error) => WHATEVER.contains(&view.type_name).then_some(error),
        _ => None,
    }
}

const WHATEVER: [&str; 2] = ["snafu::whatever::Whatever", "snafu::whatever::WhateverLocal"];

/// Containers for any error, by name: a mark has only the name of a type.
pub(crate) fn is_erased(type_name: &str) -> bool {
    let name = unboxed(type_name);
    is_pointer_to_any(name)
        || ["anyhow::Error", "eyre::Report", "miette::eyreish::Report"].contains(&name)
        || WHATEVER.contains(&name)
}

/// Text types: not errors, but containers for any error are made from them.
pub(crate) fn is_text(type_name: &str) -> bool {
    let name = unboxed(type_name);
    ["&str", "alloc::string::String", "alloc::boxed::Box<str>"].contains(&name)
        || name.starts_with("alloc::borrow::Cow<")
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fmt;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn containers_for_any_error_are_known_by_name() {
        use std::any::type_name;
        use std::rc::Rc;

        assert!(is_erased(type_name::<Box<dyn Error + Send + Sync>>()));
        assert!(is_erased(type_name::<Rc<dyn Error>>()));
        assert!(is_erased(type_name::<&(dyn Error + Send)>()));
        assert!(is_erased(type_name::<Box<Arc<dyn Error>>>()));
        assert!(is_erased("&anyhow::Error"));
        assert!(!is_erased(type_name::<std::sync::mpsc::SendError<Box<dyn Error>>>()));
        assert!(!is_erased(type_name::<Box<fmt::Error>>()));
    }
}
