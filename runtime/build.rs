//! Tells the crate by which compiler it is built, for the start-up line of the debug mode.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // `rustc 1.95.0 (…)`
    let rustc = env::var_os("RUSTC").and_then(|rustc| {
        let output = Command::new(rustc).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace().nth(1).map(str::to_owned)
    });
    println!("cargo::rustc-env=TRACK_ERRORS_RUSTC={}", rustc.as_deref().unwrap_or("unknown"));
}
