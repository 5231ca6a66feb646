//! `file`: a file with rotation by size.
//!
//! In: lines. Out: the same lines at the end of the file, each in one write. A line that would bring the file
//! to its limit or above first renames the file to `<file>.1`, replacing the previous backup, and begins a
//! new file. An empty file is never renamed. A deleted or moved file is created again. A file that cannot be
//! renamed grows. Several processes may share a file: one rotates it, and the others follow.
//!
//! Why no crate: `ddtrace` decides before a line, by the file's length at that time. `file-rotate` decides
//! after it; `logroller` renames on another thread. Both count only the bytes that they wrote themselves, so
//! two processes with one file exceed its limit. Never panics.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::output::sink::{Batch, LineStream, open_to_append};

#[derive(Debug)]
pub(super) struct RotatingFile {
    pub(super) path: PathBuf,
    /// Bytes; 0 for no limit.
    limit: u64,
    follow_links: bool,
    /// The file, if it is open.
    current: Option<OpenFile>,
}

#[derive(Debug)]
pub(super) struct OpenFile {
    file: fs::File,
    lines: LineStream,
}

/// A fault that did not prevent the line.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file was no longer in its place.
    Gone,
    /// It could not be renamed.
    Rotation(io::Error),
}

impl RotatingFile {
    pub(super) fn new(path: PathBuf, limit: u64, follow_links: bool) -> Self {
        RotatingFile { path, limit, follow_links, current: None }
    }

    /// Appends a line, which ends with a line break.
    ///
    /// # Errors
    ///
    /// The errors of opening and of writing. Then the line is missing from the file, or incomplete.
    pub(super) fn write(&mut self, line: &str) -> io::Result<Option<Trouble>> {
        let mut trouble = None;
        if self.current.is_some() && !self.is_at(&self.path) {
            if !self.was_rotated() {
                trouble = Some(Trouble::Gone);
            }
            self.current = None;
        }
        let limit = self.limit;
        if self.open()?.is_full(line, limit)
            && let Err(error) = self.rotate()
        {
            trouble = Some(Trouble::Rotation(error));
        }
        let open = self.open()?;
        open.lines.write(&mut open.file, &Batch::new(line.as_bytes()))?;
        Ok(trouble)
    }

    /// Opens the file if it is not open.
    pub(super) fn open(&mut self) -> io::Result<&mut OpenFile> {
        match self.current {
            Some(ref mut open) => Ok(open),
            None => {
                let mut options = OpenOptions::new();
                #[cfg(unix)]
                if !self.follow_links {
                    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
                }
                // Elsewhere only administrators make links.
                #[cfg(not(unix))]
                let _ = self.follow_links;
                let (file, lines) = open_to_append(&self.path, &mut options)?;
                Ok(self.current.insert(OpenFile { file, lines }))
            }
        }
    }

    fn backup(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".1");
        path.into()
    }

    /// Renames the file, unless another process does.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(OpenFile { file, .. }) = &self.current else { return Ok(()) };
        // The lock belongs to the file. A process that gets it after a rotation finds another file in this
        // place.
        if !set_lock(file, true) {
            return Ok(());
        }
        let is_ours = self.is_at(&self.path);
        let renamed = if is_ours { fs::rename(&self.path, self.backup()) } else { Ok(()) };
        set_lock(file, false);
        if renamed.is_ok() {
            self.current = None;
        }
        renamed
    }

    /// Whether the open file left its place because another process rotated it, or put another file there.
    fn was_rotated(&self) -> bool {
        if self.path.exists() || self.is_at(&self.backup()) {
            return true;
        }
        // The other process may be between its two steps.
        self.backup().exists() && {
            std::thread::sleep(Duration::from_millis(1));
            self.path.exists()
        }
    }

    /// Whether the open file has this path.
    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let Some(Ok(own)) = self.current.as_ref().map(|open| open.file.metadata()) else {
            return true;
        };
        fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()))
    }

    /// Other systems only check that a file exists.
    #[cfg(not(unix))]
    fn is_at(&self, path: &Path) -> bool {
        path != self.path || path.exists()
    }
}

impl OpenFile {
    /// Whether the file needs rotation before this line. Devices and terminals never do.
    fn is_full(&self, line: &str, limit: u64) -> bool {
        // Read each time: other processes may write to the file.
        let data = self.file.metadata().ok().filter(fs::Metadata::is_file);
        let length = data.map_or(0, |data| data.len());
        limit > 0 && length > 0 && length + line.len() as u64 >= limit
    }
}

/// Locks a file against other processes that share it, or unlocks it. False if another process has the lock.
/// Unlocked by hand, because a forked child has the open file as well.
#[cfg(unix)]
fn set_lock(file: &fs::File, is_locked: bool) -> bool {
    use std::os::fd::AsRawFd as _;

    let operation = if is_locked { libc::LOCK_EX | libc::LOCK_NB } else { libc::LOCK_UN };
    // SAFETY: the descriptor is open, because `file` is borrowed; the call touches no memory.
    unsafe { libc::flock(file.as_raw_fd(), operation) == 0 }
}

/// Without locks, two processes that share a file may both rename it, and lose the first one's backup.
#[cfg(not(unix))]
fn set_lock(_: &fs::File, _: bool) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::test_folder::TestFolder;

    struct Folder(TestFolder);

    impl Folder {
        fn new() -> Self {
            Folder(TestFolder::new())
        }

        fn file(&self) -> PathBuf {
            self.0.join("a.log")
        }

        fn open(&self, limit: u64) -> RotatingFile {
            RotatingFile::new(self.file(), limit, true)
        }

        fn text(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.0.join(name)).ok()
        }
    }

    #[test]
    fn the_file_is_renamed_before_the_line_with_which_it_would_reach_its_limit() {
        let folder = Folder::new();
        let file = &mut folder.open(10);
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
            assert!(file.write(line).unwrap().is_none());
            // A restart continues the file.
            *file = folder.open(10);
            assert_eq!(folder.text("a.log").as_deref(), Some(log));
            assert_eq!(folder.text("a.log.1").as_deref(), backup);
        }
    }

    #[test]
    fn an_empty_file_is_not_renamed() {
        let folder = Folder::new();
        fs::write(folder.0.join("a.log.1"), "kept").unwrap();
        folder.open(10).write("longer than the limit\n").unwrap();
        assert_eq!(folder.text("a.log").as_deref(), Some("longer than the limit\n"));
        assert_eq!(folder.text("a.log.1").as_deref(), Some("kept"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_moved_or_deleted_is_made_anew() {
        let delete = |path: &Path| fs::remove_file(path);
        let r#move = |path: &Path| fs::rename(path, path.with_extension("old"));
        for how in [delete as fn(&Path) -> io::Result<()>, r#move] {
            let folder = Folder::new();
            let mut file = folder.open(100);
            file.write("one\n").unwrap();
            how(&folder.file()).unwrap();
            assert!(matches!(file.write("two\n"), Ok(Some(Trouble::Gone))));
            assert!(matches!(file.write("three\n"), Ok(None)));
            assert_eq!(folder.text("a.log").as_deref(), Some("two\nthree\n"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_rotation_that_fails_leaves_the_lines_in_the_file() {
        let folder = Folder::new();
        // A file cannot replace a non-empty directory.
        fs::create_dir_all(folder.0.join("a.log.1").join("x")).unwrap();
        let mut file = folder.open(10);
        file.write("12345\n").unwrap();
        for _ in 0..2 {
            assert!(matches!(file.write("12345\n"), Ok(Some(Trouble::Rotation(_)))));
        }
        assert_eq!(folder.text("a.log").as_deref(), Some("12345\n12345\n12345\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_rotation_by_another_process_is_followed_and_is_no_trouble() {
        let folder = Folder::new();
        let (mut one, mut other) = (folder.open(20), folder.open(20));
        for number in 0..5 {
            for (name, file) in [("one", &mut one), ("other", &mut other)] {
                let trouble = file.write(&format!("{name} {number}\n")).unwrap();
                assert!(trouble.is_none(), "{trouble:?}");
            }
        }
        let both = [folder.text("a.log.1").unwrap(), folder.text("a.log").unwrap()].concat();
        assert_eq!(both.lines().last(), Some("other 4"));
        assert!(both.lines().count() >= 3, "{both}");
    }

    #[cfg(unix)]
    #[test]
    fn while_another_process_rotates_lines_are_appended() {
        let folder = Folder::new();
        let mut file = folder.open(10);
        file.write("12345\n").unwrap();
        // `flock` excludes other openings of the file, also in one process.
        let other = OpenOptions::new().append(true).open(folder.file()).unwrap();
        assert!(set_lock(&other, true));
        assert!(file.write("12345\n").unwrap().is_none());
        assert_eq!(folder.text("a.log").as_deref(), Some("12345\n12345\n"));
        set_lock(&other, false);
        file.write("12345\n").unwrap();
        assert_eq!(folder.text("a.log.1").as_deref(), Some("12345\n12345\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_never_renamed_and_a_full_one_is_an_error() {
        let mut null = RotatingFile::new("/dev/null".into(), 1, true);
        for _ in 0..3 {
            assert!(null.write("12345\n").unwrap().is_none());
        }
        let mut full = RotatingFile::new("/dev/full".into(), 1, true);
        let error = full.write("12345\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_only_where_it_was_named() {
        let folder = Folder::new();
        let target = folder.0.join("target");
        fs::write(&target, "before\n").unwrap();
        std::os::unix::fs::symlink(&target, folder.file()).unwrap();
        assert!(RotatingFile::new(folder.file(), 0, false).write("x\n").is_err());
        assert_eq!(folder.text("target").as_deref(), Some("before\n"));
        folder.open(0).write("x\n").unwrap();
        assert_eq!(folder.text("target").as_deref(), Some("before\nx\n"));
    }
}
