//! Files that cannot be written, or not any longer.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use track_errors_tests::process;

use super::account::{Lines, assert_nothing_is_lost};
use super::program::{Program, TRAIL, folder};

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
