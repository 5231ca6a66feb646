//! Stacks in release builds: with line tables, without debug info, stripped.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use track_errors_tests::admission;

/// How the probe is built, and where the build puts it.
struct Build {
    name: &'static str,
    profile: &'static [(&'static str, &'static str)],
    probe: OnceLock<PathBuf>,
}

impl Build {
    const fn new(name: &'static str, profile: &'static [(&'static str, &'static str)]) -> Self {
        Build { name, profile, probe: OnceLock::new() }
    }

    /// The path of the probe. The first call builds it.
    fn probe(&self) -> &Path {
        self.probe.get_or_init(|| self.run())
    }

    fn run(&self) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release-builds").join(self.name);
        let settings = self.profile.iter();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--locked", "--package", "track_errors_probe"])
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
            .arg("--target-dir")
            .arg(&target)
            .envs(settings.map(|(key, value)| (format!("CARGO_PROFILE_RELEASE_{key}"), value)))
            .env_remove("CARGO_BUILD_TARGET")
            .status()
            .expect("cargo starts");
        assert!(status.success(), "the probe does not build");
        target.join("release").join(format!("track_errors_probe{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Cargo's own release profile; that of this workspace has debug info.
static DEFAULT: Build = Build::new("default", &[("DEBUG", "0")]);
static LIMITED: Build = Build::new("limited", &[("DEBUG", "limited")]);
static LINE_TABLES: Build = Build::new("line-tables", &[("DEBUG", "line-tables-only")]);
static STRIPPED: Build = Build::new("stripped", &[("DEBUG", "0"), ("STRIP", "symbols")]);
static SMALLEST: Build = Build::new(
    "smallest",
    &[("DEBUG", "0"), ("OPT_LEVEL", "z"), ("LTO", "fat"), ("PANIC", "abort")],
);

/// The first log of the probe.
fn log(probe: &Path, scenario: &str) -> Value {
    let output = Command::new(probe).arg(scenario).output().expect("the probe starts");
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let line = stdout.lines().next().expect("a line");
    admission::check_datadog(line).expect("admissible");
    serde_json::from_str(line).expect("JSON")
}

/// The lines of the first stack that the probe logs.
fn stack(probe: &Path, scenario: &str) -> Vec<String> {
    let stack = log(probe, scenario)["error"]["stack"].clone();
    stack.as_str().expect("a text").lines().map(str::to_owned).collect()
}

/// `file:line:column` of the first place in the probe with this comment.
fn place(comment: &str, column: u32) -> String {
    let source = include_str!("../probe/src/main.rs");
    let line = source.lines().position(|line| line.ends_with(comment)).expect("the comment") + 1;
    format!("             at tests/probe/src/main.rs:{line}:{column}")
}

/// The symbols of the probe, as the start-up line of the debug mode reports them.
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

/// Checks names, lines and stripped, and that the advice contains this text.
fn assert_symbols(probe: &Path, expected: [bool; 3], advice: &str) {
    let symbols = symbols(probe);
    let found =
        ["names", "lines", "stripped"].map(|key| symbols[key].as_bool().expect("a boolean"));
    assert_eq!(found, expected, "{symbols}");
    let shown = symbols["advice"].as_str().expect("a text");
    assert!(shown.contains(advice) && shown.is_empty() == advice.is_empty(), "{shown}");
}

const HEADER: &str = "std::io::Error: No such file or directory (os error 2)";

#[test]
fn with_line_tables_every_caller_has_its_line() {
    let probe = LINE_TABLES.probe();
    assert_symbols(probe, [true, true, false], "");
    let stack = stack(probe, "sync");
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
    let probe = DEFAULT.probe();
    assert_symbols(probe, [true, false, false], "no line tables: set debug = \"limited\"");
    let stack = stack(probe, "sync");
    assert_eq!(&stack[..2], [HEADER, "   0: track_errors_probe::read"]);
    assert_eq!(stack[2], place("// fails in `read`", 45));
    assert_eq!(stack[3], "   1: track_errors_probe::untracked");
    assert!(stack.iter().any(|line| line.ends_with(": track_errors_probe::outer")), "{stack:#?}");
}

#[test]
fn without_symbols_frame_0_is_exact_and_the_callers_are_offsets() {
    let probe = STRIPPED.probe();
    assert_symbols(probe, [false, false, true], "set strip = \"none\" and debug = \"limited\"");
    for (scenario, function, column) in
        [("sync", "read", 45), ("async", "read_later", 71), ("moved", "read_after_wait", 45)]
    {
        let stack = stack(probe, scenario);
        assert_eq!(stack[0], HEADER);
        assert_eq!(stack[1], format!("   0: track_errors_probe::{function}"));
        assert_eq!(stack[2], place(&format!("// fails in `{function}`"), column));
        if cfg!(target_os = "linux") {
            assert!(stack.len() > 3, "{stack:#?}");
            let is_offset = |line: &String| line.contains(": track_errors_probe+0x");
            assert!(stack[3..].iter().any(is_offset), "{stack:#?}");
        }
    }
}

/// Frame 0 of a report in each build: its function in the stack, and in the line.
#[track_caller]
fn assert_reported(build: &Build, scenario: &str, frame: &str, function: Option<&str>) {
    let log = log(build.probe(), scenario);
    let stack = log["error"]["stack"].as_str().expect("a text");
    let frame_0 = stack.lines().nth(1).expect("a frame").trim_start();
    assert!(frame_0.starts_with(&format!("0: {frame}")), "{stack}");
    assert_eq!(log["logger"]["method_name"].as_str(), function, "{stack}");
    let module = function.map(|_| "track_errors_probe");
    assert_eq!(log["logger"]["name"].as_str(), module, "{stack}");
    let line = stack.lines().nth(2).expect("a place");
    assert!(line.starts_with("             at tests/probe/src/main.rs:"), "{stack}");
}

#[test]
fn a_report_is_in_its_function_if_that_has_a_symbol() {
    let name = "track_errors_probe::handles";
    for build in [&LINE_TABLES, &LIMITED, &DEFAULT] {
        assert_reported(build, "by-hand", name, Some(name));
    }
    if cfg!(target_os = "linux") {
        assert_reported(&STRIPPED, "by-hand", "track_errors_probe+0x", None);
    }
}

#[test]
fn a_report_of_the_macro_is_in_its_function_in_every_build() {
    let name = "track_errors_probe::handles_by_macro";
    for build in [&LINE_TABLES, &DEFAULT, &STRIPPED] {
        assert_reported(build, "by-macro", name, Some(name));
    }
}

#[test]
#[cfg(panic = "unwind")]
fn a_panic_is_in_its_function_if_that_has_a_symbol() {
    let name = "track_errors_probe::panics";
    for build in [&LINE_TABLES, &DEFAULT] {
        assert_reported(build, "logged-panic", name, Some(name));
    }
    assert_reported(&STRIPPED, "logged-panic", "<unknown>", None);
}

/// The output of a program of binutils, if it is installed.
fn binutils(program: &str, arguments: &[&OsStr]) -> Option<String> {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        println!("skipped: there is no {program}");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
#[cfg(target_os = "linux")]
fn an_offset_of_a_stripped_program_is_resolved_with_the_unstripped_one() {
    let unstripped = LINE_TABLES.probe();
    let folder = unstripped.with_file_name("stripped-copy");
    fs::create_dir_all(&folder).expect("a folder");
    let stripped = folder.join("track_errors_probe");
    let arguments = ["--strip-all".as_ref(), "-o".as_ref(), stripped.as_ref(), unstripped.as_ref()];
    if binutils("strip", &arguments).is_none() {
        return;
    }

    let log = log(&stripped, "sync");
    let stack = log["error"]["stack"].as_str().expect("a text");
    let offsets = stack.lines().filter_map(|line| line.split_once(": track_errors_probe+"));
    let offsets: Vec<_> = offsets.map(|(_, offset)| offset).collect();
    // The frames of the functions that are never inlined, innermost first.
    for (offset, function) in offsets.iter().zip(["read", "untracked", "outer"]) {
        let file = unstripped.as_os_str();
        let arguments = ["-ifC".as_ref(), "-e".as_ref(), file, offset.as_ref()];
        let Some(resolved) = binutils("addr2line", &arguments) else { return };
        // Inlined calls come first; the last two lines are the function and its place.
        let mut lines = resolved.lines().rev();
        assert!(lines.next().expect("a place").contains("tests/probe/src/main.rs:"), "{resolved}");
        let name = lines.next().expect("a name").rsplit("::").next();
        assert_eq!(name, Some(function), "{stack}\n{resolved}");
    }
    assert!(offsets.len() > 3, "{stack}");

    let Some(notes) = binutils("readelf", &["-n".as_ref(), unstripped.as_ref()]) else { return };
    let build_id = notes.lines().find_map(|line| line.trim().strip_prefix("Build ID: "));
    assert_eq!(log["track_errors"]["build_id"].as_str(), build_id);
}

/// The two forms of the probe's chain of functions.
const CHAINS: [&str; 2] = ["called", "spawned"];
/// The tracked functions, in the order in which an error leaves them.
const TRACKED: [&str; 3] = ["insert", "store", "handler"];

/// The frames of a stack: functions, and the places of those that have one.
fn frames(stack: &[String]) -> Vec<(&str, Option<&str>)> {
    let mut frames: Vec<(&str, Option<&str>)> = Vec::new();
    for line in &stack[1..] {
        if let Some(place) = line.trim_start().strip_prefix("at ") {
            frames.last_mut().expect("a frame before its place").1 = Some(place);
        } else {
            let (number, function) = line.split_once(": ").expect("a numbered frame");
            assert_eq!(number.trim().parse(), Ok(frames.len()), "{stack:#?}");
            frames.push((function, None));
        }
    }
    frames
}

/// The frame of a tracked function of a chain, at its `?`.
fn exact(chain: &str, function: &str) -> (String, String) {
    let source = include_str!("../probe/src/chain.rs");
    let mark = format!("?; // {chain}::{function}");
    let mut lines = source.lines().enumerate();
    let found =
        lines.find_map(|(line, text)| Some((line + 1, text.strip_suffix(&mark)?.len() + 1)));
    let (line, column) = found.expect("the mark");
    (
        format!("track_errors_probe::chain::{chain}::{function}"),
        format!("tests/probe/src/chain.rs:{line}:{column}"),
    )
}

/// Asserts that frame 0 is exact, and that all others belong to the probe.
fn assert_frame_0_and_no_executor(build: &Build) {
    for chain in CHAINS {
        let stack = stack(build.probe(), chain);
        let frames = frames(&stack);
        let (function, place) = exact(chain, "insert");
        assert_eq!(frames[0], (&*function, Some(&*place)), "{}: {stack:#?}", build.name);
        for (function, _) in frames {
            assert!(function.starts_with("track_errors_probe"), "{}: {stack:#?}", build.name);
        }
    }
}

/// Asserts that each tracked function has one frame, at its `?`, in the order in which the error left them.
fn assert_complete_trail(build: &Build) {
    for chain in CHAINS {
        let stack = stack(build.probe(), chain);
        let expected = TRACKED.map(|function| exact(chain, function));
        let expected = expected.each_ref().map(|(function, place)| (&**function, Some(&**place)));
        let mut tracked = frames(&stack);
        tracked.retain(|(function, _)| expected.iter().any(|(tracked, _)| tracked == function));
        assert_eq!(tracked, expected, "{}: {stack:#?}", build.name);
    }
}

#[test]
fn in_the_default_release_profile_frame_0_is_exact_and_no_executor_is_shown() {
    assert_frame_0_and_no_executor(&DEFAULT);
}

#[test]
fn with_debug_info_frame_0_is_exact_and_no_executor_is_shown() {
    assert_frame_0_and_no_executor(&LIMITED);
}

#[test]
fn without_symbols_frame_0_is_exact_and_no_executor_is_shown() {
    assert_frame_0_and_no_executor(&STRIPPED);
}

#[test]
fn in_the_smallest_program_frame_0_is_exact_and_no_executor_is_shown() {
    assert_frame_0_and_no_executor(&SMALLEST);
}

#[test]
fn in_the_default_release_profile_the_trail_is_complete() {
    assert_complete_trail(&DEFAULT);
}

#[test]
fn with_debug_info_the_trail_is_complete() {
    assert_complete_trail(&LIMITED);
}

#[test]
fn without_symbols_the_trail_is_complete() {
    assert_complete_trail(&STRIPPED);
}

#[test]
fn in_the_smallest_program_the_trail_is_complete() {
    assert_complete_trail(&SMALLEST);
}

#[test]
fn errors_before_a_panic_that_aborts_are_logged() {
    let probe = SMALLEST.probe();
    for _ in 0..20 {
        let output = Command::new(probe).arg("panic").output().expect("the probe starts");
        assert!(!output.status.success(), "{output:?}");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        admission::check_datadog(stdout.trim_end()).expect("admissible");
    }
}

#[test]
fn a_deep_chain_of_async_functions_is_optimised_within_the_recursion_limit() {
    assert_eq!(log(DEFAULT.probe(), "deep")["error"]["message"], "deep");
}
