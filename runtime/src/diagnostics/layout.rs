//! `layout`: turns one message into one line.
//!
//! In: a level, the place in the source, a message. Out: the line in the layout of `ddtrace`, with its marker
//! and without a line break. Times are UTC. The message is bounded and [masked](super::mask). It cannot end
//! the line or change a terminal.

use std::fmt;
use std::panic::Location;
use std::time::{SystemTime, UNIX_EPOCH};

use super::mask;
use crate::base::escape::{self, Escaping};
use crate::base::{json, source, text};
use crate::config::{DebugLayout, DebugLevel};
use crate::output::format;

/// Distinguishes lines of this crate from others.
pub(super) const MARKER: &str = "[track_errors]";
/// Bytes of a message. The longest message of this crate is the start-up line, whose tags are bounded.
const MESSAGE_LIMIT: usize = 48 * 1024;

/// A message that is safe to write.
pub(super) struct DebugLine {
    pub(super) level: DebugLevel,
    file: String,
    line: u32,
    time: SystemTime,
    message: String,
}

impl DebugLine {
    pub(super) fn new(
        level: DebugLevel,
        place: &'static Location<'static>,
        message: &dyn fmt::Display,
    ) -> Self {
        DebugLine {
            level,
            file: file(place.file()),
            line: place.line(),
            time: SystemTime::now(),
            message: escaped(&mask::secrets(&bounded(message))),
        }
    }

    /// The whole line.
    pub(super) fn text(&self, layout: DebugLayout) -> String {
        let text = self.text_for_logger(layout);
        match layout {
            DebugLayout::Text => {
                let level = self.level.as_str().to_ascii_uppercase();
                format!("{} {level} {text}", time(self.time))
            }
            DebugLayout::Json => text,
        }
    }

    /// The line for a logger that adds time and level by itself.
    pub(super) fn text_for_logger(&self, layout: DebugLayout) -> String {
        match layout {
            DebugLayout::Text => {
                format!("{MARKER} [{}:{}] - {}", self.file, self.line, self.message)
            }
            DebugLayout::Json => json::text(|line| {
                let time = humantime::format_rfc3339_millis(sayable(self.time));
                line.key("timestamp").display(time);
                line.key("level").text(self.level.as_str());
                line.key("logger").text(MARKER);
                line.key("file").text(&self.file);
                line.key("line").integer(self.line);
                line.key("message").text(&self.message);
            }),
        }
    }

    /// The marker and the message, for a warning while debug mode is off.
    pub(super) fn warning(&self) -> String {
        format!("{MARKER} {}", self.message)
    }
}

/// A message, cut at its maximum length.
pub(super) fn bounded(message: &dyn fmt::Display) -> String {
    use fmt::Write as _;

    text::written(MESSAGE_LIMIT, |out| write!(out, "{message}"))
}

/// `YYYY-MM-DD HH:MM:SS,mmm`, in UTC.
pub(super) fn time(time: SystemTime) -> String {
    // `2026-11-20T17:44:45.001Z`
    let rfc3339 = humantime::format_rfc3339_millis(sayable(time)).to_string();
    rfc3339.trim_end_matches('Z').replacen('T', " ", 1).replacen('.', ",", 1)
}

/// The time, limited to the range of RFC 3339: a clock can be before 1970, and `humantime` panics there and
/// after the year 9999.
pub(super) fn sayable(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + format::since_epoch(time)
}

/// The path of a source file within its package: `pipeline/writer.rs`.
fn file(path: &str) -> String {
    let path = source::path(path, &[]);
    let short = path.rsplit_once("/src/").map(|(_, short)| short);
    short.or_else(|| path.strip_prefix("src/")).unwrap_or(&path).to_owned()
}

/// The text on one line, which cannot change a terminal.
pub(super) fn escaped(text: &str) -> String {
    escape::escaped(text, Escaping::OneLine)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn line(message: &str) -> DebugLine {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_196_685_042);
        let line = DebugLine::new(DebugLevel::Debug, Location::caller(), &message);
        DebugLine { time, file: "pipeline/writer.rs".to_owned(), line: 7, ..line }
    }

    #[test]
    fn the_text_layout_is_that_of_the_document() {
        assert_eq!(
            line("written").text(DebugLayout::Text),
            "2026-11-20 17:44:45,042 DEBUG [track_errors] [pipeline/writer.rs:7] - written"
        );
    }

    #[test]
    fn the_json_layout_is_one_object_with_the_marker() {
        assert_eq!(
            line("\"written\"").text(DebugLayout::Json),
            "{\"timestamp\":\"2026-11-20T17:44:45.042Z\",\"level\":\"debug\",\
             \"logger\":\"[track_errors]\",\"file\":\"pipeline/writer.rs\",\"line\":7,\
             \"message\":\"\\\"written\\\"\"}"
        );
    }

    #[test]
    fn a_clock_may_be_at_any_time() {
        let century = Duration::from_secs(100 * 366 * 86_400);
        let before = UNIX_EPOCH - century;
        let after = UNIX_EPOCH + 100 * century;
        for (time, text) in
            [(before, "1970-01-01 00:00:00,000"), (after, "9999-12-31 23:59:59,999")]
        {
            assert_eq!(super::time(time), text);
            for layout in DebugLayout::ALL {
                let text = DebugLine { time, ..line("x") }.text(layout);
                assert!(text.contains("1970-01-01") || text.contains("9999-12-31"), "{text}");
            }
        }
    }

    #[test]
    fn no_message_can_forge_a_line_or_change_a_terminal() {
        let forged =
            "x\r\n2026-11-20 17:44:45,042 ERROR [track_errors] \u{1b}[2J\0\t\u{2028}\u{202e}\u{85}";
        for layout in DebugLayout::ALL {
            let text = line(forged).text(layout);
            assert!(text.chars().all(|char| !char.is_control()), "{text:?}");
            assert!(!text.contains(['\u{2028}', '\u{202e}']), "{text:?}");
        }
        let text = line(forged).text(DebugLayout::Text);
        assert!(text.ends_with(r"\u{1b}[2J\u{0}\t\u{2028}\u{202e}\u{85}"), "{text}");
        assert!(text.contains(r"x\r\n2026-11-20"), "{text}");
    }

    #[test]
    fn a_message_that_never_ends_or_panics_is_a_bounded_line() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("and on ")?;
                }
            }
        }
        struct Panics;
        impl fmt::Display for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("on purpose: a Display that panics")
            }
        }
        let line = DebugLine::new(DebugLevel::Info, Location::caller(), &Endless);
        assert!(line.message.len() < MESSAGE_LIMIT + 100);
        assert!(line.message.ends_with("… [cut at 49152 bytes]"));
        let line = DebugLine::new(DebugLevel::Info, Location::caller(), &Panics);
        assert_eq!(line.message, "[panicked while it was formatted]");
    }

    #[test]
    fn a_file_is_named_by_its_path_in_its_package() {
        for (path, short) in [
            ("runtime/src/pipeline/writer.rs", "pipeline/writer.rs"),
            ("/build/registry/src/index/track_errors-0.1.0/src/debug/mod.rs", "debug/mod.rs"),
            ("src/main.rs", "main.rs"),
            ("tests/debug.rs", "tests/debug.rs"),
        ] {
            assert_eq!(file(path), short);
        }
    }
}
