//! `json`: a value becomes JSON text.
//!
//! With `serde-json-core`, because what `serde_json` brings along is seen by every crate of the program:
//! it compares its `Value` with numbers and texts, so `assert_eq!(bytes, &Vec::new())` in a crate that
//! has nothing to do with JSON would not compile any more once the attribute is used there.

use serde::Serialize;

/// The first room for a text. Most lines are shorter.
const FIRST: usize = 4 * 1024;

/// Appends `value` to `out` if its text has at most `max` bytes, else nothing. Says whether it did.
///
/// Room is made step by step: a value of many megabytes must not be written out in full to find out
/// that it is too long, nor a short one pay for the longest.
pub(crate) fn append(value: &impl Serialize, max: usize, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut room = FIRST.min(max);
    loop {
        out.resize(start + room, 0);
        match serde_json_core::to_slice(value, &mut out[start..]) {
            Ok(written) => {
                out.truncate(start + written);
                return true;
            }
            // The buffer was full: there is no other error.
            Err(_) if room < max => room = room.saturating_mul(8).min(max),
            Err(_) => {
                out.truncate(start);
                return false;
            }
        }
    }
}

/// The text of `value`, however long it is.
pub(crate) fn text(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    append(value, usize::MAX, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_appended_whole_or_not_at_all() {
        // Two quotes around it, each of its own escaped.
        for (len, max) in [(0, 2), (4094, 4096), (4095, 4097), (300_000, 300_002)] {
            let mut out = b"before".to_vec();
            assert!(append(&"x".repeat(len), max, &mut out), "{len} {max}");
            assert_eq!(out.len(), "before".len() + len + 2);
            assert!(!append(&"x".repeat(len), max - 1, &mut out), "{len} {max}");
            assert_eq!(out.len(), "before".len() + len + 2);
        }
    }

    #[test]
    fn texts_and_numbers_are_read_back_as_they_were() {
        let every_char: String = ('\0'..='\u{2fff}').chain(['\u{fffd}', '\u{10ffff}']).collect();
        let numbers = [0.1, -0.0, 1e300, 5e-324, f64::MAX, 1_234_567.25];
        let whole = [i64::MIN, -1, 0, 7, i64::MAX];
        let mut out = Vec::new();
        assert!(append(&(&every_char, numbers, whole, u64::MAX, true), usize::MAX, &mut out));
        let read: (String, [f64; 6], [i64; 5], u64, bool) = serde_json::from_slice(&out).unwrap();
        assert_eq!(read, (every_char, numbers, whole, u64::MAX, true));
        assert!(!out.iter().any(|byte| *byte < b' '));
    }
}
