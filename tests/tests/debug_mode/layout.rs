//! Lines as JSON, and what no line may hold.

use serde_json::Value;

use crate::debug_log::{Directory, MESSAGE, about, lines, run, text};
use crate::{ON, configuration};

#[test]
fn the_lines_are_json_on_request() {
    let run = run("climbs", &[ON, ("DD_TRACE_LOG_FORMAT", "json")]);
    let count = run.stderr.lines().count();
    assert!(count > 3, "{}", run.stderr);
    for line in run.stderr.lines() {
        let json: Value = serde_json::from_str(line).expect(line);
        assert_eq!(json["logger"], "[track_errors]");
        let timestamp = json["timestamp"].as_str().expect("a text");
        assert!(timestamp.ends_with('Z') && timestamp.len() == 24, "{line}");
        for key in ["level", "file", "message"] {
            assert!(json[key].is_string(), "{key} in {line}");
        }
        assert!(json["line"].is_u64(), "{line}");
    }
}

#[test]
fn lines_are_json_also_while_debug_mode_is_off() {
    let wrong = ("TRACK_ERRORS_FORMAT", "xml");
    let run = run("fails", &[wrong, ("DD_TRACE_LOG_FORMAT", "json")]);
    let json: Value = serde_json::from_str(run.stderr.trim_end()).expect(&run.stderr);
    assert_eq!(json["level"], "warn");
}

#[test]
fn the_standard_streams_can_be_named_as_files_also_if_they_are_pipes() {
    let to_stderr = run("fails", &[ON, ("DD_TRACE_LOG_FILE", "/dev/stderr")]);
    assert_eq!(configuration(&to_stderr.lines())["debug_log"], "stderr");
    assert_eq!(to_stderr.lines().len(), to_stderr.stderr.lines().count());
    let to_stdout = run("fails", &[ON, ("DD_TRACE_LOG_FILE", "/dev/stdout")]);
    assert_eq!((&*to_stdout.stderr, to_stdout.logged()), ("", 1));
    assert_eq!(about(&lines(&to_stdout.stdout), "sent ").len(), 1);

    // A warning has time and place there, as in a file.
    let wrong = [("TRACK_ERRORS_FORMAT", "xml"), ("DD_TRACE_LOG_FILE", "/dev/stderr")];
    assert_eq!(run("fails", &wrong).lines()[0].level, "WARN");
}

#[test]
fn no_line_holds_the_message_of_an_error() {
    let scenarios = ["climbs", "climbs-to-the-boundary", "has-fields", "is-dropped", "prints"];
    for scenario in scenarios {
        let directory = Directory::new(&format!("no-message-{scenario}"));
        let file = directory.join("a.log");
        let abandoned = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
        let run = run(scenario, &[ON, abandoned, ("DD_TRACE_LOG_FILE", text(&file))]);
        let log = match scenario {
            "prints" => run.stdout.lines().filter(|line| !line.starts_with('{')).collect(),
            _ => directory.text("a.log"),
        };
        assert!(log.len() > 500, "{scenario}: {log}");
        assert!(!log.contains(MESSAGE), "{scenario}: {log}");
    }
    // The reason of a sink may hold a part of a batch: it is at the level Debug alone.
    let lines = run("is-refused", &[ON]).lines();
    assert!(lines.iter().all(|line| line.level == "DEBUG" || !line.message.contains(MESSAGE)));
    assert!(lines.iter().any(|line| line.level == "ERROR"));
}

#[test]
fn the_error_logs_are_the_same_with_and_without_it() {
    /// Without what differs from run to run.
    fn essence(stdout: &str) -> Vec<Value> {
        let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .map(|mut line| {
                line["timestamp"].take();
                line["track_errors"]["id"].take();
                if let Some(boundary) = line["track_errors"].get_mut("boundary") {
                    boundary["id"].take();
                }
                line
            })
            .collect()
    }
    let abandoned = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
    for scenario in [
        "climbs",
        "climbs-to-the-boundary",
        "fails-twice-in-one-batch",
        "has-a-boundary",
        "has-a-boundary-in-futures",
        "drops-behind-a-mark",
    ] {
        for backtrace in ["trail", "native", "carried"] {
            let backtrace = ("TRACK_ERRORS_BACKTRACE", backtrace);
            // On a busy machine a step of the trail may come too late.
            let without = || essence(&run(scenario, &[backtrace]).stdout);
            let with = || essence(&run(scenario, &[backtrace, ON, abandoned]).stdout);
            let is_same = (0..5).any(|_| with() == without() && !without().is_empty());
            assert!(is_same, "{scenario} {backtrace:?}: {:#?}", (without(), with()));
        }
    }
}

#[test]
fn lines_are_read_back_as_they_were_written() {
    let line =
        "2026-11-20 17:44:45,042 DEBUG [track_errors] [a.rs:1] - x [track_errors] [b.rs:2] - y";
    let lines = lines(line);
    assert_eq!((&*lines[0].file, &*lines[0].message), ("a.rs", "x [track_errors] [b.rs:2] - y"));
}
