//! `log`: the destination of lines without a logger of the application, and its fallback.
//!
//! In: a [`DebugLine`]. Out: the line in the file, else on stderr: no line is lost silently. The log reports
//! its own faults on stderr, once per kind. Never panics.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use super::directory;
use super::layout::{self, DebugLine};
use crate::base::lock::lock_within;
use crate::base::sync::Mutex;
use crate::config::{DebugLayout, Destination, FileConfig, Output};
use crate::output::sink::{self, Batch, RotatingFile, Sink, Trouble};

/// How long a line waits for the previous one, if that hangs in the file. After that, no line waits until the
/// file takes lines again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A destination of lines.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) destination: Destination,
    /// `None` for a standard stream.
    file: Option<Mutex<FileTarget>>,
    /// The reported [`Fault`]s, one bit each.
    reported: AtomicU8,
    /// A line hangs in the file.
    hangs: AtomicBool,
}

#[derive(Debug)]
struct FileTarget {
    file: RotatingFile,
    /// Age in days at which the first line deletes files beside it.
    retention_days: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Unwritable = 1,
    Gone = 2,
    Rotation = 4,
    Stuck = 8,
    Retention = 16,
}

impl Log {
    pub(super) fn new(destination: Destination) -> Self {
        let file = match &destination {
            Destination::Console | Destination::Stream(_) => None,
            Destination::File { path, size } => {
                let file = RotatingFile::new(path.clone(), of_size(*size), true);
                Some(FileTarget { file, retention_days: None })
            }
            Destination::Directory { path, size, retention_days } => {
                let path = directory::own_file(path, &process(), std::process::id());
                let file = RotatingFile::new(path, of_size(*size), false);
                let days = (*retention_days > 0).then_some(*retention_days);
                Some(FileTarget { file, retention_days: days })
            }
        };
        Log {
            destination,
            file: file.map(Mutex::new),
            reported: AtomicU8::new(0),
            hangs: AtomicBool::new(false),
        }
    }

    /// The name of the destination. Opens a file; if that fails, lines go to stderr.
    pub(super) fn name(&self) -> String {
        if let Destination::Stream(stream) = &self.destination {
            return stream.to_string();
        }
        let file = self.file.as_ref().and_then(|file| lock_within(file, PATIENCE));
        let path = file.and_then(|mut target| {
            target.file.open_now().is_ok().then(|| target.file.path().display().to_string())
        });
        path.unwrap_or_else(|| Output::Stderr.to_string())
    }

    /// Writes a line. `is_short`: on the console, without time and place.
    pub(super) fn write(&self, line: &DebugLine, layout: DebugLayout, is_short: bool) {
        let text = line.text(layout);
        match (&self.file, &self.destination) {
            (Some(file), _) => self.write_to_file(file, text),
            (None, Destination::Stream(stream)) => {
                if let Err(error) = write_to(stream, text.clone()) {
                    self.failed(stream.to_string().as_ref(), &error, text);
                }
            }
            _ if is_short && layout == DebugLayout::Text => to_stderr(line.warning()),
            _ => to_stderr(text),
        }
    }

    fn write_to_file(&self, file: &Mutex<FileTarget>, text: String) {
        // Relaxed: at worst another line waits as well.
        let hung = self.hangs.load(Ordering::Relaxed);
        let patience = if hung { Duration::ZERO } else { PATIENCE };
        let Some(mut target) = lock_within(file, patience) else {
            self.hangs.store(true, Ordering::Relaxed);
            if let Destination::File { path, .. } | Destination::Directory { path, .. } =
                &self.destination
            {
                self.report(Fault::Stuck, || {
                    format!("the debug log {path:?} hangs; its lines go to stderr until it goes on")
                });
            }
            return to_stderr(text);
        };
        self.hangs.store(false, Ordering::Relaxed);
        let path = target.file.path().to_owned();
        // `Debug` of a path: none of its control characters reaches a terminal.
        if let Err(error) = target.file.write(&Batch::new(format!("{text}\n").as_bytes())) {
            return self.failed(&path, &error, text);
        }
        match target.file.take_trouble() {
            None => {}
            Some(Trouble::Gone) => self.report(Fault::Gone, || {
                format!("the debug log {path:?} was moved or deleted; it is made anew")
            }),
            Some(Trouble::Rotation(error)) => self.report(Fault::Rotation, || {
                format!("cannot rotate the debug log {path:?}: {error}; it grows beyond its limit")
            }),
        }
        if let Some(days) = target.retention_days.take()
            && let Some(folder) = path.parent()
            && let Err(error) = directory::delete_old(folder, &path, days)
        {
            self.report(Fault::Retention, || {
                format!("cannot delete old debug logs in {folder:?}: {error}; they are kept")
            });
        }
    }

    /// Sends a line that could not be written to stderr.
    fn failed(&self, name: &Path, error: &io::Error, text: String) {
        self.report(Fault::Unwritable, || {
            format!("cannot write to the debug log {name:?}: {error}; its lines go to stderr")
        });
        to_stderr(text);
    }

    fn report(&self, fault: Fault, message: impl FnOnce() -> String) {
        // Relaxed: the thread that sets the bit reports it; no other memory depends on it.
        if self.reported.fetch_or(fault as u8, Ordering::Relaxed) & fault as u8 == 0 {
            report(&message());
        }
    }
}

/// A file with rotation at this size and one backup.
fn of_size(size: u64) -> FileConfig {
    FileConfig { max_bytes: size, backups: 1, ..FileConfig::default() }
}

/// Reports a fault of the debug log or the logger on stderr.
pub(super) fn report(message: &str) {
    to_stderr(format!("{} {}", layout::MARKER, layout::escaped(message)));
}

/// Writes one line on stderr, in one piece. Does not wait for a program that holds the lock of stderr for ever.
/// Does not panic if stderr is closed.
pub(super) fn to_stderr(line: String) {
    let _: io::Result<()> = write_to(&Output::Stderr, line);
}

fn write_to(stream: &Output, line: String) -> io::Result<()> {
    let Some(mut sink) = sink::open(stream, &FileConfig::default())? else { return Ok(()) };
    sink.write(&Batch::new((line + "\n").as_bytes()))
}

/// The name of the program's file, without the `.exe` of Windows.
fn process() -> String {
    let name = crate::config::executable();
    let name = name.as_deref().and_then(Path::file_name);
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // `my.app` must not become `my`.
    name.strip_suffix(std::env::consts::EXE_SUFFIX).map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::config::DebugLevel;

    #[test]
    fn one_line_waits_for_a_line_that_hangs_and_no_other_until_the_file_goes_on() {
        let log = Log::new(Destination::File { path: "/dev/null".into(), size: 0 });
        let line =
            DebugLine::new(DebugLevel::Debug, Location::caller(), &"behind a line that hangs");
        let write = || log.write(&line, DebugLayout::Text, false);

        let hanging = log.file.as_ref().expect("a file").lock().unwrap();
        // If each line waited, this would take a minute.
        for _ in 0..30 {
            write();
            assert!(log.hangs.load(Ordering::Relaxed));
        }
        drop(hanging);
        write();
        assert!(!log.hangs.load(Ordering::Relaxed));
    }
}
