//! What a program finds on its streams when the system gives it little, and that this crate takes no signal and
//! no stream of the program's.

#![cfg(target_os = "linux")]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use track_errors_tests::{admission, process};

/// A variable of the program's.
const SYNC: (&str, &str) = ("DELIVERY", "sync");
/// No thread gets a stack of 64 TiB, which this variable is for: the worker cannot be started.
const NO_THREADS: (&str, &str) = ("RUST_MIN_STACK", "70368744177664000");
/// Who writes: the worker, the failing thread by the settings, or because no thread can be started.
const WRITERS: [&[(&str, &str)]; 3] = [&[], &[SYNC], &[NO_THREADS]];

fn command(scenario: &str, settings: &[(&str, &str)]) -> Command {
    let settings = settings.iter().copied();
    let mut command = process::program(env!("CARGO_BIN_EXE_console"), settings);
    command.arg(scenario);
    command
}

fn run(scenario: &str, settings: &[(&str, &str)]) -> Output {
    let output = command(scenario, settings).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    output
}

fn lines(text: &[u8]) -> Vec<String> {
    std::str::from_utf8(text).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// The messages of error logs; there are no other lines.
fn messages(text: &[u8]) -> Vec<String> {
    lines(text)
        .iter()
        .map(|line| {
            admission::check_datadog(line).expect("admissible");
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["message"].as_str().expect("a text").to_owned()
        })
        .collect()
}

/// A path for a file that does not exist.
fn file(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
        _ => path,
    }
}

const NO_DESCRIPTOR: &str = "Too many open files (os error 24)";

#[test]
fn a_program_without_a_free_descriptor_gets_its_lines_out() {
    for writer in WRITERS {
        let output = run("descriptors-are-used-up", writer);
        assert_eq!(messages(&output.stdout), ["number 0", NO_DESCRIPTOR, "number 1", "number 2"]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");

        let to_stderr = [writer, &[("TRACK_ERRORS_OUTPUT", "stderr")]].concat();
        let output = run("descriptors-are-used-up", &to_stderr);
        assert_eq!(messages(&output.stderr), ["number 0", NO_DESCRIPTOR, "number 1", "number 2"]);

        let path = file("descriptors.jsonl");
        let to_file = [writer, &[("TRACK_ERRORS_OUTPUT", path.to_str().expect("UTF-8"))]].concat();
        let output = run("descriptors-are-used-up", &to_file);
        assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
        let text = std::fs::read(path).expect("it is there");
        assert_eq!(messages(&text), ["number 0", NO_DESCRIPTOR, "number 1", "number 2"]);
    }
}

#[test]
fn a_program_without_a_free_descriptor_gets_the_lines_of_the_debug_mode_out() {
    let output = run("descriptors-are-used-up", &[("DD_TRACE_DEBUG", "true")]);
    assert_eq!(messages(&output.stdout).len(), 4);
    let debug = lines(&output.stderr);
    assert!(debug.iter().any(|line| line.contains("sent 1 record, ")), "{debug:#?}");
}

#[test]
fn a_program_without_a_free_descriptor_gets_the_counts_of_what_was_not_logged() {
    for writer in WRITERS {
        let output = run("descriptors-are-used-up-and-errors-suppressed", writer);
        let (logged, counts): (Vec<_>, Vec<_>) = lines(&output.stdout)
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .partition(|line| line["status"] == "error");
        let suppressed = counts.iter().chain(&logged);
        let suppressed = suppressed.filter_map(|line| line["track_errors"]["suppressed"].as_u64());
        assert_eq!((logged.len() as u64 + suppressed.sum::<u64>(), counts.len()), (100, 1));
    }
}

#[test]
fn a_file_that_cannot_be_opened_for_want_of_a_descriptor_is_opened_later() {
    for writer in WRITERS {
        let path = file("opened-later.jsonl");
        let to_file = [writer, &[("TRACK_ERRORS_OUTPUT", path.to_str().expect("UTF-8"))]].concat();
        let output = run("descriptors-are-used-up-at-the-first-error", &to_file);
        let text = std::fs::read(path).expect("it is there");
        assert_eq!(messages(&text).last().map(String::as_str), Some("number 1"));
        let stderr = lines(&output.stderr);
        let saved = stderr.iter().filter(|line| line.starts_with('{')).count();
        assert_eq!(messages(&text).len() + saved, 3, "{stderr:#?}");
    }
}

#[test]
fn stacks_have_offsets_without_a_descriptor_and_names_with_the_next_one() {
    let output = run("descriptors-are-used-up-at-the-first-error", &[]);
    assert_eq!(messages(&output.stdout), [NO_DESCRIPTOR, NO_DESCRIPTOR, "number 1"]);
    let stacks = lines(&output.stdout).into_iter().map(|line| {
        let line: Value = serde_json::from_str(&line).expect("JSON");
        line["error"]["stack"].as_str().expect("a text").to_owned()
    });
    let [without, with, _] = &stacks.collect::<Vec<_>>()[..] else { panic!("three lines") };
    // Both have the tracked function.
    assert!(without.contains("console::scenarios::open\n") && with.contains("::open\n"));
    assert!(without.contains(": console+0x") && !without.contains("untracked"), "{without}");
    assert!(with.contains("console::scenarios::untracked") && !with.contains("+0x"), "{with}");
}

#[test]
fn a_closed_pipe_ends_no_program_that_gave_sigpipe_its_default_action() {
    for writer in WRITERS {
        let (reader, without_reader) = io::pipe().expect("a pipe");
        drop(reader);
        let mut command = command("fails-and-exits-with-7", writer);
        let output = command.stdout(without_reader).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(7), "{output:?}");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(stderr.contains("Broken pipe"), "{stderr}");
        assert!(stderr.contains("\"message\":\"number 2\""), "{stderr}");
    }
}

#[test]
fn a_file_that_may_not_grow_ends_no_program() {
    for writer in WRITERS {
        let path = file("no-room.jsonl");
        let to_file = [writer, &[("TRACK_ERRORS_OUTPUT", path.to_str().expect("UTF-8"))]].concat();
        let output = command("files-have-no-room", &to_file).output().expect("it starts");
        assert_eq!(output.status.code(), Some(7), "{output:?}");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(stderr.contains("File too large"), "{stderr}");
        assert!(stderr.contains("\"message\":\"number 2\""), "{stderr}");
    }
}

#[test]
fn no_thread_of_this_crate_runs_a_signal_handler_of_the_program() {
    for watcher in [&[][..], &[("DD_TRACE_DEBUG_ABANDONED_SPANS", "true")]] {
        run("is-signalled", watcher);
    }
}

#[test]
fn long_lines_and_lines_of_the_program_stay_whole_on_a_pipe() {
    let trail = ("TRACK_ERRORS_BACKTRACE", "trail");
    let output = run("fails-beside-others", &[trail]);
    let (mut failed, mut printed, mut traced) = (0, 0, 0);
    for line in output.stdout.split_inclusive(|byte| *byte == b'\n') {
        let json: Value = serde_json::from_slice(line)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)));
        failed += u32::from(json["service"] == "console" && line.len() > 4096);
        printed += u32::from(json["printed"].is_string());
        traced += u32::from(json["fields"]["traced"].is_string());
    }
    assert_eq!((failed, printed, traced), (28_000, 5_000, 5_000));
}

/// Runs a program that stops in the middle of a line. Lets it go on, and reads no further until it has written
/// `event` to stderr. Returns what else it printed.
fn from_the_middle_of_a_line(scenario: &str, event: &str) -> String {
    let mut child = command(scenario, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut byte = [0];
    let mut first_line = Vec::new();
    while first_line.last() != Some(&b'\n') {
        stdout.read_exact(&mut byte).expect("a line");
        first_line.extend(byte);
    }
    stdout.read_exact(&mut byte).expect("the beginning of a line");
    child.stdin.take().expect("a pipe").write_all(b"\n").expect("it reads");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert_eq!(stderr.next().expect("a line").expect("UTF-8"), event);
    let mut rest = String::from_utf8(byte.to_vec()).expect("ASCII");
    stdout.read_to_string(&mut rest).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(messages(&first_line), ["number 0"]);
    rest
}

#[test]
fn a_program_that_ends_while_a_line_is_written_prints_what_it_has_left_in_its_buffer() {
    let rest = from_the_middle_of_a_line("ends-in-the-middle-of-a-line", "main is over");
    let (line, own) = rest.split_once('\n').expect("a line");
    admission::check_datadog(line).expect("admissible");
    assert_eq!(own, "half a line");
}

#[test]
fn a_child_forked_while_a_line_is_written_can_print() {
    let rest = from_the_middle_of_a_line("forks-in-the-middle-of-a-line", "forked");
    assert!(rest.contains("half a line; and the child's line\n"), "{rest}");
}
