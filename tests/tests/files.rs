//! Error logs in files that others rename, delete, truncate and share: each error is in exactly one of them.

#![cfg(unix)]

mod debug_log;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use debug_log::{Directory, Steps, reports, text};
use serde_json::Value;
use track_errors_tests::{admission, process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_files");

/// A directory of its own for the file `errors.jsonl`.
fn directory(name: &str) -> Directory {
    Directory::new(&format!("files-{name}"))
}

/// `program`, or the shell that becomes it, with these settings for the file and no others.
fn command(program: &str, file: &Path, settings: &[(&str, &str)]) -> Command {
    let mut all = vec![("TRACK_ERRORS_BACKTRACE", "trail"), ("TRACK_ERRORS_OUTPUT", text(file))];
    all.extend(settings);
    process::program(program, all)
}

fn start(file: &Path, settings: &[(&str, &str)]) -> Steps {
    Steps::start(&mut command(PROGRAM, file, settings))
}

/// The numbers of the errors in a text, in order; counts and diagnostics are left out.
fn numbers_in(text: &str) -> Vec<u64> {
    let mut numbers: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| {
            admission::check_datadog(line).expect("admissible");
            let line: Value = serde_json::from_str(line).expect("JSON");
            let message = line["message"].as_str().expect("a text");
            message.strip_prefix("number ").expect("ours").parse().expect("a number")
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Those in all files of the directory.
fn numbers(directory: &Directory) -> Vec<u64> {
    let texts: String = directory.names().iter().map(|name| directory.text(name)).collect();
    numbers_in(&texts)
}

fn range(first: u64, end: u64) -> Vec<u64> {
    (first..end).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn of_a_file_that_is_renamed_under_load_each_error_is_in_exactly_one() {
    for makes_new_file in [false, true] {
        let directory = directory(&format!("renamed-{makes_new_file}"));
        let file = directory.join("errors.jsonl");
        let mut steps = start(&file, &[]);
        let load = std::thread::spawn(move || {
            steps.step("0 8000");
            steps
        });
        let mut renamed = 0;
        while !load.is_finished() {
            let has_lines = fs::metadata(&file).is_ok_and(|data| data.len() > 0);
            if has_lines {
                renamed += 1;
                fs::rename(&file, directory.join(&format!("errors.jsonl-{renamed}")))
                    .expect("only this test renames it");
                // logrotate's `create`.
                if makes_new_file {
                    let made = fs::OpenOptions::new().append(true).create(true).open(&file);
                    made.expect("the file is made, or there already");
                }
            }
        }
        let stderr = load.join().expect("no panic").end();
        assert_eq!(stderr, "");
        assert!(renamed > 1, "{renamed}");
        assert_eq!(numbers(&directory), range(0, 8000));
    }
}

#[test]
fn two_processes_that_rotate_one_file_lose_no_line() {
    let directory = directory("two");
    let file = directory.join("errors.jsonl");
    let settings =
        [("TRACK_ERRORS_OUTPUT_MAX_BYTES", "20000"), ("TRACK_ERRORS_OUTPUT_BACKUPS", "1000")];
    let steps = [0, 2_000].map(|first| {
        let mut steps = start(&file, &settings);
        std::thread::spawn(move || {
            steps.step(&format!("{first} 2000"));
            steps.end()
        })
    });
    for end in steps {
        let stderr = end.join().expect("no panic");
        // A process that stops while it has the lock keeps the other one from rotating.
        let is_locked = |line: &str| line.contains("another process has locked it");
        assert!(stderr.lines().all(is_locked), "{stderr}");
    }
    assert_eq!(numbers(&directory), range(0, 4_000));
    let sizes = directory.names();
    let sizes = sizes.iter().map(|name| directory.text(name).len());
    let (within, beyond): (Vec<_>, Vec<_>) = sizes.partition(|size| *size < 20_000);
    // What a process began to write before the other one renamed the file, it ends.
    assert!(within.len() > 20 && within.len() > beyond.len(), "{within:?} {beyond:?}");
}

#[test]
fn the_newest_backups_are_kept_and_each_file_is_within_its_size() {
    let directory = directory("backups");
    let file = directory.join("errors.jsonl");
    let settings =
        [("TRACK_ERRORS_OUTPUT_MAX_BYTES", "5000"), ("TRACK_ERRORS_OUTPUT_BACKUPS", "2")];
    let mut steps = start(&file, &settings);
    for first in (0..300).step_by(10) {
        steps.step(&format!("{first} 10"));
    }
    assert_eq!(steps.end(), "");
    let names = ["errors.jsonl", "errors.jsonl.1", "errors.jsonl.2"];
    assert_eq!(directory.names(), names);
    assert!(names.iter().all(|name| directory.text(name).len() < 5_000));
    // The ten of a step come in any order.
    let numbers = numbers(&directory);
    assert!(numbers.ends_with(&range(290, 300)) && numbers.len() < 50, "{numbers:?}");
}

#[test]
fn a_file_that_is_copied_and_truncated_is_continued_at_its_beginning() {
    let directory = directory("truncated");
    let file = directory.join("errors.jsonl");
    let mut steps = start(&file, &[]);
    steps.step("0 100");
    fs::copy(&file, directory.join("copy")).expect("it is copied");
    fs::File::options().write(true).open(&file).expect("ours").set_len(0).expect("it is truncated");
    steps.step("100 100");
    assert_eq!(steps.end(), "");
    assert_eq!(numbers_in(&directory.text("copy")), range(0, 100));
    assert!(directory.text("errors.jsonl").starts_with('{'));
    assert_eq!(numbers_in(&directory.text("errors.jsonl")), range(100, 200));
}

#[test]
fn a_new_file_has_its_mode_whatever_the_umask_and_one_that_exists_keeps_its_own() {
    for (umask, setting, expected) in [
        ("000", "", 0o600),
        ("077", "", 0o600),
        ("000", "0640", 0o640),
        ("077", "0640", 0o640),
        ("022", "666", 0o666),
    ] {
        let directory = directory(&format!("mode-{umask}-{setting}"));
        let file = directory.join("logs").join("errors.jsonl");
        let settings =
            [("TRACK_ERRORS_OUTPUT_MODE", setting), ("TRACK_ERRORS_OUTPUT_CREATE_DIRS", "true")];
        let under = |file: &Path| {
            let mut command = command("sh", file, &settings);
            let run = format!("umask {umask}; exec \"$0\"");
            let mut steps = Steps::start(command.args(["-c", &run, PROGRAM]));
            steps.step("0 1");
            assert_eq!(steps.end(), "");
        };
        under(&file);
        assert_eq!(mode(&file), expected, "{umask} {setting}");
        let others = mode(&directory.join("logs")) & 0o077;
        assert_eq!(others & 0o022, 0, "only the owner makes files there");

        let existing = directory.join("existing.jsonl");
        fs::write(&existing, "").expect("the file is made");
        fs::set_permissions(&existing, fs::Permissions::from_mode(0o604)).expect("ours");
        under(&existing);
        assert_eq!(mode(&existing), 0o604);
    }
}

#[test]
fn a_link_to_nothing_makes_no_file_and_one_to_a_file_is_followed() {
    let directory = directory("links");
    let file = directory.join("errors.jsonl");
    symlink(directory.join("target"), &file).expect("a link");
    let mut steps = start(&file, &[]);
    steps.step("0 3");
    let stderr = steps.end();
    assert_eq!(directory.names(), ["errors.jsonl"]);
    assert_eq!(numbers_in(&stderr), range(0, 3));
    let found = reports(&stderr);
    assert_eq!(found.len(), 1, "{stderr}");
    assert!(
        found[0].contains("it is a symbolic link, and no file is made through one; error logs go"),
        "{stderr}"
    );

    fs::write(directory.join("target"), "").expect("the file is made");
    let mut steps = start(&file, &[]);
    steps.step("0 3");
    assert_eq!(steps.end(), "");
    assert_eq!(numbers_in(&directory.text("target")), range(0, 3));
}

#[test]
fn a_link_in_place_of_the_file_is_not_followed_and_the_lines_go_to_stderr() {
    let directory = directory("planted");
    let file = directory.join("errors.jsonl");
    fs::write(directory.join("precious"), "").expect("the file is made");
    let mut steps = start(&file, &[]);
    steps.step("0 3");
    fs::rename(&file, directory.join("old")).expect("it is there");
    symlink(directory.join("precious"), &file).expect("a link");
    steps.step("3 3");
    fs::remove_file(&file).expect("the link is there");
    steps.step("6 3");
    let stderr = steps.end();
    assert_eq!(directory.text("precious"), "");
    assert_eq!(numbers_in(&stderr), range(3, 6));
    assert!(reports(&stderr)[0].contains(": it is a symbolic link, and no file"), "{stderr}");
    assert_eq!(numbers_in(&directory.text("old")), range(0, 3));
    assert_eq!(numbers_in(&directory.text("errors.jsonl")), range(6, 9));
}

#[test]
fn while_the_directory_is_gone_lines_go_to_stderr_unless_it_is_made() {
    for makes in ["false", "true"] {
        let directory = directory(&format!("gone-{makes}"));
        let logs = directory.join("logs");
        fs::create_dir(&logs).expect("a directory");
        let file = logs.join("errors.jsonl");
        let mut steps = start(&file, &[("TRACK_ERRORS_OUTPUT_CREATE_DIRS", makes)]);
        steps.step("0 3");
        fs::rename(&logs, directory.join("old")).expect("it is there");
        steps.step("3 3");
        if makes == "false" {
            fs::create_dir(&logs).expect("it is gone");
        }
        steps.step("6 3");
        let stderr = steps.end();
        let numbers = |path| numbers_in(&directory.text(path));
        assert_eq!(numbers("old/errors.jsonl"), range(0, 3));
        if makes == "true" {
            assert_eq!((numbers("logs/errors.jsonl"), &*stderr), (range(3, 9), ""));
        } else {
            assert_eq!(numbers("logs/errors.jsonl"), range(6, 9));
            assert_eq!(numbers_in(&stderr), range(3, 6));
            assert!(reports(&stderr)[0].contains("No such file or directory"), "{stderr}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_rotated_grows_and_says_so_once() {
    let directory = directory("grows");
    let file = directory.join("errors.jsonl");
    // A directory that is not empty cannot be replaced by a file.
    fs::create_dir_all(directory.join("errors.jsonl.1").join("x")).expect("a directory");
    let settings =
        [("TRACK_ERRORS_OUTPUT_MAX_BYTES", "1000"), ("TRACK_ERRORS_OUTPUT_BACKUPS", "1")];
    let mut steps = start(&file, &settings);
    for first in 0..20 {
        steps.step(&format!("{first} 1"));
    }
    let stderr = steps.end();
    assert_eq!(numbers_in(&directory.text("errors.jsonl")), range(0, 20));
    // The first one, and at the end the number of the others.
    let reports = reports(&stderr);
    assert_eq!((reports.len(), stderr.lines().count()), (2, 2), "{stderr}");
    for report in reports {
        assert!(report.contains("it grows beyond its limit"), "{report}");
    }
}

#[test]
fn a_wrong_setting_is_one_line_and_the_file_gets_all_errors() {
    let directory = directory("wrong");
    let file = directory.join("errors.jsonl");
    let settings =
        [("TRACK_ERRORS_OUTPUT_MODE", "rw-r-----"), ("TRACK_ERRORS_OUTPUT_MAX_BYTE", "1000")];
    let mut steps = start(&file, &settings);
    steps.step("0 3");
    let stderr = steps.end();
    let found = reports(&stderr);
    assert_eq!(found.len(), 2, "{stderr}");
    assert!(
        found[0].ends_with(
            "TRACK_ERRORS_OUTPUT_MODE is \"rw-r-----\", which are no permissions of a log file: \
             expected an octal number such as 0640, with the owner's right to write; using 0600"
        ),
        "{stderr}"
    );
    assert!(found[1].contains("(did you mean TRACK_ERRORS_OUTPUT_MAX_BYTES?)"), "{stderr}");
    assert_eq!((numbers(&directory), mode(&file)), (range(0, 3), 0o600));
}
