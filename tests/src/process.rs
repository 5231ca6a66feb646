//! Test programs, run as processes.

use std::process::Command;

/// A program with exactly these settings: variables for `track_errors` and its neighbours (`DD_*`,
/// `OTEL_*`, `TRACK_ERRORS_*`, `RUST_BACKTRACE`) in the environment of the tests are removed.
pub fn program<'a>(path: &str, settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_setting = ["DD_", "OTEL_", "TRACK_ERRORS_"].iter().any(|p| name.starts_with(p));
        if is_setting || ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"].contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    command.envs(settings);
    command
}
