//! The real program: its data, its messages for people, its error logs and its exit code.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

/// A folder of files for one run of the program, which finds them by their names.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("march.csv"), "pencil;120\npaper;80\n").unwrap();
        fs::write(folder.path().join("april.csv"), "pencil;twelve\n").unwrap();
        fs::write(folder.path().join("may.csv"), "pencil;7\nno amount\n").unwrap();
        Folder(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cli"));
        command.env_clear().current_dir(self.0.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The lines of `sums.log`, each of which is one JSON object.
    fn error_logs(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.0.path().join("sums.log")).unwrap_or_default();
        let parse = |line| {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        text.lines().map(parse).collect()
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn success_prints_data_and_logs_nothing() {
    let folder = Folder::new();
    let output = folder.run(&["march.csv"]);
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(0), "march.csv\t200\n", "")
    );
    assert!(folder.error_logs().is_empty());
}

#[test]
fn the_error_that_ends_the_program_is_one_fatal_log() {
    let folder = Folder::new();
    let output = folder.run(&["march.csv", "april.csv", "may.csv"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), "march.csv\t200\n"));
    assert!(
        stderr(&output).starts_with("Error: cannot sum \"april.csv\"\n"),
        "{}",
        stderr(&output)
    );
    let [log] = &folder.error_logs()[..] else { panic!("not one line") };
    assert_eq!(log["status"], "emergency");
    assert_eq!(log["message"], "cannot sum \"april.csv\"");
    assert_eq!(log["error"]["kind"], "std::num::ParseIntError");
    assert_eq!(log["context"], serde_json::json!({ "line": 1, "path": "april.csv" }));
}

#[test]
fn with_keep_going_each_file_that_fails_is_one_log() {
    let folder = Folder::new();
    let output = folder.run(&["--keep-going", "april.csv", "none.csv", "may.csv", "march.csv"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), "march.csv\t200\n"));
    let logs = folder.error_logs();
    let paths: Vec<_> = logs.iter().map(|log| log["context"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["april.csv", "none.csv", "may.csv"]);
    assert!(logs.iter().all(|log| log["status"] == "error"));
    assert_eq!(stderr(&output).lines().count(), 3);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = folder.command(&["march.csv", "april.csv"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    assert!(folder.error_logs().is_empty());
}

#[test]
fn wrong_arguments_are_no_error_log() {
    let folder = Folder::new();
    let output = folder.run(&["--no-such-option"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(folder.error_logs().is_empty());
}
