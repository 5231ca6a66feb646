//! `log`: where the lines go, and what happens if they cannot go there.
//!
//! In: a [`Line`]. Out: the line in the application's logger, else in the file, else on stderr. A
//! file that cannot be opened or written is said once on stderr, and so are the lines that it does
//! not take. No lock is held while the application's logger runs. Never panics.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::directory;
use super::file::{RotatingFile, Trouble};
use super::layout::{self, Line};
use crate::base::lock::lock_within;
use crate::config::{DebugConfig, DebugLayout, Destination, Handed, Output, SharedLogger};
use crate::output::sink::{self, Batch};

/// How long a line waits for the one before it, which may hang in the file. Once a line has waited for
/// that long, the next ones do not wait at all, until the file takes lines again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A place that lines go to.
#[derive(Debug)]
pub(super) struct Log {
    layout: DebugLayout,
    target: Target,
    said: Said,
    /// A line hangs in the file: nobody waits for it any more.
    hangs: AtomicBool,
}

/// Faults that were said on stderr, a bit each: once for a destination, however many logs it has.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Arc<AtomicU8>);

#[derive(Debug)]
enum Target {
    Logger(SharedLogger),
    Console,
    /// A standard stream that was named as if it was a file. Its name may stand for a pipe, and opening
    /// that again is not the same.
    Stream(Output),
    File(Mutex<FileTarget>),
}

#[derive(Debug)]
struct FileTarget {
    file: RotatingFile,
    /// What is to be done after the first line.
    prepare: Option<Directory>,
}

#[derive(Debug)]
struct Directory {
    retention_days: u64,
}

/// What can be wrong, and is said once.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Unwritable = 1,
    Gone = 2,
    Rotation = 4,
    Stuck = 8,
    Retention = 16,
}

impl Log {
    pub(super) fn new(config: &DebugConfig, logger: Option<&SharedLogger>, said: Said) -> Self {
        let file = |path, size, follow_links, prepare| {
            let file = RotatingFile::new(path, size, follow_links);
            Target::File(Mutex::new(FileTarget { file, prepare }))
        };
        let target = match (logger, &config.destination) {
            (Some(logger), _) => Target::Logger(logger.clone()),
            (None, Destination::Console) => Target::Console,
            (None, Destination::Stdout) => Target::Stream(Output::Stdout),
            (None, Destination::File { path, size }) => file(path.clone(), *size, true, None),
            (None, Destination::Directory { path, size, retention_days }) => {
                let path = directory::own_file(path, &process(), std::process::id());
                let directory = Directory { retention_days: *retention_days };
                file(path, *size, false, Some(directory))
            }
        };
        Log { layout: config.layout, target, said, hangs: AtomicBool::new(false) }
    }

    /// Whether lines go to the console because nobody asked for something else.
    pub(super) fn is_console(&self) -> bool {
        matches!(self.target, Target::Console)
    }

    /// The name of what the lines go to. A file is opened, and not named if that cannot be done.
    pub(super) fn destination(&self) -> String {
        match &self.target {
            Target::Logger(logger) if logger.has_panicked() => "stderr".to_owned(),
            Target::Logger(_) => "a logger of the application's".to_owned(),
            Target::Console => "stderr".to_owned(),
            Target::Stream(stream) => stream.to_string(),
            Target::File(target) => {
                let path = lock_within(target, PATIENCE).and_then(|mut target| {
                    target.file.is_open().then(|| target.file.path().display().to_string())
                });
                path.unwrap_or_else(|| "stderr".to_owned())
            }
        }
    }

    pub(super) fn write(&self, line: &Line, short_on_console: bool) {
        match &self.target {
            Target::Logger(logger) => {
                let handed = logger.write(line.level(), &line.text_for_logger(self.layout));
                if handed == Handed::Panicked {
                    say("the debug logger panicked; its lines go to stderr");
                }
                if handed != Handed::Over {
                    to_stderr(line.text(self.layout));
                }
            }
            Target::Console if short_on_console && self.layout == DebugLayout::Text => {
                to_stderr(line.warning());
            }
            Target::Console => to_stderr(line.text(self.layout)),
            Target::Stream(stream) => {
                if let Err(error) = to(stream, line.text(self.layout)) {
                    self.say(Fault::Unwritable, || {
                        format!(
                            "cannot write to the debug log {stream}: {error}; its lines go to stderr"
                        )
                    });
                    to_stderr(line.text(self.layout));
                }
            }
            Target::File(target) => {
                // Relaxed: at worst another line waits as well.
                let hung = self.hangs.load(Ordering::Relaxed);
                let patience = if hung { Duration::ZERO } else { PATIENCE };
                let Some(mut target) = lock_within(target, patience) else {
                    self.hangs.store(true, Ordering::Relaxed);
                    self.say(Fault::Stuck, || {
                        "the debug log hangs; its lines go to stderr".to_owned()
                    });
                    return to_stderr(line.text(self.layout));
                };
                if hung {
                    self.hangs.store(false, Ordering::Relaxed);
                }
                self.write_to_file(&mut target, line);
            }
        }
    }

    fn write_to_file(&self, target: &mut FileTarget, line: &Line) {
        let text = line.text(self.layout) + "\n";
        // `Debug`, so that no control character of a path gets to a terminal.
        let path = target.file.path().to_owned();
        let written = target.file.write(&text);
        if written.is_ok()
            && let Some(directory) = target.prepare.take()
        {
            self.delete_old(&path, &directory);
        }
        match written {
            Ok(None) => {}
            Ok(Some(Trouble::Gone)) => self.say(Fault::Gone, || {
                format!("the debug log {path:?} was moved or deleted; it is made anew")
            }),
            Ok(Some(Trouble::Rotation(error))) => self.say(Fault::Rotation, || {
                format!("cannot rotate the debug log {path:?}: {error}; it grows beyond its limit")
            }),
            Err(error) => {
                self.say(Fault::Unwritable, || {
                    format!(
                        "cannot write to the debug log {path:?}: {error}; its lines go to stderr"
                    )
                });
                to_stderr(line.text(self.layout));
            }
        }
    }

    /// Deletes old files in the directory of the process's own.
    fn delete_old(&self, own: &Path, directory: &Directory) {
        let Some(parent) = own.parent().filter(|_| directory.retention_days > 0) else { return };
        if let Err(error) = directory::delete_old(parent, own, directory.retention_days) {
            self.say(Fault::Retention, || {
                format!("cannot delete old debug logs in {parent:?}: {error}")
            });
        }
    }

    /// Says on stderr what is wrong with the debug log itself.
    fn say(&self, fault: Fault, message: impl FnOnce() -> String) {
        // Relaxed: whoever sets the bit first says it, and nothing else hangs on it.
        if self.said.0.fetch_or(fault as u8, Ordering::Relaxed) & fault as u8 == 0 {
            say(&message());
        }
    }
}

fn say(message: &str) {
    to_stderr(format!("{} {}", layout::MARKER, layout::escaped(message)));
}

/// Writes one line on stderr: past the lock of stderr, which the program may hold for ever; in one
/// piece, so that lines of other threads cannot split it; and without a panic where it is closed.
fn to_stderr(line: String) {
    let _: io::Result<()> = to(&Output::Stderr, line);
}

fn to(stream: &Output, mut line: String) -> io::Result<()> {
    line.push('\n');
    let Some(mut sink) = sink::open(stream)? else { return Ok(()) };
    sink.write(&Batch::new(line.as_bytes()))
}

/// The name of the program's file.
fn process() -> String {
    let name = crate::config::executable();
    let name = name.as_deref().and_then(Path::file_name);
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // `my.app` is no `my`.
    name.strip_suffix(std::env::consts::EXE_SUFFIX).map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::panic::Location;
    use std::path::PathBuf;

    use super::*;
    use crate::config::DebugLevel;

    #[test]
    fn behind_a_line_that_hangs_only_one_other_waits_and_only_until_it_is_done() {
        let file = PathBuf::from("/dev/null");
        let destination = Destination::File { path: file, size: 0 };
        let config = DebugConfig { destination, ..DebugConfig::default() };
        let log = Log::new(&config, None, Said::default());
        let line = Line::new(DebugLevel::Debug, Location::caller(), &"behind a line that hangs");
        let Target::File(target) = &log.target else { panic!("{log:?}") };

        let hanging = target.lock().unwrap();
        // If each of them waited, this would take a minute.
        for _ in 0..30 {
            log.write(&line, false);
            assert!(log.hangs.load(Ordering::Relaxed));
        }
        drop(hanging);
        log.write(&line, false);
        assert!(!log.hangs.load(Ordering::Relaxed));
    }
}
