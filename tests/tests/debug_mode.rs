//! The debug mode as a user sees it: how it is switched on, where its lines go, and what is in them.
//! The names in the comments are the sections of Datadog's "Tracer Debug Logs".

mod debug_log;

use std::fs;

use debug_log::{Directory, MESSAGE, PROGRAM, about, command_of, finish, id, lines, run, text};
use serde_json::Value;

const ON: (&str, &str) = ("DD_TRACE_DEBUG", "true");
const QUIET_START: (&str, &str) = ("DD_TRACE_STARTUP_LOGS", "false");

/// The start-up line's JSON.
fn configuration(lines: &[debug_log::Line]) -> Value {
    let found = about(lines, "DATADOG TRACER CONFIGURATION - ");
    assert_eq!(found.len(), 1, "{lines:#?}");
    let (_, json) = found[0].split_once(" - ").expect("a separator");
    serde_json::from_str(json).expect("JSON")
}

// ------------------------------------------------------------------------------------------------
// The switch: Java, Go, .NET, Python from code

#[test]
fn off_by_default_nothing_is_written() {
    for scenario in ["fails", "climbs", "succeeds", "off-by-the-builder"] {
        assert_eq!(run(scenario, &[]).stderr, "", "{scenario}");
    }
}

#[test]
fn the_variable_switches_it_on_and_the_start_up_line_says_so() {
    let run = run("fails", &[ON]);
    assert_eq!(run.logged(), 1);
    let configuration = configuration(&run.lines());
    assert_eq!(configuration["debug"], true);
    assert_eq!(configuration["debug_decided_by"], "DD_TRACE_DEBUG");
}

#[test]
fn the_builder_switches_it_on_and_overrides_the_variable() {
    let on = configuration(&run("on-by-the-builder", &[]).lines());
    assert_eq!(on["debug_decided_by"], "Builder::debug");
    let on = configuration(&run("on-by-the-builder", &[("DD_TRACE_DEBUG", "false")]).lines());
    assert_eq!(on["debug_decided_by"], "Builder::debug");
    assert_eq!(run("off-by-the-builder", &[ON]).stderr, "");
}

#[test]
fn it_is_switched_on_and_off_at_run_time() {
    let lines = run("switched", &[]).lines();
    assert_eq!(configuration(&lines)["debug_decided_by"], "debug::set_enabled");
    assert_eq!(about(&lines, "switched on").len(), 1);
    assert_eq!(about(&lines, "error #").len(), 1, "of three errors: {lines:#?}");
    assert_eq!(about(&lines, "written: ").len(), 1);
    assert_eq!(lines.last().expect("a line").message, "is switched off");
}

#[test]
fn a_switch_at_run_time_holds_when_the_settings_are_installed() {
    let lines = run("switched-on-before-init", &[]).lines();
    assert_eq!(configuration(&lines)["env"], "built");
    assert_eq!(about(&lines, "error #").len(), 1);
}

#[test]
fn eight_threads_switch_it_under_load_and_the_error_logs_go_on() {
    let run = run("switched-by-eight-threads", &[]);
    assert_eq!(run.logged(), 1600);
    // Each line that was written is whole.
    let whole = run.lines().len();
    assert_eq!(whole, run.stderr.lines().count(), "{}", run.stderr);
}

// ------------------------------------------------------------------------------------------------
// Python: levels, the console; Ruby: the marker, the application's logger and lines

#[test]
fn the_lines_of_the_crate_have_a_level_of_their_own() {
    let stderr = run("levels", &[]).stderr;
    // Up to `warn` lines are short: marker and message.
    let messages: Vec<_> = stderr
        .lines()
        .filter(|line| !line.contains("DATADOG"))
        .map(|line| line.rsplit_once("[track_errors] ").expect("the marker").1)
        .map(|line| line.split_once(" - ").map_or(line, |(_, message)| message))
        .filter(|line| line.contains(" at "))
        .collect();
    let mut expected = Vec::new();
    let names = ["error", "warn", "info", "debug"];
    for level in 0..names.len() {
        expected.extend((0..=level).map(|own| format!("{} at {}", names[own], names[level])));
    }
    assert_eq!(messages, expected);
}

#[test]
fn the_level_while_it_is_off_is_a_setting() {
    let wrong = ("TRACK_ERRORS_FORMAT", "xml");
    assert_eq!(run("fails", &[wrong]).stderr.lines().count(), 1);
    assert_eq!(run("fails", &[wrong, ("DD_TRACE_LOG_LEVEL", "error")]).stderr, "");
    assert_eq!(run("fails", &[wrong, ("DD_TRACE_LOG_LEVEL", "off")]).stderr, "");
    let run = run("lines-of-the-application", &[("DD_TRACE_LOG_LEVEL", "info")]);
    assert_eq!(run.lines()[0].message, "4 workers");
}

#[test]
fn the_level_debug_is_debug_mode_and_can_be_switched_off() {
    let level = ("DD_TRACE_LOG_LEVEL", "debug");
    let on = run("fails", &[level]).lines();
    assert_eq!(configuration(&on)["debug_decided_by"], "DD_TRACE_LOG_LEVEL");
    assert_eq!(about(&on, "error #").len(), 1);
    for (scenario, settings) in
        [("off-by-the-builder", &[level][..]), ("fails", &[level, ("DD_TRACE_DEBUG", "false")])]
    {
        assert_eq!(run(scenario, settings).stderr, "", "{scenario}");
    }
    let off = run("switched-off", &[level]).lines();
    assert_eq!(off.len(), 1, "{off:#?}");
    assert_eq!(off[0].message, "info");
}

#[test]
fn without_a_file_lines_go_to_the_console_with_nothing_to_call() {
    let run = run("fails", &[ON]);
    assert!(run.lines().len() > 3, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 1, "the error log is apart: {}", run.stdout);
}

#[test]
fn one_call_installs_it_unless_the_application_has_a_logger() {
    let alone = run("basic-config", &[]);
    assert_eq!(configuration(&alone.lines())["debug_decided_by"], "debug::basic_config");
    assert!(alone.stdout.starts_with("true\n"));
    assert_eq!(about(&alone.lines(), "written: ").len(), 1);

    let with_logger = run("basic-config-after-a-logger", &[]);
    assert_eq!((&*with_logger.stdout, &*with_logger.stderr), ("false\n", ""));

    let directory = Directory::new("basic-config");
    let file = directory.join("a.log");
    let with_file = run("basic-config", &[("DD_TRACE_LOG_FILE", text(&file))]);
    assert!(with_file.stdout.starts_with("false\n"));
    assert_eq!(with_file.stderr, "");
}

#[test]
fn the_global_logger_stays_the_applications_and_the_lines_have_a_target_of_their_own() {
    let all = run("to-log", &[ON]).stdout;
    assert!(all.contains("DEBUG debug_mode: the application's own\n"), "{all}");
    assert!(all.contains("DEBUG track_errors: [track_errors] [pipeline/writer.rs:"), "{all}");
    assert!(all.contains("ERROR track_errors: [track_errors] [bin/debug_mode.rs:"), "{all}");

    let silenced = run("to-log-silenced", &[ON]).stdout;
    assert!(silenced.contains("DEBUG debug_mode: the application's own\n"), "{silenced}");
    assert!(!silenced.contains("DEBUG track_errors"), "{silenced}");
    assert!(silenced.contains("ERROR track_errors: "), "{silenced}");
}

#[test]
fn every_line_has_the_marker_and_the_layout() {
    let run = run("climbs", &[ON]);
    assert_eq!(run.lines().len(), run.stderr.lines().count(), "{}", run.stderr);
}

#[test]
fn the_application_replaces_the_logger_and_debug_and_error_lines_come_apart() {
    let run = run("prints", &[ON]);
    assert_eq!(run.stderr, "");
    let printed: Vec<_> = run.stdout.lines().filter(|line| !line.starts_with('{')).collect();
    let of = |beginning: &str| printed.iter().filter(|line| line.starts_with(beginning)).count();
    assert_eq!(of("error: [track_errors] [bin/debug_mode.rs:"), 1, "{printed:#?}");
    assert_eq!(of("debug: [track_errors] ["), printed.len() - 1);
    assert!(printed.iter().any(|line| line.contains("] - written: stdout, 1 record, ")));
}

#[test]
fn a_logger_is_set_and_removed_at_run_time() {
    let run = run("logger-set-later", &[ON]);
    assert!(run.stdout.contains("] - to the logger\n"), "{}", run.stdout);
    assert_eq!(about(&run.lines(), "not to the logger").len(), 1);
    assert_eq!(about(&run.lines(), "error #").len(), 1);
}

#[test]
fn the_application_writes_lines_and_none_of_them_forges_another() {
    let key = "an-api-key-of-some-kind";
    let run = run("lines-of-the-application", &[ON, ("DD_API_KEY", key)]);
    let of_it: Vec<_> = run.lines().into_iter().filter(|l| l.file == "bin/debug_mode.rs").collect();
    assert_eq!(of_it.len(), 4, "{}", run.stderr);
    assert!(of_it.iter().all(|line| line.level == "INFO"));
    assert_eq!(of_it[0].message, "4 workers");
    assert_eq!(
        of_it[1].message,
        r"x\n2026-11-20 17:44:45,042 ERROR [track_errors] [a.rs:1] - \u{1b}[2J\u{202e}"
    );
    assert_eq!((&*of_it[2].message, &*of_it[3].message), ("key <masked>", "<masked>"));
    assert!(run.stderr.chars().all(|char| char == '\n' || !char.is_control()));
}

// ------------------------------------------------------------------------------------------------
// What was decided about an error, and what became of its record: Node.js, "Review debug logs"

#[test]
fn an_error_has_a_line_for_each_function_and_one_for_its_record() {
    let lines = run("climbs", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert_eq!(errors.len(), 2, "{lines:#?}");
    let id = id(&errors[0]);
    assert!(
        errors[0].starts_with(&format!(
            "error #{id} of kind String left debug_mode::pay at tests/src/bin/debug_mode.rs:"
        )),
        "{}",
        errors[0]
    );
    assert!(errors[0].ends_with(": logged, because it was not seen before (policy origin)"));
    assert!(errors[1].contains(" left debug_mode::order at "), "{}", errors[1]);
    let same = format!(
        ": not logged, because it is the same error as #{id}, logged further in (policy origin)"
    );
    assert!(errors[1].ends_with(&same), "{}", errors[1]);

    let kind = &about(&run("has-fields", &[ON]).lines(), "error #")[0];
    assert!(kind.contains(" of kind payment left debug_mode::with_fields at "), "{kind}");

    let written = about(&lines, "written: ");
    assert_eq!(written.len(), 1, "{lines:#?}");
    assert!(written[0].starts_with("written: stdout, 1 record, "), "{}", written[0]);
    assert!(written[0].ends_with(&format!(" µs, #{id}")), "{}", written[0]);
}

#[test]
fn the_line_of_a_batch_has_its_size() {
    let run = run("fails", &[ON]);
    let written = about(&run.lines(), "written: ");
    let bytes = run.stdout.len();
    assert!(bytes < 1000, "else there is a comma in it");
    assert!(written[0].contains(&format!(", {bytes} bytes, ")), "{}", written[0]);
}

#[test]
fn the_line_of_a_batch_has_the_ids_of_all_its_records() {
    let lines = run("fails-twice-in-one-batch", &[ON]).lines();
    let written = about(&lines, "written: ").concat();
    for error in about(&lines, "error #") {
        assert!(written.contains(&format!("#{}", id(&error))), "{error} in {written}");
    }
}

#[test]
fn the_line_of_an_error_that_is_not_logged_has_the_reason() {
    let lines = run("climbs-to-the-boundary", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert!(
        errors[0].ends_with(": held, because a boundary around it decides (policy boundary)"),
        "{errors:?}"
    );
    assert!(
        errors[1].ends_with(": logged, because it leaves the boundary (policy boundary)"),
        "{errors:?}"
    );

    let lines = run("is-expected", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert!(errors[0].contains(": not logged, because it is expected: "), "{errors:?}");

    let lines = run("climbs-as-expected", &[ON]).lines();
    let errors = about(&lines, "error #");
    let decided = ": not logged, because that was decided further in: it is expected: ";
    assert!(errors[1].contains(decided), "{errors:?}");

    let lines = run("is-limited", &[ON]).lines();
    let limited: Vec<_> = about(&lines, "error #");
    let reason = "logs more of this kind than the rate limit allows";
    let limited = limited.iter().filter(|line| line.contains(reason));
    assert_eq!(limited.count(), 2, "a burst of two is logged: {lines:#?}");

    let lines = run("fails", &[ON, ("OTEL_SDK_DISABLED", "true")]).lines();
    let disabled =
        about(&lines, "an error left debug_mode::unlimited (tests/src/bin/debug_mode.rs:");
    assert!(disabled[0].ends_with(": not logged, because nothing is: OTEL_SDK_DISABLED=true"));

    let lines = run("fails", &[ON, ("TRACK_ERRORS_OUTPUT", "none")]).lines();
    let id = id(&about(&lines, "error #")[0]).to_owned();
    assert_eq!(about(&lines, "not written: "), [format!("not written: the output is none, #{id}")]);
}

#[test]
fn an_error_that_the_queue_does_not_take_has_a_line_that_it_is_dropped() {
    // The lines go to a sink that is fast.
    let run = run("overflows", &[QUIET_START, ("TRACK_ERRORS_OUTPUT", "/dev/null")]);
    let lines = run.lines();
    let errors = about(&lines, "error #");
    assert_eq!(errors.len(), 20_000);
    let dropped = errors.iter().filter(|line| line.contains("it is counted as dropped")).count();
    let end = about(&lines, "the program ends; ");
    assert!(end[0].contains(&format!(", dropped: {dropped};")), "{}", end[0]);
    let logged = errors.iter().filter(|line| line.contains(": logged, ")).count();
    assert!(end[0].contains(&format!("errors logged: {logged},")), "{}", end[0]);
}

#[test]
fn a_record_that_reaches_no_sink_has_a_line_too() {
    let run = run("is-refused", &[ON]);
    let lines = run.lines();
    let (errors, failed) = (about(&lines, "error #"), about(&lines, "not written, but "));
    assert_eq!((errors.len(), failed.len()), (4, 4), "{lines:#?}");
    for (error, failed) in errors.iter().zip(&failed) {
        // The reason of the sink, which may hold a part of the batch, is at this level alone.
        let end = format!(", #{}: no reason for card 4711 of Erika {MESSAGE}", id(error));
        assert!(
            failed.starts_with("not written, but written to stderr instead: refuses, 1 record, ")
        );
        assert!(failed.ends_with(&end), "{failed}");
    }
}

#[test]
fn without_both_lines_no_error_was_tracked() {
    for scenario in ["succeeds-after-init", "succeeds", "calls-nothing"] {
        let lines = run(scenario, &[ON]).lines();
        assert!(about(&lines, "error #").is_empty() && about(&lines, "written: ").is_empty());
        // A program that neither fails nor calls `init` never reads the settings.
        assert_eq!(lines.is_empty(), scenario != "succeeds-after-init", "{lines:#?}");
    }
    let lines = run("succeeds-after-init", &[ON]).lines();
    assert_eq!(configuration(&lines)["service"], "debug_mode");
    assert!(about(&lines, "the program ends; errors logged: 0,").len() == 1, "{lines:#?}");
}

// ------------------------------------------------------------------------------------------------
// Go: the same failure

#[test]
fn the_same_failure_is_written_once_a_minute_and_the_rest_is_counted() {
    let lines = run("is-refused", &[ON]).lines();
    let failures = about(&lines, "cannot write to ");
    assert_eq!(failures.len(), 2, "the first, and at the end the rest: {lines:#?}");
    assert_eq!(
        failures[0],
        "cannot write to \"refuses\": other error; lines that were written to stderr instead: 1"
    );
    let (_, rest) = failures[1].split_once("instead: 3, ").expect("the number of the others");
    assert!(rest.starts_with("2 additional messages skipped (first occurrence: 20"), "{rest}");
    assert!(rest.ends_with(" UTC)"), "{rest}");
    assert!(
        lines.iter().filter(|line| line.message.starts_with("cannot")).all(|l| l.level == "ERROR")
    );
}

#[test]
fn failures_are_counted_also_while_debug_mode_is_off_and_loggers_change() {
    for scenario in ["is-refused-in-batches", "is-refused-by-two-logs"] {
        let stderr = run(scenario, &[]).stderr;
        let failures: Vec<_> =
            stderr.lines().filter(|line| line.starts_with("[track_errors] ")).collect();
        let numbers = failures.iter().map(|line| {
            let (_, number) = line.split_once("instead: ").expect(line);
            number.split(',').next().and_then(|number| number.parse::<u64>().ok()).expect(line)
        });
        assert_eq!(numbers.sum::<u64>(), 9, "all lines that went to stderr: {stderr}");
        assert_eq!(failures.len(), 2, "{stderr}");
        assert!(!failures.concat().contains(MESSAGE), "{failures:?}");
    }
}

#[test]
fn with_a_logging_rate_of_zero_each_failure_is_written() {
    let lines = run("is-refused", &[ON, ("DD_LOGGING_RATE", "0")]).lines();
    let failures = about(&lines, "cannot write to ");
    assert_eq!(failures.len(), 4, "{lines:#?}");
    assert!(failures.iter().all(|failure| !failure.contains("additional")));
}

// ------------------------------------------------------------------------------------------------
// The start-up line, and the file `datadog.json`

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
        ("env", r"prod\u{202e}"),
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
    assert_eq!(json["features"], serde_json::json!(["cached-unwind", "serde_json"]));
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
    assert_eq!(about(&lines, "written: ").len(), 1);
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

// ------------------------------------------------------------------------------------------------
// JSON lines, and what no line may hold

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
    assert_eq!(about(&lines(&to_stdout.stdout), "written: ").len(), 1);
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
            let without = essence(&run(scenario, &[backtrace]).stdout);
            let with = essence(&run(scenario, &[backtrace, ON, abandoned]).stdout);
            assert!(!without.is_empty());
            assert_eq!(without, with, "{scenario} {backtrace:?}");
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
