//! An error value of any type → kind, message, causes.
//!
//! In: a [`View`] of the error (made by [`Probe`] where its type is known) and the mark that the
//! last `?` left. Out: a [`Description`], which owns its texts. Runs the user's `Display`,
//! `Debug` and `source()`: each is guarded against panics and bounded in length and number, and
//! never called more often than needed. No I/O, no symbols.

mod classification;
mod classify;
mod fields;
mod probe;
mod public_paths;
mod type_name;

use std::alloc::Layout;
use std::error::Error;
use std::fmt::{self, Write};
use std::sync::Arc;

pub use classification::Classification;
pub(crate) use classification::{Keys, admission, classify};
pub use classify::Classify;
pub use fields::{FieldProbe, Fields, debug, display, keep_now};
pub use probe::{Probe, View};
pub(crate) use type_name::last_segment;

use crate::base::guarded::guarded;
use crate::base::hash::hash_text;
use crate::base::text::{bounded, clip, shared, short, written};
use crate::model::Cause;
use crate::model::mark::Mark;
use probe::Text;
use type_name::{is_pointer_to_any, public_path, unboxed};

/// Bytes of a message.
pub(crate) const MESSAGE_LIMIT: usize = 8 * 1024;
/// Bytes of one cause's message, and of all of them together.
const CAUSE_LIMIT: usize = 2 * 1024;
const CAUSES_LIMIT: usize = 8 * 1024;
/// Number of causes that are followed.
pub(crate) const MAX_CAUSES: usize = 32;
/// Bytes of a type's name; generic types nest without end.
pub(crate) const KIND_LIMIT: usize = 512;

/// What a log says about an error, besides its stack. Taken on the calling thread, so it is kept
/// raw: [`TypeAndVariant`] puts the names together where they are needed.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) kind: TypeAndVariant,
    pub(crate) message: Arc<str>,
    pub(crate) causes: Vec<Cause>,
    /// What the function that the error leaves knows of its type.
    pub(crate) knowledge: Knowledge,
}

/// What a function knows of the type of an error: a generic one may know less than its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Knowledge {
    /// Its name.
    Type,
    /// `Debug`, and no `Display`.
    Debug,
    /// `Display`, and no `Error`: causes are not known.
    Display,
    /// `Error`, or a container for one.
    Error,
}

/// Bytes of a text by which errors are compared.
const HEAD: usize = 512;

/// The beginning of a text, as far as errors are compared by it.
pub(crate) fn head(text: &str) -> &str {
    clip(text, HEAD)
}

impl Description {
    /// Hash of each text together with all later ones, the message first.
    pub(crate) fn chains(&self) -> Vec<u64> {
        let mut chains = vec![0; self.causes.len() + 1];
        let mut behind = 0;
        for (chain, cause) in chains[1..].iter_mut().zip(&self.causes).rev() {
            behind = hash_text(behind, head(&cause.message));
            *chain = behind;
        }
        chains[0] = hash_text(behind, head(&self.message));
        chains
    }

    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(Cause::bytes).sum();
        size_of::<Self>() + self.message.len() + causes
    }

    /// Hash of the message and of every cause.
    pub(crate) fn chain(&self) -> u64 {
        let causes = self.causes.iter().rev();
        let behind = causes.fold(0, |behind, cause| hash_text(behind, head(&cause.message)));
        hash_text(behind, head(&self.message))
    }
}

/// Type and variant: what errors are grouped by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeAndVariant {
    /// As the compiler names it.
    type_name: &'static str,
    variant: Option<Variant>,
}

impl TypeAndVariant {
    /// The type by its public path, without the variant.
    pub(crate) fn error_type(&self) -> String {
        bounded(KIND_LIMIT, &public_path(self.type_name))
    }

    /// Whether it tells more of an error than the other: of the same type, or of what is in a container.
    pub(crate) fn refines(&self, other: &TypeAndVariant) -> bool {
        self.type_name == other.type_name || is_erased(other.type_name)
    }

    /// The type with its variant.
    pub(crate) fn name(&self) -> String {
        let mut name = self.error_type();
        if let Some(variant) = &self.variant {
            name.push_str("::");
            name.push_str(variant.as_str());
        }
        name
    }
}

/// Describes an error. `mark` is what the last `?` saw of it.
pub(crate) fn describe(view: &View<'_>, mark: Option<&Mark>) -> Description {
    let causes = causes(view);
    let kind = error_type(view, mark, &causes);
    let message = message(view, &kind, MESSAGE_LIMIT);
    Description { kind, message, causes, knowledge: knowledge(view) }
}

/// The type of an error, as far as it is known without asking its code: behind a container for any error
/// the type at the `?`.
pub(crate) fn static_type(view: &View<'_>, mark: Option<&Mark>) -> &'static str {
    marked_type(view, mark).map_or(view.type_name, |(marked, _)| marked)
}

/// What an error is grouped by: what the attribute says, else its type and variant.
pub(crate) fn kind_name(own: Option<&str>, view: &View<'_>, mark: Option<&Mark>) -> String {
    match own {
        Some(kind) => bounded(KIND_LIMIT, kind),
        None => describe(view, mark).kind.name(),
    }
}

/// The same without what only a log needs: for an error that is not logged, but has to be recognised
/// further out. Its hash is that of the whole description.
pub(crate) fn brief(view: &View<'_>, mark: Option<&Mark>) -> Description {
    let causes = causes(view);
    let kind = TypeAndVariant { type_name: static_type(view, mark), variant: None };
    // The note about a cut comes after what is compared.
    let message = short_message(view, |text| Arc::from(text))
        .unwrap_or_else(|| message(view, &kind, HEAD + 16));
    Description { kind, message, causes, knowledge: knowledge(view) }
}

fn knowledge(view: &View<'_>) -> Knowledge {
    match view.text {
        Text::Error(_) | Text::Erased(_) => Knowledge::Error,
        Text::Display(_) => Knowledge::Display,
        Text::None if view.debug.is_some() => Knowledge::Debug,
        Text::None => Knowledge::Type,
    }
}

/// The static type; behind an erased one the type at the last mark, else the erased error itself or
/// its deepest cause if one of them is of a known type, else the erased type. With the variant, if
/// it is that type whose `Debug` the view shows.
fn error_type(view: &View<'_>, mark: Option<&Mark>, causes: &[Cause]) -> TypeAndVariant {
    let own = view.type_name;
    let Text::Erased(error) = view.text else {
        return TypeAndVariant { type_name: own, variant: variant(view, own) };
    };
    if let Some((marked, layout)) = marked_type(view, mark) {
        // Context and other conversions put another error around the marked one.
        let is_marked = Layout::for_value(error) == layout;
        let variant = if is_marked { variant(view, marked) } else { None };
        return TypeAndVariant { type_name: marked, variant };
    }
    if let Some(known) = known_type_of_any(error) {
        return TypeAndVariant { type_name: known, variant: variant(view, known) };
    }
    let root = causes.last().and_then(|root| root.kind);
    TypeAndVariant { type_name: root.unwrap_or(own), variant: None }
}

/// The type, and its layout, that an erased error had at its mark.
fn marked_type(view: &View<'_>, mark: Option<&Mark>) -> Option<(&'static str, Layout)> {
    let mark = mark.filter(|_| matches!(view.text, Text::Erased(_)))?;
    let marked = mark.type_name.filter(|marked| *marked != view.type_name && !is_erased(marked))?;
    Some((marked, mark.layout))
}

/// Containers for any error, by name: a mark has only the name of a type.
pub(crate) fn is_erased(type_name: &str) -> bool {
    let name = unboxed(type_name);
    is_pointer_to_any(name)
        || ["anyhow::Error", "eyre::Report", "miette::eyreish::Report"].contains(&name)
}

/// What `then` makes of `Display`, if that is short and plain.
fn short_message<T>(view: &View<'_>, then: impl FnOnce(&str) -> T) -> Option<T> {
    match view.text {
        Text::Error(error) | Text::Erased(error) => short(|out| write!(out, "{error}"), then),
        Text::Display(error) => short(|out| write!(out, "{error}"), then),
        Text::None => None,
    }
}

/// The hash of message and causes, if it can be had without an allocation: the message is short, and there
/// is no cause.
pub(crate) fn short_chain(view: &View<'_>) -> Option<u64> {
    if let Text::Error(error) | Text::Erased(error) = view.text
        && guarded(|| error.source().is_some())?
    {
        return None;
    }
    short_message(view, |message| hash_text(0, message))
}

/// `Display`, else `Debug`, else the type: the first that is not blank.
fn message(view: &View<'_>, kind: &TypeAndVariant, limit: usize) -> Arc<str> {
    let display: Option<&dyn fmt::Display> = match &view.text {
        Text::Error(error) | Text::Erased(error) => Some(error),
        Text::Display(error) => Some(error),
        Text::None => None,
    };
    let display = display.map(|error| shared(limit, |out| write!(out, "{error}")));
    let is_blank = |text: &Arc<str>| text.chars().all(char::is_whitespace);
    display
        .filter(|text| !is_blank(text))
        .or_else(|| {
            let debug = view.debug?;
            Some(shared(limit, |out| write!(out, "{debug:?}")))
        })
        .filter(|text| !is_blank(text))
        .unwrap_or_else(|| kind.name().into())
}

/// Every `source()`, nearest first. Ends at 32, at a chain that turns back on itself, and where
/// `source()` panics.
fn causes(view: &View<'_>) -> Vec<Cause> {
    let (Text::Error(error) | Text::Erased(error)) = view.text else { return Vec::new() };
    let mut found: Vec<Cause> = Vec::new();
    let mut seen: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut room = CAUSES_LIMIT;
    let mut next = guarded(|| error.source()).flatten();
    while let Some(cause) = next {
        // By address and type: types without a size may share an address.
        let turned_back = seen.iter().any(|earlier| std::ptr::eq(*earlier, cause));
        if found.len() == MAX_CAUSES || room == 0 || turned_back {
            break;
        }
        seen.push(cause);
        let message = written(CAUSE_LIMIT.min(room), |out| write!(out, "{cause}"));
        room = room.saturating_sub(message.len());
        found.push(Cause { kind: known_type(cause), message, is_presumed: false });
        next = guarded(|| cause.source()).flatten();
    }
    found
}

/// The public path of an error type of the standard library.
fn known_type(error: &(dyn Error + 'static)) -> Option<&'static str> {
    macro_rules! known {
        ($($ty:ty)*) => {
            $(if error.is::<$ty>() { return Some(stringify!($ty)); })*
        };
    }
    known! {
        std::io::Error
        std::fmt::Error
        std::num::ParseIntError
        std::num::ParseFloatError
        std::num::TryFromIntError
        std::str::Utf8Error
        std::str::ParseBoolError
        std::string::FromUtf8Error
        std::string::FromUtf16Error
        std::char::ParseCharError
        std::char::CharTryFromError
        std::net::AddrParseError
        std::array::TryFromSliceError
        std::env::VarError
        std::ffi::NulError
        std::ffi::IntoStringError
        std::path::StripPrefixError
        std::sync::mpsc::RecvError
        std::sync::mpsc::RecvTimeoutError
        std::time::SystemTimeError
    }
    #[cfg(feature = "serde_json")]
    known! { serde_json::Error }
    None
}

/// Types that are no errors, which containers for any error are made from.
pub(crate) fn is_text(type_name: &str) -> bool {
    let name = unboxed(type_name);
    ["&str", "alloc::string::String", "alloc::boxed::Box<str>"].contains(&name)
        || name.starts_with("alloc::borrow::Cow<")
}

/// [`known_type`] of an error that may borrow.
fn known_type_of_any(error: &dyn Error) -> Option<&'static str> {
    // SAFETY: only the lifetime of the trait object changes, so both types have the same layout
    // and the same vtable. `known_type` reads nothing but the `TypeId`, through a method that no
    // error type can override, and keeps no reference. A `TypeId` does not depend on lifetimes; the
    // types that it is compared with have none, so no borrow becomes longer by a match.
    let error = unsafe { std::mem::transmute::<&dyn Error, &(dyn Error + 'static)>(error) };
    known_type(error)
}

/// The variant of an enum, where derived `Debug` shows it.
///
/// A derived `Debug` writes the name first, in one piece, and then nothing, ` {` or `(`. Nothing
/// behind that is formatted: the writer refuses it. The name of a struct is that of its type, and
/// is no variant.
fn variant(view: &View<'_>, type_name: &str) -> Option<Variant> {
    let mut word = FirstWord::default();
    // The writer refuses most of what is written, so the result says nothing.
    let _: Option<fmt::Result> = guarded(|| match (view.text, view.debug) {
        (Text::Erased(error), _) => write!(word, "{error:?}"),
        (_, Some(debug)) => write!(word, "{debug:?}"),
        (_, None) => Ok(()),
    });
    let variant = word.finish()?;
    let name = variant.as_str();
    let ty = unboxed(type_name);
    // The name of a struct; and `Error` is what the wrappers of `anyhow` and `eyre` show.
    if name == last_segment(ty) || name == "Error" {
        return None;
    }
    // `Debug` of a trait object shows what is in it, whose type is not known.
    (!is_pointer_to_any(ty) && may_have_variants(ty)).then_some(variant)
}

/// Enums of the standard library with variants of their own. `Debug` of its other types may show
/// what is private: that of `io::Error` is `Os { … }` or `Custom { … }`.
const STD_ENUMS: [&str; 9] = [
    "ErrorKind",
    "FromBytesWithNulError",
    "Option",
    "RecvTimeoutError",
    "Result",
    "TryLockError",
    "TryRecvError",
    "TrySendError",
    "VarError",
];

/// Whether a word that `Debug` of this type writes can be the name of a variant.
fn may_have_variants(type_name: &str) -> bool {
    let is_std = ["core::", "alloc::", "std::"].iter().any(|std| type_name.starts_with(std));
    !is_std || STD_ENUMS.contains(&last_segment(type_name))
}

/// The name of an enum's variant; kept in place, because most errors have one.
#[derive(Clone, Copy)]
struct Variant {
    bytes: [u8; Variant::LIMIT],
    length: u8,
}

impl Variant {
    /// Longer names are left out.
    const LIMIT: usize = 47;

    /// The text, if it is a name in the manner of a derived `Debug`.
    fn new(text: &str) -> Option<Self> {
        let is_name = text.starts_with(char::is_uppercase)
            && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_name || text.len() > Self::LIMIT {
            return None;
        }
        let mut bytes = [0; Self::LIMIT];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Variant { bytes, length: text.len() as u8 })
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Takes the first piece that is written, if it is a name in the manner of a derived `Debug`.
#[derive(Default)]
struct FirstWord {
    word: Option<Variant>,
    refused: bool,
}

impl FirstWord {
    fn finish(self) -> Option<Variant> {
        self.word.filter(|_| !self.refused)
    }
}

impl Write for FirstWord {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.word.is_some() {
            self.refused = !(piece.starts_with('(') || piece.starts_with(" {"));
            return Err(fmt::Error);
        }
        self.word = Variant::new(piece);
        self.refused = self.word.is_none();
        if self.refused { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    #[test]
    fn a_cause_has_the_type_that_its_users_write() {
        let number = "seven".parse::<u8>().unwrap_err();
        assert_eq!(known_type(&number), Some("std::num::ParseIntError"));
        let hidden = std::io::Error::other(number);
        assert_eq!(known_type(&hidden), Some("std::io::Error"));
        assert_eq!(known_type(&crate::Level::from_str("loud").unwrap_err()), None);
    }

    #[test]
    fn an_erased_error_that_borrows_has_no_known_type() {
        #[derive(Debug)]
        struct Borrows<'a>(&'a str);
        impl fmt::Display for Borrows<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl Error for Borrows<'_> {}

        let text = String::from("a text that ends with this test");
        let borrows: Box<dyn Error + '_> = Box::new(Borrows(&text));
        assert_eq!(known_type_of_any(&*borrows), None);
        let known: Box<dyn Error + '_> = Box::new(fmt::Error);
        assert_eq!(known_type_of_any(&*known), Some("std::fmt::Error"));
    }

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

    #[test]
    fn only_enums_of_the_standard_library_have_variants() {
        assert!(may_have_variants("shop::PayError"));
        assert!(may_have_variants("std::env::VarError"));
        assert!(may_have_variants("core::option::Option<u8>"));
        assert!(!may_have_variants("std::io::error::Error"));
        assert!(!may_have_variants("core::num::error::ParseIntError"));
    }

    #[test]
    #[cfg(feature = "serde_json")]
    fn a_cause_of_serde_json_has_its_type() {
        let cause = serde_json::from_str::<u8>("seven").unwrap_err();
        assert_eq!(known_type(&cause), Some("serde_json::Error"));
    }
}
