//! The directory: section ".NET".

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::debug_log::{Directory, about, command, lines, reports, run, text};
use crate::{DIRECTORY, FILE, ON};

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
    assert_eq!(about(&lines(&directory.text(&name)), "sent ").len(), 1);
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
    assert_eq!(about(&run.lines(), "sent ").len(), 1);
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
    assert_eq!(about(&lines(&other.text(&own_file(&other))), "sent ").len(), 1);
}
