//! The start-up line, wrong settings, and the file `datadog.json`: sections "Review debug logs" and ".NET".

use std::fs;

use crate::debug_log::{Directory, PROGRAM, about, command_of, finish, run};
use crate::{ON, QUIET_START, configuration};

#[test]
fn the_start_up_line_has_all_keys() {
    let run = run(
        "fails",
        &[
            ON,
            ("DD_SERVICE", "shop"),
            ("DD_ENV", "prod\u{202e}"),
            ("DD_VERSION", "1.2.3"),
            ("DD_TAGS", "team:payments,api_key:s3cr3t,note:0123456789abcdef0123456789abcdef"),
            ("TRACK_ERRORS_RATE_LIMIT", "7"),
        ],
    );
    assert!(
        !run.stderr.contains("s3cr3t") && !run.stderr.contains("89abcdef0123"),
        "{}",
        run.stderr
    );
    let lines = run.lines();
    assert_eq!(lines[0].level, "INFO");
    let json = configuration(&lines);
    for (key, expected) in [
        ("lang", "rust"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("service", "shop"),
        ("env", "prod"),
        ("dd_version", "1.2.3"),
        ("format", "datadog"),
        ("output", "stdout"),
        ("report", "origin"),
        ("backtrace", "trail"),
        ("rate_limit", "7"),
        ("os_name", std::env::consts::OS),
        ("architecture", std::env::consts::ARCH),
        ("debug_log", "stderr"),
    ] {
        assert_eq!(json[key], expected, "{key}");
    }
    let date = json["date"].as_str().expect("a text");
    assert!(date.starts_with("20") && date.ends_with('Z') && date.len() == 20, "{date}");
    assert_eq!(
        json["os_version"].as_str().is_some_and(|text| !text.is_empty()),
        cfg!(target_os = "linux")
    );
    assert_eq!(
        json["tags"],
        serde_json::json!(["team:payments", "api_key:<masked>", "note:<masked>"])
    );
    assert_eq!(json["runtime_id"].as_str().map(str::len), Some(36));
    let features = ["cached-unwind", "error-stack", "net", "serde_json"];
    assert_eq!(json["features"], serde_json::json!(features));
    assert_eq!(json["debug"], true);
}

#[test]
fn the_start_up_line_says_whether_backtraces_can_be_resolved() {
    // A debug build has everything; `release_builds.rs` tests the others.
    let expected =
        serde_json::json!({"names": true, "lines": true, "stripped": false, "advice": ""});
    // Where it is switched on at run time and no error comes, the line is made when `main` has returned.
    for (scenario, settings) in
        [("fails", &[ON][..]), ("succeeds-after-init", &[ON]), ("switched-on-and-succeeds", &[])]
    {
        let symbols = configuration(&run(scenario, settings).lines())["symbols"].clone();
        assert_eq!(symbols, expected, "{scenario}");
    }
}

#[test]
fn the_start_up_line_can_be_switched_off() {
    let lines = run("fails", &[ON, QUIET_START]).lines();
    assert!(about(&lines, "DATADOG TRACER CONFIGURATION").is_empty());
    assert_eq!(about(&lines, "sent ").len(), 1);
}

#[test]
fn wrong_settings_are_diagnostics() {
    let settings = [ON, ("TRACK_ERRORS_FORMAT", "xml"), ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "ten")];
    let run = run("fails", &settings);
    let lines = run.lines();
    let found = about(&lines, "DATADOG TRACER DIAGNOSTICS - ");
    assert_eq!(
        found,
        [
            "DATADOG TRACER DIAGNOSTICS - TRACK_ERRORS_FORMAT is \"xml\", which is not a format: \
             expected one of datadog, otlp; using datadog",
            "DATADOG TRACER DIAGNOSTICS - DD_TRACE_ABANDONED_SPAN_TIMEOUT is \"ten\", which is not \
             a duration: expected a duration longer than 0 such as 1h30m, 90s or 500ms; using 10m",
        ]
    );
    assert!(lines.iter().filter(|l| l.message.contains("DIAGNOSTICS")).all(|l| l.level == "WARN"));
    assert_eq!(run.logged(), 1);
}

#[test]
fn names_that_are_no_settings_are_diagnostics() {
    let settings = [ON, ("TRACK_ERRORS_FROMAT", "otlp")];
    let directory = Directory::new("unknown");
    let program = beside(&directory, r#"{"DD_SERVISE": "s3cr3t", "DD_SITE": "datadoghq.eu"}"#);
    let lines = finish(&mut command_of(&program, "fails", &settings)).lines();
    let found = about(&lines, "DATADOG TRACER DIAGNOSTICS - ");
    assert_eq!(
        found,
        [
            "DATADOG TRACER DIAGNOSTICS - a variable is \"TRACK_ERRORS_FROMAT\", which is no setting \
             (did you mean TRACK_ERRORS_FORMAT?): expected one that the documentation lists; using \
             the others",
            "DATADOG TRACER DIAGNOSTICS - a key of datadog.json is \"DD_SERVISE\", which is no \
             setting (did you mean DD_SERVICE?): expected one that the documentation lists; using \
             the others",
        ]
    );
}

/// The program in a directory of its own, with this configuration file next to it.
fn beside(directory: &Directory, file: &str) -> std::path::PathBuf {
    let program = directory.join("shop");
    fs::copy(PROGRAM, &program).expect("the program is copied");
    fs::write(directory.join("datadog.json"), file).expect("the file is written");
    program
}

#[test]
fn a_configuration_file_next_to_the_program_has_the_same_keys() {
    let directory = Directory::new("datadog-json");
    let program = beside(
        &directory,
        r#"{"DD_TRACE_DEBUG": true, "DD_ENV": "from-file", "DD_SERVICE": "from-file",
            "TRACK_ERRORS_RATE_LIMIT": 5}"#,
    );
    let run = finish(&mut command_of(
        &program,
        "fails",
        &[("DD_ENV", "from-environment"), ("DD_SERVICE", " ")],
    ));
    let json = configuration(&run.lines());
    assert_eq!(json["debug_decided_by"], "datadog.json");
    assert_eq!((&json["rate_limit"], &json["service"]), (&"5".into(), &"from-file".into()));
    assert_eq!(json["env"], "from-environment", "a variable overrides the file");
    assert!(run.stdout.contains("\"env\":\"from-environment\""), "{}", run.stdout);

    let off = finish(&mut command_of(&program, "fails", &[("DD_TRACE_DEBUG", "false")]));
    assert_eq!(off.stderr, "");
    let built = finish(&mut command_of(&program, "off-by-the-builder", &[]));
    assert_eq!(built.stderr, "");
}

#[test]
fn neither_the_keys_of_the_configuration_file_nor_passwords_of_urls_are_shown() {
    let directory = Directory::new("datadog-json-secret");
    let program = beside(&directory, r#"{"DD_TRACE_DEBUG": true, "DD_API_KEY": "s3cr3t-key"}"#);
    let settings = [("DD_ENV", "s3cr3t-key"), ("TRACK_ERRORS_OUTPUT", "tcp://user:hunter2@h:1")];
    let run = finish(&mut command_of(&program, "fails", &settings));
    assert_eq!(configuration(&run.lines())["env"], "<masked>");
    assert!(run.stderr.contains("tcp://h:1"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2") && !run.stderr.contains("s3cr3t"), "{}", run.stderr);
}

#[test]
fn a_configuration_file_with_mistakes_is_reported_and_the_program_goes_on() {
    let directory = Directory::new("datadog-json-wrong");
    let program = beside(&directory, "{\"DD_API_KEY\": \"s3cr3t\", oops");
    let run = finish(&mut command_of(&program, "fails", &[]));
    assert_eq!((run.logged(), run.stderr.lines().count()), (1, 1), "{}", run.stderr);
    assert!(run.stderr.contains("datadog.json"), "{}", run.stderr);
    assert!(run.stderr.contains("is no JSON (line 1, column "), "{}", run.stderr);
    assert!(!run.stderr.contains("s3cr3t"));
}
