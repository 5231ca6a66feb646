//! `file_options`: how the file of an output is made, and when it is rotated.
//!
//! In: [`FileOptions`] and the environment. Out: the [`FileConfig`], and a rejected value for what cannot be used.

use std::fmt;

use super::Builder;
use super::env::{self, Lookup, Read};
use super::precedence::Settings;
use super::rejected::Problem;

/// Settings of the file of [`Output::File`](crate::Output::File), for [`Builder::output_file`].
///
/// All are optional. Missing settings come from the environment, else from a default. They have no effect with another
/// output.
///
/// ```
/// use track_errors::{FileOptions, Output};
///
/// let file = FileOptions::new()
///     .max_bytes(64 * 1024 * 1024)
///     .backups(3)
///     .mode(0o640)
///     .create_dirs(true);
/// let builder =
///     track_errors::builder().output(Output::File("logs/errors.jsonl".into())).output_file(file);
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[must_use = "options do nothing until `Builder::output_file` gets them"]
pub struct FileOptions {
    max_bytes: Option<u64>,
    backups: Option<u32>,
    mode: Option<u32>,
    create_dirs: Option<bool>,
}

impl FileOptions {
    /// No setting at all.
    pub fn new() -> Self {
        FileOptions::default()
    }

    /// The size of the file in bytes. Overrides `TRACK_ERRORS_OUTPUT_MAX_BYTES`. Default: 0, for no limit.
    ///
    /// A line that would bring the file to this size or more first renames the file to `<file>.1`, and begins a new
    /// file. A line that is longer than that has a file of its own. A file that cannot be locked or renamed, or that was
    /// named through a symbolic link, grows, and diagnostics say so.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// How many renamed files are kept, from `<file>.1`, the newest, to `<file>.N`; 1 to 1,000. Overrides
    /// `TRACK_ERRORS_OUTPUT_BACKUPS`. Default: 5. Has no effect without [`max_bytes`](FileOptions::max_bytes).
    ///
    /// The next rotation replaces the oldest. 0 is refused, because each rotation would delete what was just written;
    /// without a limit of the size, no file is renamed.
    pub fn backups(mut self, backups: u32) -> Self {
        self.backups = Some(backups);
        self
    }

    /// The permissions of a new file on Unix, such as `0o640`, whatever the process's umask; the owner has to be allowed
    /// to write. Overrides `TRACK_ERRORS_OUTPUT_MODE` (octal). Default: `0o600`, as errors may hold secrets.
    ///
    /// A file that exists keeps its permissions. The collector of the logs has to be allowed to read the file.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Whether to make the directory of the file, with its parents. Overrides `TRACK_ERRORS_OUTPUT_CREATE_DIRS`.
    /// Default: no.
    ///
    /// Those who may read the file may enter the directories that are made, less the process's umask: they are 0700 for
    /// a file of 0600, and 0750 for one of 0640. A directory that is removed later is made again.
    pub fn create_dirs(mut self, create_dirs: bool) -> Self {
        self.create_dirs = Some(create_dirs);
        self
    }

    /// Reads the whole environment too: a wrong value is reported even if it has no effect.
    pub(super) fn resolve(self, settings: &mut Settings<'_>) -> FileConfig {
        let default = FileConfig::default();
        let max_bytes = settings.read_or(
            "TRACK_ERRORS_OUTPUT_MAX_BYTES",
            env::whole,
            self.max_bytes,
            default.max_bytes,
        );
        let backups = self.backups.map(|backups| {
            valid_backups(backups.into()).ok_or_else(|| {
                Problem::new("FileOptions::backups", &backups.to_string(), BACKUPS.0, BACKUPS.1)
            })
        });
        let backups = built_or_variable(
            settings,
            backups,
            "TRACK_ERRORS_OUTPUT_BACKUPS",
            backups_of,
            default.backups,
        );
        let mode = self.mode.map(|mode| {
            Mode::new(mode).ok_or_else(|| {
                Problem::new("FileOptions::mode", &format!("{mode:#o}"), MODE.0, MODE.1)
            })
        });
        let mode =
            built_or_variable(settings, mode, "TRACK_ERRORS_OUTPUT_MODE", mode_of, default.mode);
        let create_dirs = settings.read_or(
            "TRACK_ERRORS_OUTPUT_CREATE_DIRS",
            env::switch,
            self.create_dirs,
            default.create_dirs,
        );
        FileConfig { max_bytes, backups, mode, create_dirs }
    }
}

impl Builder {
    /// How the file of [`Output::File`](crate::Output::File) is made, and when it is rotated. Replaces the settings of
    /// an earlier call. Default: the environment's settings; see [`FileOptions`].
    pub fn output_file(mut self, options: FileOptions) -> Self {
        self.output_file = options;
        self
    }
}

/// The resolved settings of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileConfig {
    /// 0 for no limit.
    pub(crate) max_bytes: u64,
    /// At least 1.
    pub(crate) backups: u32,
    pub(crate) mode: Mode,
    pub(crate) create_dirs: bool,
}

impl Default for FileConfig {
    fn default() -> Self {
        FileConfig { max_bytes: 0, backups: 5, mode: Mode(0o600), create_dirs: false }
    }
}

/// Permissions of a file that its owner may write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode(u32);

impl Mode {
    fn new(bits: u32) -> Option<Self> {
        (bits <= 0o777 && bits & 0o200 != 0).then_some(Mode(bits))
    }

    #[cfg(unix)]
    pub(crate) fn of_file(self) -> u32 {
        self.0
    }

    /// Those who may read the file may enter and list its directory; the owner may do all.
    #[cfg(unix)]
    pub(crate) fn of_directory(self) -> u32 {
        0o700 | (self.0 & 0o444) | ((self.0 & 0o444) >> 2)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0{:o}", self.0)
    }
}

const MAX_BACKUPS: u32 = 1_000;
/// What is wrong with a value, and what is accepted.
const BACKUPS: (&str, &str) = ("is no number of backups", "a whole number from 1 to 1000");
const MODE: (&str, &str) = (
    "are no permissions of a log file",
    "an octal number such as 0640, with the owner's right to write",
);

fn valid_backups(backups: u64) -> Option<u32> {
    u32::try_from(backups).ok().filter(|backups| (1..=MAX_BACKUPS).contains(backups))
}

fn backups_of(lookup: Lookup<'_>, name: &'static str) -> Read<u32> {
    env::parsed(lookup, name, |value| {
        value.trim().parse().ok().and_then(valid_backups).ok_or(BACKUPS)
    })
}

fn mode_of(lookup: Lookup<'_>, name: &'static str) -> Read<Mode> {
    env::parsed(lookup, name, |value| {
        let value = value.trim();
        let digits = value.strip_prefix("0o").unwrap_or(value);
        // `from_str_radix` accepts a sign.
        let is_octal = digits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = u32::from_str_radix(digits, 8).ok().filter(|_| is_octal);
        bits.and_then(Mode::new).ok_or(MODE)
    })
}

/// The builder's value if it can be used, else the variable's, else the default.
fn built_or_variable<T: Copy + ToString>(
    settings: &mut Settings<'_>,
    built: Option<Result<T, Problem>>,
    variable: &'static str,
    read: fn(Lookup<'_>, &'static str) -> Read<T>,
    default: T,
) -> T {
    let (built, problem) = match built {
        Some(Ok(built)) => (Some(built), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    let used = settings.read_or(variable, read, built, default);
    settings.rejected.extend(problem.map(|problem| problem.using(used)));
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(options: FileOptions, variables: &[(&str, &str)]) -> (FileConfig, Vec<String>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).into())
        };
        let mut rejected = Vec::new();
        let mut settings = Settings { lookup: &lookup, rejected: &mut rejected };
        let config = options.resolve(&mut settings);
        (config, rejected.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_builder_overrides_the_environment_which_overrides_the_default() {
        assert_eq!(resolve(FileOptions::new(), &[]), (FileConfig::default(), Vec::new()));
        let variables = [
            ("TRACK_ERRORS_OUTPUT_MAX_BYTES", " 1000 "),
            ("TRACK_ERRORS_OUTPUT_BACKUPS", "7"),
            ("TRACK_ERRORS_OUTPUT_MODE", "0640"),
            ("TRACK_ERRORS_OUTPUT_CREATE_DIRS", "yes"),
        ];
        let found =
            FileConfig { max_bytes: 1000, backups: 7, mode: Mode(0o640), create_dirs: true };
        assert_eq!(resolve(FileOptions::new(), &variables), (found, Vec::new()));
        let options = FileOptions::new().max_bytes(5).backups(1).mode(0o600).create_dirs(false);
        let built = FileConfig { max_bytes: 5, backups: 1, mode: Mode(0o600), create_dirs: false };
        assert_eq!(resolve(options, &variables), (built, Vec::new()));
    }

    #[test]
    fn a_mode_is_octal_with_or_without_a_prefix() {
        for (text, bits) in [("640", 0o640), ("0640", 0o640), ("0o200", 0o200), ("0777", 0o777)] {
            let (config, rejected) =
                resolve(FileOptions::new(), &[("TRACK_ERRORS_OUTPUT_MODE", text)]);
            assert_eq!((config.mode, rejected), (Mode(bits), Vec::new()), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_may_be_entered_by_those_who_may_read_the_file() {
        for (file, directory) in
            [(0o600, 0o700), (0o640, 0o750), (0o644, 0o755), (0o200, 0o700), (0o660, 0o750)]
        {
            assert_eq!(Mode(file).of_directory(), directory, "{file:o}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_one_line_and_the_next_source_is_used() {
        let backups = "is no number of backups: expected a whole number from 1 to 1000";
        let mode = "are no permissions of a log file: expected an octal number such as 0640, with \
                    the owner's right to write";
        for (variable, value, problem, used) in [
            ("MAX_BYTES", "10MB", "is not a whole number: expected a whole number from 0", "0"),
            ("BACKUPS", "0", backups, "5"),
            ("BACKUPS", "1001", backups, "5"),
            ("BACKUPS", "-1", backups, "5"),
            ("MODE", "rw", mode, "0600"),
            ("MODE", "0888", mode, "0600"),
            ("MODE", "+640", mode, "0600"),
            ("MODE", "0440", mode, "0600"),
            ("MODE", "4755", mode, "0600"),
            (
                "CREATE_DIRS",
                "maybe",
                "is not a boolean: expected true, 1, yes or t, or false, 0, no or f",
                "false",
            ),
        ] {
            let variable = format!("TRACK_ERRORS_OUTPUT_{variable}");
            let (config, rejected) = resolve(FileOptions::new(), &[(&variable, value)]);
            assert_eq!(config, FileConfig::default());
            let line = format!("{variable} is \"{value}\", which {problem}; using {used}");
            assert_eq!(rejected, [line]);
        }
        let options = FileOptions::new().backups(0).mode(0o4640);
        let (config, rejected) = resolve(options, &[("TRACK_ERRORS_OUTPUT_BACKUPS", "2")]);
        assert_eq!((config.backups, config.mode), (2, Mode(0o600)));
        assert_eq!(
            rejected,
            [
                format!("FileOptions::backups is \"0\", which {backups}; using 2"),
                format!("FileOptions::mode is \"0o4640\", which {mode}; using 0600"),
            ]
        );
    }
}
