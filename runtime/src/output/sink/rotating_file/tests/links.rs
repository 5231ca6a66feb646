//! Symbolic links: at the path, in its place, and above it.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

#[test]
fn a_link_that_was_there_first_is_followed_and_never_renamed() {
    let folder = Folder::new();
    let target = folder.0.join("target");
    fs::write(&target, "before\n").unwrap();
    symlink(&target, folder.file()).unwrap();
    // Where only the directory was named, it is not followed.
    let mut unnamed = RotatingFile::new(folder.file(), limit(0), false);
    assert!(unnamed.write(&Batch::new(b"x\n")).is_err());
    assert_eq!(folder.text("target").as_deref(), Some("before\n"));

    let mut file = folder.limited(10);
    write(&mut file, "one\ntwo\n");
    let warning = file.warning().unwrap();
    assert!(warning.ends_with("it is a symbolic link; it grows beyond its limit"), "{warning}");
    assert_eq!(folder.text("target").as_deref(), Some("before\none\ntwo\n"));
    assert_eq!(folder.names(), ["a.log", "target"]);

    // It may point elsewhere later, but not to nothing.
    let later = folder.0.join("later");
    fs::write(&later, "").unwrap();
    fs::remove_file(folder.file()).unwrap();
    symlink(&later, folder.file()).unwrap();
    write(&mut file, "three\n");
    assert_eq!(folder.text("later").as_deref(), Some("three\n"));
    fs::remove_file(&later).unwrap();
    assert!(file.write(&Batch::new(b"four\n")).is_err());
    assert_eq!(folder.names(), ["a.log", "target"]);
}

#[test]
fn a_link_to_nothing_makes_no_file() {
    let folder = Folder::new();
    symlink(folder.0.join("target"), folder.file()).unwrap();
    for follows_link in [true, false] {
        let mut file = RotatingFile::new(folder.file(), limit(0), follows_link);
        let error = file.write(&Batch::new(b"one\n")).unwrap_err();
        assert_eq!(error.to_string(), "it is a symbolic link, and no file is made through one");
    }
    assert_eq!(folder.names(), ["a.log"]);
}

#[test]
fn a_link_that_takes_the_place_of_a_file_is_not_followed() {
    let folder = Folder::new();
    let precious = folder.0.join("precious");
    fs::write(&precious, "precious\n").unwrap();
    let mut file = folder.limited(0);
    write(&mut file, "one\n");
    fs::remove_file(folder.file()).unwrap();
    symlink(&precious, folder.file()).unwrap();
    assert!(file.write(&Batch::new(b"two\n")).is_err());
    assert_eq!(folder.text("precious").as_deref(), Some("precious\n"));
    fs::remove_file(folder.file()).unwrap();
    write(&mut file, "two\n");
    assert_eq!(folder.text("a.log").as_deref(), Some("two\n"));
}

#[test]
fn links_that_are_planted_during_rotations_are_not_followed() {
    const LINKS: u32 = 300;
    let folder = Folder::new();
    let (precious, missing) = (folder.0.join("precious"), folder.0.join("missing"));
    fs::write(&precious, "").unwrap();
    let mut file = folder.limited(10);
    write(&mut file, "first\n");
    let (planted, mut reached) = (AtomicU32::new(0), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while planted.load(Ordering::Relaxed) < LINKS {
                for target in [&precious, &missing] {
                    // Fails while the file is there.
                    if symlink(target, folder.file()).is_ok() {
                        planted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        for _ in 0..500_000 {
            // Each of the two lines rotates the file, unless a link is in its place.
            if file.write(&Batch::new(b"12345\n67890\n")).is_err() {
                fs::remove_file(folder.file()).unwrap();
            }
            reached = planted.load(Ordering::Relaxed);
            if reached >= LINKS {
                break;
            }
        }
        // Ends the other thread in any case.
        planted.store(LINKS, Ordering::Relaxed);
    });
    assert_eq!(folder.text("precious").as_deref(), Some(""));
    assert!(!missing.exists());
    assert!(reached >= LINKS, "{reached}");
}

#[test]
fn links_among_the_folders_above_are_followed() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("volume")).unwrap();
    symlink(folder.0.join("volume"), folder.0.join("logs")).unwrap();
    let mut file = RotatingFile::open(&folder.0.join("logs").join("a.log"), limit(10)).unwrap();
    write(&mut file, "12345\n67890\n");
    assert!(file.take_trouble().is_none());
    assert_eq!(folder.text("volume/a.log").as_deref(), Some("67890\n"));
    assert_eq!(folder.text("volume/a.log.1").as_deref(), Some("12345\n"));
}
