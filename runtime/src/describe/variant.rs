//! The variant of an enum, read from its derived `Debug`.

use std::fmt::{self, Write};

use super::probe::{MessageSource, View};
use super::type_name::{is_pointer_to_any, last_segment, unboxed};
use crate::base::guarded::guarded;

/// The variant of an enum, where derived `Debug` shows it.
///
/// A derived `Debug` first writes the name, in one piece, and then nothing, ` {` or `(`. The rest is not
/// formatted: the writer refuses it. The name of a struct is the name of its type, and not a variant.
pub(super) fn variant(view: &View<'_>, type_name: &str) -> Option<Variant> {
    let mut word = FirstWord::default();
    // The writer refuses most pieces, so the result means nothing.
    let _: Option<fmt::Result> = guarded(|| match (view.message, view.debug) {
        (MessageSource::Erased(error), _) => write!(word, "{error:?}"),
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
    // `Debug` of a trait object shows a value whose type is not known.
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

/// The name of an enum's variant, without an allocation: most errors have one.
#[derive(Clone, Copy)]
pub(super) struct Variant {
    bytes: [u8; Variant::LIMIT],
    length: u8,
}

impl Variant {
    /// Longer names count as none.
    const LIMIT: usize = 47;

    /// The text, if it is a name as a derived `Debug` writes it.
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

/// Takes the first piece that is written, if it is a name as a derived `Debug` writes it.
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
