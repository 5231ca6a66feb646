//! `directory`: a file for each process, and deletion of old ones.
//!
//! The file has the name `track_errors-<process>-<pid>.log`, and its backup `….log.1`. A process that begins
//! its file deletes regular files with names of exactly that form, last written the given number of days ago
//! or earlier. It leaves all other files alone, and follows no symbolic link: neither one in the directory
//! nor the directory itself.
//!
//! Source: Datadog, "Tracer Debug Logs", section ".NET".

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const PREFIX: &str = "track_errors-";
const SUFFIXES: [&str; 2] = [".log", ".log.1"];
/// Bytes of the name of the process.
const MAX_PROCESS: usize = 64;

/// The file of this process.
pub(super) fn own_file(directory: &Path, process: &str, pid: u32) -> PathBuf {
    let plain = process.chars().map(|char| if is_plain(char) { char } else { '_' });
    let process: String = plain.take(MAX_PROCESS).collect();
    let process = if process.is_empty() { "unknown" } else { &process };
    directory.join(format!("{PREFIX}{process}-{pid}.log"))
}

/// Whether the file's name keeps this character of the process's name.
fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric() || "._-".contains(char)
}

/// Whether a file has a name from [`own_file`], or is a backup of such a file.
fn is_own_name(name: &str) -> bool {
    let name = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
    let middle = name.and_then(|name| name.strip_prefix(PREFIX));
    let parts = middle.and_then(|middle| middle.rsplit_once('-'));
    parts.is_some_and(|(process, pid)| {
        (1..=MAX_PROCESS).contains(&process.len())
            && process.chars().all(is_plain)
            // Without a sign, and without leading zeros.
            && pid.parse::<u32>().is_ok_and(|number| number.to_string() == pid)
    })
}

/// Deletes files of that form that are at least `days` old, except `own`.
///
/// # Errors
///
/// The directory is a symbolic link or cannot be read, or a file cannot be deleted (the others are).
pub(super) fn delete_old(directory: &Path, own: &Path, days: u64) -> io::Result<()> {
    let age = Duration::from_secs(days.saturating_mul(86_400));
    let Some(last) = SystemTime::now().checked_sub(age) else { return Ok(()) };
    if fs::symlink_metadata(directory)?.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    let (mut failed, mut last_error) = (0, None);
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if path == own || !entry.file_name().to_str().is_some_and(is_own_name) {
            continue;
        }
        // Metadata of the entry itself, not of a link's target.
        let Ok(data) = fs::symlink_metadata(&path) else { continue };
        let is_old = data.modified().is_ok_and(|written| written <= last);
        if data.is_file()
            && is_old
            && let Err(error) = fs::remove_file(&path)
            // Another process may have deleted it first.
            && error.kind() != io::ErrorKind::NotFound
        {
            failed += 1;
            last_error = Some(error);
        }
    }
    match last_error {
        Some(error) if failed > 1 => Err(io::Error::other(format!("{failed} files: {error}"))),
        Some(error) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_named_after_the_process() {
        for (process, name) in [
            ("shop", "track_errors-shop-7.log"),
            ("a/b c\n", "track_errors-a_b_c_-7.log"),
            ("", "track_errors-unknown-7.log"),
        ] {
            assert_eq!(own_file(Path::new("/d"), process, 7), Path::new("/d").join(name));
            assert!(is_own_name(name));
        }
        let long = own_file(Path::new(""), &"x".repeat(1000), 7);
        assert_eq!(long.to_str().map(str::len), Some(PREFIX.len() + MAX_PROCESS + "-7.log".len()));
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in [
            "track_errors-shop-7.log.2",
            "track_errors-shop-7.log.gz",
            "track_errors-shop-7.txt",
            "track_errors-shop.log",
            "track_errors-7.log",
            "track_errors--7.log",
            "track_errors-shop-.log",
            "track_errors-shop-7x.log",
            "track_errors-shop-99999999999.log",
            "track_errors-shop-+7.log",
            "track_errors-shop-007.log",
            "track_errors-a b;c-7.log",
            "track_errors-\u{fc}-7.log",
            "track_errors-12345678901234567890123456789012345678901234567890123456789012345-7.log",
            "my-track_errors-shop-7.log",
            "track_errors.log",
            "dotnet-tracer-managed-shop-7.log",
            "",
        ] {
            assert!(!is_own_name(name), "{name}");
        }
        assert!(is_own_name("track_errors-my-shop-7.log.1"));
    }
}
