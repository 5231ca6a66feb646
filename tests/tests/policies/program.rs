//! The policy of a program, from its environment.

use super::*;

/// The lines of a program in which an error climbs through two functions, and its report of handled errors.
fn climb(settings: &[(&str, &str)]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
    command.arg("climb");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["DD_", "OTEL_", "TRACK_ERRORS_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    let output = command.envs(settings.iter().copied()).output().expect("the scenario starts");
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn messages(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["error"]["message"].as_str().expect("a text")).collect()
}

const INNER: &str = "No such file or directory (os error 2)";
const OUTER: &str = "starting: No such file or directory (os error 2)";

#[test]
fn the_environment_sets_the_policy_of_a_program() {
    assert_eq!(messages(&climb(&[])), [INNER]);
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "origin")])), [INNER]);
    // A boundary is a place, not a policy.
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "boundary")])), [INNER]);
    assert_eq!(messages(&climb(&[("TRACK_ERRORS_REPORT", "every")])), [INNER, OUTER]);
}

#[test]
fn the_levels_of_an_error_share_one_id_in_datadog_lines() {
    let lines = climb(&[("TRACK_ERRORS_REPORT", "every")]);
    for line in &lines {
        admission::check_datadog(&line.to_string()).expect("admissible");
    }
    let id = lines[0]["track_errors"]["id"].as_str().expect("an id");
    assert_eq!(id.len(), 16);
    assert_eq!(lines[1]["track_errors"]["id"], id);
    assert!(lines[0]["error"]["id"].is_null(), "a name that is not ours");
}

#[test]
fn the_levels_of_an_error_share_one_id_in_otlp_lines() {
    let lines = climb(&[("TRACK_ERRORS_REPORT", "every"), ("TRACK_ERRORS_FORMAT", "otlp")]);
    let ids: Vec<_> = lines
        .iter()
        .map(|line| {
            admission::check_otlp(&line.to_string()).expect("admissible");
            let record = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
            let attributes = record["attributes"].as_array().expect("attributes");
            let id = attributes.iter().find(|attribute| attribute["key"] == "track_errors.id");
            id.expect("an id")["value"]["stringValue"].as_str().expect("a text").to_owned()
        })
        .collect();
    assert_eq!((ids.len(), ids[0].len()), (2, 16));
    assert_eq!(ids[0], ids[1]);
}
