//! Which characters of a text JSON escapes, and a text that has its escapes.

use super::{Buffer, HEX};

/// A text as JSON has it between its quotes: escaped once, and then copied into many lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Escaped(Vec<u8>);

impl Escaped {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Escaped(Vec::with_capacity(bytes))
    }

    pub(crate) fn push(&mut self, text: &str) {
        Buffer { out: &mut self.0, limit: usize::MAX }.escaped(text);
    }

    pub(crate) fn append(&mut self, other: &Escaped) {
        self.0.extend_from_slice(&other.0);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// The text without its escapes.
    pub(crate) fn plain(&self) -> String {
        let mut out = String::with_capacity(self.len());
        let mut rest = std::str::from_utf8(&self.0).unwrap_or_default();
        while let Some((before, escape)) = rest.split_once('\\') {
            out.push_str(before);
            let (letter, behind) = escape.split_at(escape.len().min(1));
            rest = behind;
            match letter.as_bytes() {
                b"u" => {
                    let (digits, behind) = rest.split_at(rest.len().min(4));
                    out.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
                    rest = behind;
                }
                b"b" => out.push('\u{8}'),
                b"t" => out.push('\t'),
                b"n" => out.push('\n'),
                b"f" => out.push('\u{c}'),
                b"r" => out.push('\r'),
                _ => out.push_str(letter),
            }
        }
        out.push_str(rest);
        out
    }
}

impl From<&str> for Escaped {
    fn from(text: &str) -> Self {
        let mut escaped = Escaped::with_capacity(text.len() + text.len() / 16);
        escaped.push(text);
        escaped
    }
}

/// A character that needs an escape: `\n`, or `\u` with the character's code.
pub(super) struct Escape {
    pub(super) letter: u8,
    code: u16,
    /// Bytes of the character.
    pub(super) length: usize,
}

impl Escape {
    /// The escape of the first character; `None` if it is written unchanged.
    ///
    /// JSON allows U+0085, U+2028 and U+2029 unescaped. They are escaped because readers that know more line
    /// breaks than `\n` (Python's `splitlines`, regular expressions of JavaScript) would split the line.
    pub(super) fn first(bytes: &[u8]) -> Option<Escape> {
        let (letter, code, length) = match *bytes {
            [0xc2, 0x85, ..] => (b'u', 0x85, 2),
            [0xe2, 0x80, 0xa8, ..] => (b'u', 0x2028, 3),
            [0xe2, 0x80, 0xa9, ..] => (b'u', 0x2029, 3),
            [byte, ..] => (ESCAPES[usize::from(byte)], byte.into(), 1),
            [] => return None,
        };
        (letter != 0).then_some(Escape { letter, code, length })
    }

    /// What JSON has in place of the character.
    pub(super) fn form(&self, write: impl FnOnce(&[u8])) {
        let Escape { letter, code, .. } = *self;
        if letter == b'u' {
            let [a, b, c, d] = [12, 8, 4, 0].map(|shift| HEX[usize::from(code >> shift & 0xf)]);
            write(&[b'\\', b'u', a, b, c, d]);
        } else {
            write(&[b'\\', letter]);
        }
    }
}

/// The first character that needs an escape, and its index.
pub(super) fn first_escape(bytes: &[u8]) -> Option<(usize, Escape)> {
    const CHUNK: usize = 16;

    // Vectorises: a chunk without branches is a few instructions.
    let is_plain = |chunk: &[u8]| {
        let may_be_escaped =
            |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\' || byte == 0xc2 || byte == 0xe2;
        !chunk.iter().fold(false, |any, &byte| any | may_be_escaped(byte))
    };
    let mut start = 0;
    while start < bytes.len() {
        let (chunks, rest) = bytes[start..].as_chunks::<CHUNK>();
        let plain = chunks.iter().take_while(|chunk| is_plain(*chunk)).count();
        start += plain * CHUNK;
        if plain == chunks.len() {
            let mut last = [b' '; CHUNK];
            last[..rest.len()].copy_from_slice(rest);
            if is_plain(&last) {
                return None;
            }
        }
        let end = bytes.len().min(start + CHUNK);
        let escape = |at: usize| Some((at, Escape::first(&bytes[at..])?));
        let found = (start..end).find_map(escape);
        if found.is_some() {
            return found;
        }
        start = end;
    }
    None
}

/// The form of each byte in a text: unchanged (0), a backslash and this letter, or `\u00..` (`u`).
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x09] = b't';
    escapes[0x0a] = b'n';
    escapes[0x0c] = b'f';
    escapes[0x0d] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};
