//! Faults of the file and of its directory.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::debug_log::{
    Directory, PROGRAM, Run, Steps, about, command, command_of, finish, lines, reports, run, text,
};
use crate::{DIRECTORY, FILE, ON, QUIET_START, SIZE};

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
    assert_eq!(about(&run.lines(), "sent ").len(), 1, "{}", run.stderr);
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
    assert_eq!(about(&deleted, "sent ").len(), 1);
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
    fs::copy(PROGRAM, &program).expect("the program is copied");
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
