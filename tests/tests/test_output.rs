//! Error logs of tests that capture none: `cargo test` shows them with the output of the test that failed.
//!
//! The tests in `samples` are run as usual, and by the others as a program: this one, with the environment variable
//! [`FAILS`] for samples that are to fail.

use std::env;
use std::io::{self, Write as _};
use std::process::{Command, Output};

use track_errors::testing::Capture;
use track_errors::{boundary_fn, track_errors};
use track_errors_tests::process::program;

const FAILS: &str = "SAMPLES_FAIL";

#[track_errors(service = "samples", fields(name))]
fn fail(name: &str) -> Result<(), String> {
    Err(format!("{name} has no card"))
}

mod samples {
    use super::*;

    fn is_to_fail() -> bool {
        env::var_os(FAILS).is_some()
    }

    #[test]
    fn one() {
        assert!(fail("ada").is_err());
        assert!(!is_to_fail(), "as it should");
    }

    #[test]
    fn two() {
        assert!(fail("bob").is_err());
    }

    #[test]
    fn threads() {
        std::thread::spawn(|| assert!(fail("cyd").is_err())).join().expect("no panic");
        let runtime = track_errors_tests::executors::multi_thread();
        let task = runtime.spawn(async { assert!(fail("dan").is_err()) });
        runtime.block_on(task).expect("no panic");
        assert!(!is_to_fail(), "as it should");
    }

    #[test]
    fn captures() {
        let _errors = Capture::start();
        assert!(fail("eva").is_err());
        assert!(!is_to_fail(), "as it should");
    }

    #[test]
    fn asserts() {
        let errors = Capture::start();
        if is_to_fail() {
            errors.records().assert_one();
        }
    }

    #[test]
    fn handles() {
        let job = || {
            assert!(fail("fay").is_err());
            Ok::<_, String>(())
        };
        assert!(boundary_fn(job).call().is_ok());
    }

    #[test]
    fn a_thread_keeps_stdout() {
        let stdout = io::stdout().lock();
        std::thread::spawn(|| {
            assert!(fail("gus").is_err());
            assert!(fail("hal").is_err());
        })
        .join()
        .expect("no panic");
        drop(stdout);
    }

    #[test]
    fn keeps_stdout_itself() {
        let mut stdout = io::stdout().lock();
        assert!(fail("ian").is_err());
        stdout.flush().expect("stdout is open");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn has_no_room_on_stdout() {
        use std::os::fd::AsRawFd as _;

        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
        // SAFETY: the calls copy descriptors that are open.
        let before = unsafe {
            let before = libc::dup(1);
            libc::dup2(full.as_raw_fd(), 1);
            before
        };
        assert!(fail("jan").is_err());
        // SAFETY: the call copies a descriptor that is open.
        unsafe { libc::dup2(before, 1) };
    }

    #[cfg(unix)]
    #[test]
    fn forks() {
        // The child's line would be in the output of these tests.
        if !is_to_fail() {
            return;
        }
        // Makes the pipeline of this process.
        assert!(fail("before").is_err());
        // SAFETY: the child calls functions of this crate, which may be called in a forked child, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            assert!(fail("kim").is_err());
            // SAFETY: it ends the process.
            unsafe { libc::_exit(0) };
        }
        let mut status = 0;
        // SAFETY: the call writes to `status`.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
    }
}

/// Runs samples in a program of their own.
fn run(samples: &[&str], arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let path = env::current_exe().expect("known");
    let mut command: Command = program(path.to_str().expect("UTF-8"), settings.iter().copied());
    let samples = samples.iter().map(|sample| format!("samples::{sample}"));
    command.args(samples).arg("--exact").args(arguments).output().expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The names in the lines, in their order.
fn names(text: &str) -> Vec<&str> {
    let names = text.lines().filter_map(|line| line.split_once(" has no card")?.0.rsplit_once(' '));
    names.map(|(_, name)| name).collect()
}

const FAILING: [(&str, &str); 1] = [(FAILS, "1")];

#[test]
fn a_test_that_passes_shows_no_error_logs() {
    let output = run(&["one", "two", "threads", "captures", "handles"], &[], &[]);
    assert!(output.status.success(), "{output:?}");
    let stdout = stdout(&output);
    assert_eq!(names(&stdout), [""; 0], "{stdout}");
    assert!(!stdout.contains("track_errors"), "{stdout}");
    assert_eq!(output.stderr, b"", "{output:?}");
}

#[test]
fn a_test_that_fails_shows_its_own_error_logs() {
    let output = run(&["one", "two"], &[], &FAILING);
    assert!(!output.status.success());
    let stdout = stdout(&output);
    assert_eq!(names(&stdout), ["ada"], "{stdout}");
    let section = stdout.split_once("---- samples::one stdout ----\n").expect("it failed").1;
    let source = include_str!("test_output.rs").lines();
    let line =
        source.zip(1..).find(|(text, _)| text.contains("Err(format!(")).expect("it is there").1;
    let expected = format!(
        "[track_errors] error String: ada has no card; at tests/tests/test_output.rs:{line}:5, \
         in test_output::fail; fields: name = \"ada\"\n"
    );
    assert!(section.starts_with(&expected), "{stdout}");
}

#[test]
fn a_test_that_fails_shows_the_error_logs_of_its_threads() {
    let output = run(&["threads"], &[], &FAILING);
    let stdout = stdout(&output);
    let section = stdout.split_once("---- samples::threads stdout ----\n").expect("it failed").1;
    assert_eq!(names(section), ["cyd", "dan"], "{stdout}");
}

#[test]
fn nocapture_shows_the_error_logs_of_all_tests() {
    let output = run(&["one", "two"], &["--nocapture", "--test-threads=1"], &[]);
    assert_eq!(names(&stdout(&output)), ["ada", "bob"]);
}

#[test]
fn a_test_that_fails_shows_what_it_has_captured_and_not_looked_at() {
    let output = run(&["captures"], &[], &FAILING);
    let stdout = stdout(&output);
    let shown = "captured, and not looked at: 1 error log:\n  1. error ";
    assert!(stdout.contains(shown), "{stdout}");
    assert!(stdout.contains("     fields: name = \"eva\"\n"), "{stdout}");
}

#[test]
fn a_failed_assertion_has_the_line_of_the_test() {
    let source = include_str!("test_output.rs").lines();
    let line = source.zip(1..).find(|(text, _)| text.contains("errors.records().assert_one()"));
    let output = run(&["asserts"], &[], &FAILING);
    let stdout = stdout(&output);
    let place = format!("panicked at tests/tests/test_output.rs:{}:", line.expect("it is there").1);
    assert!(stdout.contains(&place), "{stdout}");
    assert!(stdout.contains("expected one error log, found none\n\nno error log\n"), "{stdout}");
}

#[test]
fn an_output_that_is_set_is_used() {
    let settings = [("TRACK_ERRORS_OUTPUT", "stdout")];
    let json = stdout(&run(&["two"], &[], &settings));
    assert!(json.contains(r#""message":"bob has no card""#), "{json}");
    let settings = [("TRACK_ERRORS_OUTPUT", "none")];
    assert_eq!(names(&stdout(&run(&["two"], &["--nocapture"], &settings))), [""; 0]);
}

#[test]
fn the_start_up_line_of_the_debug_mode_names_the_output() {
    let output = run(&["two"], &[], &[("DD_TRACE_DEBUG", "true")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(r#""output":"test""#), "{stderr}");
    assert!(stderr.contains("sent 1 record, "), "{stderr}");
}

#[test]
fn a_test_waits_for_no_thread_that_keeps_stdout() {
    for captured in [&[][..], &["--nocapture"]] {
        let output = run(&["a_thread_keeps_stdout"], captured, &[]);
        assert!(output.status.success(), "{output:?}");
        let expected: &[&str] = if captured.is_empty() { &[] } else { &["gus", "hal"] };
        assert_eq!(names(&stdout(&output)), expected);
        let output = run(&["keeps_stdout_itself"], captured, &[]);
        assert!(output.status.success(), "{output:?}");
        let expected: &[&str] = if captured.is_empty() { &[] } else { &["ian"] };
        assert_eq!(names(&stdout(&output)), expected);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn lines_that_stdout_does_not_take_go_to_stderr() {
    let output = run(&["has_no_room_on_stdout"], &["--nocapture"], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(names(&String::from_utf8_lossy(&output.stderr)), ["jan"], "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_child_process_of_a_test_writes_to_stdout() {
    let output = run(&["forks"], &[], &FAILING);
    assert!(output.status.success(), "{output:?}");
    let json = stdout(&output);
    assert!(json.contains(r#""message":"kim has no card""#), "{json}");
}
