//! Makes the user's text safe for a log: bounded and without control characters, whatever its `Display` or
//! `Debug` does.

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
    text: String,
    limit: usize,
    escaping: Escaping,
    cut: bool,
}

impl Bounded {
    pub(crate) fn new(limit: usize) -> Self {
        Bounded::reusing(String::new(), limit)
    }

    /// Collects in the memory of this text, which is empty.
    fn reusing(text: String, limit: usize) -> Self {
        Bounded { text, limit, escaping: Escaping::Lines, cut: false }
    }

    fn push(&mut self, piece: &str) -> fmt::Result {
        if self.text.len() + piece.len() > self.limit {
            self.cut = true;
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }

    /// Like `push`, but takes as much of the piece as fits.
    fn push_part(&mut self, piece: &str) -> fmt::Result {
        let fits = clip(piece, self.limit - self.text.len());
        self.text.push_str(fits);
        self.push(&piece[fits.len()..])
    }

    /// The text, with a note if it was cut.
    pub(crate) fn finish(mut self) -> String {
        if self.cut {
            let limit = self.limit;
            write!(self.text, "… [cut at {limit} bytes]").expect("writing to a String");
        }
        self.text
    }
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return self.push_part(text);
        }
        for (run, escape) in runs(text, self.escaping) {
            self.push_part(run)?;
            if let Some(escape) = escape {
                self.push(&escape.to_string())?;
            }
        }
        Ok(())
    }
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
    text.len() <= limit && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
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
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        assert_eq!(write(5, "aéééé"), "aéé… [cut at 5 bytes]");
        assert_eq!(write(6, "aéééé"), "aéé… [cut at 6 bytes]");
        assert_eq!(write(4, "\0\0"), "… [cut at 4 bytes]");
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
