//! Backtraces that errors carry, in processes with and without `RUST_BACKTRACE`.

use error_stack::Report;
use snafu::{Backtrace, Snafu};
use track_errors::track_errors;
use track_errors_tests::process::program;

use super::*;

#[derive(Debug, Snafu)]
#[snafu(display("reading prices"))]
struct ReadError {
    source: io::Error,
    backtrace: Backtrace,
}

/// Where the errors are made: no tracked function, and none that is still running when they are logged.
mod made {
    use super::*;

    #[inline(never)]
    pub(super) fn by_anyhow() -> anyhow::Result<String> {
        anyhow::Context::context(read(), "reading prices")
    }

    #[inline(never)]
    pub(super) fn by_eyre() -> eyre::Result<String> {
        eyre::WrapErr::wrap_err(read(), "reading prices")
    }

    #[inline(never)]
    pub(super) fn by_snafu() -> Result<String, ReadError> {
        snafu::ResultExt::context(read(), ReadSnafu)
    }

    #[inline(never)]
    pub(super) fn by_error_stack() -> Result<String, Report<io::Error>> {
        error_stack::ResultExt::attach(read(), "path: prices.csv")
    }
}

#[track_errors(backtrace = "carried")]
fn of_anyhow() -> anyhow::Result<String> {
    made::by_anyhow()
}

#[track_errors(backtrace = "carried")]
fn of_eyre() -> eyre::Result<String> {
    made::by_eyre()
}

#[track_errors(backtrace = "carried")]
fn of_snafu() -> Result<String, ReadError> {
    made::by_snafu()
}

#[track_errors(backtrace = "carried")]
fn of_error_stack() -> Result<String, Report<io::Error>> {
    made::by_error_stack()
}

/// The stacks of all four.
fn stacks() -> Vec<String> {
    let (_, records) = testing::capture(|| {
        assert!(of_anyhow().is_err());
        assert!(of_eyre().is_err());
        assert!(of_snafu().is_err());
        assert!(of_error_stack().is_err());
    });
    records.into_iter().map(|record| record.stack.into()).collect()
}

/// In a process of its own: whether errors carry a backtrace is decided once.
#[test]
fn a_carried_backtrace_has_the_function_that_made_the_error() {
    const NAME: &str = "carried::a_carried_backtrace_has_the_function_that_made_the_error";
    const CHILD: &str = "ERROR_CRATES_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let path = std::env::current_exe().expect("this test");
        let path = path.to_str().expect("UTF-8");
        let output = program(path, [("RUST_BACKTRACE", "1"), (CHILD, "1")])
            .args(["--exact", NAME])
            .output()
            .expect("this test runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    for (stack, name) in stacks().iter().zip(["anyhow", "eyre", "snafu", "error_stack"]) {
        let frames = [
            format!("error_crates::carried::made::by_{name}\n"),
            format!("error_crates::carried::of_{name}\n"),
        ];
        let at = frames.each_ref().map(|frame| stack.find(&**frame));
        assert!(at[0].is_some() && at[0] < at[1], "{name}: {stack}");
    }
}
