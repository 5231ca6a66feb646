//! Test programs, run as processes.

use std::path::{Path, PathBuf};
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

/// Builds the program of `tests/abort`, with `panic = "abort"`, in a folder of the tests. Returns its path.
pub fn built_with_abort(folder: &str) -> PathBuf {
    let target = Path::new(folder).join("abort");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "track_errors_abort"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_PROFILE_DEV_PANIC", "abort")
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the program does not build");
    target.join("debug").join(format!("track_errors_abort{}", std::env::consts::EXE_SUFFIX))
}
