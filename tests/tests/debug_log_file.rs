//! The file of the debug mode, its directory, and the faults of both and of a logger of the application's:
//! the program and its error logs go on, and the fault is reported once on stderr.

mod debug_log;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use debug_log::{
    Directory, Run, Steps, about, command, command_of, finish, lines, reports, run, text,
};

const ON: (&str, &str) = ("DD_TRACE_DEBUG", "true");
const QUIET_START: (&str, &str) = ("DD_TRACE_STARTUP_LOGS", "false");
const FILE: &str = "DD_TRACE_LOG_FILE";
const SIZE: &str = "DD_TRACE_LOG_FILE_SIZE_BYTES";
const DIRECTORY: &str = "DD_TRACE_LOG_DIRECTORY";

// ------------------------------------------------------------------------------------------------
// The file: Python, Java, PHP

#[test]
fn lines_go_to_the_file_and_a_restart_appends() {
    let directory = Directory::new("append");
    let file = directory.join("a.log");
    for restarts in 1..=2 {
        let run = run("fails", &[ON, (FILE, text(&file))]);
        assert_eq!((run.logged(), &*run.stderr), (1, ""));
        let lines = lines(&directory.text("a.log"));
        assert_eq!(about(&lines, "DATADOG TRACER CONFIGURATION").len(), restarts);
        assert_eq!(about(&lines, "written: ").len(), restarts);
        assert_eq!(lines.len(), directory.text("a.log").lines().count());
    }
    assert_eq!(directory.names(), ["a.log"]);
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

// ------------------------------------------------------------------------------------------------
// The directory: .NET

fn own_file(directory: &Directory) -> String {
    let names = directory.names();
    let own: Vec<_> =
        names.iter().filter(|name| name.starts_with("track_errors-debug_mode-")).collect();
    assert_eq!(own.len(), 1, "{names:?}");
    own[0].clone()
}

#[test]
fn a_directory_gets_a_file_for_each_process() {
    let directory = Directory::new("directory");
    let child = command("fails", &[ON, (DIRECTORY, text(directory.path()))])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    let pid = child.id();
    assert!(child.wait_with_output().expect("it ends").status.success());
    let name = format!("track_errors-debug_mode-{pid}.log");
    assert_eq!(directory.names(), [&*name]);
    assert_eq!(about(&lines(&directory.text(&name)), "written: ").len(), 1);
}

#[test]
fn a_named_file_overrides_the_directory() {
    let directory = Directory::new("file-first");
    let file = directory.join("a.log");
    run("fails", &[ON, (FILE, text(&file)), (DIRECTORY, text(directory.path()))]);
    assert_eq!(directory.names(), ["a.log"]);
}

#[test]
fn a_directory_that_does_not_exist_is_reported_and_lines_go_to_stderr() {
    let directory = Directory::new("no-directory");
    let missing = directory.join("missing");
    let run = run("fails", &[ON, (DIRECTORY, text(&missing))]);
    assert_eq!(reports(&run.stderr).len(), 1, "{}", run.stderr);
    assert!(reports(&run.stderr)[0].contains("No such file or directory"), "{}", run.stderr);
    assert_eq!(about(&run.lines(), "written: ").len(), 1);
    assert_eq!(run.logged(), 1);
    assert!(directory.names().is_empty(), "it is not made");
}

/// Files with an age in days.
fn files(directory: &Directory, names: &[(&str, u64)]) {
    for (name, days) in names {
        let file = File::create(directory.join(name)).expect("the file is made");
        let age = Duration::from_secs(days * 86_400);
        // A little older, so that the age is reached.
        let written = SystemTime::now() - age - Duration::from_secs(5);
        file.set_modified(written).expect("the file gets its age");
    }
}

#[test]
fn old_files_of_ours_are_deleted_on_start_up_and_no_others() {
    let directory = Directory::new("retention");
    let kept = [
        ("track_errors-shop-1.log", 30),
        ("track_errors-shop-2.log.1", 30),
        ("track_errors-shop-3.log.2", 400),
        ("track_errors-shop-3.log.gz", 400),
        ("track_errors-shop.log", 400),
        ("my-track_errors-shop-4.log", 400),
        ("errors.jsonl", 400),
    ];
    let deleted = [
        ("track_errors-shop-5.log", 31),
        ("track_errors-shop-6.log.1", 31),
        ("track_errors-another-shop-7.log", 400),
    ];
    files(&directory, &kept);
    files(&directory, &deleted);
    fs::create_dir(directory.join("track_errors-folder-8.log")).expect("a directory");
    let run = run("fails", &[ON, (DIRECTORY, text(directory.path()))]);
    assert_eq!((run.logged(), &*run.stderr), (1, ""));
    let own = own_file(&directory);
    let mut expected: Vec<_> = kept.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.extend([own, "track_errors-folder-8.log".to_owned()]);
    expected.sort();
    assert_eq!(directory.names(), expected);
}

#[test]
fn the_age_is_a_setting_and_zero_deletes_nothing() {
    for (days, age, is_deleted) in [("7", 7, true), ("7", 6, false), ("0", 9999, false)] {
        let directory = Directory::new(&format!("age-{days}-{age}"));
        files(&directory, &[("track_errors-shop-1.log", age)]);
        let days = ("DD_TRACE_LOGFILE_RETENTION_DAYS", days);
        run("fails", &[ON, days, (DIRECTORY, text(directory.path()))]);
        let is_there = directory.names().contains(&"track_errors-shop-1.log".to_owned());
        assert_eq!(is_there, !is_deleted, "{days:?} {age}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_deleted_or_written_through_a_symbolic_link() {
    let (directory, other) = (Directory::new("links"), Directory::new("links-target"));
    files(&other, &[("track_errors-shop-1.log", 400), ("precious", 400)]);
    // A link in the directory: neither it nor its target.
    let link = directory.join("track_errors-shop-2.log");
    std::os::unix::fs::symlink(other.join("precious"), &link).expect("a link");
    run("fails", &[ON, (DIRECTORY, text(directory.path()))]);
    assert!(link.is_symlink());
    assert_eq!(other.names(), ["precious", "track_errors-shop-1.log"]);

    // The directory itself is one: it is written to, and nothing is deleted.
    let link = directory.join("logs");
    std::os::unix::fs::symlink(other.path(), &link).expect("a link");
    let run = run("fails", &[ON, (DIRECTORY, text(&link))]);
    assert_eq!(reports(&run.stderr).len(), 1, "{}", run.stderr);
    assert!(reports(&run.stderr)[0].contains("it is a symbolic link"), "{}", run.stderr);
    assert!(other.names().contains(&"track_errors-shop-1.log".to_owned()));
    assert_eq!(about(&lines(&other.text(&own_file(&other))), "written: ").len(), 1);
}

// ------------------------------------------------------------------------------------------------
// Faults

#[test]
fn a_fault_is_reported_once_also_if_loggers_and_settings_change() {
    let directory = Directory::new("reported-once");
    let file = directory.join("missing").join("a.log");
    let run = run("changes-loggers", &[ON, (FILE, text(&file))]);
    assert_undisturbed(&run, "No such file or directory");
    assert_eq!(about(&run.lines(), "to the file").len(), 4, "{}", run.stderr);
}

/// The error log is there, the fault was reported once on stderr, and the lines are there.
fn assert_undisturbed(run: &Run, fault: &str) {
    assert_eq!(run.logged(), 1, "{run:?}");
    let found = reports(&run.stderr);
    assert_eq!(found.len(), 1, "{}", run.stderr);
    assert!(found[0].contains(fault), "{}", found[0]);
    assert_eq!(about(&run.lines(), "error #").len(), 1, "{}", run.stderr);
    assert_eq!(about(&run.lines(), "written: ").len(), 1, "{}", run.stderr);
}

#[test]
fn a_file_that_cannot_be_opened() {
    let directory = Directory::new("unopened");
    let file = directory.join("missing").join("a.log");
    let fault = "No such file or directory (os error 2); its lines go to stderr";
    let unopened = run("fails", &[ON, (FILE, text(&file))]);
    assert_undisturbed(&unopened, fault);
    let start = about(&unopened.lines(), "DATADOG TRACER CONFIGURATION");
    assert!(start[0].contains("\"debug_log\":\"stderr\""), "where they really go: {start:?}");

    let fault = "Is a directory";
    assert_undisturbed(&run("fails", &[ON, (FILE, text(directory.path()))]), fault);

    // No control character of a path gets to a terminal.
    let file = directory.join("\u{1b}[2J\n").join("a.log");
    let run = run("fails", &[ON, (FILE, text(&file))]);
    assert_undisturbed(&run, r"\u{1b}[2J\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full() {
    let run = run("fails", &[ON, (FILE, "/dev/full")]);
    assert_undisturbed(&run, "\"/dev/full\": No space left on device");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_without_a_reader() {
    let directory = Directory::new("pipe");
    let file = directory.join("a.log");
    assert!(Command::new("mkfifo").arg(&file).status().is_ok_and(|status| status.success()));
    assert_undisturbed(&run("fails", &[ON, (FILE, text(&file))]), "it is a named pipe");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_deleted_or_moved_while_it_is_open() {
    let directory = Directory::new("gone");
    let file = directory.join("a.log");
    let mut steps = Steps::start(&mut command("steps", &[ON, (FILE, text(&file))]));
    steps.step("first");
    fs::remove_file(&file).expect("the file is there");
    steps.step("after it was deleted");
    fs::rename(&file, directory.join("moved")).expect("the file is there again");
    steps.step("after it was moved");
    let stderr = steps.end();

    let deleted = lines(&directory.text("moved"));
    assert_eq!(deleted[0].message, "step after it was deleted", "{deleted:#?}");
    assert_eq!(about(&deleted, "written: ").len(), 1);
    let moved = lines(&directory.text("a.log"));
    assert_eq!(moved[0].message, "step after it was moved", "{moved:#?}");
    assert_eq!(reports(&stderr).len(), 1, "{stderr}");
    assert!(reports(&stderr)[0].contains("was moved or deleted; it is made anew"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "no line was lost to stderr: {stderr}");
}

#[cfg(unix)]
#[test]
fn a_rotation_that_fails() {
    let directory = Directory::new("rotation");
    let file = directory.join("a.log");
    // A directory that is not empty cannot be replaced by a file.
    fs::create_dir_all(directory.join("a.log.1").join("x")).expect("a directory");
    let run = run("many-lines", &[ON, QUIET_START, (FILE, text(&file)), (SIZE, "1000")]);
    assert_eq!(reports(&run.stderr).len(), 1, "{}", run.stderr);
    assert!(reports(&run.stderr)[0].contains("cannot rotate the debug log"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1);
    let lines = lines(&directory.text("a.log"));
    assert_eq!(about(&lines, "< ").len(), 500, "no line is lost");
}

/// Runs as a user without rights: root has them in any directory.
#[cfg(unix)]
fn without_rights(directory: &Directory, settings: &[(&str, &str)]) -> Run {
    use std::os::unix::process::CommandExt as _;

    // The program has to be where others may read it.
    let folder = std::env::temp_dir().join(format!("track_errors-rights-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a directory");
    let program = folder.join("debug_mode");
    fs::copy(debug_log::PROGRAM, &program).expect("the program is copied");
    let mut command = command_of(&program, "fails", settings);
    // SAFETY: both calls only read the ids of this process.
    let is_root = unsafe { libc::geteuid() } == 0;
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    command.current_dir(directory.path().parent().unwrap_or(Path::new("/")));
    let run = finish(&mut command);
    fs::remove_dir_all(&folder).expect("the directory is removed");
    run
}

#[cfg(unix)]
#[test]
fn a_directory_without_permission() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new("permission");
    let mode = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode));
    mode(0o555).expect("the directory is ours");
    let run = without_rights(&directory, &[ON, (DIRECTORY, text(directory.path()))]);
    mode(0o700).expect("the directory is ours");
    assert_undisturbed(&run, "Permission denied");
    assert!(directory.names().is_empty());
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

// ------------------------------------------------------------------------------------------------
// Loggers of the application's that misbehave, forks

#[test]
fn a_logger_that_panics() {
    let run = run("panics", &[ON]);
    assert_eq!(run.logged(), 3);
    assert_eq!(
        reports(&run.stderr),
        ["[track_errors] the debug logger panicked; its lines go to stderr"]
    );
    let panics = run.stderr.matches("on purpose: a logger that panics").count();
    assert_eq!(panics, 1, "it is not called again: {}", run.stderr);
    let lines = run.lines();
    // The line at which it panicked is there as well.
    assert_eq!(about(&lines, "DATADOG TRACER CONFIGURATION").len(), 1, "{lines:#?}");
    assert_eq!(about(&lines, "error #").len(), 3, "{lines:#?}");
    assert_eq!(about(&lines, "the program ends; ").len(), 1, "{lines:#?}");
}

#[test]
fn a_logger_that_calls_a_tracked_function_and_this_log() {
    let run = run("nests", &[ON]);
    // The error of `main`, and none of those that the logger brought about.
    assert_eq!(run.logged(), 1, "{}", run.stdout);
    let lines: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("debug: ")).collect();
    assert!(lines.len() > 4, "{}", run.stdout);
    assert!(lines.iter().any(|line| line.ends_with(" - from outside")), "{lines:#?}");
    assert!(!run.stdout.contains("- from within the logger"));
    assert_eq!(run.stderr, "");
    let left_out: Vec<_> =
        lines.iter().filter_map(|line| line.split_once("from within it: ")).collect();
    assert!(left_out[0].1.parse::<u32>().is_ok_and(|count| count > 0), "{left_out:?}");
}

#[test]
fn a_logger_that_waits_for_a_thread_that_fails() {
    for scenario in ["waits", "waits-while-it-writes"] {
        let run = run(scenario, &[ON]);
        assert_eq!(run.logged(), 2, "{scenario}: {}", run.stdout);
        assert!(run.stdout.contains(", dropped: 0;"), "{scenario}: {}", run.stdout);
    }
}

#[test]
fn a_logger_that_comes_back_when_it_is_dropped() {
    let run = run("returns", &[]);
    assert_eq!(run.logged(), 2, "{run:?}");
    assert_eq!(run.stderr, "[track_errors] the logger is dropped\n");
}

#[cfg(unix)]
#[test]
fn a_child_after_a_fork_has_a_file_of_its_own() {
    let directory = Directory::new("forks");
    let run = run("forks", &[ON, (DIRECTORY, text(directory.path()))]);
    assert_eq!((run.logged(), &*run.stderr), (3, ""));
    let names = directory.names();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in names {
        let lines = lines(&directory.text(&name));
        let is_child = about(&lines, "DATADOG TRACER CONFIGURATION").is_empty();
        assert_eq!(about(&lines, &format!("child: {is_child}")).len(), 1, "{name} {lines:#?}");
        let errors = if is_child { 1 } else { 2 };
        assert_eq!(about(&lines, "written: ").len(), errors, "{name} {lines:#?}");
    }
}

#[cfg(unix)]
#[test]
fn forks_are_noticed_also_if_nothing_fails_and_debug_mode_is_off() {
    let directory = Directory::new("forks-off");
    let run = run("forks-while-lines-are-written", &[(DIRECTORY, text(directory.path()))]);
    assert_eq!(run.stderr, "", "no lock of a thread that the child does not have");
    let names = directory.names();
    let of_children: Vec<_> =
        names.iter().map(|name| directory.text(name)).filter(|log| log.contains("child")).collect();
    // Each child has a file of its own, by its own number.
    assert_eq!(of_children.len(), 20, "{names:?}");
    assert!(of_children.iter().all(|log| lines(log).len() == 1), "{of_children:?}");
}

#[cfg(unix)]
#[test]
fn children_that_are_forked_under_load_come_to_their_end() {
    let directory = Directory::new("forks-load");
    let file = directory.join("a.log");
    let abandoned = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
    let run = run("forks-under-load", &[ON, QUIET_START, abandoned, (FILE, text(&file))]);
    assert_eq!(run.stderr, "");
    // The file may have been rotated.
    let all: Vec<_> =
        directory.names().iter().flat_map(|name| lines(&directory.text(name))).collect();
    assert!(about(&all, "in the child").len() <= 20);
    assert!(!about(&all, "in the child").is_empty());
}
