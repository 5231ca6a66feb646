//! Settings from the environment and the builder, tested in a process of their own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use track_errors_tests::{admission, process};

struct Run {
    stdout: String,
    stderr: String,
}

fn run(scenario: &str, settings: &[(&str, &str)]) -> Run {
    let output = command(scenario, settings).output().expect("the scenario starts");
    assert!(output.status.success(), "{output:?}");
    Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The scenario with these settings and no others.
fn command(scenario: &str, settings: &[(&str, &str)]) -> Command {
    let settings = settings.iter().copied();
    let mut command = process::program(env!("CARGO_BIN_EXE_scenario"), settings);
    command.arg(scenario);
    command
}

/// The only line of a text, as JSON.
fn only_line(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).expect("JSON")
}

fn temporary(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => path,
    }
}

#[test]
fn without_settings_a_datadog_line_goes_to_stdout_and_nothing_to_stderr() {
    let run = run("once", &[]);
    admission::check_datadog(run.stdout.trim_end()).expect("admissible");
    assert_eq!(run.stderr, "");
}

#[test]
fn the_environment_sets_the_format() {
    let run = run("once", &[("TRACK_ERRORS_FORMAT", "otlp")]);
    admission::check_otlp(run.stdout.trim_end()).expect("admissible");
    assert_eq!(run.stderr, "");
}

#[test]
fn the_environment_sets_the_output() {
    let to_stderr = run("once", &[("TRACK_ERRORS_OUTPUT", "stderr")]);
    assert_eq!(to_stderr.stdout, "");
    admission::check_datadog(to_stderr.stderr.trim_end()).expect("admissible");

    let nowhere = run("once", &[("TRACK_ERRORS_OUTPUT", "none")]);
    assert_eq!((&*nowhere.stdout, &*nowhere.stderr), ("", ""));
}

#[test]
fn the_path_of_a_stream_is_the_stream() {
    let to_stdout = run("once", &[("TRACK_ERRORS_OUTPUT", "/dev/stdout")]);
    assert_eq!(only_line(&to_stdout.stdout)["status"], "error");
    assert_eq!(to_stdout.stderr, "");
    let to_stderr = run("once", &[("TRACK_ERRORS_OUTPUT", "/dev/stderr")]);
    assert_eq!(only_line(&to_stderr.stderr)["status"], "error");
    assert_eq!(to_stderr.stdout, "");
}

#[test]
fn a_file_gets_the_lines_of_every_run() {
    let path = temporary("every-run.jsonl");
    let settings = [("TRACK_ERRORS_OUTPUT", path.to_str().expect("UTF-8"))];
    for _ in 0..2 {
        let run = run("once", &settings);
        assert_eq!((&*run.stdout, &*run.stderr), ("", ""));
    }
    let text = fs::read_to_string(&path).expect("the file is there");
    assert_eq!(text.lines().count(), 2);
    for line in text.lines() {
        admission::check_datadog(line).expect("admissible");
    }
}

#[test]
fn the_builder_overrides_the_environment() {
    let run = run(
        "builder",
        &[
            ("TRACK_ERRORS_FORMAT", "datadog"),
            ("TRACK_ERRORS_OUTPUT", "stdout"),
            ("DD_ENV", "from-environment"),
        ],
    );
    assert_eq!(run.stdout, "");
    admission::check_otlp(run.stderr.trim_end()).expect("admissible");
    assert!(run.stderr.contains("from-builder") && !run.stderr.contains("from-environment"));
}

#[test]
fn the_attribute_overrides_the_environment() {
    let named = run("once", &[("DD_SERVICE", "from-environment")]);
    assert_eq!(only_line(&named.stdout)["service"], "scenario");
    let unnamed = run("without-service", &[("DD_SERVICE", "from-environment")]);
    assert_eq!(only_line(&unnamed.stdout)["service"], "from-environment");
}

#[test]
fn a_wrong_value_is_reported_in_one_line_and_the_program_continues() {
    for (name, value, accepted, used) in [
        ("TRACK_ERRORS_FORMAT", "xml", "datadog, otlp", "datadog"),
        ("TRACK_ERRORS_BACKTRACE", "yes", "native, carried, trail", "native"),
        ("TRACK_ERRORS_REPORT", "never", "origin, every", "origin"),
        ("TRACK_ERRORS_REPORT", "boundary", "#[track_errors(report = \"boundary\")]", "origin"),
        ("TRACK_ERRORS_OUTPUT", "tcp://localhost", "lacks a port, as in tcp://localhost", "stdout"),
        ("TRACK_ERRORS_OUTPUT", "udp://localhost:1", "the unknown scheme udp", "stdout"),
        ("TRACK_ERRORS_RATE_LIMIT", "many", "off", "100"),
    ] {
        let run = run("once", &[(name, value)]);
        admission::check_datadog(run.stdout.trim_end()).expect("admissible");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.starts_with("[track_errors] "), "{}", run.stderr);
        for part in [name, value, accepted, used] {
            assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
        }
    }
}

#[test]
fn an_empty_value_counts_as_unset() {
    let run = run("once", &[("TRACK_ERRORS_FORMAT", ""), ("TRACK_ERRORS_OUTPUT", " ")]);
    admission::check_datadog(run.stdout.trim_end()).expect("admissible");
    assert_eq!(run.stderr, "");
}

#[test]
fn a_file_that_cannot_be_opened_is_reported_and_the_lines_go_to_stderr() {
    let run = run("once", &[("TRACK_ERRORS_OUTPUT", "/there/is/no/such/directory/errors.jsonl")]);
    assert_eq!(run.stdout, "");
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stderr);
    assert!(lines[0].contains("/there/is/no/such/directory/errors.jsonl"), "{}", lines[0]);
    assert!(lines[0].contains("No such file or directory"), "{}", lines[0]);
    admission::check_datadog(lines[1]).expect("admissible");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_once_and_the_lines_go_to_stderr() {
    let run = run("eight-threads", &[("TRACK_ERRORS_OUTPUT", "/dev/full")]);
    let (reports, lines): (Vec<_>, Vec<_>) =
        run.stderr.lines().partition(|line| line.starts_with("[track_errors]"));
    assert!(
        reports[0].contains("/dev/full") && reports[0].contains("No space left"),
        "{reports:?}"
    );
    assert_eq!((lines.len(), went_to_stderr(&reports)), (200, 200), "{reports:?}");
}

/// How many lines the diagnostics report: the first, and at the end the number of the skipped ones.
fn went_to_stderr(reports: &[&str]) -> u64 {
    assert!(reports.len() <= 2, "{reports:?}");
    let numbers = reports.iter().map(|line| {
        let (_, number) = line.split_once("written to stderr instead: ").expect(line);
        number.split(',').next().and_then(|number| number.parse::<u64>().ok()).expect(line)
    });
    numbers.sum()
}

#[test]
fn a_closed_stdout_is_reported_once_and_the_lines_go_to_stderr() {
    let mut child = command("eight-threads", &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the scenario starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the scenario ends");
    assert!(output.status.success(), "{output:?}");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let (reports, lines): (Vec<_>, Vec<_>) =
        stderr.lines().partition(|line| line.starts_with("[track_errors]"));
    // Lines that the pipe took before it was closed are lost.
    assert!(!lines.is_empty(), "the lines that could not be written are not lost");
    assert_eq!(went_to_stderr(&reports), lines.len() as u64, "{stderr}");
}

/// Its error, `ENOTCONN`, is that of a receiver that is away, and of files on a network disk whose program has ended.
#[cfg(unix)]
#[test]
fn a_stdout_that_is_a_socket_without_a_peer_is_not_away() {
    let socket = std::os::unix::net::UnixDatagram::unbound().expect("a socket");
    let output = command("once", &[])
        .stdout(std::os::fd::OwnedFd::from(socket))
        .output()
        .expect("the scenario starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("records that were written to stderr instead"), "{stderr}");
    assert!(!stderr.contains("errors wait until"), "{stderr}");
}

#[test]
fn a_program_that_holds_the_lock_of_stdout_is_not_blocked() {
    let run = run("holds-stdout", &[]);
    let (own, logged): (Vec<_>, Vec<_>) =
        run.stdout.lines().partition(|line| *line == "still mine");
    assert_eq!((own.len(), logged.len()), (1, 1), "{}", run.stdout);
    admission::check_datadog(logged[0]).expect("admissible");
}

#[test]
fn datadogs_variables_describe_the_resource() {
    let run = run(
        "once",
        &[
            ("DD_ENV", "prod"),
            ("DD_VERSION", "1.2.3"),
            ("DD_TAGS", "team:payments,region:eu"),
            ("DD_GIT_COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
            ("DD_GIT_REPOSITORY_URL", "https://example.org/shop.git"),
        ],
    );
    let line = only_line(&run.stdout);
    let tags: Vec<_> = line["ddtags"].as_str().expect("text").split(',').collect();
    for tag in [
        "env:prod",
        "version:1.2.3",
        "team:payments",
        "region:eu",
        "git.commit.sha:0123456789abcdef0123456789abcdef01234567",
        "git.repository_url:https://example.org/shop.git",
    ] {
        assert!(tags.contains(&tag), "{tag} in {tags:?}");
    }
    assert_eq!((&line["dd"]["env"], &line["dd"]["version"]), (&"prod".into(), &"1.2.3".into()));
}

#[test]
fn otel_sdk_disabled_turns_everything_off_and_says_so_once_at_any_level() {
    for level in ["off", "error", "warn"] {
        let settings = [("OTEL_SDK_DISABLED", "true"), ("DD_TRACE_LOG_LEVEL", level)];
        let run = run("once", &settings);
        let line = "[track_errors] no error is logged: OTEL_SDK_DISABLED=true\n";
        assert_eq!((&*run.stdout, &*run.stderr), ("", line), "{level}");
    }
}

fn stack(settings: &[(&str, &str)]) -> String {
    let line = only_line(&run("once", settings).stdout);
    line["error"]["stack"].as_str().expect("text").to_owned()
}

#[test]
fn the_trail_of_an_error_that_does_not_climb_is_one_frame() {
    let stack = stack(&[("TRACK_ERRORS_BACKTRACE", "trail")]);
    assert_eq!(stack.lines().count(), 3, "{stack}");
    assert!(stack.contains("   0: scenario::read_settings\n"), "{stack}");
}

#[test]
fn a_backtrace_that_the_error_carries_shows_the_function_that_made_it() {
    let settings = [("TRACK_ERRORS_BACKTRACE", "carried"), ("RUST_BACKTRACE", "1")];
    let line = only_line(&run("carried", &settings).stdout);
    let stack = line["error"]["stack"].as_str().expect("text");
    let functions: Vec<_> = stack.lines().skip(1).step_by(2).map(str::trim).collect();
    assert_eq!(functions[0], "0: scenario::made_further_in", "{stack}");
    assert_eq!(functions[1], "1: scenario::carries", "{stack}");
}
