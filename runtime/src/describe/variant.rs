//! The variant of an enum, read from its derived `Debug`.

use std::fmt::{self, Write};

use super::probe::{MessageSource, View};
use super::type_name::{is_pointer_to_any, last_segment, unboxed};
use crate::base::guarded::guarded;

/// The variant of an enum, if derived `Debug` shows it.
///
/// A derived `Debug` first writes the name, in one piece, and then nothing, ` {` or `(`. The writer refuses
/// the rest. A struct has the name of its type, which is no variant.
pub(super) fn variant(view: &View<'_>, type_name: &str) -> Option<Variant> {
    let mut word = FirstWord::default();
    // The writer refuses most pieces, so the result means nothing.
    let _: Option<fmt::Result> = guarded(|| match (view.message, view.debug) {
        (MessageSource::Erased(error), _) => write!(word, "{error:?}"),
        (_, Some(debug)) => write!(word, "{debug:?}"),
        (_, None) => Ok(()),
    });
    let variant = word.word.filter(|_| !word.refused)?;
    let name = variant.as_str();
    let ty = unboxed(type_name);
    // The name of a struct; the wrappers of `anyhow` and `eyre` show `Error`.
    if name == last_segment(ty) || name == "Error" {
        return None;
    }
    // `Debug` of a trait object shows a value of unknown type.
    (!is_pointer_to_any(ty) && may_have_variants(ty)).then_some(variant)
}

/// Enums of the standard library with variants of their own. `Debug` of its other types may show private
/// details: for `io::Error`, `Os { … }` or `Custom { … }`.
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

/// Whether a word from the `Debug` of this type can be the name of a variant.
fn may_have_variants(type_name: &str) -> bool {
    let is_std = ["core::", "alloc::", "std::"].iter().any(|std| type_name.starts_with(std));
    !is_std || STD_ENUMS.contains(&last_segment(type_name))
}

/// The name of an enum's variant, without an allocation: most errors have one.
#[derive(Clone, Copy)]
pub(super) struct Variant {
    bytes: [u8; Variant::LIMIT],
    length: u8,
}

impl Variant {
    /// Longer names are ignored.
    const LIMIT: usize = 47;

    /// The text, if it looks like a name from a derived `Debug`.
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

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Takes the first written piece, if it looks like a name from a derived `Debug`.
#[derive(Default)]
struct FirstWord {
    word: Option<Variant>,
    /// What follows is not the `Debug` of a variant.
    refused: bool,
}

impl Write for FirstWord {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.word.is_some() {
            self.refused = !(piece.starts_with('(') || piece.starts_with(" {"));
            return Err(fmt::Error);
        }
        self.word = Variant::new(piece);
        if self.word.is_some() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enums_of_the_standard_library_have_variants() {
        assert!(may_have_variants("shop::PayError"));
        assert!(may_have_variants("std::env::VarError"));
        assert!(may_have_variants("core::option::Option<u8>"));
        assert!(!may_have_variants("std::io::error::Error"));
        assert!(!may_have_variants("core::num::error::ParseIntError"));
    }
}
