//! An error value of any type → kind, message, causes.
//!
//! In: a [`View`] of the error (made by [`Probe`] where its type is known) and the mark that the
//! last `?` left. Out: a [`Description`], which owns its texts. Runs the user's `Display`,
//! `Debug` and `source()`: each is guarded against panics and bounded in length and number, and
//! never called more often than needed. No I/O, no symbols.

mod probe;
mod text;
mod type_name;

use std::error::Error;
use std::fmt::{self, Write};
use std::sync::Arc;

pub use probe::{Probe, View};

use crate::mark::Mark;
use crate::record::Cause;
use probe::Text;
use text::shared;
pub(crate) use text::{Bounded, bounded, guarded, one_line, written};
pub(crate) use type_name::last_segment;
use type_name::{public_path, unboxed};

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
    &text[..text.floor_char_boundary(HEAD)]
}

impl Description {
    /// Hash of each text and all that stand behind it, the message first.
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

/// Hash of a text and of what stands behind it. Eight bytes a step; not for keys that others choose.
pub(crate) fn hash_text(seed: u64, text: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut words = text.as_bytes().chunks_exact(8);
    let mut hash = mix(seed, text.len() as u64);
    for word in words.by_ref() {
        hash = mix(hash, u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    let hash = mix(hash, u64::from_le_bytes(last));
    hash ^ (hash >> 32)
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
    let type_name = error_type(view, mark, &causes);
    let kind = TypeAndVariant { type_name, variant: variant(view, type_name) };
    let message = message(view, &kind, MESSAGE_LIMIT);
    Description { kind, message, causes, knowledge: knowledge(view) }
}

/// The type of an error, as far as it is known without asking its code: behind a container for any error
/// the type at the `?`.
pub(crate) fn static_type(view: &View<'_>, mark: Option<&Mark>) -> &'static str {
    error_type(view, mark, &[])
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
    let kind = TypeAndVariant { type_name: error_type(view, mark, &causes), variant: None };
    // The note about a cut stands behind what is compared.
    let message = message(view, &kind, HEAD + 16);
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

/// The static type; behind an erased one the type at the last `?`, else that of the deepest
/// cause that can be downcast, else the erased type itself.
fn error_type(view: &View<'_>, mark: Option<&Mark>, causes: &[Cause]) -> &'static str {
    let own = view.type_name;
    if !matches!(view.text, Text::Erased(_)) {
        return own;
    }
    let marked = mark.and_then(|mark| mark.type_name);
    let root = causes.last().and_then(|root| root.kind);
    marked.filter(|marked| *marked != own && !is_erased(marked)).or(root).unwrap_or(own)
}

/// Containers for any error, by name: a mark has only the name of a type.
pub(crate) fn is_erased(type_name: &str) -> bool {
    type_name.contains("dyn core::error::Error")
        || ["anyhow::Error", "eyre::Report"].contains(&type_name)
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
        found.push(Cause { kind: known_type(cause), message });
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
    // The name of a struct; and `Error` is what the wrappers of `anyhow` and `eyre` show.
    if name == last_segment(unboxed(type_name)) || name == "Error" {
        return None;
    }
    // `Debug` of `io::Error` shows its private representation (`Os { … }`, `Custom { … }`); that
    // of a trait object shows what is in it, whose type is not known.
    let is_io_error = ["std::io::error::Error", "std::io::Error"].contains(&type_name);
    let is_known = !is_io_error && !is_erased(type_name) && !type_name.contains("dyn ");
    is_known.then_some(variant)
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
    #[cfg(feature = "serde_json")]
    fn a_cause_of_serde_json_has_its_type() {
        let cause = serde_json::from_str::<u8>("seven").unwrap_err();
        assert_eq!(known_type(&cause), Some("serde_json::Error"));
    }
}
