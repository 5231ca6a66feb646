//! Properties that hold for any input: one function each, which panics on a violation.
//!
//! Unit tests call them with seeds and mutations of these, the fuzz targets of `tests/fuzz` with inputs from
//! libFuzzer. Compiled only for these two.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::base::source::{closures_of, function_name, path};
use crate::base::text::one_line;
use crate::config::lists::{parse_attributes, parse_tags};
use crate::config::{Format, Resource};
use crate::describe::last_segment;
use crate::describe::type_name::public_path;
use crate::model::{
    BoundaryEnd, BoundaryRecord, Carried, Cause, ErrorContext, ErrorId, ErrorRecord, Field,
    FieldValue, Level, Location, StepMessage, TraceContext, Trail,
};
use crate::output::format::{Common, write_line};
use crate::stack::{self, Stack};

/// The frames of a carried backtrace are parts of its text, and become a bounded stack.
pub fn carried_backtrace(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let frames = stack::carried::parse(&text);
    assert!(frames.len() <= text.lines().count() + text.matches("{ fn: ").count());
    for frame in &frames {
        assert!(text.contains(&frame.function), "{frame:?}");
        assert!(frame.file.as_ref().is_none_or(|file| text.contains(file)), "{frame:?}");
    }
    let rendered = stack::render(Stack {
        kind: "shop::PayError",
        message: "no card",
        causes: &[],
        trail: &Trail::default(),
        presumed_trail: None,
        site_file: "src/main.rs",
        carried: Some(frames),
        captured: None,
    });
    assert!(rendered.text.starts_with("shop::PayError: no card"), "{}", rendered.text);
    assert!(rendered.text.len() <= 33 * 1024, "{} bytes", rendered.text.len());
    let is_broken = |c: char| c.is_control() && c != '\n' || ['\u{2028}', '\u{2029}'].contains(&c);
    assert!(!rendered.text.contains(is_broken), "{:?}", rendered.text);
}

/// Tags (`DD_TAGS`) and resource attributes (`OTEL_RESOURCE_ATTRIBUTES`) keep their rules.
pub fn tags(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut resource = Resource::new("shop");

    let (tags, _) = parse_tags(&text);
    for tag in &tags {
        assert!(!tag.key.is_empty() && !tag.key.contains(':'), "{tag:?}");
        assert_eq!((tag.key.trim(), tag.value.trim()), (&*tag.key, &*tag.value));
    }
    // A key of which nothing may be in a tag is refused.
    let accepted = tags.into_iter().filter(|tag| resource.add_tag(tag.clone())).count();
    let ddtags = resource.ddtags();
    assert!(ddtags.len() <= Resource::MAX_BYTES, "{} bytes", ddtags.len());
    assert!(!ddtags.contains(|c: char| c.is_whitespace() || c.is_control()), "{ddtags:?}");
    assert_eq!(ddtags.split(',').filter(|tag| !tag.is_empty()).count(), accepted);

    match parse_attributes(&text) {
        Ok(attributes) => {
            let keys: BTreeSet<_> = attributes.iter().map(|(key, _)| key).collect();
            assert_eq!(keys.len(), attributes.len(), "{attributes:?}");
            let encoded: Vec<_> = attributes
                .iter()
                .map(|(key, value)| format!("{}={}", percent_encoded(key), percent_encoded(value)))
                .collect();
            assert_eq!(parse_attributes(&encoded.join(",")), Ok(attributes));
        }
        Err(problem) => assert!(problem.contains("entry "), "{problem}"),
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The name of a function is its symbol without some parts; the name of a type is a short path. Short names
/// stay unchanged.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let function = function_name(&text);
    assert!(is_subsequence(&function, &text), "{function:?}");
    assert!(closures_of(&text) as usize <= text.len());
    let file = path(&text, &[]);
    assert!(file.len() <= text.len(), "{file:?}");

    let kind = public_path(&text);
    // Some public paths are longer than the private ones.
    assert!(kind.len() <= 2 * text.len(), "{kind:?}");
    assert!(kind.contains(last_segment(&kind)));

    let type_name = Input(data).type_name(4);
    let kind = public_path(&type_name);
    assert_eq!(public_path(&kind), kind, "of {type_name}");
    assert_eq!(kind.matches('<').count(), kind.matches('>').count(), "{kind}");
    assert!(!kind.contains("core::") && !kind.contains("alloc::"), "{kind}");
}

fn is_subsequence(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|c| whole.any(|other| other == c))
}

/// Every record is one line of valid JSON in both formats, under 256,000 bytes. The line contains the
/// message, unless that was cut.
pub fn lines(data: &[u8]) {
    let mut input = Input(data);
    let record = input.record();
    let resource = input.resource();
    for format in Format::ALL {
        let mut line = Vec::new();
        assert!(write_line(&Common::new(format, &resource), &record, &resource, &mut line));
        assert!(line.len() < 256_000, "{format}: {} bytes", line.len());
        let json = line.strip_suffix(b"\n").expect("a line ends with a line break");
        assert!(!json.contains(&b'\n'), "{format}: {}", String::from_utf8_lossy(json));
        let value: Value = serde_json::from_slice(json).expect("a line is valid JSON");
        if format == Format::Datadog {
            let message = value["error"]["message"].as_str().expect("the message is a text");
            assert!(message == record.message || message.ends_with(" bytes cut]"), "{message:?}");
        }
    }
}

/// The bytes that generate values; 0 after the end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    fn number(&mut self) -> u64 {
        (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    fn up_to(&mut self, max: u8) -> impl Iterator<Item = ()> + use<> {
        std::iter::repeat_n((), usize::from(self.byte() % (max + 1)))
    }

    fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| value(self))
    }

    /// A short text.
    fn word(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// A text; one in sixteen is repeated up to two thousand times.
    fn text(&mut self) -> String {
        let times = match self.byte() {
            large if large % 16 == 1 => 1 << (large / 16 % 12),
            _ => 1,
        };
        self.word().repeat(times)
    }

    fn trace(&mut self) -> TraceContext {
        let mut context = ErrorContext::default();
        let (trace, span) = (self.number(), self.number());
        context.trace(
            (u128::from(trace) << 64 | u128::from(span)).max(1),
            span.max(1),
            self.flag(),
        );
        context.trace.expect("the ids are not 0")
    }

    fn location(&mut self) -> Location {
        let file = Cow::Owned(self.text());
        Location { file, line: self.number() as u32, column: self.number() as u32 }
    }

    fn field(&mut self) -> Field {
        const NAMES: [&str; 4] =
            ["path", "order.id", "a", "of_the_longest_length_________________"];
        let value = self.value(2);
        Field { name: NAMES[usize::from(self.byte() % 4)].into(), value }
    }

    /// A value with structures of this depth.
    fn value(&mut self, depth: u8) -> FieldValue {
        match self.byte() % 8 {
            5 => FieldValue::Null,
            6 if depth > 0 => {
                FieldValue::Array((0..self.byte() % 4).map(|_| self.value(depth - 1)).collect())
            }
            7 if depth > 0 => FieldValue::Object(
                (0..self.byte() % 4).map(|_| (self.word(), self.value(depth - 1))).collect(),
            ),
            0 => FieldValue::Int(self.number() as i64),
            1 => FieldValue::Uint(self.number()),
            2 => FieldValue::Float(f64::from_bits(self.number())),
            3 => FieldValue::Bool(self.flag()),
            _ => FieldValue::Text(self.text()),
        }
    }

    fn cause(&mut self) -> Cause {
        let kind = self.flag().then_some(Cow::Borrowed("std::io::Error"));
        Cause {
            kind,
            message: self.text(),
            is_presumed: self.flag(),
            left_out_before: self.byte().into(),
        }
    }

    fn optional_text<T: From<String>>(&mut self) -> Option<T> {
        self.option(Self::text).map(T::from)
    }

    /// As in a trail: bounded, and one line.
    fn step_message(&mut self) -> StepMessage {
        let mut bounded = || one_line(192, &self.word());
        let (function, file, message) = (bounded(), bounded(), bounded());
        let location = Location { file: Cow::Owned(file), line: 1, column: 1 };
        StepMessage { function: function.into(), location, message }
    }

    fn boundary(&mut self) -> BoundaryRecord {
        let id = ErrorId::of_number(self.number()).to_string();
        BoundaryRecord { id, function: self.optional_text(), end: BoundaryEnd::Returned }
    }

    fn time(&mut self) -> SystemTime {
        let distance = Duration::from_secs(self.number() >> 16);
        let time = if self.flag() {
            UNIX_EPOCH.checked_add(distance)
        } else {
            UNIX_EPOCH.checked_sub(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }

    fn record(&mut self) -> ErrorRecord {
        ErrorRecord {
            id: ErrorId::of_number(self.number()),
            timestamp: self.time(),
            level: Level::ALL[usize::from(self.byte()) % Level::ALL.len()],
            service: self.optional_text(),
            kind: self.text().into(),
            error_type: self.text().into(),
            fingerprint: self.optional_text(),
            message: self.text(),
            log_message: self.optional_text(),
            causes: self.up_to(32).map(|()| self.cause()).collect(),
            attachments: self.up_to(32).map(|()| self.text()).collect(),
            attachments_left_out: self.byte().into(),
            stack: self.text().into(),
            build_id: self.optional_text(),
            fields: self.up_to(32).map(|()| self.field()).collect(),
            fields_left_out: self.byte().into(),
            spans: self.up_to(16).map(|()| self.text().into()).collect(),
            trace: self.option(Self::trace),
            carried: Carried::default(),
            location: self.location(),
            function: Cow::Owned(self.text()),
            module: "shop".into(),
            thread: self.optional_text(),
            step_messages: self.up_to(32).map(|()| self.step_message()).collect(),
            step_messages_left_out: self.byte().into(),
            steps_left_out: self.byte().into(),
            presumed: self.flag(),
            ambiguous: self.flag(),
            handled: self.flag(),
            boundary: self.option(Self::boundary),
            suppressed: self.number(),
            dropped: self.number(),
            handled_count: self.number(),
            unlogged_kinds: self.up_to(8).map(|()| one_line(256, &self.word())).collect(),
        }
    }

    fn resource(&mut self) -> Resource {
        let mut resource = Resource::new(&self.text());
        if self.flag() {
            resource = resource.with_env(&self.text()).with_version(&self.text());
        }
        let (tags, _) = parse_tags(&self.text());
        tags.into_iter().for_each(|tag| {
            resource.add_tag(tag);
        });
        for () in self.up_to(8) {
            resource.add_attribute(&self.word(), &self.text());
        }
        resource
    }

    /// The name of a type, as from `std::any::type_name`.
    fn type_name(&mut self, depth: u8) -> String {
        const PATHS: [&str; 12] = [
            "core::fmt::Error",
            "std::io::error::Error",
            "alloc::string::FromUtf8Error",
            "alloc::string::String",
            "core::num::error::ParseIntError",
            "std::sync::poison::mutex::Guard",
            "tokio::runtime::task::error::JoinError",
            "sqlx_core::error::Error",
            "shop::Pay",
            "shop::hyper::error::Error",
            "u8",
            "()",
        ];
        const GENERICS: [&str; 8] = [
            "alloc::boxed::Box",
            "alloc::sync::Arc",
            "alloc::rc::Rc",
            "alloc::vec::Vec",
            "core::option::Option",
            "core::result::Result",
            "std::sync::poison::PoisonError",
            "shop::Retried",
        ];
        let choice = self.byte();
        if depth == 0 || choice.is_multiple_of(3) {
            return PATHS[usize::from(choice / 3) % PATHS.len()].to_owned();
        }
        let inner = self.type_name(depth - 1);
        match choice / 3 % 12 {
            0 => format!("&{inner}"),
            1 => format!("&mut {inner}"),
            2 => format!("[{inner}]"),
            3 => format!("({inner}, u8)"),
            4 => "alloc::boxed::Box<dyn core::error::Error + core::marker::Send>".to_owned(),
            generic => {
                let generic = GENERICS[usize::from(generic) % GENERICS.len()];
                let lifetime = if self.flag() { "'_, " } else { "" };
                format!("{generic}<{lifetime}{inner}>")
            }
        }
    }
}

#[cfg(test)]
#[path = "../../tests/fuzz/inputs.rs"]
mod inputs;

#[cfg(test)]
mod tests {
    use super::inputs::holds;

    #[test]
    fn a_carried_backtrace_becomes_a_bounded_stack_of_its_own_names() {
        holds("carried_backtrace", 1_000, super::carried_backtrace);
    }

    #[test]
    fn any_text_of_tags_and_attributes_keeps_their_rules() {
        holds("tags", 3_000, super::tags);
    }

    #[test]
    fn any_name_becomes_a_short_name() {
        holds("names", 3_000, super::names);
    }

    #[test]
    fn any_record_is_one_bounded_line_of_json_in_both_formats() {
        holds("lines", 150, super::lines);
    }
}
