//! `duration`: a length of time as Go writes it, which is how Datadog's variables say it.
//!
//! `1h30m`, `90s`, `500ms`, `1.5h`: one or more decimal numbers, each with a unit out of `ns`, `us`
//! (also `µs`), `ms`, `s`, `m`, `h`; or `0`. Source: Go, package `time`, `ParseDuration`.
//!
//! `humantime::parse_duration` reads another language: it knows no fractions (`1.5h`) and no bare
//! `0`, and takes `1 day`, `2 years` and white space between, which Go refuses. What it reads like Go
//! is in the tests.

use std::time::Duration;

/// Units and their nanoseconds; a longer name stands before its beginning. `µ` exists twice in
/// Unicode, and Go takes both.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The longest that Go can say: 2^63 - 1 nanoseconds, 292 years.
const MAX: u128 = i64::MAX as u128;

/// The duration; `None` if it is not one of Go's, or is negative, which no timeout is.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|char: char| char == '.' || char.is_ascii_digit());
        let (name, after) = after.split_at(end.unwrap_or(after.len()));
        let (_, unit) = UNITS.iter().find(|(known, _)| *known == name)?;
        let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        nanos = nanos.checked_add(whole.checked_mul(*unit)?)?.checked_add(part(fraction, *unit))?;
        if nanos > MAX {
            return None;
        }
        rest = after;
    }
    Some(Duration::from_nanos(u64::try_from(nanos).ok()?))
}

/// The digits at the beginning of a text, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| !char.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// That fraction of a unit, in whole nanoseconds.
fn part(fraction: &str, mut unit: u128) -> u128 {
    let mut nanos = 0;
    let mut scale = 1;
    // An hour has fewer than 14 digits of nanoseconds; what is behind them is less than one.
    for digit in fraction.bytes().take(14) {
        scale *= 10;
        nanos = nanos * 10 + u128::from(digit - b'0');
    }
    unit *= nanos;
    unit / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> Option<u128> {
        parse(text).map(|duration| duration.as_nanos())
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        // The examples of Go's own documentation and tests of `ParseDuration`.
        for (text, expected) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("30s", 30_000_000_000),
            ("1478s", 1_478_000_000_000),
            ("+5s", 5_000_000_000),
            ("5.0s", 5_000_000_000),
            ("5.6s", 5_600_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1.004s", 1_004_000_000),
            ("100.00100s", 100_001_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("13ms", 13_000_000),
            ("14s", 14_000_000_000),
            ("15m", 900_000_000_000),
            ("16h", 57_600_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("3h30m", 12_600_000_000_000),
            ("10.5s4m", 250_500_000_000),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
            ("39h9m14.425s", 140_954_425_000_000),
            ("0.3333333333333333333h", 1_199_999_999_999),
            ("9223372036854775807ns", i64::MAX as u128),
        ] {
            let difference = nanos(text).map(|nanos| nanos.abs_diff(expected));
            // Go rounds the last of many digits of a fraction.
            assert!(difference.is_some_and(|difference| difference <= 1), "{text}: {difference:?}");
        }
    }

    #[test]
    fn what_go_refuses_and_what_is_negative_is_refused() {
        for text in [
            "",
            "3",
            "-",
            "s",
            ".",
            "-.",
            ".s",
            "+.s",
            "1d",
            "1 day",
            "1h 30m",
            "1h30",
            "x",
            "3000000h",
            "9223372036854775808ns",
            "-1s",
            "1e3s",
            "1,5h",
            " 5s",
            "10M",
        ] {
            assert_eq!(nanos(text), None, "{text:?}");
        }
    }

    #[test]
    fn where_humantime_reads_something_else() {
        let human = |text| humantime::parse_duration(text).ok().map(|found| found.as_nanos());
        for text in ["1h30m", "90s", "500ms", "10m", "2h", "7us", "1h2m3s4ms5us6ns"] {
            assert_eq!(human(text), nanos(text), "{text}");
            assert!(nanos(text).is_some(), "{text}");
        }
        for only_go in ["1.5h", "+5s", ".5s", "5.s"] {
            assert!(human(only_go).is_none() && nanos(only_go).is_some(), "{only_go}");
        }
        for only_human in ["1 day", "1h 30m", "2years", "1d", "10M"] {
            assert!(human(only_human).is_some() && nanos(only_human).is_none(), "{only_human}");
        }
    }
}
