//! `json`: writes objects, arrays, texts and numbers straight into a buffer.
//!
//! In: a closure that fills an [`Object`], and how long its text may be. Out: the text, appended to a
//! buffer that the caller reuses, or nothing. Escapes and the form of numbers are decided here, for
//! all lines of this crate.
//!
//! Why not a crate: `serde_json` compares its `Value` with numbers and texts, and every crate of the
//! program sees that, so `assert_eq!(bytes, &Vec::new())` in a crate that has nothing to do with JSON
//! would not compile any more once the attribute is used there.

use std::fmt::{self, Write as _};

/// Appends an object to `out` if its text has at most `max` bytes, else nothing. Returns whether it did.
///
/// An object of many megabytes is not written in full to find out that it is too long.
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

/// The text of an object, however long it is.
pub(crate) fn text(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = Vec::new();
    append(usize::MAX, &mut out, fill);
    String::from_utf8(out).unwrap_or_default()
}

/// The name of a number that is not finite: JSON has none, Protobuf's JSON mapping has this one.
pub(crate) fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => number.is_nan().then_some("NaN"),
    }
}

/// An object that is being written.
pub(crate) struct Object<'a> {
    buffer: Buffer<'a>,
    is_empty: bool,
}

impl Object<'_> {
    /// Begins an entry.
    pub(crate) fn key(&mut self, key: &str) -> Value<'_> {
        self.buffer.separate(&mut self.is_empty);
        Value(self.buffer.reborrow()).text(key);
        self.buffer.push(b":");
        Value(self.buffer.reborrow())
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

/// The place of one value. Each method writes it.
#[must_use]
pub(crate) struct Value<'a>(Buffer<'a>);

impl Value<'_> {
    pub(crate) fn text(mut self, text: &str) {
        self.0.push(b"\"");
        self.0.escaped(text);
        self.0.push(b"\"");
    }

    /// A text, or `null`.
    pub(crate) fn text_or_null(mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.push(b"null"),
        }
    }

    /// What a value displays, as a text, without a `String` in between.
    pub(crate) fn display(mut self, value: impl fmt::Display) {
        self.0.push(b"\"");
        self.0.formatted(format_args!("{value}"));
        self.0.push(b"\"");
    }

    /// An array of what these values display.
    pub(crate) fn displays(self, values: impl IntoIterator<Item: fmt::Display>) {
        self.array(|array| values.into_iter().for_each(|value| array.element().display(value)));
    }

    pub(crate) fn bool(mut self, value: bool) {
        self.0.push(if value { b"true" } else { b"false" });
    }

    pub(crate) fn integer(mut self, number: impl Into<i128>) {
        self.0.formatted(format_args!("{}", number.into()));
    }

    /// A number, or the name of one that is [not finite](not_finite) as a text.
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

/// The end of the buffer.
struct Buffer<'a> {
    out: &'a mut Vec<u8>,
    /// Bytes that `out` takes: one more than it may have. If it has that many, the text is too long, and
    /// what comes is ignored.
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

    /// Takes what there is room for. Apart from `push`, so that this writes a constant without a loop.
    #[cold]
    fn fill(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(&bytes[..self.room()]);
    }

    /// The comma before all entries and elements but the first.
    fn separate(&mut self, is_empty: &mut bool) {
        if !std::mem::replace(is_empty, false) {
            self.push(b",");
        }
    }

    fn formatted(&mut self, arguments: fmt::Arguments<'_>) {
        // It fails where the text is too long, which `append` finds out, or where a `Display` fails:
        // what that has written stays.
        let _: fmt::Result = self.write_fmt(arguments);
    }

    /// A part of a text, between its quotes.
    fn escaped(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";

        let mut bytes = text.as_bytes();
        while let Some(at) = first_to_escape(bytes)
            && self.room() > 0
        {
            let (plain, rest) = bytes.split_at(at);
            self.push(plain);
            let byte = rest[0];
            match ESCAPES[usize::from(byte)] {
                b'u' => {
                    let [high, low] = [byte >> 4, byte & 0xf].map(|digit| HEX[usize::from(digit)]);
                    self.push(&[b'\\', b'u', b'0', b'0', high, low]);
                }
                letter => self.push(&[b'\\', letter]),
            }
            bytes = &rest[1..];
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

/// Where the first byte is that a text does not hold as it is.
fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    const CHUNK: usize = 16;

    // A chunk without branches is a few vector instructions.
    let is_plain = |chunk: &&[u8]| {
        let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        !chunk.iter().fold(false, |any, &byte| any | is_escaped(byte))
    };
    let plain = bytes.chunks_exact(CHUNK).take_while(is_plain).count() * CHUNK;
    let rest = bytes[plain..].iter().position(|&byte| ESCAPES[usize::from(byte)] != 0);
    rest.map(|at| plain + at)
}

/// How a text holds each byte: as it is (0), as a backslash and this letter, or as `\u00..` (`u`).
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(write: impl FnOnce(Value<'_>)) -> serde_json::Value {
        serde_json::from_str(&text(|object| write(object.key("value")))).expect("valid JSON")
    }

    #[test]
    fn an_object_is_appended_whole_or_not_at_all() {
        // Quotes, keys and escapes count.
        for (text, len) in [("", 2), ("abc", 5), ("\n", 4), ("\0", 8), ("ü", 4)] {
            let fill = |object: &mut Object<'_>| object.key("k").text(text);
            let len = len + r#"{"k":}"#.len();
            let mut out = b"before".to_vec();
            assert!(append(len, &mut out, fill), "{text:?}");
            assert_eq!(out.len(), "before".len() + len);
            for max in 0..len {
                assert!(!append(max, &mut out, fill), "{text:?} {max}");
                assert_eq!(out.len(), "before".len() + len);
            }
        }
    }

    #[test]
    fn a_display_without_an_end_stops_at_the_limit() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("and on ")?;
                }
            }
        }
        let mut out = Vec::new();
        assert!(!append(1_000, &mut out, |object| object.key("k").display(Endless)));
        assert!(out.is_empty() && out.capacity() < 10_000);
    }

    #[test]
    fn every_character_is_read_back_and_no_control_character_is_written() {
        let all: String = ('\0'..='\u{2fff}').chain(['\u{fffd}', '\u{10ffff}']).collect();
        assert_eq!(written(|value| value.text(&all))["value"], all);
        let text = text(|object| object.key(&all).display(&all));
        assert!(!text.bytes().any(|byte| byte < b' '));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json!({&all: all}));
    }

    #[test]
    fn a_number_that_is_not_finite_is_its_name() {
        for (number, name) in
            [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")]
        {
            assert_eq!(written(|value| value.float(number)), json!({ "value": name }));
        }
    }

    /// SplitMix64: the same values in every run.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }

        fn below(&mut self, end: u32) -> u32 {
            u32::try_from(self.next() % u64::from(end)).expect("less than `end`")
        }

        /// Half of it ASCII, the rest any character.
        fn text(&mut self) -> String {
            (0..self.below(12))
                .filter_map(|_| {
                    let end = if self.below(2) == 0 { 0x80 } else { 0x11_0000 };
                    char::from_u32(self.below(end))
                })
                .collect()
        }

        /// Any value that is written here, and what `serde_json` has for it.
        fn value(&mut self, depth: u32, value: Value<'_>) -> serde_json::Value {
            match self.below(if depth == 0 { 6 } else { 8 }) {
                0 => {
                    let text = self.text();
                    value.text(&text);
                    text.into()
                }
                1 => {
                    let text = self.text();
                    value.display(format_args!("{text}{text}"));
                    text.repeat(2).into()
                }
                2 => {
                    let number = self.next();
                    value.integer(number);
                    number.into()
                }
                3 => {
                    let number = self.next().cast_signed();
                    value.integer(number);
                    number.into()
                }
                4 => {
                    // Of the size that both write without an exponent.
                    let number = f64::from(self.below(u32::MAX)) / -1024.0;
                    value.float(number);
                    number.into()
                }
                5 => {
                    let flag = self.below(3);
                    match flag {
                        0 => value.text_or_null(None),
                        _ => value.bool(flag == 1),
                    }
                    (flag != 0).then_some(flag == 1).into()
                }
                6 => {
                    let mut elements = Vec::new();
                    value.array(|array| {
                        for _ in 0..self.below(4) {
                            elements.push(self.value(depth - 1, array.element()));
                        }
                    });
                    elements.into()
                }
                _ => {
                    let mut entries = serde_json::Map::new();
                    value.object(|object| {
                        for at in 0..self.below(4) {
                            let key = format!("{at}{}", self.text());
                            let value = self.value(depth - 1, object.key(&key));
                            entries.insert(key, value);
                        }
                    });
                    entries.into()
                }
            }
        }
    }

    #[test]
    fn any_finite_float_is_a_float_for_serde_json_and_the_same_for_the_standard_library() {
        let mut random = Random(0);
        let some = [0.0, -0.0, 1e16, 5e-324, f64::MAX, f64::MIN_POSITIVE];
        let any = std::iter::repeat_with(|| f64::from_bits(random.next())).take(10_000);
        for number in some.into_iter().chain(any).filter(|number| number.is_finite()) {
            let text = text(|object| object.key("n").float(number));
            let read: serde_json::Value = serde_json::from_str(&text).expect(&text);
            assert!(read["n"].is_f64(), "{text}");
            let digits = text.trim_start_matches(r#"{"n":"#).trim_end_matches('}');
            assert_eq!(digits.parse().map(f64::to_bits), Ok(number.to_bits()));
        }
    }

    #[test]
    fn any_value_is_what_serde_json_writes() {
        let mut random = Random(0);
        for _ in 0..20_000 {
            let mut expected = serde_json::Value::Null;
            let text = text(|object| expected = random.value(4, object.key("value")));
            assert_eq!(text, json!({ "value": expected }).to_string());
        }
    }
}
