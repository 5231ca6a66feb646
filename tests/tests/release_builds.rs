//! What is left of a stack in release builds: with line tables, without debug info, stripped.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use track_errors_tests::admission;

/// Builds the probe and returns its path.
fn build(name: &str, debug: &str, strip: &str) -> PathBuf {
    build_with_panic(name, debug, strip, "unwind")
}

fn build_with_panic(name: &str, debug: &str, strip: &str, panic: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release-builds").join(name);
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--package", "track_errors_probe"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_PROFILE_RELEASE_DEBUG", debug)
        .env("CARGO_PROFILE_RELEASE_STRIP", strip)
        .env("CARGO_PROFILE_RELEASE_PANIC", panic)
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the probe does not build");
    target.join("release").join(format!("track_errors_probe{}", std::env::consts::EXE_SUFFIX))
}

/// The lines of the stack that the probe logs first.
fn stack(probe: &Path, scenario: &str) -> Vec<String> {
    let output = Command::new(probe).arg(scenario).output().expect("the probe starts");
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let line = stdout.lines().next().expect("a line");
    admission::check_datadog(line).expect("admissible");
    let line: Value = serde_json::from_str(line).expect("JSON");
    line["error"]["stack"].as_str().expect("a text").lines().map(str::to_owned).collect()
}

/// `file:line:column` of the first place in the probe that is marked by this comment.
fn place(comment: &str, column: u32) -> String {
    let source = include_str!("../probe/src/main.rs");
    let line = source.lines().position(|line| line.ends_with(comment)).expect("the comment") + 1;
    format!("             at tests/probe/src/main.rs:{line}:{column}")
}

/// What the start-up line of the debug mode says about the symbols of the probe.
fn symbols(probe: &Path) -> Value {
    let output = Command::new(probe)
        .arg("sync")
        .env("DD_TRACE_DEBUG", "true")
        .output()
        .expect("the probe starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let (_, json) = stderr.split_once("DATADOG TRACER CONFIGURATION - ").expect("a start-up line");
    let json: Value = serde_json::from_str(json.lines().next().expect("a line")).expect("JSON");
    json["symbols"].clone()
}

/// Names, lines, stripped; and the advice has to hold this.
fn assert_symbols(probe: &Path, expected: [bool; 3], advice: &str) {
    let symbols = symbols(probe);
    let found =
        ["names", "lines", "stripped"].map(|key| symbols[key].as_bool().expect("a boolean"));
    assert_eq!(found, expected, "{symbols}");
    let said = symbols["advice"].as_str().expect("a text");
    assert!(said.contains(advice) && said.is_empty() == advice.is_empty(), "{said}");
}

const HEADER: &str = "std::io::Error: No such file or directory (os error 2)";

#[test]
fn with_line_tables_every_caller_has_its_line() {
    let probe = build("line-tables", "line-tables-only", "none");
    assert_symbols(&probe, [true, true, false], "");
    let stack = stack(&probe, "sync");
    assert_eq!(stack[0], HEADER);
    assert_eq!(stack[1], "   0: track_errors_probe::read");
    assert_eq!(stack[2], place("// fails in `read`", 45));
    assert_eq!(stack[3], "   1: track_errors_probe::untracked");
    assert!(stack[4].starts_with("             at tests/probe/src/main.rs:"), "{stack:#?}");
    assert_eq!(stack[5], "   2: track_errors_probe::outer");
    assert_eq!(stack[6].split(':').nth(1), place("// calls `untracked`", 0).split(':').nth(1));
    assert_eq!(stack[7], "   3: track_errors_probe::main");
    assert_eq!(stack.len(), 9, "nothing below main: {stack:#?}");
}

#[test]
fn without_debug_info_the_callers_have_names() {
    let probe = build("symbols", "0", "none");
    assert_symbols(&probe, [true, false, false], "no line tables: set debug = \"limited\"");
    let stack = stack(&probe, "sync");
    assert_eq!(&stack[..2], [HEADER, "   0: track_errors_probe::read"]);
    assert_eq!(stack[2], place("// fails in `read`", 45));
    assert_eq!(stack[3], "   1: track_errors_probe::untracked");
    assert!(stack.iter().any(|line| line.ends_with(": track_errors_probe::outer")), "{stack:#?}");
}

/// The frame of a tracked function of the probe, at the line of its definition.
fn definition(index: usize, function: &str) -> [String; 2] {
    let source = include_str!("../probe/src/main.rs");
    let name = format!("fn {function}(");
    let line = source.lines().position(|line| line.contains(&name)).expect("the function");
    let column = source.lines().nth(line).expect("the line").find(&name).expect("the name") + 4;
    [
        format!("{index:>4}: track_errors_probe::{function}"),
        format!("             at tests/probe/src/main.rs:{}:{column}", line + 1),
    ]
}

#[test]
fn stripped_of_all_symbols_the_tracked_calls_are_the_stack() {
    let probe = build("stripped", "0", "symbols");
    assert_symbols(&probe, [false, false, true], "set strip = \"none\" and debug = \"limited\"");
    for (scenario, function, column, outer) in [
        ("sync", "read", 45, "outer"),
        ("async", "read_later", 71, "outer_later"),
        ("moved", "read_after_wait", 45, "outer_after_wait"),
    ] {
        let stack = stack(&probe, scenario);
        assert_eq!(stack[0], HEADER);
        assert_eq!(stack[1], format!("   0: track_errors_probe::{function}"));
        assert_eq!(stack[2], place(&format!("// fails in `{function}`"), column));
        assert_eq!(stack[3..], definition(1, outer), "{stack:#?}");
    }
}

#[test]
fn where_a_panic_aborts_the_errors_before_it_are_logged() {
    let probe = build_with_panic("abort", "0", "none", "abort");
    for _ in 0..20 {
        let output = Command::new(&probe).arg("panic").output().expect("the probe starts");
        assert!(!output.status.success(), "{output:?}");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        admission::check_datadog(stdout.trim_end()).expect("admissible");
    }
}
