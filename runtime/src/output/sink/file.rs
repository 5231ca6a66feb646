//! `file`: appends to a file.
//!
//! The file is opened once, for appending, and created if needed. A batch is one write to its end, so that
//! several processes may share it. Nothing is buffered: when `write` returns, the system has it. If the process has
//! no descriptor for the file at first, each batch tries again to open it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Batch, LineStream, Sink};

/// A file that grows.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    name: String,
    /// `None` while the process has no descriptor for it.
    open: Option<(fs::File, LineStream)>,
}

impl File {
    /// Opens `path` for appending, and creates it if it does not exist (not the folders above it).
    ///
    /// # Errors
    ///
    /// The system's error. Refuses a named pipe: opening one waits for a reader, and a program must not wait
    /// for the reader of its logs.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let open = match open_to_append(path, &mut OpenOptions::new()) {
            Err(error) if lacks_descriptor(&error) => None,
            open => Some(open?),
        };
        Ok(File { path: path.to_owned(), name: path.display().to_string(), open })
    }
}

/// Opens `path` with these options, for appending. If the file ends in half a line, the returned stream first
/// ends that line.
///
/// # Errors
///
/// See [`File::open`].
pub(crate) fn open_to_append(
    path: &Path,
    options: &mut OpenOptions,
) -> io::Result<(fs::File, LineStream)> {
    let before = fs::metadata(path);
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;

        if before.as_ref().is_ok_and(|data| data.file_type().is_fifo()) {
            let problem = "it is a named pipe, and opening one may wait for ever";
            return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
        }
    }
    let file = options.append(true).create(true).open(path)?;
    // A killed process may have left half a line.
    let in_line = before.is_ok_and(|data| data.is_file() && data.len() > 0)
        && ends_in_line(path).unwrap_or(false);
    Ok((file, LineStream { in_line }))
}

impl Sink for File {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let (file, lines) = match &mut self.open {
            Some(open) => open,
            none => none.insert(open_to_append(&self.path, &mut OpenOptions::new())?),
        };
        lines.write(file, batch)
    }
}

/// Whether a file cannot be opened because the process, or the system, has no descriptor left.
fn lacks_descriptor(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Whether the last line of a non-empty file lacks its line break.
fn ends_in_line(path: &Path) -> io::Result<bool> {
    // Opens it again: the stream for appending may not be readable.
    let mut file = fs::File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::test_folder::TestFolder;

    fn file_in(folder: &TestFolder) -> PathBuf {
        folder.join("errors.jsonl")
    }

    #[test]
    fn lines_are_appended_to_what_is_there() {
        let folder = TestFolder::new();
        fs::write(file_in(&folder), "before\n").unwrap();
        for _ in 0..2 {
            let mut file = File::open(&file_in(&folder)).unwrap();
            file.write(&Batch::new(b"one\ntwo\n")).unwrap();
        }
        let text = fs::read_to_string(file_in(&folder)).unwrap();
        assert_eq!(text, "before\none\ntwo\none\ntwo\n");
    }

    #[test]
    fn two_writers_share_a_file_line_by_line() {
        let folder = TestFolder::new();
        let mut files = [(); 2].map(|()| File::open(&file_in(&folder)).unwrap());
        std::thread::scope(|scope| {
            for file in &mut files {
                scope.spawn(|| {
                    for _ in 0..200 {
                        file.write(&Batch::new(b"0123456789\n0123456789\n")).unwrap();
                    }
                });
            }
        });
        let text = fs::read_to_string(file_in(&folder)).unwrap();
        assert_eq!(text.lines().count(), 800);
        assert!(text.lines().all(|line| line == "0123456789"));
    }

    #[test]
    fn half_a_line_of_a_killed_process_is_ended_first() {
        let folder = TestFolder::new();
        fs::write(file_in(&folder), "{\"half\":").unwrap();
        let mut file = File::open(&file_in(&folder)).unwrap();
        file.write(&Batch::new(b"{}\n")).unwrap();
        assert_eq!(fs::read_to_string(file_in(&folder)).unwrap(), "{\"half\":\n{}\n");
    }

    #[test]
    fn a_path_that_cannot_be_opened_is_an_error() {
        let folder = TestFolder::new();
        assert!(File::open(&folder).is_err());
        assert!(File::open(&folder.join("missing").join("errors.jsonl")).is_err());
        assert!(File::open(Path::new("")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_not_a_panic() {
        let mut file = File::open(Path::new("/dev/full")).unwrap();
        for _ in 0..2 {
            let error = file.write(&Batch::new(b"{}\n")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_refused_at_once() {
        let folder = TestFolder::new();
        let made = std::process::Command::new("mkfifo").arg(file_in(&folder)).status();
        assert!(made.is_ok_and(|status| status.success()));
        let error = File::open(&file_in(&folder)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
}
