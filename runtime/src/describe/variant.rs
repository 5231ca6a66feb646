//! The variant of an enum, or the name of a type, read from its derived `Debug`.

use std::error::Error;
use std::fmt::{self, Write};

use super::error_list::errors;
use super::probe::{MessageSource, View};
use super::type_name::{is_last_segment, is_pointer_to_any, is_report, last_segment, unboxed};
use crate::base::guarded::guarded;

/// The variant of an enum, if derived `Debug` shows it.
///
/// A derived `Debug` first writes the name, in one piece, and then nothing, ` {` or `(`. The writer refuses
/// the rest. A struct has the name of its type, which is no variant.
pub(super) fn variant(view: &View<'_>, type_name: &str) -> Option<Variant> {
    let may_be_report =
        matches!(view.message, MessageSource::Display(_) | MessageSource::Erased(_));
    if may_be_report && is_report(type_name) {
        // Its `Debug` is a drawing, for which it resolves its backtraces.
        return None;
    }
    let ty = unboxed(type_name);
    let mut word = FirstWord { of_type: Some(ty), ..FirstWord::default() };
    // The writer refuses most pieces, so the result means nothing.
    let _: Option<fmt::Result> = guarded(|| match (view.message, view.debug) {
        (MessageSource::Erased(error), _) => write!(word, "{error:?}"),
        (MessageSource::List(list), _) => match errors(list.parts()).next() {
            Some(error) => write!(word, "{error:?}"),
            None => Ok(()),
        },
        (_, Some(debug)) => write!(word, "{debug:?}"),
        (_, None) => Ok(()),
    });
    let variant = word.word.filter(|_| !word.refused)?;
    // `Debug` of a trait object shows a value of unknown type.
    (!is_pointer_to_any(ty) && may_have_variants(ty)).then_some(variant)
}

/// The name with which a derived `Debug` begins, for an error of unknown type: the type, or the variant of an enum.
pub(super) fn debug_name(error: &dyn Error) -> Option<Variant> {
    let mut word = FirstWord::default();
    let _: Option<fmt::Result> = guarded(|| write!(word, "{error:?}"));
    word.word.filter(|_| !word.refused)
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
    const LIMIT: usize = 45;

    /// The text, if it looks like a name from a derived `Debug`, or is a path that ends in one.
    fn new(text: &str, accepts_path: bool) -> Option<Self> {
        if text.len() > Self::LIMIT {
            return None;
        }
        let path = accepts_path.then(|| text.rsplit_once("::")).flatten();
        let name = path.map_or(text, |(_, name)| name);
        let is_name = begins_with_capital(name)
            && is_of_names(name)
            && path.is_none_or(|(path, _)| path.split("::").all(is_of_names));
        if !is_name {
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

fn begins_with_capital(name: &str) -> bool {
    match name.as_bytes() {
        [first, ..] if first.is_ascii() => first.is_ascii_uppercase(),
        _ => name.starts_with(char::is_uppercase),
    }
}

fn is_of_names(text: &str) -> bool {
    let is_ascii = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'_');
    // Without a branch for each byte.
    text.bytes().fold(true, |all, byte| all & is_ascii(byte))
        || text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Takes the first written piece, if it looks like a name from a derived `Debug`.
#[derive(Default)]
struct FirstWord<'a> {
    word: Option<Variant>,
    /// The error's type, whose name is no variant. Where it is unknown, the name may be a path: `reqwest::Error`.
    of_type: Option<&'a str>,
    /// What follows is not the `Debug` of a variant.
    refused: bool,
}

impl Write for FirstWord<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.word.is_some() {
            self.refused = !(piece.starts_with('(') || piece.starts_with(" {"));
            return Err(fmt::Error);
        }
        // The name of a struct; the wrappers of `anyhow` and `eyre` show `Error`.
        let is_no_variant = |ty| is_last_segment(ty, piece);
        if piece == "Error" || self.of_type.is_some_and(is_no_variant) {
            return Err(fmt::Error);
        }
        self.word = Variant::new(piece, self.of_type.is_none());
        if self.word.is_some() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_unknown_type_is_that_of_its_debug() {
        use std::fmt::Display;

        struct Shown<'a>(&'a [&'a str]);
        impl fmt::Debug for Shown<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|piece| f.write_str(piece))
            }
        }
        impl Display for Shown<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
        impl Error for Shown<'_> {}

        let name =
            |pieces: &[&str]| debug_name(&Shown(pieces)).map(|name| name.as_str().to_owned());
        assert_eq!(name(&["NoCard"]).as_deref(), Some("NoCard"));
        assert_eq!(name(&["NoCard", " { ", "id"]).as_deref(), Some("NoCard"));
        assert_eq!(name(&["reqwest::Error", "(", "7"]).as_deref(), Some("reqwest::Error"));
        for no_name in ["\"no card\"", "no card", "No card", "reqwest::error", ":: Error", "Error"]
        {
            assert_eq!(name(&[no_name]), None, "{no_name}");
        }
        assert_eq!(name(&["Timeout", " of the card"]), None);
    }

    #[test]
    fn only_enums_of_the_standard_library_have_variants() {
        assert!(may_have_variants("shop::PayError"));
        assert!(may_have_variants("std::env::VarError"));
        assert!(may_have_variants("core::option::Option<u8>"));
        assert!(!may_have_variants("std::io::error::Error"));
        assert!(!may_have_variants("core::num::error::ParseIntError"));
    }
}
