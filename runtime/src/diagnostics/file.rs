//! `file`: a file that is rotated by its size.
//!
//! In: lines. Out: the same lines at the end of the file, each in one write; what is there is never
//! cut off. Before a line that would make the file as long as its limit, or longer, the file is
//! renamed to `<file>.1`, in place of the one before, and a new one is begun. That is the behaviour
//! of the handler that `ddtrace` uses (Python's `RotatingFileHandler` with one backup), down to the
//! counting of characters instead of bytes in the line that is to come.
//!
//! What that handler does not do: if the file was deleted or moved it is made anew, so that no line
//! goes to a file that nobody finds; if it cannot be renamed, lines are appended to it as before; an
//! empty file is not renamed (as in newer versions of Python). Several processes may share a file:
//! one of them rotates, the others follow.
//!
//! Each failure is returned once for each line it befalls; whoever calls says it. Never panics.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::directory::with_suffix;
use crate::output::sink::{Batch, LineStream, open_to_append};

/// A file that is rotated.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    /// Characters at which it is rotated; 0 for never.
    limit: u64,
    follow_links: bool,
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    file: fs::File,
    /// A device or a terminal is written to, and never renamed.
    is_regular: bool,
    lines: LineStream,
}

/// What went wrong with a line that was written all the same.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file was not in its place any more.
    Gone,
    /// It could not be renamed.
    Rotation(io::Error),
}

impl RotatingFile {
    pub(super) fn new(path: PathBuf, limit: u64, follow_links: bool) -> Self {
        RotatingFile { path, limit, follow_links, open: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, which ends with a line break.
    ///
    /// # Errors
    ///
    /// Those of opening and of writing. The line is not in the file then, or not all of it.
    pub(super) fn write(&mut self, line: &str) -> io::Result<Option<Trouble>> {
        let limit = self.limit;
        let mut trouble = None;
        if self.open.is_some() && !self.is_in_place() {
            if !self.is_rotated() {
                trouble = Some(Trouble::Gone);
            }
            self.open = None;
        }
        let open = self.opened()?;
        if limit > 0
            && open.is_regular
            && is_full(&open.file, line, limit)
            && let Err(error) = self.rotate()
        {
            trouble = Some(Trouble::Rotation(error));
        }
        let open = self.opened()?;
        open.lines.write(&mut open.file, &Batch::new(line.as_bytes()))?;
        Ok(trouble)
    }

    /// Opens the file, unless it is; whether that went well.
    pub(super) fn is_open(&mut self) -> bool {
        self.opened().is_ok()
    }

    fn opened(&mut self) -> io::Result<&mut OpenFile> {
        match self.open {
            Some(ref mut open) => Ok(open),
            None => Ok(self.open.insert(open(&self.path, self.follow_links)?)),
        }
    }

    fn backup(&self) -> PathBuf {
        with_suffix(&self.path, ".1")
    }

    /// Renames the file, unless another process is doing it or has done it.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        // The lock is the file's own, so whoever gets it after a rotation sees that the file in this
        // place is another one.
        let Some(lock) = lock(&open.file) else { return Ok(()) };
        if self.is_in_place() {
            fs::rename(&self.path, self.backup())?;
        }
        drop(lock);
        self.open = None;
        Ok(())
    }

    /// Whether the file that is open is not in its place because another process that writes to it as
    /// well has rotated it: that is how it is meant. So is another file in this place, whoever put it
    /// there.
    fn is_rotated(&self) -> bool {
        if self.path.exists() || self.is(&self.backup()) {
            return true;
        }
        // The other process may be between its two steps.
        self.backup().exists() && {
            std::thread::sleep(Duration::from_millis(1));
            self.path.exists()
        }
    }

    /// Whether the file that is open is the one in its place.
    fn is_in_place(&self) -> bool {
        self.is(&self.path)
    }

    /// Whether the file that is open has this path. Systems that cannot tell say yes.
    #[cfg(unix)]
    fn is(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let Some(Ok(own)) = self.open.as_ref().map(|open| open.file.metadata()) else {
            return true;
        };
        fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()))
    }

    #[cfg(not(unix))]
    fn is(&self, path: &Path) -> bool {
        path != self.path || path.exists()
    }
}

fn open(path: &Path, follow_links: bool) -> io::Result<OpenFile> {
    let mut options = OpenOptions::new();
    if !follow_links {
        refuse_links(&mut options);
    }
    let (file, lines) = open_to_append(path, &mut options)?;
    let is_regular = file.metadata().is_ok_and(|data| data.is_file());
    Ok(OpenFile { file, is_regular, lines })
}

/// Whether the line would make the file as long as the limit, or longer.
fn is_full(file: &fs::File, line: &str, limit: u64) -> bool {
    // The length is asked for each time: other processes write to the file as well.
    let length = file.metadata().map_or(0, |data| data.len());
    length > 0 && length + line.chars().count() as u64 >= limit
}

/// Opening a symbolic link is an error.
#[cfg(unix)]
fn refuse_links(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;

    options.custom_flags(libc::O_NOFOLLOW);
}

/// Where links take rights that only administrators have.
#[cfg(not(unix))]
fn refuse_links(_: &mut OpenOptions) {}

/// A hold on a file, which is let go when this is dropped.
struct Lock<'a>(&'a fs::File);

/// Keeps other processes from renaming the file meanwhile; `None` if one of them is at it.
#[cfg(unix)]
fn lock(file: &fs::File) -> Option<Lock<'_>> {
    use std::os::fd::AsRawFd as _;

    // SAFETY: the descriptor is open, because `file` is borrowed; the call touches no memory.
    let locked = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
    (locked == 0).then_some(Lock(file))
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use std::os::fd::AsRawFd as _;

            // SAFETY: as in `lock`.
            unsafe {
                libc::flock(self.0.as_raw_fd(), libc::LOCK_UN);
            }
        }
    }
}

/// Processes that share a file may both rename it, and lose the first one's backup.
#[cfg(not(unix))]
fn lock(file: &fs::File) -> Option<Lock<'_>> {
    Some(Lock(file))
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

    /// Bytes, and the number of the first line.
    fn described(text: Option<String>) -> [String; 2] {
        text.map_or(["-", "-"].map(str::to_owned), |text| {
            [text.len().to_string(), text.chars().take(3).collect()]
        })
    }

    #[test]
    fn it_does_what_the_handler_of_ddtrace_was_seen_to_do() {
        let table = include_str!("golden/ddtrace_handler.tsv");
        let mut plan: Option<(&str, Folder, RotatingFile, u32)> = None;
        let mut steps = 0;
        for row in table.lines().filter(|row| !row.starts_with('#')) {
            let columns: Vec<_> = row.split('\t').collect();
            let [number, limit, what, count, fill, expected @ ..] = &columns[..] else {
                panic!("{row:?}")
            };
            let limit = limit.parse().unwrap();
            if plan.as_ref().is_none_or(|(known, ..)| known != number) {
                let folder = Folder::new();
                let file = folder.open(limit);
                plan = Some((*number, folder, file, 0));
            }
            let (_, folder, file, lines) = plan.as_mut().unwrap();
            if *what == "restart" {
                *file = folder.open(limit);
            } else {
                let fill = fill.repeat(count.parse().unwrap());
                assert!(file.write(&format!("{lines:03}{fill}\n")).unwrap().is_none());
                *lines += 1;
            }
            let found = [folder.text("a.log"), folder.text("a.log.1")].map(described).concat();
            assert_eq!(found, expected, "{row:?}");
            steps += 1;
        }
        assert!(steps > 60, "the table is there");
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
        let r#move = |path: &Path| fs::rename(path, with_suffix(path, ".old"));
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
        // A directory that is not empty cannot be replaced by a file.
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
        // `flock` excludes each other opening of the file, also in one process.
        let other = OpenOptions::new().append(true).open(folder.file()).unwrap();
        let held = lock(&other).unwrap();
        assert!(file.write("12345\n").unwrap().is_none());
        assert_eq!(folder.text("a.log").as_deref(), Some("12345\n12345\n"));
        drop(held);
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
