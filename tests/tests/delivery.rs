//! Nothing is lost silently: logged + suppressed + dropped = all errors, under any load and with any
//! sink.

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
    // Other tests cover stacks, which are slow in debug builds.
    command.env("TRACK_ERRORS_BACKTRACE", "trail");
    command
}

fn run(scenario: &str) -> Output {
    let output = command(scenario).output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    output
}

/// The counts in the lines of one function.
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

/// Adds up the lines of one function. Each must be valid.
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
fn errors_that_do_not_fit_into_the_queue_are_counted() {
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
fn a_sink_that_hangs_does_not_keep_the_program_from_ending_and_its_lines_go_to_stderr() {
    let output = run("blocked-at-exit");
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let (lines, reports): (Vec<_>, Vec<_>) =
        stderr.split_inclusive('\n').partition(|line| line.starts_with('{'));
    assert_eq!(numbers(lines.concat().as_bytes()), (0..200).collect::<Vec<_>>());
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert!(
        report.contains("\"blocked\" has not taken all records: they go to stderr"),
        "{report}"
    );
}

/// The numbers of the lines on stderr.
fn numbers_on_stderr(output: &Output) -> Vec<u64> {
    let lines = output.stderr.split_inclusive(|byte| *byte == b'\n');
    numbers(&lines.filter(|line| line.starts_with(b"{")).collect::<Vec<_>>().concat())
}

#[test]
fn what_a_sink_took_goes_to_stderr_if_its_destination_is_away_and_it_hangs() {
    assert_eq!(numbers_on_stderr(&run("away-and-hangs-at-exit")), [0, 1, 2]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_sink_has_not_taken_goes_to_stderr_if_no_thread_can_be_started() {
    assert_eq!(numbers_on_stderr(&run("away-without-threads-at-exit")), [0, 1, 2]);
}

#[test]
fn what_a_sink_is_writing_on_a_failing_thread_goes_to_stderr_if_it_hangs() {
    assert_eq!(numbers_on_stderr(&run("sync-blocked-at-exit")), [0]);
}

#[test]
fn a_replaced_sink_whose_destination_is_away_takes_no_time_from_the_new_one() {
    let output = run("replaced-while-away");
    assert_eq!(numbers(&output.stdout), [1]);
    assert_eq!(numbers_on_stderr(&output), [0]);
}

#[test]
fn refused_lines_go_to_stderr_and_are_reported_at_once_and_at_the_end() {
    let output = run("moody");
    // The first write panics, the second succeeds when it is retried, the third fails.
    assert_eq!(numbers(&output.stdout), [1, 3, 4]);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let (reports, lines): (Vec<_>, Vec<_>) =
        stderr.lines().partition(|line| line.starts_with("[track_errors]"));
    assert_eq!(reports.len(), 2, "{stderr}");
    for (report, reason) in reports.iter().zip(["the sink panicked", "other error"]) {
        let message =
            format!("failed to send to \"moody\": {reason}; records that were written to stderr");
        assert!(report.contains(&message) && report.ends_with(" instead: 1"), "{report}");
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
fn sync_delivery_writes_each_line_before_the_function_returns() {
    let output = command("sync").output().expect("the program starts");
    assert!(!output.status.success(), "it aborts");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let kinds: Vec<_> = stdout.lines().map(|line| line.starts_with('{')).collect();
    assert_eq!(kinds, [false, true, false, true, false, true], "{stdout}");
}

#[cfg(unix)]
#[test]
fn a_child_without_errors_ends_at_once() {
    // If it waited for the parent's worker, it would take at least ten seconds.
    let output = run("fork-and-end");
    assert_eq!(numbers(&output.stdout), [1]);
    assert_eq!(output.stderr, b"in time\n");
}

#[cfg(unix)]
#[test]
fn a_child_forked_while_the_sink_writes_can_log() {
    let output = run("fork-in-sink");
    let mut found = numbers(&output.stdout);
    // If the parent is using the sink, the child writes to stderr.
    found.extend(numbers(&output.stderr));
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
}

#[test]
fn a_sink_whose_flush_is_tracked_does_not_wait_for_itself() {
    for scenario in ["sync-sink-that-fails-in-flush", "sync-sink-that-waits-for-a-thread"] {
        assert_eq!(numbers(&run(scenario).stdout), [1], "{scenario}");
    }
}

#[test]
fn a_sink_that_calls_a_tracked_function_receives_handled_errors() {
    let output = run("sync-sink-that-fails-while-a-boundary-handles");
    assert_eq!(numbers(&output.stdout), [1, 2, 3]);
}

#[test]
fn errors_that_no_sink_takes_are_counted_as_dropped() {
    let output = run("nothing-takes-it");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "logged 0, dropped 3\n");
}

#[test]
fn replacing_the_settings_loses_nothing() {
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
    // To a file: each write is appended as a whole, even if two processes write.
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

#[test]
fn a_killed_process_has_written_its_errors_without_a_flush() {
    let mut child =
        command("until-killed").stdout(Stdio::piped()).spawn().expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    // The program does not end, and flushes nothing.
    let lines: Vec<_> = lines.take(400).map(|line| line.expect("UTF-8") + "\n").collect();
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(numbers(lines.concat().as_bytes()), (0..400).collect::<Vec<_>>());
}
