//! `json`: writes objects, arrays, texts and numbers straight into a buffer.
//!
//! In: a closure that fills an [`Object`], and the maximum length of its text. Out: the text, appended to a
//! buffer that the caller reuses, or nothing. This module decides escapes and number formats for all lines of
//! this crate.
//!
//! Why no crate: `serde_json` implements `PartialEq` between its `Value` and numbers and texts, which affects
//! type inference in every crate of the program. After a crate adds the attribute, its `assert_eq!(bytes,
//! &Vec::new())` would no longer compile, although it has nothing to do with JSON.

mod escapes;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

pub(crate) use self::escapes::Escaped;
use self::escapes::{Escape, first_escape};

/// Appends an object to `out` if its text has at most `max` bytes, else nothing. Returns whether it did.
///
/// Writing ends at the bound: an object of many megabytes is never written in full.
pub(crate) fn append(max: usize, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) -> bool {
    let start = out.len();
    let end = start.saturating_add(max);
    Value(Buffer { limit: end.saturating_add(1), out }).object(fill);
    let fits = out.len() <= end;
    if !fits {
        out.truncate(start);
    }
    fits
}

/// The text of one value, of any length.
#[cfg(any(feature = "tracing", feature = "log"))]
pub(crate) fn value_text(fill: impl FnOnce(Value<'_>)) -> String {
    let mut out = Vec::new();
    fill(Value(Buffer { limit: usize::MAX, out: &mut out }));
    String::from_utf8(out).unwrap_or_default()
}

/// The text of an object, of any length.
pub(crate) fn text(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = Vec::new();
    append(usize::MAX, &mut out, fill);
    String::from_utf8(out).unwrap_or_default()
}

/// The name of a non-finite number in Protobuf's JSON mapping; JSON has none.
pub(crate) fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => number.is_nan().then_some("NaN"),
    }
}

/// Length in bytes of the longest prefix, in whole characters, that takes at most `max` bytes between the
/// quotes.
pub(crate) fn prefix_within(text: &str, max: usize) -> usize {
    let mut length = 0;
    let end = text.char_indices().find(|(at, char)| {
        length += match Escape::first(&text.as_bytes()[*at..]) {
            None => char.len_utf8(),
            Some(Escape { letter: b'u', .. }) => "\\u0000".len(),
            Some(_) => "\\n".len(),
        };
        length > max
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// An object that is being written.
pub(crate) struct Object<'a> {
    buffer: Buffer<'a>,
    is_empty: bool,
}

impl Object<'_> {
    /// Begins an entry with a key of ours, which needs no escape.
    #[inline]
    pub(crate) fn key(&mut self, key: &'static str) -> Value<'_> {
        debug_assert!(first_escape(key.as_bytes()).is_none(), "{key:?}");
        self.buffer.separate(&mut self.is_empty);
        self.buffer.push(b"\"");
        self.buffer.push(key.as_bytes());
        self.buffer.push(b"\":");
        Value(self.buffer.reborrow())
    }

    /// Begins an entry with any key.
    pub(crate) fn name(&mut self, name: &str) -> Value<'_> {
        self.buffer.separate(&mut self.is_empty);
        Value(self.buffer.reborrow()).text(name);
        self.buffer.push(b":");
        Value(self.buffer.reborrow())
    }

    /// Adds entries that were written before.
    pub(crate) fn entries(&mut self, entries: &Entries) {
        if !entries.0.is_empty() {
            self.buffer.separate(&mut self.is_empty);
            self.buffer.push(&entries.0);
        }
    }

    /// An entry whose value is a text, if there is one.
    pub(crate) fn optional_text(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(key).text(text);
        }
    }
}

/// Entries of an object, written once for many objects.
#[derive(Debug)]
pub(crate) struct Entries(Vec<u8>);

impl Entries {
    pub(crate) fn new(fill: impl FnOnce(&mut Object<'_>)) -> Self {
        let mut out = Vec::new();
        fill(&mut Object { buffer: Buffer { out: &mut out, limit: usize::MAX }, is_empty: true });
        Entries(out)
    }
}

/// An array that is being written.
pub(crate) struct Array<'a> {
    buffer: Buffer<'a>,
    is_empty: bool,
}

impl Array<'_> {
    /// Begins an element.
    pub(crate) fn element(&mut self) -> Value<'_> {
        self.buffer.separate(&mut self.is_empty);
        Value(self.buffer.reborrow())
    }
}

/// The place of one value. Every method writes the value.
#[must_use]
pub(crate) struct Value<'a>(Buffer<'a>);

impl Value<'_> {
    pub(crate) fn text(mut self, text: &str) {
        self.0.push(b"\"");
        self.0.escaped(text);
        self.0.push(b"\"");
    }

    /// One text of three parts; the second one has its escapes.
    pub(crate) fn text_around(mut self, before: &str, text: &Escaped, after: &str) {
        self.0.push(b"\"");
        self.0.escaped(before);
        self.0.push(text.bytes());
        self.0.escaped(after);
        self.0.push(b"\"");
    }

    /// A text, or `null`.
    pub(crate) fn text_or_null(mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.push(b"null"),
        }
    }

    /// The `Display` of a value as a text, without a `String` in between.
    pub(crate) fn display(mut self, value: impl fmt::Display) {
        self.0.push(b"\"");
        self.0.formatted(format_args!("{value}"));
        self.0.push(b"\"");
    }

    /// An array with the `Display` of each value.
    pub(crate) fn displays(self, values: impl IntoIterator<Item: fmt::Display>) {
        self.array(|array| values.into_iter().for_each(|value| array.element().display(value)));
    }

    /// A text of ours, which needs no escape.
    pub(crate) fn plain(mut self, text: &[u8]) {
        debug_assert!(first_escape(text).is_none(), "{text:?}");
        self.0.push(b"\"");
        self.0.push(text);
        self.0.push(b"\"");
    }

    /// The digits of a number as a text.
    pub(crate) fn digits(self, number: u64) {
        let (digits, start) = decimal(number);
        self.plain(&digits[start..]);
    }

    /// A number as a text of 16 hexadecimal digits.
    pub(crate) fn hex(self, number: u64) {
        let digit = |at: usize| HEX[((number >> (60 - 4 * at)) & 0xf) as usize];
        self.plain(&std::array::from_fn::<_, 16, _>(digit));
    }

    pub(crate) fn bool(mut self, value: bool) {
        self.0.push(if value { b"true" } else { b"false" });
    }

    /// A number; as a text beyond ±2^53, where readers that have only doubles (JavaScript, jq) round it, and
    /// others clip it.
    pub(crate) fn integer(mut self, number: impl Into<i128>) {
        const EXACT: u128 = 1 << 53;
        let number = number.into();
        if number.unsigned_abs() <= EXACT {
            let (digits, start) = decimal(number.unsigned_abs() as u64);
            self.0.push(if number < 0 { b"-" } else { b"" });
            self.0.push(&digits[start..]);
        } else {
            self.display(number);
        }
    }

    /// A number; as a text, its name if it is [not finite](not_finite).
    pub(crate) fn float(mut self, number: f64) {
        match not_finite(number) {
            Some(name) => self.text(name),
            // `Debug` writes an exponent where there would be many zeros.
            None => self.0.formatted(format_args!("{number:?}")),
        }
    }

    pub(crate) fn object(mut self, fill: impl FnOnce(&mut Object<'_>)) {
        self.0.push(b"{");
        fill(&mut Object { buffer: self.0.reborrow(), is_empty: true });
        self.0.push(b"}");
    }

    pub(crate) fn array(mut self, fill: impl FnOnce(&mut Array<'_>)) {
        self.0.push(b"[");
        fill(&mut Array { buffer: self.0.reborrow(), is_empty: true });
        self.0.push(b"]");
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The decimal digits of a number, from the index on.
fn decimal(mut number: u64) -> ([u8; 20], usize) {
    let (mut digits, mut start) = ([b'0'; 20], 20);
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return (digits, start);
        }
    }
}

/// The end of the buffer.
struct Buffer<'a> {
    out: &'a mut Vec<u8>,
    /// One byte more than `out` may have. A text that reaches this length is too long; further bytes are
    /// ignored.
    limit: usize,
}

impl Buffer<'_> {
    fn reborrow(&mut self) -> Buffer<'_> {
        Buffer { out: self.out, limit: self.limit }
    }

    fn room(&self) -> usize {
        self.limit - self.out.len()
    }

    fn push(&mut self, bytes: &[u8]) {
        if bytes.len() <= self.room() {
            self.out.extend_from_slice(bytes);
        } else {
            self.fill(bytes);
        }
    }

    /// Takes the bytes that fit. Not inlined into `push`, which then is a few stores for a constant; inlined,
    /// every `push` would call `memset`.
    #[cold]
    fn fill(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(&bytes[..self.room()]);
    }

    /// The comma before every entry and element but the first.
    fn separate(&mut self, is_empty: &mut bool) {
        if !std::mem::replace(is_empty, false) {
            self.push(b",");
        }
    }

    fn formatted(&mut self, arguments: fmt::Arguments<'_>) {
        // Fails if the text is too long, which `append` detects, or if a `Display` fails; then the line keeps
        // the text before the failure.
        let _: fmt::Result = self.write_fmt(arguments);
    }

    /// A part of a text, between its quotes.
    fn escaped(&mut self, text: &str) {
        let mut bytes = text.as_bytes();
        while let Some((at, escape)) = first_escape(bytes)
            && self.room() > 0
        {
            self.push(&bytes[..at]);
            escape.form(|form| self.push(form));
            bytes = &bytes[at + escape.length..];
        }
        self.push(bytes);
    }
}

impl fmt::Write for Buffer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.escaped(text);
        if self.room() > 0 { Ok(()) } else { Err(fmt::Error) }
    }
}
