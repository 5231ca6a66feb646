//! A corpus of errors, each of which is one line that Datadog and OpenTelemetry accept.
//!
//! The program `corpus` raises the errors and prints how many. The tests check every line against the
//! admission rules, in both formats and with several settings, and then against what is known about the
//! error. Function names here lack the prefix `corpus::`.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use track_errors_tests::{admission, process};

/// Where the sources of the corpus are, relative to the workspace.
const SOURCES: &str = "tests/src/bin/corpus/";

/// The environment of a program that Datadog or OpenTelemetry observes.
const OBSERVED: [(&str, &str); 6] = [
    ("DD_ENV", "prod"),
    ("DD_VERSION", "1.2.3"),
    ("DD_TAGS", "team:payments,größe:5 \"L\",canary"),
    ("DD_GIT_COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
    ("DD_GIT_REPOSITORY_URL", "https://user:secret@example.org/shop.git"),
    ("OTEL_RESOURCE_ATTRIBUTES", "host.name=web%201,service.namespace=gr%C3%B6%C3%9Fe"),
];

/// The lines of the corpus: one per raised error.
fn corpus(format: &str, settings: &[(&str, &str)]) -> Vec<String> {
    let settings = settings.iter().copied().chain([("TRACK_ERRORS_FORMAT", format)]);
    let output = process::program(env!("CARGO_BIN_EXE_corpus"), settings).output();
    let output = output.expect("the corpus starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains("[track_errors]"), "it complains: {stderr}");
    let last = stderr.lines().last().expect("a last line");
    let raised = last.strip_prefix("corpus: ").and_then(|rest| rest.strip_suffix(" errors raised"));
    let raised: usize = raised.expect(last).parse().expect(last);

    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<_> = stdout.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), raised, "one error, one line");
    assert!(raised > 150, "the corpus is broad");
    lines
}

/// The content of a line in either format.
#[derive(Debug)]
struct Log {
    function: String,
    service: String,
    /// The status of Datadog, or the severity text of OpenTelemetry.
    level: String,
    /// `error.kind` of Datadog, or `exception.type` of OpenTelemetry.
    kind: String,
    message: String,
    stack: String,
    thread: Option<String>,
}

/// A message is in full in one key, and at most 256 bytes of it are in the other one.
fn is_summary(summary: &Value, message: &Value) {
    let [summary, message] = [summary, message].map(|text| text.as_str().expect("a text"));
    if message.len() <= 256 {
        assert_eq!(summary, message);
    } else {
        let first = summary.strip_suffix("… [cut at 256 bytes]").expect("a note");
        assert!((253..=256).contains(&first.len()) && message.starts_with(first), "{summary}");
    }
}

impl Log {
    fn of_datadog(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let text = |pointer| Some(line.pointer(pointer)?.as_str()?.to_owned());
        is_summary(&line["message"], &line["error"]["message"]);
        assert_eq!(line["service"], line["dd"]["service"]);
        Log {
            function: without_crate(text("/logger/method_name")),
            service: text("/service").expect("a service"),
            level: text("/status").expect("a status"),
            kind: text("/error/kind").expect("a kind"),
            message: text("/error/message").expect("a message"),
            stack: text("/error/stack").expect("a stack"),
            thread: text("/logger/thread_name"),
        }
    }

    fn of_otlp(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let resource = &line["resourceLogs"][0];
        let record = &resource["scopeLogs"][0]["logRecords"][0];
        let find = |attributes: &Value, key: &str| {
            let attributes = attributes["attributes"].as_array()?;
            let attribute = attributes.iter().find(|attribute| attribute["key"] == key)?;
            Some(attribute["value"]["stringValue"].as_str()?.to_owned())
        };
        let text = |key| find(record, key);
        let message = text("exception.message").expect("a message");
        is_summary(&record["body"]["stringValue"], &message.clone().into());
        Log {
            function: without_crate(text("code.function.name")),
            service: find(&resource["resource"], "service.name").expect("a service"),
            level: record["severityText"].as_str().expect("a severity").to_owned(),
            kind: text("exception.type").expect("a type"),
            message,
            stack: text("exception.stacktrace").expect("a stack trace"),
            thread: text("thread.name"),
        }
    }
}

fn without_crate(function: Option<String>) -> String {
    function.expect("a function").replace("corpus::", "")
}

/// The corpus without settings, run once for all tests.
static DATADOG: LazyLock<Vec<String>> = LazyLock::new(|| corpus("datadog", &[]));
static OTLP: LazyLock<Vec<String>> = LazyLock::new(|| corpus("otlp", &[]));

fn datadog() -> Vec<Log> {
    DATADOG.iter().map(|line| Log::of_datadog(line)).collect()
}

fn otlp() -> Vec<Log> {
    OTLP.iter().map(|line| Log::of_otlp(line)).collect()
}

/// The first log of a function.
#[track_caller]
fn of<'a>(logs: &'a [Log], function: &str) -> &'a Log {
    let log = logs.iter().find(|log| log.function == function);
    log.unwrap_or_else(|| panic!("no log of {function}"))
}

/// Datadog's rule, with one exception: what is below an error is logged, but Error Tracking ignores it.
fn check_datadog(line: &str) -> Result<(), Vec<String>> {
    match admission::check_datadog(line) {
        Err(broken)
            if ["debug", "info", "notice", "warn"]
                .iter()
                .any(|level| line.contains(&format!("keys::level_{level}"))) =>
        {
            assert!(broken.len() == 1 && broken[0].starts_with("status: "), "{broken:?}");
            Ok(())
        }
        other => other,
    }
}

#[track_caller]
fn assert_admitted(datadog: &[String], otlp: &[String]) {
    let datadog = admission::check_all(datadog, check_datadog);
    let otlp = admission::check_all(otlp, admission::check_otlp);
    assert_eq!(datadog.expect("Datadog"), otlp.expect("OpenTelemetry"));
}

#[track_caller]
fn every_line_is_admitted(settings: &[(&str, &str)]) {
    assert_admitted(&corpus("datadog", settings), &corpus("otlp", settings));
}

#[test]
fn every_line_is_admitted_without_settings() {
    assert_admitted(&DATADOG, &OTLP);
}

#[test]
fn every_line_is_admitted_in_an_observed_environment() {
    every_line_is_admitted(&OBSERVED);
}

#[test]
fn every_line_is_admitted_without_backtraces() {
    every_line_is_admitted(&[("TRACK_ERRORS_BACKTRACE", "trail")]);
}

#[test]
fn every_line_is_admitted_when_errors_carry_backtraces() {
    every_line_is_admitted(&[("RUST_BACKTRACE", "1"), ("TRACK_ERRORS_BACKTRACE", "carried")]);
}

#[test]
fn every_line_is_admitted_under_any_reporting_policy() {
    for policy in ["origin", "every"] {
        every_line_is_admitted(&[("TRACK_ERRORS_REPORT", policy)]);
    }
}

#[test]
fn no_line_holds_a_control_character() {
    for line in DATADOG.iter().chain(&*OTLP) {
        assert!(!line.contains(char::is_control), "{line}");
    }
}

#[test]
fn a_typical_line_is_under_16_kib() {
    /// Modules with long texts.
    const UNUSUAL: [&str; 4] = ["messages::", "chains::", "hostile::", "threads::"];
    for line in &*DATADOG {
        let Log { function, .. } = Log::of_datadog(line);
        let usual = !UNUSUAL.iter().any(|module| function.starts_with(module));
        assert!(!usual || line.len() < 16 * 1024, "{function}: {} bytes", line.len());
    }
}

#[test]
fn both_formats_describe_the_same_error_alike() {
    let (datadog, otlp) = (datadog(), otlp());
    assert_eq!(datadog.len(), otlp.len());
    for (datadog, otlp) in datadog.iter().zip(&otlp) {
        let facts = |log: &Log| {
            let Log { function, level, message, stack, thread, .. } = log;
            [function, level, message, stack].map(Clone::clone).into_iter().chain(thread.clone())
        };
        assert!(facts(datadog).eq(facts(otlp)), "{datadog:#?} {otlp:#?}");
    }
}

#[test]
fn every_level_has_its_status_and_its_severity_number() {
    let datadog = datadog();
    for (level, number) in [
        ("debug", 5),
        ("info", 9),
        ("notice", 10),
        ("warn", 13),
        ("error", 17),
        ("critical", 18),
        ("alert", 19),
        ("emergency", 21),
    ] {
        let function = format!("keys::level_{level}");
        assert_eq!(of(&datadog, &function).level, level);
        let line = OTLP.iter().find(|line| line.contains(&function)).expect("a line");
        assert_eq!(Log::of_otlp(line).level, level);
        assert!(line.contains(&format!("\"severityNumber\":{number},")), "{line}");
    }
    assert_eq!(of(&datadog, "keys::no_key_at_all").level, "error", "the default");
}

#[test]
fn the_service_comes_from_the_attribute_or_the_name_of_the_program() {
    let (datadog, otlp) = (datadog(), otlp());
    for (function, of_datadog, of_otlp) in [
        ("standard_library::format", "corpus", "corpus"),
        ("keys::service_by_path", "corpus-by-path", "corpus-by-path"),
        // As Datadog writes tags; as one line for every reader.
        ("keys::service_of_odd_characters", "größe_5", "größe \"5\"\\ 💥"),
    ] {
        assert_eq!(of(&datadog, function).service, of_datadog);
        assert_eq!(of(&otlp, function).service, of_otlp);
    }
    let program = format!("corpus{}", std::env::consts::EXE_SUFFIX);
    assert_eq!(of(&datadog, "keys::no_key_at_all").service, "corpus");
    assert_eq!(of(&otlp, "keys::no_key_at_all").service, format!("unknown_service:{program}"));
}

#[test]
fn every_error_has_its_kind_and_its_message() {
    let (datadog, otlp) = (datadog(), otlp());
    // The type, and after a `#` the variant, which is part of Datadog's kind only.
    for (function, kind, message) in [
        ("standard_library::io_with_a_text", "std::io::Error", "the disk is on fire"),
        (
            "standard_library::int_invalid",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("standard_library::layout", "std::alloc::LayoutError", ""),
        (
            "standard_library::variable",
            "std::env::VarError#NotPresent",
            "environment variable not found",
        ),
        ("standard_library::send", "std::sync::mpsc::SendError<u8>", "sending on a closed channel"),
        ("standard_library::receive_now", "std::sync::mpsc::TryRecvError#Empty", ""),
        ("own_types::unit_struct", "own_types::Unit", "a struct without fields"),
        ("own_types::tuple_struct", "own_types::Tuple", "a struct with two fields"),
        ("own_types::struct_with_fields", "own_types::Fields", "code 7"),
        ("own_types::unit_variant", "own_types::Payment#Declined", "declined"),
        ("own_types::tuple_variant", "own_types::Payment#Limit", "more than 500"),
        ("own_types::struct_variant", "own_types::Payment#Card", "bad card 4711"),
        ("own_types::converted_variant", "own_types::Payment#Network", "no connection"),
        ("own_types::variant_that_is_not_ascii", "own_types::Payment#Größe", "wrong size"),
        ("own_types::generic", "own_types::Generic<Vec<Option<u8>>>", "generic over [Some(1)]"),
        ("own_types::const_generic", "own_types::Many<u8, 3>", "3 of them"),
        ("own_types::own_debug", "own_types::hand_written::Code", "code 7"),
        (
            "own_types::struct_named_error",
            "own_types::named_error::Error",
            "a struct that is called Error",
        ),
        ("plain_values::string", "String", "a text of its own"),
        ("plain_values::str", "&str", "a text"),
        ("plain_values::unit", "()", "()"),
        ("plain_values::number", "u64", "404"),
        ("plain_values::tuple", "(u16, &str)", "(404, \"not found\")"),
        ("plain_values::only_debug", "plain_values::OnlyDebug#Variant", "Variant { code: 7 }"),
        ("plain_values::only_display", "plain_values::OnlyDisplay", "has Display and nothing else"),
        ("plain_values::nothing", "plain_values::Nothing", "corpus::plain_values::Nothing"),
        ("plain_values::boxed", "std::num::ParseIntError", "invalid digit found in string"),
        ("plain_values::counted", "std::num::ParseIntError", "invalid digit found in string"),
        ("plain_values::any", "Box<dyn std::any::Any + Send>", "Any { .. }"),
        ("borrowed::of_the_argument", "borrowed::BadLine", "bad line \"12;x\""),
        ("borrowed::boxed_and_borrowed", "borrowed::BadLine", "bad line \"12;x\""),
        (
            "borrowed::reference_to_any_error",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("chains::two_causes", "chains::Link", "paying"),
        (
            "erased::boxed_by_question_mark",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("erased::boxed_send_by_question_mark", "std::io::Error", ""),
        ("erased::boxed_by_into", "std::num::ParseIntError", "invalid digit found in string"),
        ("erased::boxed_text", "&str", "a text in a box"),
        ("erased::boxed_string", "String", "text 7"),
        (
            "erased::anyhow_by_question_mark",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("erased::anyhow_text", "anyhow::Error", "no card for Ada"),
        ("erased::anyhow_context", "std::io::Error", "paying"),
        ("erased::raise_by_macros::anyhow_bail", "anyhow::Error", "bailed out of anyhow"),
        ("erased::raise_by_macros::anyhow_ensure", "anyhow::Error", "the amount is 0"),
        (
            "erased::eyre_by_question_mark",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("erased::eyre_text", "eyre::Report", "no card for Ada"),
        ("erased::eyre_wrapped", "std::io::Error", "asking the bank"),
        ("erased::raise_by_macros::eyre_bail", "eyre::Report", "bailed out of eyre"),
        ("hostile::says_nothing", "hostile::SaysNothing", "corpus::hostile::SaysNothing"),
        (
            "hostile::everything_panics",
            "hostile::EverythingPanics",
            "[panicked while it was formatted]",
        ),
        (
            "hostile::display_panics_late",
            "hostile::DisplayPanicsLate",
            "half of it [panicked while it was formatted]",
        ),
        ("hostile::debug_panics", "hostile::DebugPanics", "no card"),
        ("hostile::source_panics", "hostile::SourcePanics", "no card"),
        ("shapes::Cart::by_value", "std::fmt::Error", ""),
        ("<shapes::Cart as shapes::Basket>::in_a_trait", "std::fmt::Error", ""),
        ("shapes::in_a_loop", "std::num::ParseIntError", "invalid digit found in string"),
        ("futures::after_a_while", "std::io::Error", ""),
        (
            "futures::erased_after_a_while",
            "std::num::ParseIntError",
            "invalid digit found in string",
        ),
        ("futures::returned", "std::fmt::Error", ""),
        ("futures::boxed", "&str", "a text of the argument"),
        ("<futures::Client as futures::Fetch>::in_a_trait", "std::fmt::Error", ""),
    ] {
        let (ty, kind) = match kind.split_once('#') {
            Some((ty, variant)) => (ty, format!("{ty}::{variant}")),
            None => (kind, kind.to_owned()),
        };
        let (datadog, otlp) = (of(&datadog, function), of(&otlp, function));
        assert_eq!(datadog.kind.replace("corpus::", ""), kind, "{function}");
        assert_eq!(otlp.kind.replace("corpus::", ""), ty, "{function}");
        // Some texts come from the standard library or the system.
        assert!(message.is_empty() || datadog.message == message, "{function}: {datadog:#?}");
    }
}

#[test]
fn an_error_without_a_text_is_described_by_debug() {
    let logs = datadog();
    for (function, message) in
        [("empty", "\"\""), ("only_spaces", "\"   \""), ("only_line_breaks", "\n\\r\n")]
    {
        assert_eq!(of(&logs, &format!("messages::{function}")).message, message, "{function}");
    }
}

#[test]
fn a_kind_set_by_the_user_replaces_the_type() {
    let (datadog, otlp) = (datadog(), otlp());
    for (function, kind) in [
        ("keys::kind", "PaymentDeclined"),
        ("keys::all_keys", "Everything"),
        ("keys::kind_of_odd_characters", "größe \"5\"\\ 💥\\u{0}"),
        ("keys::type::match", "two lines\\u{2028}or three"),
    ] {
        assert_eq!(of(&datadog, function).kind, kind);
        assert_eq!(of(&otlp, function).kind, "std::fmt::Error");
    }
}

#[test]
fn a_name_is_the_same_wherever_a_line_has_it() {
    for (log, line) in datadog().iter().zip(&*DATADOG) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let module = line["logger"]["name"].as_str().expect("a module");
        let header = log.stack.lines().next().expect("a header");
        assert!(header.starts_with(&format!("{}: ", log.kind)), "{}: {header}", log.kind);
        assert!(
            log.stack.contains(&format!(
                "\n   0: {}\n",
                line["logger"]["method_name"].as_str().unwrap()
            ))
        );
        assert!(!module.contains("r#"), "{module}");
        if log.function == "keys::type::match" {
            assert_eq!(module, "corpus::keys::type");
        }
    }
}

#[test]
fn every_stack_begins_with_the_failing_function_and_its_place() {
    /// The source at these places: `?`, a returned value, a macro around either, or the name of the function
    /// where there is no mark.
    const PLACES: [&str; 10] = [
        "?",
        "Err",
        "Some",
        "Poll",
        "await",
        "text",
        "keys!",
        "fields!",
        "anyhow::bail",
        "eyre::bail",
    ];
    for log in datadog() {
        let mut lines = log.stack.lines().skip(1);
        let frame = lines.next().and_then(|line| line.strip_prefix("   0: ")).expect("a frame");
        assert_eq!(frame.replace("corpus::", ""), log.function);
        let place = lines.next().and_then(|line| line.trim_start().strip_prefix("at "));
        let place = place.expect("a place").strip_prefix(SOURCES).expect("a file of the corpus");
        let [file, line, column] =
            place.split(':').collect::<Vec<_>>().try_into().expect("file, line and column");
        let (line, column): (usize, usize) = (line.parse().unwrap(), column.parse().unwrap());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(SOURCES);
        let source = fs::read_to_string(folder.join(file)).expect("a file of the corpus");
        let source = source.lines().nth(line - 1).expect("the file has this line");
        let there: String = source.chars().skip(column - 1).collect();
        let name = log.function.rsplit("::").next().expect("a name");
        let is_place = PLACES.iter().chain([&name]).any(|place| there.starts_with(place));
        assert!(is_place, "{}: {there:?} at {line}:{column}", log.function);
    }
}

#[test]
fn a_stack_ends_with_the_causes_that_the_message_does_not_contain() {
    let logs = datadog();
    for (function, causes) in [
        ("chains::two_causes", &["no card", "wallet is empty"][..]),
        ("chains::causes_in_the_message", &[]),
        ("chains::causes_without_a_text", &[]),
        ("chains::causes_of_several_lines", &["no card 0: not::a_frame at x.rs:1:1"]),
        ("chains::circle", &[]),
        ("own_types::converted_variant", &["cable cut"]),
    ] {
        let stack = &of(&logs, function).stack;
        let found: Vec<_> =
            stack.lines().filter_map(|line| line.strip_prefix("Caused by: ")).collect();
        assert_eq!(found, causes, "{function}");
    }
}

#[test]
fn a_long_chain_of_causes_keeps_its_root_and_says_how_many_are_left_out() {
    let find = |lines: &[String], function: &str| {
        let line = lines.iter().find(|line| line.contains(function)).expect(function);
        serde_json::from_str::<Value>(line).expect("JSON")
    };
    let line = find(&DATADOG, "chains::hundred_causes");
    let causes = line["error"]["causes"].as_array().expect("causes");
    assert_eq!((causes.len(), &causes[30]["message"]), (32, &"link 31".into()));
    assert_eq!(causes[31], serde_json::json!({"message": "link 99", "left_out_before": 67}));
    assert_eq!(line["track_errors"]["causes_left_out"], 67);
    let logs = datadog();
    let stack = &of(&logs, "chains::hundred_causes").stack;
    assert!(
        stack.ends_with("\nCaused by: link 31\n… 67 more causes\nCaused by: link 99"),
        "{stack}"
    );

    let huge = &of(&logs, "chains::huge_causes").stack;
    let last = huge.lines().last().expect("a line");
    assert!(last.starts_with("Caused by: 9999") && huge.contains("more causes"), "{huge}");
    let otlp = find(&OTLP, "chains::huge_causes").to_string();
    assert!(
        otlp.contains(r#"{"key":"track_errors.causes_left_out","value":{"intValue":"95"}}"#),
        "{otlp}"
    );
}

#[test]
fn a_stack_shows_64_frames_and_says_how_many_more_there_are() {
    let logs = datadog();
    let stack = &of(&logs, "shapes::below::deep_down").stack;
    let frames = stack.lines().filter(|line| line.trim_start().starts_with("at ")).count();
    assert_eq!(frames, 64, "{stack}");
    assert!(stack.lines().any(|line| line.ends_with("more frames")), "{stack}");
}

#[test]
fn truncation_is_marked() {
    let logs = datadog();
    for function in ["letters", "quotes", "nul", "emoji", "lines"] {
        let message = &of(&logs, &format!("messages::megabytes_of_{function}")).message;
        assert!(message.ends_with("… [cut at 8192 bytes]"), "{function}");
        assert!(message.len() < 8192 + 64, "{function}: {} bytes", message.len());
    }
    assert!(of(&logs, "hostile::display_is_endless").message.ends_with("[cut at 8192 bytes]"));
}

#[test]
fn only_control_characters_change_in_a_text_within_the_limit() {
    let logs = datadog();
    for (function, message) in [
        ("padded", "  in the middle \n"),
        ("nul", "a\\u{0}b\\u{0}"),
        ("escape_sequences", "\\u{1b}[31mred\\u{1b}[0m \\u{7}bell \\u{8}back"),
        ("quotes", r#"he said "it's 5\6" and left \"#),
        ("json", r#"{"error":{"kind":"Other"},"status":"ok"}"#),
        ("several_lines", "first\nsecond\\r\n\tthird\n"),
        ("like_a_stack", "boom\n   0: evil::frame\n             at evil.rs:1:1"),
        ("line_separators", "one\u{2028}two\u{2029}three\\u{b}four\\u{c}five"),
        ("emoji", "\u{1f4a5} \u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea}"),
        ("right_to_left", "\u{202e}gnp.exe \u{2066}שלום\u{2069} \u{feff}"),
        ("noncharacters", "\u{fffe}\u{ffff}\u{10ffff}\u{e000}"),
        ("lossy_surrogates", "a\u{10061}\u{fffd}"),
        ("percent", "100 % {braces} %s %n ${jndi:ldap://x}"),
    ] {
        assert_eq!(of(&logs, &format!("messages::{function}")).message, message, "{function}");
    }
}

#[test]
fn a_log_names_the_thread_if_it_has_a_name() {
    let logs = datadog();
    assert_eq!(of(&logs, "standard_library::format").thread.as_deref(), Some("main"));
    let names: Vec<_> = logs
        .iter()
        .filter(|log| log.function == "threads::on_a_thread")
        .map(|log| log.thread.as_deref())
        .collect();
    assert_eq!(names[..3], [None, Some("worker-1"), Some("größe \"5\"\\ 💥")]);
    let polled: Vec<_> = logs
        .iter()
        .filter(|log| log.function == "futures::after_a_while")
        .map(|log| log.thread.as_deref())
        .collect();
    assert_eq!(polled, [Some("main"), Some("second poll")], "the thread of the last poll");
}
