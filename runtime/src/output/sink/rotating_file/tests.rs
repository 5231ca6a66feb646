use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::base::test_folder::TestFolder;

mod links;

/// A folder with the file `a.log`.
struct Folder(TestFolder);

impl Folder {
    fn new() -> Self {
        Folder(TestFolder::new())
    }

    fn file(&self) -> PathBuf {
        self.0.join("a.log")
    }

    fn open(&self, config: FileConfig) -> RotatingFile {
        RotatingFile::open(&self.file(), config).unwrap()
    }

    /// With one backup.
    fn limited(&self, max_bytes: u64) -> RotatingFile {
        self.open(limit(max_bytes))
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.join(name)).ok()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&*self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn limit(max_bytes: u64) -> FileConfig {
    FileConfig { max_bytes, backups: 1, ..FileConfig::default() }
}

fn write(file: &mut RotatingFile, lines: &str) {
    file.write(&Batch::new(lines.as_bytes())).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn lines_are_appended_to_what_is_there() {
    let folder = Folder::new();
    fs::write(folder.file(), "before\n").unwrap();
    for _ in 0..2 {
        write(&mut folder.limited(0), "one\ntwo\n");
    }
    assert_eq!(folder.text("a.log").as_deref(), Some("before\none\ntwo\none\ntwo\n"));
}

#[test]
fn two_writers_share_a_file_line_by_line() {
    let folder = Folder::new();
    let mut files = [(); 2].map(|()| folder.limited(0));
    std::thread::scope(|scope| {
        for file in &mut files {
            scope.spawn(|| (0..200).for_each(|_| write(file, "0123456789\n0123456789\n")));
        }
    });
    let text = folder.text("a.log").unwrap();
    assert_eq!(text.lines().count(), 800);
    assert!(text.lines().all(|line| line == "0123456789"));
}

#[test]
fn half_a_line_of_a_killed_process_is_ended_first() {
    let folder = Folder::new();
    fs::write(folder.file(), "{\"half\":").unwrap();
    write(&mut folder.limited(0), "{}\n");
    assert_eq!(folder.text("a.log").as_deref(), Some("{\"half\":\n{}\n"));
}

#[test]
fn a_path_that_cannot_be_opened_is_an_error() {
    let folder = TestFolder::new();
    for path in [&*folder, &folder.join("missing").join("a.log"), Path::new("")] {
        assert!(RotatingFile::open(path, FileConfig::default()).is_err(), "{path:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_never_renamed_and_a_full_one_is_an_error() {
    let mut null = RotatingFile::open(Path::new("/dev/null"), limit(1)).unwrap();
    for _ in 0..3 {
        write(&mut null, "12345\n");
    }
    let mut full = RotatingFile::open(Path::new("/dev/full"), limit(1)).unwrap();
    for _ in 0..2 {
        let error = full.write(&Batch::new(b"{}\n")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn a_named_pipe_is_refused_at_once_also_in_place_of_the_file() {
    let folder = Folder::new();
    let mut file = folder.limited(0);
    write(&mut file, "one\n");
    fs::rename(folder.file(), folder.0.join("old")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.file()).status();
    assert!(made.is_ok_and(|status| status.success()));
    let error = RotatingFile::open(&folder.file(), FileConfig::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    let error = file.write(&Batch::new(b"two\n")).unwrap_err();
    assert_eq!(error.to_string(), "it is a named pipe, and opening one may wait for ever");
}

#[test]
fn the_file_is_renamed_before_the_line_with_which_it_would_reach_its_limit() {
    let folder = Folder::new();
    let file = &mut folder.limited(10);
    for (line, log, backup) in [
        ("123\n", "123\n", None),
        // Nine bytes.
        ("1234\n", "123\n1234\n", None),
        ("5\n", "5\n", Some("123\n1234\n")),
        // Bytes count, not characters.
        ("\u{e9}\u{e9}\u{e9}\n", "5\n\u{e9}\u{e9}\u{e9}\n", Some("123\n1234\n")),
        ("6\n", "6\n", Some("5\n\u{e9}\u{e9}\u{e9}\n")),
        ("longer than the limit\n", "longer than the limit\n", Some("6\n")),
    ] {
        write(file, line);
        assert!(file.take_trouble().is_none());
        // A restart continues the file.
        *file = folder.limited(10);
        assert_eq!(folder.text("a.log").as_deref(), Some(log));
        assert_eq!(folder.text("a.log.1").as_deref(), backup);
    }
}

#[test]
fn a_batch_is_split_at_lines_and_the_newest_backups_are_kept() {
    let folder = Folder::new();
    let mut file = folder.open(FileConfig { backups: 3, ..limit(10) });
    write(&mut file, "11\n22\n33\n44\n55\n66\nlonger than the limit\n77\n88\n99\n");
    assert!(file.take_trouble().is_none());
    for (name, text) in [
        ("a.log", "77\n88\n99\n"),
        ("a.log.1", "longer than the limit\n"),
        ("a.log.2", "44\n55\n66\n"),
        ("a.log.3", "11\n22\n33\n"),
    ] {
        assert_eq!(folder.text(name).as_deref(), Some(text), "{name}");
    }
    write(&mut file, "0\n");
    assert_eq!(folder.names(), ["a.log", "a.log.1", "a.log.2", "a.log.3"]);
    assert_eq!(folder.text("a.log.3").as_deref(), Some("44\n55\n66\n"));
    // No more than needed: the gap is filled.
    fs::remove_file(folder.0.join("a.log.1")).unwrap();
    write(&mut file, "123456789\n");
    assert_eq!(folder.text("a.log.1").as_deref(), Some("0\n"));
    assert_eq!(folder.text("a.log.3").as_deref(), Some("44\n55\n66\n"));
}

#[test]
fn an_empty_file_is_not_renamed() {
    let folder = Folder::new();
    fs::write(folder.0.join("a.log.1"), "kept").unwrap();
    write(&mut folder.limited(10), "longer than the limit\n");
    assert_eq!(folder.text("a.log").as_deref(), Some("longer than the limit\n"));
    assert_eq!(folder.text("a.log.1").as_deref(), Some("kept"));
}

#[test]
fn a_file_that_was_moved_or_deleted_is_made_anew() {
    let delete = |path: &Path| fs::remove_file(path);
    let r#move = |path: &Path| fs::rename(path, path.with_extension("old"));
    for how in [delete as fn(&Path) -> io::Result<()>, r#move] {
        let folder = Folder::new();
        let mut file = folder.limited(100);
        write(&mut file, "one\n");
        how(&folder.file()).unwrap();
        write(&mut file, "two\n");
        assert!(matches!(file.take_trouble(), Some(Trouble::Gone)));
        write(&mut file, "three\n");
        assert!(file.take_trouble().is_none());
        assert_eq!(folder.text("a.log").as_deref(), Some("two\nthree\n"));
        let old = folder.text("a.old");
        assert!(old.is_none_or(|old| old == "one\n"));
    }
}

#[test]
fn a_file_that_was_replaced_is_followed_and_one_that_was_truncated_is_continued() {
    let folder = Folder::new();
    let mut file = folder.limited(0);
    write(&mut file, "one\n");
    fs::rename(folder.file(), folder.0.join("a.log.1")).unwrap();
    fs::write(folder.file(), "by another\n").unwrap();
    write(&mut file, "two\n");
    assert!(file.take_trouble().is_none());
    assert_eq!(folder.text("a.log").as_deref(), Some("by another\ntwo\n"));
    assert_eq!(folder.text("a.log.1").as_deref(), Some("one\n"));

    fs::write(folder.file(), "").unwrap();
    write(&mut file, "three\n");
    assert_eq!(folder.text("a.log").as_deref(), Some("three\n"));
}

#[test]
fn lines_that_went_to_a_file_that_was_deleted_meanwhile_are_written_again() {
    let folder = Folder::new();
    let mut file = folder.limited(0);
    file.open_now().unwrap();
    fs::remove_file(folder.file()).unwrap();
    assert!(file.is_deleted(), "what is written now is lost");
    write(&mut file, "one\n");
    assert!(!file.is_deleted());
    assert_eq!(folder.text("a.log").as_deref(), Some("one\n"));
}

#[test]
fn a_file_that_never_had_a_name_is_appended_to() {
    let folder = Folder::new();
    let open = OpenOptions::new().append(true).create(true).read(true).open(folder.file()).unwrap();
    fs::remove_file(folder.file()).unwrap();
    let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open));
    let mut file = RotatingFile::open(Path::new(&path), limit(0)).unwrap();
    write(&mut file, "one\n");
    write(&mut file, "two\n");
    assert_eq!(open.metadata().unwrap().len(), 8);
}

#[test]
fn a_folder_that_was_removed_is_an_error_until_it_is_there_again() {
    let folder = Folder::new();
    let path = folder.0.join("logs").join("today").join("a.log");
    assert!(RotatingFile::open(&path, limit(0)).is_err());
    let makes = FileConfig { create_dirs: true, ..limit(0) };
    let mut makes = RotatingFile::open(&path, makes).unwrap();
    let mut waits = RotatingFile::open(&path, limit(0)).unwrap();
    for _ in 0..2 {
        fs::remove_dir_all(folder.0.join("logs")).unwrap();
        for _ in 0..2 {
            let error = waits.write(&Batch::new(b"one\n")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
        write(&mut makes, "two\n");
        write(&mut waits, "three\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\nthree\n");
    }
    let modes = [path.parent().unwrap(), path.parent().unwrap().parent().unwrap()].map(mode);
    assert_eq!(modes, [0o700; 2]);
}

#[test]
fn a_new_file_gets_the_mode_and_one_that_exists_keeps_its_own() {
    let folder = Folder::new();
    let mut file = folder.limited(10);
    write(&mut file, "12345\n");
    assert_eq!(mode(&folder.file()), 0o600);
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o604)).unwrap();
    write(&mut file, "12\n");
    assert_eq!(mode(&folder.file()), 0o604);
    write(&mut file, "12345\n");
    let modes = [folder.file(), folder.0.join("a.log.1")].map(|path| mode(&path));
    assert_eq!(modes, [0o600, 0o604]);
}

#[test]
fn a_rotation_that_fails_leaves_the_lines_in_the_file() {
    let folder = Folder::new();
    // A file cannot replace a non-empty directory.
    fs::create_dir_all(folder.0.join("a.log.1").join("x")).unwrap();
    let mut file = folder.limited(10);
    write(&mut file, "12345\n");
    for _ in 0..2 {
        write(&mut file, "1234\n56789\n");
        let warning = file.warning().unwrap();
        assert!(
            warning.ends_with("Is a directory (os error 21); it grows beyond its limit"),
            "{warning}"
        );
        assert!(file.warning().is_none());
    }
    let lines = "1234\n56789\n";
    assert_eq!(folder.text("a.log"), Some(format!("12345\n{lines}{lines}")));
}

#[test]
fn a_rotation_by_another_process_is_followed_and_is_no_trouble() {
    let folder = Folder::new();
    let (mut one, mut other) = (folder.limited(20), folder.limited(20));
    for number in 0..5 {
        for (name, file) in [("one", &mut one), ("other", &mut other)] {
            write(file, &format!("{name} {number}\n"));
            assert!(file.take_trouble().is_none());
        }
    }
    let both = [folder.text("a.log.1").unwrap(), folder.text("a.log").unwrap()].concat();
    assert_eq!(both.lines().last(), Some("other 4"));
    assert!(both.lines().count() >= 3, "{both}");
}

#[test]
fn while_another_process_rotates_lines_are_appended() {
    let folder = Folder::new();
    let mut file = folder.limited(10);
    write(&mut file, "12345\n");
    // `flock` excludes other openings of the file, also in one process.
    let other = OpenOptions::new().append(true).open(folder.file()).unwrap();
    set_lock(&other, true).unwrap();
    write(&mut file, "12345\n");
    let warning = file.warning().unwrap();
    assert!(warning.contains(": another process has locked it; it grows"), "{warning}");
    assert_eq!(folder.text("a.log").as_deref(), Some("12345\n12345\n"));
    set_lock(&other, false).unwrap();
    write(&mut file, "12345\n");
    assert_eq!(folder.text("a.log.1").as_deref(), Some("12345\n12345\n"));
}

#[test]
fn writers_that_rotate_one_file_at_the_same_time_lose_no_line() {
    let folder = Folder::new();
    let config = FileConfig { backups: 1_000, ..limit(200) };
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let mut file = folder.open(config);
            scope.spawn(move || {
                for number in 0..250 {
                    write(&mut file, &format!("{writer}-{number} a\n{writer}-{number} b\n"));
                }
            });
        }
    });
    let texts = folder.names().iter().map(|name| folder.text(name).unwrap()).collect::<String>();
    let mut lines: Vec<_> = texts.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!((lines.len(), texts.lines().count()), (2_000, 2_000));
    assert!(folder.names().len() > 10);
}
