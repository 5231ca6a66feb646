//! Levels, the console, the marker, the application's logger and lines: sections "Python" and "Ruby".

use crate::debug_log::{Directory, about, run, text};
use crate::{ON, configuration};

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
    assert_eq!(about(&alone.lines(), "sent ").len(), 1);

    let with_logger = run("basic-config-after-a-logger", &[]);
    assert_eq!((&*with_logger.stdout, &*with_logger.stderr), ("false\n", ""));

    let directory = Directory::new("basic-config");
    let file = directory.join("a.log");
    let with_file = run("basic-config", &[("DD_TRACE_LOG_FILE", text(&file))]);
    assert!(with_file.stdout.starts_with("false\n"));
    assert_eq!(with_file.stderr, "");

    let with_stderr = run("basic-config", &[("DD_TRACE_LOG_FILE", "/dev/stderr")]);
    assert!(with_stderr.stdout.starts_with("false\n"));
    assert_eq!(with_stderr.stderr, "");
}

#[test]
fn the_global_logger_stays_the_applications_and_the_lines_have_a_target_of_their_own() {
    let all = run("to-log", &[ON]).stdout;
    assert!(all.contains("DEBUG debug_mode: the application's own\n"), "{all}");
    assert!(all.contains("DEBUG track_errors: [track_errors] [pipeline/writer/offer.rs:"), "{all}");
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
    assert!(printed.iter().any(|line| line.contains("] - sent 1 record, ")));
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
    // Nothing is guessed to be a key.
    assert_eq!(of_it[2].message, "commit 0123456789abcdef0123456789abcdef01234567");
    assert_eq!(of_it[3].message, "<masked>");
    assert!(run.stderr.chars().all(|char| char == '\n' || !char.is_control()));
}
