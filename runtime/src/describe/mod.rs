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

pub use probe::{Probe, View};

use crate::record::Cause;
use crate::trail::Mark;
use probe::Text;
use text::written;
pub(crate) use text::{Bounded, guarded, one_line};
pub(crate) use type_name::last_segment;
use type_name::public_path;

/// Bytes of a message (DESIGN §4).
pub(crate) const MESSAGE_LIMIT: usize = 8 * 1024;
/// Bytes of one cause's message, and of all of them together.
const CAUSE_LIMIT: usize = 2 * 1024;
const CAUSES_LIMIT: usize = 8 * 1024;
/// Number of causes that are followed (DESIGN §3.4).
const MAX_CAUSES: usize = 32;
/// Bytes of a type's name; generic types nest without end.
const KIND_LIMIT: usize = 512;

/// What a log says about an error, besides its stack.
#[derive(Debug)]
pub(crate) struct Description {
    /// Type and variant: what errors are grouped by.
    pub(crate) kind: String,
    /// The pure type.
    pub(crate) error_type: String,
    pub(crate) message: String,
    pub(crate) causes: Vec<Cause>,
}

/// Describes an error. `mark` is what the last `?` saw of it.
pub(crate) fn describe(view: &View<'_>, mark: Option<&Mark>) -> Description {
    let causes = causes(view);
    let error_type = bounded(&error_type(view, mark, &causes));
    let kind = match variant(view, &error_type) {
        Some(variant) => format!("{error_type}::{variant}"),
        None => error_type.clone(),
    };
    let message = message(view, &error_type);
    Description { kind, error_type, message, causes }
}

fn bounded(name: &str) -> String {
    written(KIND_LIMIT, |out| out.write_str(name))
}

/// The static type; behind an erased one the type at the last `?`, else that of the deepest
/// cause that can be downcast, else the erased type itself.
fn error_type(view: &View<'_>, mark: Option<&Mark>, causes: &[Cause]) -> String {
    let own = public_path(view.type_name);
    if !matches!(view.text, Text::Erased(_)) {
        return own;
    }
    let marked = mark.and_then(|mark| mark.type_name).map(public_path);
    if let Some(marked) = marked.filter(|marked| *marked != own && !is_erased(marked)) {
        return marked;
    }
    match causes.last().and_then(|root| root.kind) {
        Some(root) => root.to_owned(),
        None => own,
    }
}

/// Containers for any error, by name: a mark has only the name of a type.
fn is_erased(path: &str) -> bool {
    path.contains("dyn std::error::Error") || path == "anyhow::Error" || path == "eyre::Report"
}

/// `Display`, else `Debug`, else the type.
fn message(view: &View<'_>, error_type: &str) -> String {
    let mut message = match view.text {
        Text::Error(error) | Text::Erased(error) => {
            written(MESSAGE_LIMIT, |out| write!(out, "{error}"))
        }
        Text::Display(error) => written(MESSAGE_LIMIT, |out| write!(out, "{error}")),
        Text::None => String::new(),
    };
    if message.is_empty()
        && let Some(debug) = view.debug
    {
        message = written(MESSAGE_LIMIT, |out| write!(out, "{debug:?}"));
    }
    if message.is_empty() {
        message.push_str(error_type);
    }
    message
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
        serde_json::Error
    }
    None
}

/// The variant of an enum, where derived `Debug` shows it.
///
/// A derived `Debug` writes the name first, in one piece, and then nothing, ` {` or `(`. Nothing
/// behind that is formatted: the writer refuses it. The name of a struct is that of its type, and
/// is no variant.
fn variant(view: &View<'_>, error_type: &str) -> Option<String> {
    // Its `Debug` shows the private representation (`Os { … }`, `Custom { … }`).
    if error_type == "std::io::Error" {
        return None;
    }
    let mut name = FirstWord::default();
    // The writer refuses most of what is written, so the result says nothing.
    let _: Option<fmt::Result> = guarded(|| match (view.text, view.debug) {
        (Text::Erased(error), _) => write!(name, "{error:?}"),
        (_, Some(debug)) => write!(name, "{debug:?}"),
        (_, None) => Ok(()),
    });
    let name = name.finish()?;
    // `Error` is what the wrappers of `anyhow` and `eyre` show.
    (name != last_segment(error_type) && name != "Error").then_some(name)
}

/// Takes the first piece that is written, if it is a name in the manner of a derived `Debug`.
#[derive(Default)]
struct FirstWord {
    word: Option<String>,
    refused: bool,
}

impl FirstWord {
    /// Longer names are nobody's.
    const LIMIT: usize = 64;

    fn finish(self) -> Option<String> {
        self.word.filter(|_| !self.refused)
    }
}

impl Write for FirstWord {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        match self.word {
            None => {
                let is_name = piece.len() <= Self::LIMIT
                    && piece.starts_with(char::is_uppercase)
                    && piece.chars().all(|c| c.is_alphanumeric() || c == '_');
                if !is_name {
                    self.refused = true;
                    return Err(fmt::Error);
                }
                self.word = Some(piece.to_owned());
                Ok(())
            }
            Some(_) => {
                self.refused = !(piece.starts_with('(') || piece.starts_with(" {"));
                Err(fmt::Error)
            }
        }
    }
}
