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

use super::directory::with_suffix;
use crate::sink::{Batch, LineStream, open_to_append};

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
            // Renamed by another process that writes to it as well: that is how it is meant.
            if !self.is(&self.backup()) {
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
    #[cfg(unix)]
    if !follow_links {
        use std::os::unix::fs::OpenOptionsExt as _;

        options.custom_flags(libc::O_NOFOLLOW);
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

/// Keeps other processes from renaming the file meanwhile; `None` if one of them is at it.
#[cfg(unix)]
fn lock(file: &fs::File) -> Option<impl Drop + use<'_>> {
    use std::os::fd::AsRawFd as _;

    struct Lock<'a>(&'a fs::File);
    impl Drop for Lock<'_> {
        fn drop(&mut self) {
            // SAFETY: as below.
            unsafe {
                libc::flock(self.0.as_raw_fd(), libc::LOCK_UN);
            }
        }
    }
    // SAFETY: the descriptor is open, because `file` is borrowed; the call touches no memory.
    let locked = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
    (locked == 0).then_some(Lock(file))
}

#[cfg(not(unix))]
fn lock(_: &fs::File) -> Option<()> {
    Some(())
}
