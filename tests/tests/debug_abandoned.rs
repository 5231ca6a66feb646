//! Abandoned calls: what hangs, what is never polled again, what is dropped, what is still open at the
//! end. Datadog, "Tracer Debug Logs", section "Go", "Abandoned span logs".

mod debug_log;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use debug_log::{Directory, Line, Steps, about, command, command_of, finish, lines, run, text};

const ON: (&str, &str) = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
const AT_ONCE: (&str, &str) = ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "1ms");

/// Waits until the file has a line that begins so; gives up after a minute.
fn await_line(directory: &Directory, beginning: &str) -> Vec<Line> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let text = std::fs::read_to_string(directory.join("a.log")).unwrap_or_default();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let lines = lines(whole);
        if lines.iter().any(|line| line.message.starts_with(beginning)) {
            return lines;
        }
        assert!(Instant::now() < deadline, "no line {beginning:?} in {text}");
        std::thread::yield_now();
    }
}

/// The lines about abandoned calls of a scenario that hangs, and all lines after its end.
fn hanging(scenario: &str, settings: &[(&str, &str)]) -> (Vec<String>, Vec<Line>) {
    let directory = Directory::new(&format!("hangs-{scenario}"));
    let file = directory.join("a.log");
    let settings: Vec<_> =
        settings.iter().copied().chain([("DD_TRACE_LOG_FILE", text(&file))]).collect();
    let mut program = Steps::start(&mut command(scenario, &settings));
    program.wait_for("hangs");
    let abandoned = about(&await_line(&directory, "1 abandoned call"), "1 abandoned call");
    program.send("go on");
    assert_eq!(program.end(), "");
    (abandoned, lines(&directory.text("a.log")))
}

/// `[name: …, at: tests/src/bin/debug_mode.rs:1:2, age: 2ms, id: …` of an entry.
fn assert_entry(message: &str, name: &str) {
    let (_, entry) = message.split_once('[').expect(message);
    let parts: Vec<_> = entry.split(", ").collect();
    assert_eq!(parts[0], format!("name: debug_mode::{name}"), "{message}");
    assert!(parts[1].starts_with("at: tests/src/bin/debug_mode.rs:"), "{message}");
    let age = parts[2].strip_prefix("age: ").expect(message);
    assert!(age == "0s" || humantime::parse_duration(age).is_ok(), "{message}");
    let id = parts[3].strip_prefix("id: ").expect(message);
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{message}");
}

#[test]
fn a_boundary_that_hangs_is_reported_once_at_info() {
    let (abandoned, all) = hanging("hangs", &[ON, AT_ONCE]);
    assert_eq!(abandoned.len(), 1);
    assert!(
        abandoned[0].starts_with("1 abandoned call, open for longer than 1ms: ["),
        "{abandoned:?}"
    );
    assert_entry(&abandoned[0], "hang");
    assert!(abandoned[0].ends_with(", running on thread main]"), "{abandoned:?}");
    assert!(all.iter().all(|line| line.level == "INFO"), "{all:#?}");
    assert_eq!(about(&all, "no tracked call is open at the end of the program").len(), 1);
    assert_eq!(all.len(), 2, "once: {all:#?}");
}

#[test]
fn the_builder_reports_abandoned_calls_too() {
    let (abandoned, _) = hanging("hangs-by-the-builder", &[]);
    assert_entry(&abandoned[0], "hang");
}

#[test]
fn a_boundary_that_hangs_in_a_poll_is_reported() {
    let (abandoned, all) = hanging("hangs-in-a-poll", &[ON, AT_ONCE]);
    assert_entry(&abandoned[0], "hang_in_a_poll");
    assert!(abandoned[0].ends_with(", a future]"), "{abandoned:?}");
    assert_eq!(about(&all, "abandoned future").len(), 0, "it finished: {all:#?}");
}

#[test]
fn a_future_that_is_never_polled_again_is_reported() {
    let (abandoned, all) = hanging("is-never-polled-again", &[ON, AT_ONCE]);
    assert_entry(&abandoned[0], "wait");
    assert_eq!(about(&all, "abandoned future").len(), 0, "it finished in the end: {all:#?}");
    assert_eq!(about(&all, "no tracked call is open").len(), 1);
}

#[test]
fn a_future_that_is_dropped_before_it_has_finished_is_reported() {
    let lines = run("is-dropped", &[ON]).lines();
    let dropped = about(&lines, "abandoned future: it was dropped before it had finished: ");
    assert_eq!(dropped.len(), 1, "{lines:#?}");
    assert_entry(&dropped[0], "wait");
    assert_eq!(lines[0].level, "INFO");
    // One that was never polled was never open.
    assert_eq!(lines.len(), 2, "{lines:#?}");
}

#[test]
fn a_future_whose_poll_panics_is_reported_when_it_is_dropped() {
    let lines = run("panics-in-a-poll", &[ON]).lines();
    let dropped = about(&lines, "abandoned future: it was dropped before it had finished: ");
    assert_eq!(dropped.len(), 1, "{lines:#?}");
    assert_entry(&dropped[0], "panic_later");
}

#[cfg(target_os = "linux")]
#[test]
fn a_watcher_that_cannot_be_started_is_reported_and_the_program_goes_on() {
    // No thread gets a stack of 64 TiB, which this variable is for.
    let huge = ("RUST_MIN_STACK", "70368744177664000");
    // A logger that calls tracked functions, which have to be followed as well.
    let nested = run("drops-behind-a-mark", &[ON, huge]);
    assert_eq!((nested.logged(), &*nested.stderr), (2, ""));
    let run = run("fails", &[ON, huge]);
    assert_eq!(run.logged(), 1);
    assert_eq!(about(&run.lines(), "no thread to look for abandoned calls: ").len(), 1, "{run:?}");
}

#[test]
fn a_call_that_finishes_in_time_is_not_reported() {
    let run = run("finishes", &[ON]);
    assert_eq!(run.logged(), 1);
    let lines = run.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0].message, "no tracked call is open at the end of the program");
}

#[test]
fn nothing_is_reported_by_default() {
    for scenario in ["is-dropped", "exits-with-open-calls"] {
        assert_eq!(run(scenario, &[]).stderr, "");
        let debug = run(scenario, &[("DD_TRACE_DEBUG", "true"), AT_ONCE]).stderr;
        assert!(!debug.contains("abandoned future") && !debug.contains("still open"), "{debug}");
    }
    let silenced = run("is-dropped", &[ON, ("DD_TRACE_LOG_LEVEL", "warn")]);
    assert_eq!(silenced.stderr, "");
}

#[test]
fn calls_that_are_open_at_the_end_are_summed_up() {
    let lines = run("exits-with-open-calls", &[ON]).lines();
    let open = about(&lines, "2 tracked calls, still open at the end of the program: [");
    assert_eq!(open.len(), 1, "{lines:#?}");
    assert_entry(&open[0], "wait");
    let (_, second) = open[0].split_once("], ").expect("two entries");
    // The function around it is no boundary.
    assert_entry(second, "main::exit");
}

/// Builds a program that exits in a tracked function, with these features of the crate.
fn program_that_exits(name: &str, features: &str) -> PathBuf {
    const MAIN: &str = "
        #[track_errors::track_errors(service = \"exits\")]
        fn exit() -> Result<(), ()> {
            std::process::exit(0)
        }

        fn main() {
            track_errors::builder().init();
            exit().expect(\"it does not return\");
        }
    ";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exits");
    let package = all.join(name);
    fs::create_dir_all(&package).expect("a directory");
    let manifest = format!(
        "[package]\nname = {name:?}\nedition = \"2024\"\n\n[workspace]\n\n\
         [[bin]]\nname = {name:?}\npath = \"main.rs\"\n\n\
         [dependencies]\ntrack_errors = {{ path = {:?}, features = [{features}] }}\n",
        root.join("runtime")
    );
    fs::write(package.join("Cargo.toml"), manifest).expect("the manifest is written");
    fs::write(package.join("main.rs"), MAIN).expect("the program is written");
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock is copied");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(all.join("target"))
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    all.join("target").join("debug").join(program)
}

#[test]
fn a_function_that_is_no_boundary_is_followed_only_with_the_feature() {
    let followed = program_that_exits("followed", "\"abandoned-calls\"");
    let lines = finish(&mut command_of(&followed, "", &[ON])).lines();
    let open = about(&lines, "1 tracked call, still open at the end of the program: [");
    assert_eq!(open.len(), 1, "{lines:#?}");
    assert!(open[0].contains("[name: followed::exit, at: main.rs:"), "{open:?}");
    assert!(open[0].ends_with(", running on thread main]"), "{open:?}");

    let not_followed = program_that_exits("not_followed", "");
    let lines = finish(&mut command_of(&not_followed, "", &[ON])).lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0].message, "no tracked call is open at the end of the program");
}

#[test]
fn with_a_hundred_thousand_open_calls_memory_is_bounded_and_the_message_cut() {
    let run = run("opens-very-many", &[ON]);
    let lines = run.lines();
    let more = about(&lines, "7 calls were not followed, because 100000 others were open");
    assert_eq!(more.len(), 1, "{}", run.stderr.lines().last().unwrap_or_default());
    let open = about(&lines, "100000 tracked calls, still open at the end of the program: ");
    assert_eq!(open.len(), 1);
    assert!(open[0].len() <= 9_000 && open[0].len() > 8_500, "{}", open[0].len());
    assert!(open[0].contains("… [log too long, cut at 9000 bytes: "), "{}", open[0]);
    // Each of the first that was followed was dropped.
    let dropped = about(&lines, "abandoned future: it was dropped");
    assert_eq!(dropped.len(), 100_000);

    #[cfg(target_os = "linux")]
    {
        let numbers = run.stdout.trim().split(' ').map(str::parse::<u64>);
        let numbers: Vec<_> = numbers.map(|number| number.expect("a number")).collect();
        let (full, again) = (numbers[0], numbers[1]);
        assert!(full < 150 * 1024, "{full} KiB");
        assert!(again < full + full / 4, "it does not grow: {full} and {again} KiB");
    }
}

#[test]
fn eight_threads_are_followed_and_their_error_logs_go_on() {
    let run = run("abandons-under-load", &[ON, AT_ONCE]);
    assert_eq!(run.logged(), 1600);
    let lines = run.lines();
    assert_eq!(lines.len(), run.stderr.lines().count(), "whole lines");
    assert_eq!(about(&lines, "abandoned future: it was dropped").len(), 1600);
    assert_eq!(about(&lines, "no tracked call is open at the end").len(), 1);
}

#[test]
fn a_timeout_that_is_no_duration_is_reported_and_ten_minutes_count() {
    let settings = [ON, ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "-1s"), ("DD_TRACE_DEBUG", "1")];
    let lines = run("fails", &settings).lines();
    let found =
        about(&lines, "DATADOG TRACER DIAGNOSTICS - DD_TRACE_ABANDONED_SPAN_TIMEOUT is \"-1s\"");
    assert_eq!(found.len(), 1, "{lines:#?}");
    assert!(found[0].ends_with("such as 1h30m, 90s or 500ms; using 10m"), "{found:?}");
    let started = about(&lines, "DATADOG TRACER CONFIGURATION - ");
    assert!(started[0].contains("\"abandoned_timeout\":\"10m\""), "{started:?}");
}
