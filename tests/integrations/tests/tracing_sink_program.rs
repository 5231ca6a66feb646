//! A program with the sink of `tracing`, until its end and in a forked child.

use std::collections::BTreeMap;

use serde_json::Value;
use track_errors_tests::process::program;

/// The lines of a scenario on stdout.
fn lines(scenario: &str) -> Vec<Value> {
    let mut command = program(env!("CARGO_BIN_EXE_tracing_sink"), []);
    let output = command.arg(scenario).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
}

#[test]
fn each_error_is_one_event_of_its_request_when_the_program_ends_without_a_flush() {
    let lines = lines("threads");
    let mut requests = BTreeMap::new();
    for line in lines.iter().filter(|line| line["level"] == "ERROR") {
        let request = line["context.request"].as_u64().expect("the request");
        assert_eq!(line["error.message"], format!("request {request}"));
        *requests.entry(request).or_insert(0) += 1;
    }
    assert_eq!(requests.len(), 2000);
    assert!(requests.values().all(|count| *count == 1));
    let of_program = lines.iter().filter(|line| line["message"] == "a line of the program");
    assert_eq!(of_program.count(), 2000);
}

#[cfg(unix)]
#[test]
fn parent_and_child_log_their_own_errors_once() {
    let lines = lines("fork");
    let mut messages: Vec<_> =
        lines.iter().filter_map(|line| line["error.message"].as_str()).collect();
    messages.sort_unstable();
    assert_eq!(messages, ["the child 2", "the parent 1", "the parent 3"]);
    let child = lines.iter().find(|line| line["error.message"] == "the child 2").expect("a line");
    assert_eq!(child["context.pid"], true);
}
