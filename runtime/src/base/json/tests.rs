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
fn a_prefix_ends_at_a_character_and_its_escapes_count() {
    for (text, max, prefix) in [
        ("abc", 3, "abc"),
        ("abc", 2, "ab"),
        ("é", 1, ""),
        ("\n\0a", 7, "\n"),
        ("\n\0a", 8, "\n\0"),
        ("\u{2028}a", 5, ""),
        ("\u{2028}a", 6, "\u{2028}"),
    ] {
        assert_eq!(&text[..prefix_within(text, max)], prefix);
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
fn every_character_is_read_back_and_no_line_break_of_any_reader_is_written() {
    let all: String = ('\0'..='\u{2fff}').chain(['\u{fffd}', '\u{10ffff}']).collect();
    assert_eq!(written(|value| value.text(&all))["value"], all);
    let text = text(|object| object.name(&all).display(&all));
    assert!(!text.bytes().any(|byte| byte < b' '));
    assert!(!text.contains(['\u{85}', '\u{2028}', '\u{2029}']));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json!({&all: all}));
}

#[test]
fn an_escaped_text_is_copied_into_a_line_as_if_it_were_escaped_there_and_comes_back_as_it_was() {
    let all: String = ('\0'..='\u{2fff}').chain(['\u{fffd}', '\u{10ffff}']).collect();
    for text in ["", "a", "\n", "\\\\n\"", "\u{85}\u{2028}", &*all] {
        let mut escaped = Escaped::from(text);
        escaped.append(&escaped.clone());
        escaped.push(text);
        let whole = text.repeat(3);
        assert_eq!(escaped.plain(), whole);
        let with = |fill: fn(Value<'_>, &str, &Escaped)| {
            super::text(|object| fill(object.key("k"), &whole, &escaped))
        };
        assert_eq!(
            with(|value, _, escaped| value.text_around("\t", escaped, "\"")),
            with(|value, whole, _| value.text(&format!("\t{whole}\"")))
        );
    }
}

#[test]
fn an_integer_is_a_number_as_far_as_every_reader_has_it_exactly() {
    let exact = 1_i128 << 53;
    for number in [0, 1, -1, exact, -exact] {
        let text = text(|object| object.key("n").integer(number));
        assert_eq!(text, format!(r#"{{"n":{number}}}"#));
    }
    let beyond = [exact + 1, -exact - 1, i64::MIN.into(), i64::MAX.into(), u64::MAX.into()];
    for number in beyond.into_iter().chain([i128::MIN, i128::MAX]) {
        assert_eq!(written(|value| value.integer(number))["value"], number.to_string());
    }
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

    /// Half of it ASCII, the rest any character that `serde_json` does not escape.
    fn text(&mut self) -> String {
        (0..self.below(12))
            .filter_map(|_| {
                let end = if self.below(2) == 0 { 0x80 } else { 0x11_0000 };
                char::from_u32(self.below(end))
            })
            .filter(|char| !['\u{85}', '\u{2028}', '\u{2029}'].contains(char))
            .collect()
    }

    /// Writes any supported value, and returns it as `serde_json` has it.
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
                let number = self.next() >> 11;
                value.integer(number);
                number.into()
            }
            3 => {
                let number = self.next().cast_signed() >> 10;
                value.integer(number);
                number.into()
            }
            4 => {
                // Both write numbers of this size without an exponent.
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
                        let value = self.value(depth - 1, object.name(&key));
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
