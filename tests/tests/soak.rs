//! The short form of the soak. `docs/soak.md` has the long one.
#![cfg(target_os = "linux")]

use track_errors_tests::process;

#[test]
fn all_errors_are_accounted_for_and_memory_is_flat_while_the_receiver_is_killed_and_restarted() {
    let mut soak = process::program(env!("CARGO_BIN_EXE_soak"), []);
    soak.args(["--seconds", "8", "--errors", "66000", "--kills", "2"]);
    let output = soak.output().expect("the program starts");
    let result = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{result}{}", String::from_utf8_lossy(&output.stderr));
}
