//! The file: sections "Python", "Java" and "PHP".

use std::fs;

use crate::debug_log::{Directory, about, command, finish, lines, run, text};
use crate::{FILE, ON, QUIET_START, SIZE};

#[test]
fn lines_go_to_the_file_and_a_restart_appends() {
    let directory = Directory::new("append");
    let file = directory.join("a.log");
    for restarts in 1..=2 {
        let run = run("fails", &[ON, (FILE, text(&file))]);
        assert_eq!((run.logged(), &*run.stderr), (1, ""));
        let lines = lines(&directory.text("a.log"));
        assert_eq!(about(&lines, "DATADOG TRACER CONFIGURATION").len(), restarts);
        assert_eq!(about(&lines, "sent ").len(), restarts);
        assert_eq!(lines.len(), directory.text("a.log").lines().count());
    }
    assert_eq!(directory.names(), ["a.log"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_new_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new("mode");
    let file = directory.join("a.log");
    run("many-lines", &[ON, QUIET_START, (FILE, text(&file)), (SIZE, "4000")]);
    for name in directory.names() {
        let data = fs::metadata(directory.join(&name)).expect("it is there");
        assert_eq!(data.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_relative_file_is_in_the_directory_in_which_the_program_was_started() {
    let directory = Directory::new("relative");
    for scenario in ["fails", "changes-directory"] {
        let run = finish(
            command(scenario, &[ON, (FILE, "sub/a.log")])
                .current_dir(directory.path())
                .env("DD_TRACE_LOG_FILE", format!("{scenario}.log")),
        );
        assert_eq!(run.stderr, "");
    }
    assert_eq!(directory.names(), ["changes-directory.log", "fails.log"]);
}

#[test]
fn the_file_is_rotated_at_its_size_with_one_backup() {
    let directory = Directory::new("rotates");
    let file = directory.join("a.log");
    let run = run("many-lines", &[ON, QUIET_START, (FILE, text(&file)), (SIZE, "4000")]);
    assert_eq!(run.stderr, "");
    assert_eq!(directory.names(), ["a.log", "a.log.1"]);
    let (backup, current) = (directory.text("a.log.1"), directory.text("a.log"));
    assert!(backup.len() < 4000 && current.len() < 4000);
    // Together they are the end of what was written, without a gap.
    let numbers: Vec<u32> = [backup, current]
        .concat()
        .lines()
        .filter_map(|line| line.split_once("- < ")?.1.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers.last(), Some(&499));
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
}

#[test]
fn all_lines_follow_the_file_also_while_debug_mode_is_off() {
    let directory = Directory::new("follows");
    let file = directory.join("a.log");
    let wrong = ("TRACK_ERRORS_FORMAT", "xml");
    assert_eq!(run("fails", &[wrong, (FILE, text(&file))]).stderr, "");
    let lines = lines(&directory.text("a.log"));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].message.starts_with("TRACK_ERRORS_FORMAT is \"xml\""), "{lines:?}");

    let all = [ON, wrong, (FILE, text(&file)), ("DD_TRACE_DEBUG_ABANDONED_SPANS", "1")];
    for scenario in ["fails", "is-limited", "is-dropped", "lines-of-the-application", "switched"] {
        assert_eq!(run(scenario, &all).stderr, "", "{scenario}");
    }
}

#[test]
fn half_a_line_of_a_process_that_was_killed_is_ended_first() {
    let directory = Directory::new("half");
    let file = directory.join("a.log");
    fs::write(&file, "half").expect("the file is written");
    run("fails", &[ON, (FILE, text(&file))]);
    assert!(directory.text("a.log").starts_with("half\n20"), "{}", directory.text("a.log"));
}

#[test]
fn two_processes_with_the_same_file() {
    let directory = Directory::new("shared");
    let file = directory.join("a.log");
    let together = |settings: &[(&str, &str)]| {
        let children = ["one", "two"].map(|name| {
            let mut command = command("many-lines", settings);
            let child = command.arg(name).stderr(std::process::Stdio::piped()).spawn();
            child.expect("the program starts")
        });
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        }
    };
    together(&[ON, QUIET_START, (FILE, text(&file)), (SIZE, "0")]);
    let all = lines(&directory.text("a.log"));
    for name in ["one", "two"] {
        let own = about(&all, &format!("<{name} "));
        assert_eq!(own.len(), 500, "{name}");
        assert!(own.iter().all(|line| line.ends_with("x>")), "whole lines");
    }

    fs::remove_file(&file).expect("the file is there");
    together(&[ON, QUIET_START, (FILE, text(&file)), (SIZE, "30000")]);
    assert_eq!(directory.names(), ["a.log", "a.log.1"]);
    let (backup, current) = (directory.text("a.log.1"), directory.text("a.log"));
    for text in [&backup, &current] {
        assert_eq!(lines(text).len(), text.lines().count(), "whole lines");
        // Each process may add a line between the look and the write.
        assert!(text.len() < 30_000 + 400, "{}", text.len());
    }
    assert!(backup.len() > 20_000, "a rotation renames a full file: {}", backup.len());
}
