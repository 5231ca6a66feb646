//! Libraries that are loaded and unloaded while errors are logged: a stack names the functions of the library
//! that ran, and not those of another one that was, or is, at the same address.
//!
//! The test builds the libraries: `run` of each calls back through a function with a name and a frame size
//! of its own.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use track_errors_tests::process::program;

/// Builds a library whose `run` calls back from its function `inner`, which has a frame of this size.
fn library(name: &str, frame: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shared-libraries");
    std::fs::create_dir_all(&folder).expect("a folder");
    let source = folder.join(format!("{name}.rs"));
    let text = format!(
        "#![no_std]
        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {{ loop {{}} }}
        #[inline(never)]
        pub fn {name}_inner(call_back: extern \"C\" fn()) {{
            let kept = core::hint::black_box([7_u8; {frame}]);
            call_back();
            core::hint::black_box(&kept);
        }}
        #[unsafe(no_mangle)]
        pub extern \"C\" fn run(call_back: extern \"C\" fn()) {{
            {name}_inner(call_back);
            core::hint::black_box(());
        }}"
    );
    std::fs::write(&source, text).expect("a file");
    let path = folder.join(format!("lib{name}.so"));
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args(["--edition=2024", "--crate-type=cdylib", "--crate-name", name])
        .args(["-Copt-level=1", "-Cpanic=abort", "-Cforce-unwind-tables=yes", "-Cdebuginfo=1"])
        .arg("-o")
        .args([&path, &source])
        .output()
        .expect("rustc starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

static LIBRARIES: LazyLock<[PathBuf; 2]> =
    LazyLock::new(|| [library("first", 1000), library("other", 3000)]);

/// The stacks of the errors.
fn stacks(scenario: &str) -> Vec<String> {
    let output = program(env!("CARGO_BIN_EXE_libraries"), [])
        .arg(scenario)
        .args(&*LIBRARIES)
        .output()
        .expect("the program starts");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    // Where the second library is elsewhere, there is nothing to confuse.
    assert!(!stderr.contains("same address: false"), "{stderr}");
    let stack = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["error"]["stack"].as_str().expect("a stack").to_owned()
    };
    let stacks: Vec<_> = stdout.lines().map(stack).collect();
    for stack in &stacks {
        assert!(stack.contains("libraries::linux::main"), "the walk goes on behind:\n{stack}");
    }
    stacks
}

/// Which of the two libraries a stack names.
fn named(stack: &str) -> [bool; 2] {
    ["first_inner", "other_inner"].map(|name| stack.contains(name))
}

fn assert_each_is_named(stacks: &[String]) {
    assert_eq!(stacks.len(), 12);
    for (at, stack) in stacks.iter().enumerate() {
        let is_second = at / 2 % 2 == 1;
        assert_eq!(named(stack), [!is_second, is_second], "error {at}:\n{stack}");
    }
}

#[test]
fn libraries_that_take_turns_at_one_address_are_each_named() {
    assert_each_is_named(&stacks("worker"));
}

#[test]
fn libraries_that_take_turns_are_named_where_the_failing_thread_writes() {
    assert_each_is_named(&stacks("sync"));
}

#[test]
fn libraries_that_are_loaded_after_the_first_error_are_named() {
    let stacks = stacks("late");
    assert_eq!(named(&stacks[0]), [false, false]);
    assert_each_is_named(&stacks[1..]);
}

#[test]
fn an_error_that_waits_while_its_library_is_replaced_names_no_function_of_the_other() {
    let stacks = stacks("waiting");
    let [first, second] = &*stacks else { panic!("{stacks:#?}") };
    assert_eq!(named(first), [false, false], "{first}");
    assert!(first.contains("<unloaded library>"), "{first}");
    assert_eq!(named(second), [false, true], "{second}");
}
