//! `opening`: opens files for appending, in folders that others may be able to write to.
//!
//! In: a path and its settings. Out: the open file, at whose end half a line of a killed process is ended first.
//!
//! The rule for symbolic links: what a link points to is appended to if the link was there first and its target
//! exists; no file is made through a link, and no link is followed that took the place of a file. Links among the
//! folders above are followed. A named pipe is refused: opening one waits for a reader.

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::{LineStream, Problem};
use crate::config::FileConfig;

/// How often another process may change what is at the path while it is opened.
const ATTEMPTS: u32 = 8;

/// A file, open for appending.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: fs::File,
    pub(super) lines: LineStream,
    /// Its name is a symbolic link.
    pub(super) is_link: bool,
}

/// Why a path is not opened.
fn refused(why: &'static str) -> io::Error {
    Problem::error(io::ErrorKind::Unsupported, why)
}

const LINK: &str = "it is a symbolic link, and no file is made through one";
const PIPE: &str = "it is a named pipe, and opening one may wait for ever";

/// Opens `path`, and makes the file if there is none. `follows_link`: the path may be a link that was there first.
///
/// # Errors
///
/// The system's error, or a [`Problem`].
pub(super) fn open(path: &Path, config: &FileConfig, follows_link: bool) -> io::Result<OpenFile> {
    let mut follows_link = follows_link;
    let mut may_make_folder = config.create_dirs;
    let mut attempts = 1..=ATTEMPTS;
    loop {
        let is_last = attempts.next().is_none_or(|attempt| attempt == ATTEMPTS);
        match open_existing(path, follows_link) {
            // Nothing is there, or a link to nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match create(path, config) {
            Ok(file) => return Ok(OpenFile { file, lines: LineStream::default(), is_link: false }),
            // Another process was faster, or what is there is a link.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !is_last => {
                follows_link = false;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_make_folder => {
                may_make_folder = false;
                make_folder_of(path, config)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Opens what is at the path.
///
/// # Errors
///
/// See [`open`]; `NotFound` for a link to nothing, if links are followed.
pub(super) fn open_existing(path: &Path, follows_link: bool) -> io::Result<OpenFile> {
    let data = if follows_link { fs::metadata(path) } else { fs::symlink_metadata(path) }?;
    refuse(&data)?;
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    {
        let no_link = if follows_link { 0 } else { libc::O_NOFOLLOW };
        // Does not wait for the reader of a pipe that has just taken the place of the file.
        let no_waiting = if data.is_file() { libc::O_NONBLOCK } else { 0 };
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, no_link | no_waiting);
    }
    // Readable for its last byte, if it may be read.
    let mut file = match options.clone().read(data.is_file()).open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => options.open(path),
        opened => opened,
    }
    .map_err(|error| if is_link_error(&error) { refused(LINK) } else { error })?;
    let data = file.metadata()?;
    refuse(&data)?;
    // A killed process may have left half a line.
    let in_line = data.is_file() && data.len() > 0 && ends_in_line(&mut file).unwrap_or(false);
    let is_link = follows_link && fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
    Ok(OpenFile { file, lines: LineStream { in_line }, is_link })
}

/// Makes a file where nothing is, not even a link.
fn create(path: &Path, config: &FileConfig) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

        let mode = config.mode.of_file();
        let file = options.mode(mode).open(path)?;
        // The umask took a part away.
        if file.metadata()?.permissions().mode() & 0o777 != mode {
            // A file system without permissions refuses; the file is no more open than it was made.
            let _ = file.set_permissions(fs::Permissions::from_mode(mode));
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    {
        let _ = config;
        options.open(path)
    }
}

/// Makes the folders above the file.
fn make_folder_of(path: &Path, config: &FileConfig) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Err(io::ErrorKind::NotFound.into()) };
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, config.mode.of_directory());
    #[cfg(not(unix))]
    let _ = config;
    builder.recursive(true).create(folder)
}

/// Whether a file cannot be opened because the process, or the system, has no descriptor left.
pub(super) fn lacks_descriptor(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

#[cfg(unix)]
fn refuse(data: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;

    match data.file_type() {
        link if link.is_symlink() => Err(refused(LINK)),
        pipe if pipe.is_fifo() => Err(refused(PIPE)),
        _ => Ok(()),
    }
}

/// Elsewhere only administrators make links.
#[cfg(not(unix))]
fn refuse(_: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether a link took the place of the file before it was opened.
fn is_link_error(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(libc::ELOOP | libc::EMLINK))
}

/// Whether the last line of a non-empty file lacks its line break.
fn ends_in_line(file: &mut fs::File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
