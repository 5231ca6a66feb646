//! Nothing is lost silently: logged + suppressed + dropped = what happened, whatever the load and
//! the sink do.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use track_errors_tests::admission;

fn command(scenario: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_delivery"));
    command.arg(scenario);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TRACK_ERRORS_") {
            command.env_remove(&name);
        }
    }
    // Stacks are somebody else's test, and slow in a debug build.
    command.env("TRACK_ERRORS_BACKTRACE", "trail");
    command
}

fn run(scenario: &str) -> Output {
    let output = command(scenario).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    output
}

/// What the lines of one function say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Account {
    logged: u64,
    suppressed: u64,
    dropped: u64,
}

impl Account {
    fn total(&self) -> u64 {
        self.logged + self.suppressed + self.dropped
    }
}

/// Adds up the lines about one function; each has to be valid.
fn account(text: &[u8], function: &str) -> Account {
    let mut account = Account::default();
    for line in std::str::from_utf8(text).expect("UTF-8").lines() {
        let json: Value = serde_json::from_str(line).expect("JSON");
        if json["logger"]["method_name"] != format!("delivery::{function}") {
            continue;
        }
        if json["status"] == "info" {
            assert!(json.get("error").is_none(), "{line}");
        } else {
            admission::check_datadog(line).expect("admissible");
            account.logged += 1;
        }
        account.suppressed += json["track_errors"]["suppressed"].as_u64().unwrap_or(0);
        account.dropped += json["track_errors"]["dropped"].as_u64().unwrap_or(0);
    }
    account
}

fn numbers(text: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(text).expect("UTF-8");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .filter_map(|line| line["message"].as_str()?.strip_prefix("number ")?.parse().ok())
        .collect()
}

#[test]
fn a_function_logs_a_burst_and_counts_the_rest() {
    let account = account(&run("limited").stdout, "limited");
    assert_eq!(account.total(), 1000);
    assert!(account.logged >= 200 && account.suppressed > 0, "{account:?}");
    assert_eq!(account.dropped, 0);
}

#[test]
fn the_counts_of_eight_threads_add_up() {
    let stdout = run("limited-by-eight-threads").stdout;
    let (limited, five) = (account(&stdout, "limited"), account(&stdout, "five_a_second"));
    assert_eq!((limited.total(), five.total()), (8000, 8000));
    assert!(five.logged < limited.logged, "the attribute's own limit counts: {five:?}");
    assert!(five.logged >= 10, "{five:?}");
}

#[test]
fn what_does_not_fit_into_the_queue_is_counted() {
    let account = account(&run("overflow").stdout, "unlimited");
    assert_eq!(account.total(), 20_000);
    assert!(account.logged >= 8192 && account.dropped > 0, "{account:?}");
}

#[test]
fn a_caller_that_waits_for_room_loses_nothing() {
    let account = account(&run("overflow-blocks").stdout, "unlimited");
    assert_eq!(account, Account { logged: 20_000, suppressed: 0, dropped: 0 });
}

#[test]
fn a_sink_that_hangs_does_not_keep_the_program_from_ending() {
    let output = run("blocked-at-exit");
    assert_eq!(output.stdout, b"");
}

#[test]
fn what_a_sink_refuses_goes_to_stderr_and_is_said_at_once_and_at_the_end() {
    let output = run("moody");
    // The first panics, the second is taken at the second try, the third fails.
    assert_eq!(numbers(&output.stdout), [1, 3, 4]);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let (said, lines): (Vec<_>, Vec<_>) =
        stderr.lines().partition(|line| line.starts_with("[track_errors]"));
    assert_eq!(said.len(), 2, "{stderr}");
    for (said, reason) in said.iter().zip(["the sink panicked", "other error"]) {
        let message =
            format!("cannot write to \"moody\": {reason}; lines that were written to stderr");
        assert!(said.contains(&message) && said.ends_with(" instead: 1"), "{said}");
    }
    let saved: Vec<_> = lines.iter().filter(|line| line.starts_with('{')).collect();
    assert_eq!(saved.len(), 2, "{stderr}");
}

#[test]
fn a_sink_that_calls_a_tracked_function_does_not_log_about_itself() {
    assert_eq!(numbers(&run("tracked-sink").stdout), [1]);
}

#[cfg(unix)]
#[test]
fn with_sync_delivery_every_line_is_there_before_the_function_returns() {
    let output = command("sync").output().expect("the program starts");
    assert!(!output.status.success(), "it aborts");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let kinds: Vec<_> = stdout.lines().map(|line| line.starts_with('{')).collect();
    assert_eq!(kinds, [false, true, false, true, false, true], "{stdout}");
}

#[cfg(unix)]
#[test]
fn a_child_that_does_not_fail_ends_at_once() {
    // With a flush of the parent's worker it would wait for ten seconds at the least.
    let output = run("fork-and-end");
    assert_eq!(numbers(&output.stdout), [1]);
    assert_eq!(output.stderr, b"in time\n");
}

#[cfg(unix)]
#[test]
fn a_child_that_is_forked_while_the_sink_is_at_work_logs() {
    let output = run("fork-in-sink");
    let mut found = numbers(&output.stdout);
    // The child's sink may be the parent's, which the parent is using: then it is stderr.
    found.extend(numbers(&output.stderr));
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
}

#[test]
fn a_sink_that_flushes_by_a_tracked_function_does_not_wait_for_itself() {
    for scenario in ["sync-sink-that-fails-in-flush", "sync-sink-that-waits-for-a-thread"] {
        assert_eq!(numbers(&run(scenario).stdout), [1], "{scenario}");
    }
}

#[test]
fn a_sink_that_calls_a_tracked_function_takes_what_a_boundary_handled() {
    let output = run("sync-sink-that-fails-while-a-boundary-handles");
    assert_eq!(numbers(&output.stdout), [1, 2, 3]);
}

#[test]
fn errors_that_nothing_takes_are_counted_as_dropped() {
    let output = run("nothing-takes-it");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "logged 0, dropped 3\n");
}

#[test]
fn settings_that_replace_others_lose_nothing() {
    let stdout = run("reinstalled").stdout;
    assert_eq!(numbers(&stdout), [1, 2]);
    let stdout = String::from_utf8(stdout).expect("UTF-8");
    let environments: Vec<_> = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["dd"]["env"].clone())
        .collect();
    assert_eq!(environments, ["first", "second"]);
}

#[cfg(unix)]
#[test]
fn after_a_fork_parent_and_child_log_their_own_errors_once() {
    // Into a file: each write is appended as a whole, also where two processes write.
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fork.jsonl");
    for _ in 0..20 {
        std::fs::write(&file, "").expect("the file is ours");
        let output = command("fork").env("TRACK_ERRORS_OUTPUT", &file).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        let mut found = numbers(&std::fs::read(&file).expect("the file is there"));
        found.sort_unstable();
        let threads = (1..=8).flat_map(|thread| (0..50).map(move |number| 1000 * thread + number));
        let expected: Vec<u64> = [0].into_iter().chain(threads).chain([111_111, 222_222]).collect();
        assert_eq!(found, expected);
    }
}

/// The time, in microseconds, of which a killed process has lost the errors.
#[cfg(unix)]
fn lost_by_a_kill() -> u64 {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("until-killed.jsonl");
    if file.exists() {
        std::fs::remove_file(&file).expect("the file is ours");
    }
    let mut child = command("until-killed")
        .env("TRACK_ERRORS_OUTPUT", &file)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let mut times = vec![0_u64];
    while times.len() < 400 {
        let line = said.next().expect("it goes on").expect("UTF-8");
        let (_, time) = line.split_once(' ').expect("number and time");
        times.push(time.parse().expect("microseconds"));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    for line in said {
        let line = line.expect("UTF-8");
        if let Some(time) = line.split_once(' ').and_then(|(_, time)| time.parse().ok()) {
            times.push(time);
        }
    }
    let logged = *numbers(&std::fs::read(&file).expect("the file is there")).last().expect("some");
    times[times.len() - 1] - times[usize::try_from(logged).expect("a small number")]
}

/// The best of some, because a machine that is busy with something else may not let the worker
/// run for that long.
#[cfg(unix)]
#[test]
fn a_kill_loses_at_most_what_the_last_twenty_milliseconds_brought() {
    let lost = (0..10).map(|_| lost_by_a_kill()).find(|lost| *lost <= 20_000);
    assert!(lost.is_some(), "ten times it lost more");
}
