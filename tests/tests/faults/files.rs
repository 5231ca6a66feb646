//! Files that cannot be written, or not any longer.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use track_errors_tests::process;

use super::account::{Lines, assert_nothing_is_lost};
use super::program::{Ended, Program, TRAIL, folder};

/// Whether this user may mount a file system of its own, which no other process sees.
fn may_mount() -> bool {
    let command = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    let status = Command::new("unshare").args(command).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// A disk of 64 kB at `disk`, of which `ballast` takes a part. What is on it at the end is copied to `copy`.
fn on_a_small_disk(disk: &Path, copy: &Path) -> Program {
    const SCRIPT: &str = r#"mount -t tmpfs -o size=64k tmpfs "$1" && head -c 16384 /dev/zero >"$1/ballast" &&
        "$3" "" && cp "$1/errors.jsonl" "$2""#;
    let output = disk.join("errors.jsonl");
    let settings = [TRAIL, ("TRACK_ERRORS_OUTPUT", output.to_str().expect("UTF-8"))];
    let mut command = process::program("unshare", settings);
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
    command.args([disk, copy, Path::new(env!("CARGO_BIN_EXE_faults"))]);
    Program::spawn(command)
}

#[test]
fn a_full_disk() {
    let folder = folder("full-disk");
    let copy = folder.join("copy.jsonl");
    let (copy, ended) = if may_mount() {
        let disk = folder.join("disk");
        fs::create_dir(&disk).unwrap();
        let mut program = on_a_small_disk(&disk, &copy);
        program.tell("fail 4 20").flushed().tell("fail 4 5").flushed();
        program.tell(&format!("remove {}", disk.join("ballast").display()));
        program.tell("fail 1 1").flushed();
        (copy, program.end())
    } else {
        // A limit of the process in place of the disk's.
        let mut program = Program::with_file(&copy);
        program.tell("files-grow-to 49152").tell("fail 4 20").flushed().tell("fail 4 5").flushed();
        program.tell("files-grow").tell("fail 1 1").flushed();
        (copy, program.end())
    };
    let file = Lines::of(&[&fs::read(copy).unwrap()]);
    let all = Lines::of(&[&fs::read(folder.join("copy.jsonl")).unwrap(), &ended.stderr]);
    assert_nothing_is_lost(&ended.report, &all);
    assert!(Lines::of(&[&ended.stderr]).errors() > 0, "some go to stderr");
    // Since there is room again, they go to the file.
    let last = all.numbers().last().copied();
    assert_eq!(file.numbers().last().copied(), last);
    assert!(file.cut <= 1, "{} lines are cut", file.cut);
    assert_eq!((ended.report.dropped, ended.stdout.len()), (0, 0));
}

/// Removes the file, or moves it away, again and again while the program fails. All is in what was taken away, or in
/// the file.
fn while_the_program_fails(name: &str, take_away: fn(&Path)) {
    let path = folder(name).join("errors.jsonl");
    let mut program = Program::with_file(&path);
    program.tell("fail 1 1").flushed();
    let mut taken = Vec::new();
    for _ in 0..10 {
        program.send("fail 4 20");
        // It is open in this process, which reads it at the end.
        taken.push(fs::File::open(&path).unwrap());
        take_away(&path);
        assert_eq!(program.answer().as_deref(), Some("done"));
        program.tell("fail 1 1").flushed();
    }
    let ended = program.end();
    let mut texts = vec![fs::read(&path).unwrap()];
    for mut file in taken {
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        texts.push(text);
    }
    let texts: Vec<_> = texts.iter().map(Vec::as_slice).collect();
    assert_nothing_is_lost(&ended.report, &Lines::of(&texts));
    assert_eq!((ended.stdout.len(), Lines::of(&[&ended.stderr]).errors()), (0, 0));
}

#[test]
fn a_file_that_is_removed() {
    while_the_program_fails("removed", |path| fs::remove_file(path).unwrap());
}

#[test]
fn a_file_that_is_moved() {
    while_the_program_fails("moved", |path| fs::rename(path, path.with_extension("old")).unwrap());
}

/// Some lines are in the file, the others on stderr, and the last ones in the file.
#[track_caller]
fn assert_in_file_and_on_stderr(ended: &Ended, files: &[&Path]) {
    let texts: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut texts: Vec<_> = texts.iter().map(Vec::as_slice).collect();
    let in_files = Lines::of(&texts);
    texts.push(&ended.stderr);
    let all = Lines::of(&texts);
    assert_nothing_is_lost(&ended.report, &all);
    assert!(Lines::of(&[&ended.stderr]).errors() > 0, "some are on stderr");
    assert_eq!(in_files.numbers().last(), all.numbers().last());
    assert_eq!((all.repeated, all.cut, ended.stdout.len()), (0, 0, 0));
}

#[test]
fn a_directory_that_is_gone() {
    let folder = folder("gone");
    let [directory, moved] = ["logs", "moved"].map(|name| folder.join(name));
    fs::create_dir(&directory).unwrap();
    let mut program = Program::with_file(&directory.join("errors.jsonl"));
    program.tell("fail 4 20").flushed();
    fs::rename(&directory, &moved).unwrap();
    program.tell("fail 4 20").flushed();
    fs::create_dir(&directory).unwrap();
    program.tell("fail 4 20").flushed();
    let ended = program.end();
    let files = [&directory, &moved].map(|directory| directory.join("errors.jsonl"));
    assert_in_file_and_on_stderr(&ended, &[&files[0], &files[1]]);
}

/// A new folder that every user may write to.
fn folder_for_all(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("track_errors_{}_{name}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o777);
    folder
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_permission_that_is_lost() {
    let folder = folder_for_all("permission");
    let [path, moved] = ["errors.jsonl", "moved.jsonl"].map(|name| folder.join(name));
    let mut program = Program::with_file(&path);
    program.tell("no-privileges").tell("fail 4 20").flushed();
    // The file is open, and stays so.
    set_mode(&path, 0);
    program.tell("fail 4 20").flushed();
    fs::rename(&path, &moved).unwrap();
    set_mode(&folder, 0o555);
    program.tell("fail 4 20").flushed();
    set_mode(&folder, 0o777);
    program.tell("fail 4 20").flushed();
    let ended = program.end();
    set_mode(&moved, 0o600);
    assert_in_file_and_on_stderr(&ended, &[&path, &moved]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_may_not_be_made() {
    let folder = folder_for_all("forbidden");
    set_mode(&folder, 0o555);
    let mut program = Program::with_file(&folder.join("errors.jsonl"));
    program.tell("no-privileges").tell("fail 4 20").flushed();
    let ended = program.end();
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&ended.stderr]));
    assert_eq!(ended.stdout.len(), 0);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn no_descriptor_for_a_file_that_was_moved() {
    let folder = folder("descriptors");
    let [path, moved] = ["errors.jsonl", "moved.jsonl"].map(|name| folder.join(name));
    let mut program = Program::with_file(&path);
    program.tell("fail 4 20").flushed().tell("use-up-descriptors").tell("fail 4 20").flushed();
    fs::rename(&path, &moved).unwrap();
    program.tell("fail 4 20").flushed().tell("free-descriptors").tell("fail 4 20").flushed();
    let ended = program.end();
    // The descriptor of the file that was moved is free for the new one.
    let texts = [path, moved].map(|path| fs::read(path).unwrap());
    assert_nothing_is_lost(&ended.report, &Lines::of(&[&texts[0], &texts[1]]));
    assert_eq!((ended.stdout.len(), Lines::of(&[&ended.stderr]).errors()), (0, 0));
}
