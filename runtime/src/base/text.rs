//! Makes the user's text safe for a log: bounded and without control characters, whatever its `Display` or
//! `Debug` does.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::escape::{Escaping, runs};
use super::guarded::guarded;

/// Collects text up to a number of bytes.
///
/// Escapes control characters other than line breaks and tabs, so no error can colour a terminal or end a C
/// string, and JSON at most doubles the length. Writing fails at the bound, which ends formatting early: a
/// message of megabytes costs no more than a short one.
#[derive(Debug)]
pub(crate) struct Bounded {
    /// Not yet escaped, which most texts need not be. An escape is longer than its character: so the bound cuts no
    /// less of the escaped text.
    raw: String,
    limit: usize,
    escaping: Escaping,
    cut: bool,
}

impl Bounded {
    pub(crate) fn new(limit: usize) -> Self {
        Bounded::reusing(String::new(), limit)
    }

    /// Collects in the memory of this text, which is empty.
    fn reusing(raw: String, limit: usize) -> Self {
        Bounded { raw, limit, escaping: Escaping::Lines, cut: false }
    }

    /// The text, with a note if it was cut.
    pub(crate) fn finish(mut self) -> String {
        if !is_printable_ascii(&self.raw) {
            self.escape();
        }
        if self.cut {
            let limit = self.limit;
            write!(self.raw, "… [cut at {limit} bytes]").expect("writing to a String");
        }
        self.raw
    }

    #[cold]
    fn escape(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        let mut out = String::with_capacity(raw.len());
        for (run, escape) in runs(&raw, self.escaping) {
            let fits = clip(run, self.limit - out.len());
            out.push_str(fits);
            let room = self.limit - out.len();
            if fits.len() < run.len() || escape.as_ref().is_some_and(|escape| escape.len() > room) {
                self.cut = true;
                break;
            }
            out.extend(escape.into_iter().flatten());
        }
        self.raw = out;
    }
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.limit - self.raw.len();
        if text.len() <= room {
            self.raw.push_str(text);
            return Ok(());
        }
        self.raw.push_str(clip(text, room));
        self.cut = true;
        Err(fmt::Error)
    }
}

/// Without a branch for each byte.
fn is_printable_ascii(text: &str) -> bool {
    let is_printable = |byte: &u8| byte.wrapping_sub(b' ') <= b'~' - b' ';
    let is_printable = |bytes: &[u8]| bytes.iter().fold(true, |all, byte| all & is_printable(byte));
    text.as_bytes().chunks(64).all(is_printable)
}

/// The beginning of a text: at most `limit` bytes, cut between two characters.
pub(crate) fn clip(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Like [`written`], but shared, and in the thread's buffer.
pub(crate) fn shared(limit: usize, write: impl FnOnce(&mut Bounded) -> fmt::Result) -> Arc<str> {
    /// Larger buffers are freed.
    const KEPT: usize = 16 * 1024;
    thread_local! {
        static BUFFER: Cell<String> = const { Cell::new(String::new()) };
    }
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    let text = written_to(Bounded::reusing(buffer, limit), write);
    let shared = text.as_str().into();
    if text.capacity() <= KEPT {
        // Fails while the thread ends.
        let _: Result<(), _> = BUFFER.try_with(|buffer| buffer.set(text));
    }
    shared
}

/// Formats a value on the stack and passes the text to `then` if it has at most 128 bytes and needs no
/// escape. Most messages do. The fast path of [`written`].
pub(crate) fn short<T>(
    write: impl FnOnce(&mut Short) -> fmt::Result,
    then: impl FnOnce(&str) -> T,
) -> Option<T> {
    let mut out = Short { bytes: [b' '; Short::LIMIT], length: 0 };
    guarded(|| write(&mut out))?.ok()?;
    // Checks the unwritten bytes (spaces) too: a constant number needs no branches.
    let is_plain = |byte: &u8| byte.wrapping_sub(b' ') <= b'~' - b' ';
    let is_plain = out.bytes.iter().fold(true, |all, byte| all & is_plain(byte));
    // A text that begins with a space may be blank.
    let is_blank = out.bytes[0] == b' ';
    let text = std::str::from_utf8(&out.bytes[..out.length]).ok();
    text.filter(|_| is_plain && !is_blank).map(then)
}

/// Collects at most 128 bytes, and refuses more.
pub(crate) struct Short {
    bytes: [u8; Short::LIMIT],
    length: usize,
}

impl Short {
    const LIMIT: usize = 128;
}

impl Write for Short {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let end = self.length + piece.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(piece.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// Formats a value, up to `limit` bytes, with a note if the user's code panicked or failed.
pub(crate) fn written(limit: usize, write: impl FnOnce(&mut Bounded) -> fmt::Result) -> String {
    written_to(Bounded::new(limit), write)
}

fn written_to(mut out: Bounded, write: impl FnOnce(&mut Bounded) -> fmt::Result) -> String {
    let note = match guarded(|| write(&mut out)) {
        None => "[panicked while it was formatted]",
        Some(Err(_)) if !out.cut => "[failed while it was formatted]",
        Some(_) => "",
    };
    out.finish() + note
}

/// A text, escaped and cut.
pub(crate) fn bounded(limit: usize, text: &str) -> String {
    written(limit, |out| out.write_str(text))
}

/// A text as one line: a run of white space with a line break in it becomes a space. What only some readers take
/// for a line break is escaped.
pub(crate) fn one_line(limit: usize, text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut out = Bounded { escaping: Escaping::OneLine, ..Bounded::new(limit) };
    for (index, line) in lines.enumerate() {
        let space = if index == 0 { "" } else { " " };
        if write!(out, "{space}{line}").is_err() {
            break;
        }
    }
    out.finish()
}

/// Whether [`bounded`] leaves a text as it is, for all the usual ones.
pub(crate) fn is_plain(limit: usize, text: &str) -> bool {
    text.len() <= limit && is_printable_ascii(text)
}

/// Whether [`name`] leaves a text as it is, for all the usual ones.
pub(crate) fn is_name(text: &str) -> bool {
    is_plain(NAME_LIMIT, text)
}

/// Bytes of a message where its line has the whole one in another key.
pub(crate) const SUMMARY_LIMIT: usize = 256;

/// Bytes of a name.
const NAME_LIMIT: usize = 512;

/// A name (a kind, a service, a fingerprint, a thread) as every part of a line has it: bounded, and one line.
pub(crate) fn name(name: impl fmt::Display) -> String {
    // Line breaks and what is around them take room, and then become spaces.
    let text = written(4 * NAME_LIMIT, |out| write!(out, "{name}"));
    one_line(NAME_LIMIT, &text)
}

/// [`name`] of a text that most often is its name already; such a text is not copied.
pub(crate) fn as_name(text: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
    let text = text.into();
    let is_same = is_name(&text) && text.trim().len() == text.len();
    if is_same { text } else { name(text).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(limit: usize, text: &str) -> String {
        written(limit, |out| out.write_str(text))
    }

    #[test]
    fn control_characters_are_escaped_and_line_breaks_and_tabs_are_kept() {
        assert_eq!(write(99, "a\0b\x1b[31m\u{85}\r\n\tc"), "a\\u{0}b\\u{1b}[31m\\u{85}\\r\n\tc");
    }

    #[test]
    fn a_name_is_one_line_for_every_reader() {
        assert_eq!(
            name(" a \r\n\t b\u{2028}c\u{200b}\u{1e}d"),
            "a \\r b\\u{2028}c\\u{200b}\\u{1e}d"
        );
        assert_eq!(name(7), "7");
        assert_eq!(name("n".repeat(600)), format!("{}… [cut at 512 bytes]", "n".repeat(512)));
        assert_eq!(name("n\n".repeat(2_000)).matches("[cut at").count(), 1);
    }

    #[test]
    fn a_text_that_is_its_own_name_is_not_copied() {
        for text in ["shop::PayError", "", "two words"] {
            assert!(matches!(as_name(text), Cow::Borrowed(same) if same == name(text)), "{text:?}");
        }
        for text in [" a", "a\n", "a\tb", "é", " ", "a\u{1b}[31m"] {
            assert_eq!(as_name(text), name(text), "{text:?}");
        }
        let long: &'static str = Box::leak("n".repeat(600).into_boxed_str());
        assert_eq!(as_name(long), name(long));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        assert_eq!(write(5, "aéééé"), "aéé… [cut at 5 bytes]");
        assert_eq!(write(6, "aéééé"), "aéé… [cut at 6 bytes]");
        assert_eq!(write(4, "\0\0"), "… [cut at 4 bytes]");
    }

    #[test]
    fn nothing_follows_a_character_that_does_not_fit() {
        assert_eq!(write(9, "\0éé\0a"), "\\u{0}éé… [cut at 9 bytes]");
        assert_eq!(write(8, "\0éé\0a"), "\\u{0}é… [cut at 8 bytes]");
        assert_eq!(write(8, "\0abéc"), "\\u{0}ab… [cut at 8 bytes]");
    }

    #[test]
    fn formatting_ends_at_the_bound() {
        let mut pieces = 0;
        let text = written(10, |out| {
            for _ in 0..1_000_000 {
                pieces += 1;
                out.write_str("abcd")?;
            }
            Ok(())
        });
        assert_eq!(text, "abcdabcdab… [cut at 10 bytes]");
        assert_eq!(pieces, 3);
    }

    #[test]
    fn a_panic_and_a_failure_leave_what_was_written_before_and_a_note() {
        let panicked = written(99, |out| {
            out.write_str("half")?;
            panic!("on purpose: a Display that panics");
        });
        assert_eq!(panicked, "half[panicked while it was formatted]");
        assert_eq!(written(99, |_| Err(fmt::Error)), "[failed while it was formatted]");
    }
}
