//! `rotating_file`: a file that grows, for error logs and for the debug log.
//!
//! In: batches of lines. Out: the same lines at the end of the file, in one write a batch, so that several processes
//! may share it. Nothing is buffered: when `write` returns, the system has it.
//!
//! * Before each batch the path is compared with the open file. A file that was renamed, deleted or replaced is opened
//!   anew; what was written before is in the old one. A file that was deleted during the write gets the lines again.
//! * A line that would bring the file to its limit or above first renames the file to `<file>.1`, the older ones to
//!   `.2` and so on, and begins a new file. An empty file is never renamed; one that cannot be renamed grows, which
//!   is a [`Trouble`]. One process rotates, and the others follow.
//! * If the file cannot be opened, the next batch tries again. [`opening`](super::opening) has the rules.
//!
//! Why no crate: `ddtrace` decides before a line, by the file's length at that time. `file-rotate` decides
//! after it; `logroller` renames on another thread. Both count only the bytes that they wrote themselves, so
//! two processes with one file exceed its limit. Never panics.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::opening::{self, OpenFile, lacks_descriptor};
use super::{Batch, Sink, never_away};
use crate::config::FileConfig;

/// How often lines are written again because the file was deleted meanwhile.
const REWRITES: u32 = 3;
/// How often in a batch, and how long, another process that rotates the file is waited for. Then the file grows.
const WAITS: u32 = 10;
const WAIT: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct RotatingFile {
    path: PathBuf,
    /// The path, as text.
    name: String,
    config: FileConfig,
    /// A link at the path may be followed: it was there first.
    follows_link: bool,
    /// The file, if it is open.
    current: Option<OpenFile>,
    trouble: Option<Trouble>,
}

/// A fault that did not prevent the lines.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The file was no longer in its place.
    Gone,
    /// It could not be renamed.
    Rotation(io::Error),
}

impl RotatingFile {
    /// A file that the first batch opens. `follows_link`: the user named the file, and not only its directory.
    pub(crate) fn new(path: PathBuf, config: FileConfig, follows_link: bool) -> Self {
        let name = path.display().to_string();
        RotatingFile { path, name, config, follows_link, current: None, trouble: None }
    }

    /// Opens the file that the user named. If the process has no descriptor for it, each batch tries again.
    ///
    /// # Errors
    ///
    /// See [`opening::open`].
    pub(super) fn open(path: &Path, config: FileConfig) -> io::Result<Self> {
        let mut file = RotatingFile::new(path.to_owned(), config, true);
        match file.open_now() {
            Err(error) if !lacks_descriptor(&error) => Err(error),
            _ => Ok(file),
        }
    }

    /// Opens the file if it is not open.
    ///
    /// # Errors
    ///
    /// See [`opening::open`].
    pub(crate) fn open_now(&mut self) -> io::Result<()> {
        if self.current.is_none() {
            let open = opening::open(&self.path, &self.config, self.follows_link)?;
            self.follows_link = open.is_link;
            self.current = Some(open);
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What went wrong since the last call.
    pub(crate) fn take_trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Opens the file anew if it left its place. Returns how many bytes it may get.
    fn open_at_path(&mut self) -> io::Result<Room> {
        match self.at_path() {
            Ok(there) if self.is_current(&there) => {}
            // Without the right to look, as of a process that gave up its rights, the open file is the only one.
            Err(error) if self.current.is_some() && !is_missing(&error) => {}
            _ => {
                if self.current.is_some() && !self.was_rotated() {
                    self.trouble = Some(Trouble::Gone);
                }
                self.current = None;
            }
        }
        self.open_now()?;
        let Some(OpenFile { file, lines, .. }) = &mut self.current else { return Ok(Room::Any) };
        let data = file.metadata()?;
        // Not devices and terminals.
        if !data.is_file() {
            return Ok(Room::Any);
        }
        // Truncated, after it was copied.
        lines.in_line &= data.len() > 0;
        let repair = u64::from(lines.in_line);
        Ok(match (data.len(), self.config.max_bytes) {
            (_, 0) => Room::Any,
            (0, limit) => Room::Empty(limit - 1),
            (length, limit) => Room::Bytes((limit - 1).saturating_sub(length + repair)),
        })
    }

    /// Writes lines to the end of the file, or of several one after the other.
    fn append(&mut self, mut rest: &[u8]) -> io::Result<()> {
        let (mut rotated, mut waits, mut rewrites) = (false, 0, 0);
        while !rest.is_empty() {
            let fit = match self.open_at_path()?.fit(rest) {
                // Others fill the new file at the same time.
                0 if rotated => first_line(rest),
                0 => match self.rotate() {
                    Ok(()) => {
                        rotated = true;
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock && waits < WAITS => {
                        waits += 1;
                        std::thread::sleep(WAIT);
                        continue;
                    }
                    Err(error) => {
                        self.trouble = Some(Trouble::Rotation(error));
                        rest.len()
                    }
                },
                fit => fit,
            };
            let (part, later) = rest.split_at(fit);
            let Some(open) = &mut self.current else { return Err(io::ErrorKind::NotFound.into()) };
            open.lines.write(&mut open.file, &Batch::new(part))?;
            if self.is_deleted() {
                rewrites += 1;
                if rewrites > REWRITES {
                    return Err(io::ErrorKind::NotFound.into());
                }
                continue;
            }
            (rest, rotated) = (later, false);
        }
        Ok(())
    }

    /// What has the file's name.
    fn at_path(&self) -> io::Result<Metadata> {
        if self.follows_link { fs::metadata(&self.path) } else { fs::symlink_metadata(&self.path) }
    }

    fn backup(&self, number: u32) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".{number}"));
        path.into()
    }

    /// Renames the file, unless another process has.
    ///
    /// # Errors
    ///
    /// The system's error; `WouldBlock` while another process has the lock.
    fn rotate(&mut self) -> io::Result<()> {
        if self.follows_link {
            return Err(io::Error::other("it is a symbolic link"));
        }
        // An opening of its own: a forked child shares the other one, and its locks.
        let lock = match opening::open_existing(&self.path, false) {
            Ok(open) => open.file,
            Err(error) if is_missing(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        // The lock belongs to the file. A process that gets it after a rotation finds another file in this
        // place.
        set_lock(&lock, true)?;
        let is_ours = lock.metadata().is_ok_and(|data| self.is_current(&data))
            && self.at_path().is_ok_and(|data| self.is_current(&data));
        let renamed = if is_ours { self.rename() } else { Ok(()) };
        let _ = set_lock(&lock, false);
        renamed?;
        self.current = None;
        Ok(())
    }

    /// The oldest first, so that only the last backup is replaced; no further than to the first free name.
    fn rename(&self) -> io::Result<()> {
        let is_free = |number: &u32| {
            fs::symlink_metadata(self.backup(*number)).is_err_and(|error| is_missing(&error))
        };
        let last = (1..self.config.backups).find(is_free).unwrap_or(self.config.backups);
        for number in (1..last).rev() {
            fs::rename(self.backup(number), self.backup(number + 1))?;
        }
        fs::rename(&self.path, self.backup(1))
    }

    /// Whether the open file left its place because another process rotated it, or put another file there.
    fn was_rotated(&self) -> bool {
        let newest = fs::symlink_metadata(self.backup(1));
        if self.path.exists() || newest.as_ref().is_ok_and(|data| self.is_current(data)) {
            return true;
        }
        // The other process may be between its two steps.
        newest.is_ok() && {
            std::thread::sleep(WAIT);
            self.path.exists()
        }
    }

    /// Whether this is the open file.
    #[cfg(unix)]
    fn is_current(&self, data: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let own = self.current.as_ref().and_then(|open| open.file.metadata().ok());
        own.is_some_and(|own| (own.dev(), own.ino()) == (data.dev(), data.ino()))
    }

    /// Other systems only check that a file exists.
    #[cfg(not(unix))]
    fn is_current(&self, _: &Metadata) -> bool {
        self.current.is_some()
    }

    /// Whether what was just written is in no folder.
    #[cfg(unix)]
    fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let own = self.current.as_ref().and_then(|open| open.file.metadata().ok());
        own.is_some_and(|own| own.is_file() && own.nlink() == 0)
            // Some files never have a name, such as one that a program hands over as `/dev/fd/3`.
            && !self.at_path().is_ok_and(|there| self.is_current(&there))
    }

    #[cfg(not(unix))]
    fn is_deleted(&self) -> bool {
        false
    }
}

/// How many bytes a file may get.
#[derive(Debug, Clone, Copy)]
enum Room {
    Any,
    Bytes(u64),
    /// This many, or one line.
    Empty(u64),
}

impl Room {
    /// The length of the lines that fit.
    fn fit(self, lines: &[u8]) -> usize {
        match self {
            Room::Any => lines.len(),
            Room::Bytes(room) => match usize::try_from(room) {
                Ok(room) if room < lines.len() => {
                    lines[..room].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
                }
                _ => lines.len(),
            },
            Room::Empty(room) => Room::Bytes(room).fit(lines).max(first_line(lines)),
        }
    }
}

impl Sink for RotatingFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.append(batch.bytes()).map_err(never_away)
    }

    /// That the file moved is no fault: programs such as `logrotate` move it.
    fn warning(&mut self) -> Option<String> {
        match self.take_trouble()? {
            Trouble::Gone => None,
            Trouble::Rotation(error) => {
                let name = &self.name;
                Some(format!("cannot rotate {name:?}: {error}; it grows beyond its limit"))
            }
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The length of the first line, with its line break.
fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |at| at + 1)
}

/// Locks a file against other processes that share it, or unlocks it. `WouldBlock` if another process has the lock.
/// Unlocked by hand: a child that is forked meanwhile has the open file as well.
#[cfg(unix)]
fn set_lock(file: &fs::File, is_locked: bool) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    let operation = if is_locked { libc::LOCK_EX | libc::LOCK_NB } else { libc::LOCK_UN };
    // SAFETY: the descriptor is open, because `file` is borrowed; the call touches no memory.
    if unsafe { libc::flock(file.as_raw_fd(), operation) } == 0 {
        return Ok(());
    }
    Err(match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::WouldBlock => {
            io::Error::new(error.kind(), "another process has locked it")
        }
        error => error,
    })
}

/// Without locks, two processes that share a file may both rename it, and lose the first one's backup.
#[cfg(not(unix))]
fn set_lock(_: &fs::File, _: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
