//! A separate program, because some of its stacks are broken, and because it can also be run with
//! `panic = "abort"` (see `src/main.rs`).

#[test]
#[cfg(unix)]
fn every_stack_is_walked_as_the_system_walks_it() {
    let program = env!("CARGO_BIN_EXE_track_errors_unwind_tests");
    let output = std::process::Command::new(program).output().expect("the program runs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{:?}:\n{report}", output.status);
    assert!(report.ends_with("done\n"), "{report}");
}
