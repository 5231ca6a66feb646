//! A duration in Go's form, as in Datadog's variables.
//!
//! `1h30m`, `90s`, `500ms`, `1.5h`: one or more decimal numbers, each with a unit out of `ns`, `us`
//! (also `µs`), `ms`, `s`, `m`, `h`; or `0`. Source: Go, package `time`, `ParseDuration`.
//!
//! `humantime` parses it. It also accepts some forms that Go refuses (`1 day`, `2years`, `1h 30m`); this
//! module refuses them first. It refuses four rare forms of Go's: a sign (`+5s`), a number without digits on
//! one side of its point (`.5s`, `5.s`), and a fraction that is not a whole number of nanoseconds. Here they
//! are wrong values, like negative durations.

use std::time::Duration;

/// The duration, if it has Go's form.
pub(super) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    // Unicode has two µ; Go accepts both.
    let text = text.replace(['\u{b5}', '\u{3bc}'], "u");
    // These characters form only units that Go has.
    let is_gos = |byte: u8| b"0123456789.numsh".contains(&byte);
    text.bytes().all(is_gos).then(|| humantime::parse_duration(&text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> Option<u128> {
        parse(text).map(|duration| duration.as_nanos())
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        // From Go's own tests of `ParseDuration`.
        for (text, expected) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("1478s", 1_478_000_000_000),
            ("5.0s", 5_000_000_000),
            ("5.6s", 5_600_000_000),
            ("1.004s", 1_004_000_000),
            ("100.00100s", 100_001_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("13ms", 13_000_000),
            ("15m", 900_000_000_000),
            ("16h", 57_600_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("10.5s4m", 250_500_000_000),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
            ("39h9m14.425s", 140_954_425_000_000),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_and_negative_durations_are_refused() {
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
            "-1s",
            "1e3s",
            "1,5h",
            " 5s",
            "10M",
            "1hm",
            "1mh",
            "1sms",
            "1hour",
            "99999999999999999999h",
        ] {
            assert_eq!(nanos(text), None, "{text:?}");
        }
    }

    #[test]
    fn where_humantime_and_go_differ() {
        let human = |text| humantime::parse_duration(text).is_ok();
        for only_human in ["1 day", "1h 30m", "2years", "1d", "10M", "5sec"] {
            assert!(human(only_human) && nanos(only_human).is_none(), "{only_human}");
        }
        for only_go in ["+5s", ".5s", "5.s", "0.3333333333333333333h"] {
            assert!(!human(only_go) && nanos(only_go).is_none(), "{only_go}");
        }
    }
}
