//! Hooks: the context that is collected on the failing thread, edits before an error is emitted, and sinks of
//! records.

mod recorded;

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rstest::rstest;
use serde_json::Value;
use track_errors::testing::{self, Records};
use track_errors::{BacktraceMode, Builder, ErrorContext, Keep, ReportPolicy, track_errors};
use track_errors_tests::process::program;

use recorded::{field, int, only, text};

fn settings() -> Builder {
    track_errors::builder().backtrace(BacktraceMode::Trail)
}

fn records<T>(settings: Builder, f: impl FnOnce() -> T) -> Records {
    testing::capture_with(settings, f).1
}

/// A hook, and the number of its calls.
fn counting() -> (Arc<AtomicUsize>, impl Fn(&mut ErrorContext) + Send + Sync) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let hook = move |_: &mut ErrorContext| {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    (calls, hook)
}

#[track_errors]
fn fails() -> Result<(), &'static str> {
    Err("no card")
}

#[track_errors]
fn outer() -> Result<(), String> {
    fails().map_err(|error| format!("paying: {error}"))
}

#[track_errors(when = |_| false)]
fn expects() -> Result<(), &'static str> {
    Err("no card")
}

thread_local! {
    static REQUEST: Cell<u32> = const { Cell::new(0) };
}

/// The id of the request that this thread serves, and of its trace.
fn of_request(context: &mut ErrorContext) {
    let request = REQUEST.get();
    context.field("request_id", request);
    context.field("app", "shop");
    context.trace(u128::from(request / 10), u64::from(request), true);
}

// ------------------------------------------------------------------------------------------------
// Builder::context

#[test]
fn a_record_has_the_context_of_its_request() {
    REQUEST.set(70);
    let record = only(records(settings().context(of_request), fails));
    assert_eq!(field(&record, "request_id"), int(70));
    let trace = record.trace.expect("a trace");
    assert_eq!((trace.trace_id, trace.span_id, trace.sampled), (7, 70, true));
}

#[test]
fn a_field_of_the_attribute_overrides_one_of_the_context() {
    #[track_errors(fields(request_id = "own"))]
    fn keyed() -> Result<(), &'static str> {
        Err("no card")
    }
    let record = only(records(settings().context(of_request), keyed));
    assert_eq!(field(&record, "request_id"), text("own"));
    assert_eq!(field(&record, "app"), text("shop"));
}

#[test]
fn the_first_of_several_hooks_wins() {
    let settings = settings()
        .context(|context| context.field("by", "first"))
        .context(|context| context.field("by", "second"))
        .context(|context| context.field("third", 3));
    let record = only(records(settings, fails));
    assert_eq!(field(&record, "by"), text("first"));
    assert_eq!(field(&record, "third"), int(3));
}

#[test]
fn the_context_is_collected_once_for_an_error_that_leaves_several_functions() {
    let (calls, hook) = counting();
    only(records(settings().context(hook), outer));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn with_the_policy_every_each_log_has_a_context() {
    let (calls, hook) = counting();
    let settings = settings().report(ReportPolicy::Every).context(hook).context(of_request);
    let records = records(settings, outer);
    assert_eq!((records.len(), calls.load(Ordering::Relaxed)), (2, 2));
    assert!(records.iter().all(|record| field(record, "app") == text("shop")));
}

#[test]
fn no_context_is_collected_for_an_expected_error() {
    let (calls, hook) = counting();
    records(settings().context(hook), expects).assert_none();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn no_context_is_collected_for_an_error_that_a_boundary_expects() {
    #[track_errors(report = "boundary", when = |_| false)]
    fn expecting() -> Result<(), &'static str> {
        Err("no card")
    }
    let (calls, hook) = counting();
    records(settings().context(hook), expecting).assert_none();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn no_context_is_collected_for_a_suppressed_error() {
    let output = run("context-under-a-limit", "worker");
    assert_eq!(output, ["called 2", "logged 2, suppressed 48, dropped 0, filtered 0"]);
}

#[test]
fn the_context_is_collected_on_the_thread_that_fails() {
    let seen = Arc::new(Mutex::new(None));
    let hook = {
        let seen = Arc::clone(&seen);
        move |_: &mut ErrorContext| *seen.lock().expect("no panic") = Some(thread::current().id())
    };
    thread::spawn(move || {
        only(records(settings().context(hook), fails));
        assert_eq!(*seen.lock().expect("no panic"), Some(thread::current().id()));
    })
    .join()
    .expect("no panic");
}

#[test]
fn a_hook_that_panics_keeps_what_it_added_before_and_the_other_hooks_run() {
    let settings = settings()
        .context(|context| {
            context.field("before", 1);
            panic!("on purpose: a hook that panics");
        })
        .context(of_request);
    let (result, records) = testing::capture_with(settings, fails);
    assert_eq!(result, Err("no card"));
    let record = only(records);
    assert_eq!((field(&record, "before"), field(&record, "app")), (int(1), text("shop")));
}

#[test]
fn errors_of_tracked_functions_in_a_hook_are_ignored() {
    let hook = |context: &mut ErrorContext| context.field("failed", outer().is_err());
    let record = only(records(settings().context(hook), fails));
    assert_eq!(record.message, "no card");
    assert_eq!(field(&record, "failed"), Some(true.into()));
}

#[test]
fn an_error_that_a_boundary_holds_has_the_context_of_its_origin() {
    #[track_errors(report = "boundary")]
    fn boundary() -> Result<(), &'static str> {
        REQUEST.set(71);
        let result = fails();
        REQUEST.set(0);
        result
    }
    let (calls, hook) = counting();
    let record = only(records(settings().context(of_request).context(hook), boundary));
    assert_eq!((field(&record, "request_id"), calls.load(Ordering::Relaxed)), (int(71), 1));
    assert_eq!(record.trace.expect("a trace").span_id, 71);
}

#[test]
fn the_presumed_cause_adds_the_context_that_its_boundary_lacks() {
    #[track_errors(report = "boundary")]
    fn boundary() -> Result<(), String> {
        REQUEST.set(72);
        assert!(fails().is_err());
        REQUEST.set(73);
        Err("out of order".to_owned())
    }
    let settings = settings().context(of_request).context(|context| {
        if REQUEST.get() == 72 {
            context.field("cause", true);
        }
    });
    let record = only(records(settings, boundary));
    assert_eq!(
        (field(&record, "request_id"), field(&record, "cause")),
        (int(73), Some(true.into()))
    );
}

/// Fails for two requests; returns the error of the second one.
#[track_errors(report = "boundary")]
fn two_requests(first: u32, second: u32) -> Result<(), &'static str> {
    REQUEST.set(first);
    let _other: Result<(), _> = fails();
    REQUEST.set(second);
    fails()
}

#[test]
fn where_equal_errors_belong_to_two_requests_neither_id_is_logged() {
    let record = only(records(settings().context(of_request), || two_requests(74, 85)));
    assert!(record.ambiguous);
    assert_eq!((field(&record, "request_id"), field(&record, "app")), (None, text("shop")));
    assert_eq!(record.trace, None, "the traces differ");
}

#[test]
fn where_equal_errors_belong_to_one_trace_it_is_logged_with_the_newest_span() {
    let record = only(records(settings().context(of_request), || two_requests(75, 76)));
    let trace = record.trace.expect("a trace");
    assert_eq!((trace.trace_id, trace.span_id), (7, 76));
}

#[test]
fn equal_errors_of_one_request_are_not_ambiguous() {
    let record = only(records(settings().context(of_request), || two_requests(77, 77)));
    assert!(!record.ambiguous);
    assert_eq!(field(&record, "request_id"), int(77));
}

// ------------------------------------------------------------------------------------------------
// Builder::before_emit

#[test]
fn hooks_edit_a_record_in_their_order() {
    let settings = settings()
        .before_emit(|record| {
            record.message = record.message.replace("card", "[card]");
            record.fields.clear();
            Keep::Yes
        })
        .before_emit(|record| {
            record.message.push('!');
            record.level = track_errors::Level::Warn;
            Keep::Yes
        });
    let record = only(records(settings.context(of_request), fails));
    assert_eq!((&*record.message, record.fields.len()), ("no [card]!", 0));
    assert_eq!(record.level, track_errors::Level::Warn);
}

#[test]
fn a_record_that_a_hook_refuses_is_dropped_and_reaches_no_further_hook() {
    let settings = settings()
        .before_emit(|record| if record.message == "no card" { Keep::No } else { Keep::Yes })
        .before_emit(|record| {
            assert_ne!(record.message, "no card");
            Keep::Yes
        });
    records(settings, fails).assert_none();
}

#[test]
fn a_hook_that_panics_withholds_all_that_it_would_have_edited() {
    let settings = settings()
        .context(of_request)
        .before_emit(|_| panic!("on purpose: a hook that panics"))
        .before_emit(|record| {
            assert!(!format!("{record:?}").contains("no card"));
            Keep::Yes
        });
    let record = only(records(settings, outer));
    assert_eq!(record.message, "[withheld: before_emit panicked]");
    assert_eq!(record.kind, "&str");
    let texts = format!("{record:?}");
    assert!(!texts.contains("no card") && !texts.contains("paying"), "{texts}");
}

#[test]
fn a_hook_that_panics_withholds_a_fingerprint_made_at_run_time() {
    let settings = settings().before_emit(|_| panic!("on purpose: a hook that panics"));
    let reported = || track_errors::report("no card").fingerprint(format!("card {}", 4711)).emit();
    assert_eq!(only(records(settings, reported)).fingerprint, None);
}

#[test]
fn errors_of_tracked_functions_in_a_hook_on_the_worker_are_ignored() {
    let capture = testing::Capture::start_with(settings().before_emit(|_| {
        assert!(outer().is_err());
        Keep::Yes
    }));
    fails().unwrap_err();
    capture.take().assert_one();
    capture.take().assert_none();
}

// ------------------------------------------------------------------------------------------------
// A whole process

/// The lines of a scenario on stdout.
#[track_caller]
fn run(scenario: &str, delivery: &str) -> Vec<String> {
    let settings = [("TRACK_ERRORS_BACKTRACE", "trail")];
    let mut command = program(env!("CARGO_BIN_EXE_hooks"), settings);
    let output = command.args([scenario, delivery]).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// The JSON of the error logs among the lines, and the others.
fn json(lines: &[String]) -> (Vec<Value>, Vec<&str>) {
    let (json, others): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with('{'));
    let json = json.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (json, others.into_iter().map(String::as_str).collect())
}

/// The messages of lines about errors.
fn messages(lines: &[Value]) -> Vec<&str> {
    let errors = lines.iter().filter(|line| line["status"] != "info");
    errors.filter_map(|line| line["message"].as_str()).collect()
}

/// The number of suppressed errors in all lines.
fn suppressed(lines: &[Value]) -> u64 {
    lines.iter().filter_map(|line| line["track_errors"]["suppressed"].as_u64()).sum()
}

#[rstest]
fn a_refused_record_is_counted_and_its_counts_of_other_errors_go_to_the_next_line(
    #[values("worker", "sync")] delivery: &str,
) {
    let lines = run("filter", delivery);
    let (lines, others) = json(&lines);
    assert_eq!(messages(&lines), ["number 0", "number 1"]);
    assert_eq!(suppressed(&lines), 48);
    assert_eq!(others, ["logged 2, suppressed 48, dropped 0, filtered 1"]);
}

#[rstest]
fn the_line_of_a_hook_that_panics_has_no_text_of_the_error(
    #[values("worker", "sync")] delivery: &str,
) {
    let lines = run("hook-that-panics", delivery);
    assert!(lines.iter().all(|line| !line.contains("4711")), "{lines:?}");
    let (lines, others) = json(&lines);
    assert_eq!(messages(&lines), ["[withheld: before_emit panicked]"]);
    assert_eq!(lines[0]["error"]["kind"], "String");
    assert_eq!(others, ["logged 1, suppressed 0, dropped 0, filtered 0"]);
}

#[rstest]
fn what_a_record_sink_refuses_and_what_makes_it_panic_becomes_a_line(
    #[values("worker", "sync")] delivery: &str,
) {
    let lines = run("printer", delivery);
    let (lines, others) = json(&lines);
    assert_eq!(messages(&lines), ["number 2", "number 3", "number 4"]);
    let handed: Vec<_> = others.iter().filter(|line| line.contains("number")).collect();
    assert_eq!(
        handed,
        [
            &r#"sink: number 1 of hooks, Some("test")"#,
            &r#"sink: number 5 of hooks, Some("test")"#,
            &r#"sink: number 7 of hooks, Some("test")"#,
        ]
    );
}

#[rstest]
fn a_record_sink_takes_the_counts_of_unlogged_errors_and_is_flushed(
    #[values("worker", "sync")] delivery: &str,
) {
    let lines = run("printer", delivery);
    let (lines, others) = json(&lines);
    assert_eq!(suppressed(&lines), 0);
    assert!(others.contains(&"sink: 48 suppressed of hooks::limited"), "{others:?}");
    assert!(others.contains(&"sink: flush"), "{others:?}");
    assert!(others.contains(&"logged 6, suppressed 48, dropped 0, filtered 0"), "{others:?}");
}

#[test]
fn a_panic_of_a_record_sink_and_a_flush_that_fails_are_reported() {
    let mut command = program(env!("CARGO_BIN_EXE_hooks"), []);
    let output = command.arg("printer").output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("the record sink \"printer\" panicked"), "{stderr}");
    assert!(stderr.contains("failed to flush \"printer\""), "{stderr}");
}

#[test]
fn without_an_output_a_record_sink_gets_all_errors_and_its_refusals_are_not_written() {
    let lines = run("printer-without-output", "worker");
    let (lines, others) = json(&lines);
    assert_eq!(messages(&lines), [""; 0]);
    assert!(others.iter().any(|line| line.contains("number 1")), "{others:?}");
}

#[rstest]
fn a_record_sink_may_call_tracked_functions_that_fail(#[values("worker", "sync")] delivery: &str) {
    let lines = run("tracked-sink", delivery);
    assert_eq!(lines, ["sink: number 1", "logged 1, suppressed 0, dropped 0, filtered 0"]);
}

#[cfg(unix)]
#[rstest]
fn a_forked_child_hands_its_errors_to_the_record_sink(#[values("worker", "sync")] delivery: &str) {
    let lines = run("fork", delivery);
    let (lines, others) = json(&lines);
    assert_eq!(messages(&lines), ["number 6"]);
    for number in [1, 5] {
        let handed = format!("sink: number {number} of hooks, Some(\"test\")");
        assert_eq!(others.iter().filter(|line| **line == handed).count(), 1, "{others:?}");
    }
}
