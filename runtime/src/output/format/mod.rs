//! `format`: a record becomes one line.
//!
//! In: an [`ErrorRecord`] and the [`Resource`] of the program. Out: exactly one JSON object and one
//! line break, appended to a buffer that the caller reuses. The line is always valid JSON and always
//! shorter than 256,000 bytes, whatever a hook made of the record; what had to be cut for that is
//! said in the text. Nothing here blocks or panics; the usual line is written once, straight into the
//! buffer, without an intermediate tree.

mod datadog;
mod otlp;

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::base::json;
use crate::base::text::clip;
use crate::config::{Format, Resource};
use crate::model::{ErrorId, ErrorRecord, Level, Location, LossCounts, Losses, Site, StepMessage};

/// A line, with its line break, has at most this many bytes. The smallest limits that are known of
/// collectors lie at 256 kB for one log event: there the Datadog Agent long split it into several
/// (newer ones take more), and Google Cloud Logging drops it.
const MAX_LINE: usize = 255_999;

/// How much of a record a line may show.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes of one text, before the note that says how many were cut.
    text: usize,
    /// Causes, before the one that says how many were cut.
    causes: usize,
}

impl Limits {
    /// What is tried, in this order, until the line is short enough. The first is for every record
    /// that keeps the bounds written on [`ErrorRecord`]; the others are for what a hook can do.
    ///
    /// The last one always fits: JSON makes of one byte at most six (`\u0000`), so about 60 texts of
    /// 256 bytes and their notes take less than 110,000 bytes, and what the configuration adds to every
    /// line is at most [`Resource::MAX_BYTES`] before escaping, 98,304 after.
    const STEPS: [Limits; 8] = [
        Limits::new(usize::MAX, usize::MAX),
        Limits::new(65_536, 32),
        Limits::new(32_768, 32),
        Limits::new(16_384, 16),
        Limits::new(8_192, 8),
        Limits::new(4_096, 8),
        Limits::new(1_024, 8),
        Limits::new(256, 4),
    ];

    const fn new(text: usize, causes: usize) -> Limits {
        Limits { text, causes }
    }
}

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// An error.
    Error,
    /// Errors that were not logged. Datadog and OpenTelemetry know no errors here: the line has
    /// neither error nor exception, and its severity is that of an information.
    Losses,
}

/// Appends `record` to `out` as one line of `format`: one JSON object, one `\n`, under 256,000 bytes.
///
/// What `out` already holds is left as it is.
pub(crate) fn write_line(
    format: Format,
    record: &ErrorRecord,
    resource: &Resource,
    out: &mut Vec<u8>,
) {
    write(format, Subject::Error, record, resource, out);
}

/// Appends a line that says how many errors of a function were not logged.
pub(crate) fn write_losses(
    format: Format,
    site: &'static Site,
    losses: &Losses,
    resource: &Resource,
    out: &mut Vec<u8>,
) {
    let function = site.function();
    let (LossCounts { suppressed, dropped, handled }, kinds) = (losses.total(), losses.kinds());
    let record = ErrorRecord {
        id: ErrorId::next(),
        timestamp: SystemTime::now(),
        level: Level::default(),
        service: site.service.map(Cow::Borrowed),
        kind: String::new(),
        error_type: String::new(),
        fingerprint: None,
        message: format!(
            "{} errors of {function} were not logged: {suppressed} suppressed by the rate limit, \
             {dropped} dropped, {handled} handled by a boundary: {}",
            suppressed + dropped + handled,
            kinds.join(", "),
        ),
        causes: Vec::new(),
        stack: String::new(),
        build_id: None,
        fields: Vec::new(),
        location: Location::new(site.location),
        function: function.into(),
        module: site.module,
        thread: None,
        step_messages: Vec::new(),
        steps_left_out: 0,
        presumed: false,
        ambiguous: false,
        handled: false,
        boundary: None,
        suppressed,
        dropped,
        handled_count: handled,
        unlogged_kinds: kinds,
    };
    write(format, Subject::Losses, &record, resource, out);
}

fn write(
    format: Format,
    subject: Subject,
    record: &ErrorRecord,
    resource: &Resource,
    out: &mut Vec<u8>,
) {
    let mut steps = Limits::STEPS.into_iter();
    let fits =
        steps.any(|limits| try_line(format, Line { subject, record, resource, limits }, out));
    // See `Limits::STEPS`. If it ever were not so, the buffer is as it was, still whole lines.
    debug_assert!(fits, "the shortest form of a line is too long");
}

/// What a line is made of, in whatever format.
#[derive(Clone, Copy)]
struct Line<'a> {
    subject: Subject,
    record: &'a ErrorRecord,
    resource: &'a Resource,
    limits: Limits,
}

impl<'a> Line<'a> {
    fn text(&self, text: &'a str) -> Text<'a> {
        Text::new(text, self.limits)
    }
}

/// Appends one line if it is short enough when cut to these limits, else nothing.
fn try_line(format: Format, line: Line<'_>, out: &mut Vec<u8>) -> bool {
    let max = MAX_LINE - "\n".len();
    let written = match format {
        Format::Datadog => json::append(&datadog::Datadog(line), max, out),
        Format::Otlp => json::append(&otlp::Otlp(line), max, out),
    };
    if written {
        out.push(b'\n');
    }
    written
}

/// A text, cut to a number of bytes, with a note of what was cut.
#[derive(Debug, Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    limit: usize,
}

impl<'a> Text<'a> {
    fn new(text: &'a str, limits: Limits) -> Self {
        Text { text, limit: limits.text }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.text.len() <= self.limit {
            return serializer.serialize_str(self.text);
        }
        let kept = clip(self.text, self.limit);
        let cut = self.text.len() - kept.len();
        serializer.collect_str(&format_args!("{kept} … [{cut} bytes cut]"))
    }
}

/// Something that is shown through `Display`, without a `String` in between.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The name of a number that is not finite, of which JSON has none; as Protobuf's JSON mapping has it.
fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => number.is_nan().then_some("NaN"),
    }
}

/// A JSON array of texts.
struct Texts<I>(I);

impl<I: Iterator<Item: fmt::Display> + Clone> Serialize for Texts<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone().map(Shown))
    }
}

/// A JSON array of one element.
struct One<T>(T);

impl<T: Serialize> Serialize for One<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([&self.0])
    }
}

/// A JSON object of one entry.
struct Entry<T>(&'static str, T);

impl<T: Serialize> Serialize for Entry<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}

impl ErrorRecord {
    /// What a reader has to know about how the log came to be: its name, if it is so.
    fn flags(&self) -> impl Iterator<Item = &'static str> {
        [("presumed", self.presumed), ("ambiguous", self.ambiguous), ("handled", self.handled)]
            .into_iter()
            .filter_map(|(name, is_set)| is_set.then_some(name))
    }

    /// What a reader has to know, in numbers: what was left out of the stack, and how many errors of the
    /// same function were not logged, by reason. Without those that are zero.
    fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("steps_left_out", self.steps_left_out.into()),
            ("suppressed", self.suppressed),
            ("dropped", self.dropped),
            ("handled_count", self.handled_count),
        ]
        .into_iter()
        .filter(|(_, count)| *count != 0)
    }
}

/// The message that an error had when it left a further function: `shop::pay at src/pay.rs:12:5: paying: no
/// card`.
struct StepText<'a>(&'a StepMessage);

impl fmt::Display for StepText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StepMessage { function, location, message, .. } = self.0;
        let Location { file, line, column } = location;
        write!(f, "{function} at {file}:{line}:{column}: {message}")
    }
}

/// The service of a line: the one named in the attribute, else the program's.
fn service<'a>(record: &'a ErrorRecord, resource: &'a Resource, format: Format) -> &'a str {
    match record.service.as_deref() {
        // A service is required by both formats; an empty one counts as none.
        Some(service) if !service.trim().is_empty() => service,
        _ => resource.service(format),
    }
}

/// The first of some texts that says something.
fn first_of<'a>(texts: &[&'a str]) -> &'a str {
    texts.iter().copied().find(|text| !text.trim().is_empty()).unwrap_or("error")
}

/// Time since the epoch, between 0 and the last moment that both formats can say: RFC 3339 ends with
/// the year 9999. (A clock can stand before 1970, and a hook can write any time.)
pub(crate) fn since_epoch(time: SystemTime) -> Duration {
    const END_OF_9999: Duration = Duration::new(253_402_300_799, 999_999_999);
    time.duration_since(UNIX_EPOCH).unwrap_or_default().min(END_OF_9999)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::{Cause, Field, FieldValue};

    /// The record behind the golden lines of this folder.
    pub(super) fn record() -> ErrorRecord {
        ErrorRecord {
            id: ErrorId::from_bits(0x0123_4567_89ab_cdef),
            timestamp: UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789),
            level: Level::Critical,
            service: Some(Cow::Borrowed("checkout")),
            kind: "shop::PayError::Declined".to_owned(),
            error_type: "shop::PayError".to_owned(),
            fingerprint: Some(Cow::Borrowed("card-declined")),
            message: "card \"4711\" declined:\n\tlimit 5 € reached".to_owned(),
            causes: vec![
                Cause {
                    kind: Some("std::io::Error"),
                    message: "connection reset by peer (os error 104)".to_owned(),
                    is_presumed: false,
                },
                Cause { kind: None, message: "host unreachable".to_owned(), is_presumed: false },
            ],
            stack: "shop::PayError::Declined: card \"4711\" declined:\n\tlimit 5 € reached\n   \
                    0: shop::Cart::pay\n             at src/cart.rs:42:17\n   \
                    1: shop::main\n             at src/main.rs:11:20\n\
                    Caused by: connection reset by peer (os error 104)"
                .to_owned(),
            build_id: None,
            fields: fields(),
            location: Location { file: Cow::Borrowed("src/cart.rs"), line: 42, column: 17 },
            function: Cow::Borrowed("shop::Cart::pay"),
            module: "shop",
            thread: Some("worker-3".to_owned()),
            step_messages: Vec::new(),
            steps_left_out: 0,
            presumed: false,
            ambiguous: false,
            handled: false,
            boundary: None,
            suppressed: 0,
            dropped: 0,
            handled_count: 0,
            unlogged_kinds: Vec::new(),
        }
    }

    /// One field of each type.
    fn fields() -> Vec<Field> {
        [
            ("order.id", FieldValue::Int(-7)),
            ("bytes", FieldValue::Uint(u64::MAX)),
            ("share", FieldValue::Float(0.25)),
            ("limit", FieldValue::Float(f64::INFINITY)),
            ("retried", FieldValue::Bool(true)),
            ("card", FieldValue::Text("\"4711\"".to_owned())),
        ]
        .map(|(name, value)| Field { name, value })
        .to_vec()
    }

    /// The resource behind the golden lines of this folder.
    pub(super) fn resource() -> Resource {
        Resource::new("shop-backend")
            .with_env("prod")
            .with_version("1.2.3")
            .with_git("0a1b2c3", "https://example.com/shop.git")
            .with_tag("team", "payments")
            .with_attribute("host.name", "web-1")
    }

    fn line(format: Format, record: &ErrorRecord, resource: &Resource) -> String {
        let mut out = Vec::new();
        write_line(format, record, resource, &mut out);
        String::from_utf8(out).expect("a line is UTF-8")
    }

    fn json(line: &str) -> Value {
        assert!(line.len() < 256_000, "{} bytes", line.len());
        assert!(line.ends_with('\n') && !line[..line.len() - 1].contains('\n'));
        serde_json::from_str(line).expect("a line is valid JSON")
    }

    #[test]
    fn every_format_is_parsed_from_its_own_name_and_nothing_else_is() {
        for format in Format::ALL {
            assert_eq!(format.as_str().to_uppercase().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), r#""xml" is not a format, expected one of datadog, otlp"#);
    }

    #[test]
    fn a_line_is_appended_and_leaves_what_is_before_it_alone() {
        let mut out = b"before\n".to_vec();
        for format in Format::ALL {
            write_line(format, &record(), &resource(), &mut out);
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.starts_with("before\n{") && text.ends_with("}\n"));
    }

    #[test]
    fn the_golden_lines_are_what_is_written() {
        for (format, golden) in [
            (Format::Datadog, include_str!("golden/datadog.jsonl")),
            (Format::Otlp, include_str!("golden/otlp.jsonl")),
        ] {
            let golden = golden.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
            assert_eq!(line(format, &record(), &resource()), golden);
        }
    }

    #[test]
    fn a_message_of_megabytes_gives_a_short_valid_line_that_says_what_was_cut() {
        let mut record = record();
        // Two bytes a character: the cut must not fall in the middle of one.
        record.message = "é".repeat(3_000_000);
        for format in Format::ALL {
            let line = line(format, &record, &resource());
            json(&line);
            assert!(line.contains("bytes cut]"), "{format}: {}", &line[..200]);
        }
    }

    #[test]
    fn only_the_texts_that_are_too_long_are_cut() {
        let mut record = record();
        record.message = "m".repeat(1_000_000);
        let line = json(&line(Format::Datadog, &record, &resource()));
        assert_eq!(line["error"]["stack"], record.stack.as_str());
        let message = line["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("m … [{} bytes cut]", 1_000_000 - 65_536)));
    }

    /// A record and a resource of nothing but the texts that grow most in JSON (NUL takes six bytes).
    fn worst() -> (ErrorRecord, Resource) {
        let worst = "\0".repeat(300_000);
        let mut record = record();
        record.service = Some(Cow::Owned(worst.clone()));
        record.kind.clone_from(&worst);
        record.error_type.clone_from(&worst);
        record.message.clone_from(&worst);
        record.stack.clone_from(&worst);
        record.location.file = Cow::Owned(worst.clone());
        record.function = Cow::Owned(worst.clone());
        record.thread = Some(worst.clone());
        record.fingerprint = Some(Cow::Owned(worst.clone()));
        let field = Field {
            name: "of_a_length_that_is_the_longest_one_that_the_attribute_accepts__",
            value: FieldValue::Text(worst.clone()),
        };
        record.fields = vec![field; 32];
        record.causes = vec![Cause { kind: None, message: worst.clone(), is_presumed: false }; 50];
        let resource = Resource::new(&worst)
            .with_env(&worst)
            .with_version(&worst)
            .with_tag("a", &"\"".repeat(Resource::MAX_BYTES - 2_100))
            .with_attribute("a", &worst[..Resource::MAX_BYTES - 41]);
        assert_eq!(resource.tags().len() + resource.attributes().count(), 2);
        (record, resource)
    }

    #[test]
    fn the_worst_texts_everywhere_still_give_a_valid_bounded_line() {
        let (record, resource) = worst();
        for format in Format::ALL {
            json(&line(format, &record, &resource));
        }
        let datadog = json(&line(Format::Datadog, &record, &resource));
        let causes = datadog["error"]["causes"].as_array().unwrap();
        assert_eq!(causes.len(), 5);
        assert_eq!(causes[4]["message"], "… [46 causes cut]");
    }

    #[test]
    fn the_last_step_of_the_limits_fits_whatever_there_is_to_say() {
        let (record, resource) = &worst();
        let limits = Limits::STEPS[Limits::STEPS.len() - 1];
        let worst = Line { subject: Subject::Error, record, resource, limits };
        for format in Format::ALL {
            let mut out = Vec::new();
            assert!(try_line(format, worst, &mut out));
            assert!(out.len() < 220_000, "{format}: {}", out.len());
        }
    }

    #[test]
    fn a_line_of_exactly_the_longest_length_is_not_cut() {
        let mut record = record();
        record.causes.clear();
        record.stack.clear();
        let room = MAX_LINE - line(Format::Otlp, &record, &resource()).len();
        record.stack = "s"
            .repeat(room - r#",{"key":"exception.stacktrace","value":{"stringValue":""}}"#.len());
        assert_eq!(line(Format::Otlp, &record, &resource()).len(), MAX_LINE);
        record.stack.push('s');
        assert!(line(Format::Otlp, &record, &resource()).contains("bytes cut]"));
    }

    #[test]
    fn any_clock_gives_a_time_that_both_formats_can_say() {
        let mut record = record();
        for (time, text) in [
            (UNIX_EPOCH - Duration::from_secs(1), "1970-01-01T00:00:00.000Z"),
            (UNIX_EPOCH + Duration::from_secs(1 << 40), "9999-12-31T23:59:59.999Z"),
        ] {
            record.timestamp = time;
            assert_eq!(json(&line(Format::Datadog, &record, &resource()))["timestamp"], text);
            json(&line(Format::Otlp, &record, &resource()));
        }
    }

    #[test]
    fn a_record_without_a_service_takes_the_one_of_the_program() {
        let mut record = record();
        for none in [None, Some(Cow::Borrowed("")), Some(Cow::Borrowed("  "))] {
            record.service = none;
            let line = json(&line(Format::Datadog, &record, &resource()));
            assert_eq!(line["service"], "shop-backend");
            assert_eq!(line["dd"]["service"], "shop-backend");
        }
    }
}
