//! Runs cargo on a copy of a crate.
//!
//! In: a folder and a command. Out: the compiler's diagnostics, from JSON; the results of the tests by name;
//! the cost of a command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::os::unix::process::CommandExt;

/// Longer than the slowest suite takes on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(1800);

/// Where the copies are built. They share their dependencies.
#[derive(Debug)]
pub(crate) struct Cargo {
    pub(crate) target_dir: PathBuf,
    pub(crate) log_dir: PathBuf,
}

/// The result of one command.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) timed_out: bool,
    pub(crate) output: String,
    pub(crate) wall: Duration,
    /// User and system time of the command and its children.
    pub(crate) cpu: Duration,
}

impl Cargo {
    /// Runs a command in `folder`; `log` is the name of the file for its whole output. If `merged`, the result
    /// has stdout and stderr interleaved, otherwise stdout.
    pub(crate) fn run(
        &self,
        folder: &Path,
        arguments: &[&str],
        log: &str,
        merged: bool,
    ) -> Result<Finished> {
        fs::create_dir_all(&self.log_dir)?;
        let log = self.log_dir.join(log);
        let file = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        let errors = log.with_extension("stderr");
        let stderr = if merged { file.try_clone()? } else { File::create(&errors)? };
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", &self.target_dir)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TERM_COLOR", "never")
            // Errors take their whole path, up to the write.
            .env("TRACK_ERRORS_OUTPUT", "/dev/null")
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(stderr)
            .process_group(0);
        let cpu_before = cpu_of_children()?;
        let began = Instant::now();
        let mut child = command.spawn().context("cargo cannot be started")?;
        let group = Pid::from_raw(child.id().cast_signed());
        let mut pause = Duration::from_millis(1);
        let mut timed_out = false;
        let status: ExitStatus = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if began.elapsed() > TIME_LIMIT && !timed_out {
                timed_out = true;
                killpg(group, Signal::SIGKILL)?;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let wall = began.elapsed();
        let cpu = cpu_of_children()? - cpu_before;
        let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        Ok(Finished { success: status.success(), timed_out, output, wall, cpu })
    }
}

fn cpu_of_children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = |part: nix::sys::time::TimeVal| {
        Duration::from_micros(
            u64::try_from(part.tv_sec() * 1_000_000 + part.tv_usec()).unwrap_or_default(),
        )
    };
    Ok(time(usage.user_time()) + time(usage.system_time()))
}

/// One message of the compiler.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Diagnostic {
    pub(crate) message: String,
    pub(crate) code: Option<Code>,
    pub(crate) level: String,
    pub(crate) spans: Vec<Span>,
    #[serde(default)]
    pub(crate) children: Vec<Diagnostic>,
    pub(crate) rendered: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Span {
    pub(crate) file_name: PathBuf,
    pub(crate) byte_start: usize,
    pub(crate) line_start: usize,
    pub(crate) is_primary: bool,
    pub(crate) expansion: Option<Box<Expansion>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expansion {
    pub(crate) span: Span,
}

impl Diagnostic {
    /// The places that the message is about, the outermost of a macro last.
    pub(crate) fn places(&self) -> Vec<&Span> {
        let (primary, others): (Vec<_>, Vec<_>) =
            self.spans.iter().partition(|span| span.is_primary);
        let mut places = Vec::new();
        for span in primary.into_iter().chain(others) {
            let mut span = Some(span);
            while let Some(place) = span {
                places.push(place);
                span = place.expansion.as_ref().map(|expansion| &expansion.span);
            }
        }
        places
    }

    pub(crate) fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }

    /// Identifies a warning across variants: columns differ, and so may the text of the source line.
    pub(crate) fn key(&self) -> String {
        let place = self.spans.iter().find(|span| span.is_primary);
        let place = place.map(|span| format!("{}:{}", span.file_name.display(), span.line_start));
        let code = self.code.as_ref().map_or("", |code| &code.code);
        format!("{code} {} {}", place.unwrap_or_default(), self.message)
    }
}

/// The messages about one package among the JSON lines of cargo.
pub(crate) fn diagnostics(output: &str, folder: &Path) -> Vec<Diagnostic> {
    #[derive(Deserialize)]
    struct Line {
        reason: String,
        manifest_path: Option<PathBuf>,
        message: Option<Diagnostic>,
    }
    let manifest = folder.join("Cargo.toml");
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines
        .filter(|line| line.reason == "compiler-message")
        .filter(|line| line.manifest_path.as_ref() == Some(&manifest))
        .filter_map(|line| line.message)
        // "3 warnings emitted"
        .filter(|message| !(message.spans.is_empty() && message.message.ends_with(" emitted")))
        .collect()
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Ended {
    Ok,
    Failed,
    Ignored,
    /// It did not end: its program was killed or crashed, or there is no such test.
    Missing,
}

/// How the tests of a crate ended, by target and name.
pub(crate) type Tests = BTreeMap<String, Ended>;

/// Parses the output of `cargo test`.
pub(crate) fn tests(output: &str) -> Tests {
    let mut tests = Tests::new();
    let mut target = String::new();
    for line in output.lines() {
        let trimmed = line.trim_start();
        if let Some(name) = trimmed.strip_prefix("Running ") {
            target = name.split(" (").next().unwrap_or_default().replace("unittests ", "");
        } else if let Some(name) = trimmed.strip_prefix("Doc-tests ") {
            target = format!("doc of {name}");
        } else if let Some(test) = line.strip_prefix("test ")
            && let Some((name, result)) = test.rsplit_once(" ... ")
        {
            let ended = match result.trim() {
                "ok" => Ended::Ok,
                "FAILED" => Ended::Failed,
                other if other.starts_with("ignored") => Ended::Ignored,
                _ => continue,
            };
            tests.insert(format!("{target} {name}"), ended);
        }
    }
    tests
}

/// The tests that ended differently: name, before, after.
pub(crate) fn changes(before: &Tests, after: &Tests) -> Vec<(String, Ended, Ended)> {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let ended = |tests: &Tests, name: &String| tests.get(name).copied().unwrap_or(Ended::Missing);
    names
        .into_iter()
        .map(|name| (name.clone(), ended(before, name), ended(after, name)))
        .filter(|(_, before, after)| before != after)
        .collect()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn results_of_tests_are_read_by_target() {
        let output = "   Compiling a v0.1.0\n     Running unittests src/lib.rs (target/debug/a-1)\n\n\
                      running 3 tests\ntest a::b ... ok\ntest c - should panic ... FAILED\n\
                      test d ... ignored, too slow\n     Running tests/e.rs (target/debug/e-2)\n\
                      test a::b ... ok\ntest result: ok. 1 passed\n";
        let expected = [
            ("src/lib.rs a::b", Ended::Ok),
            ("src/lib.rs c - should panic", Ended::Failed),
            ("src/lib.rs d", Ended::Ignored),
            ("tests/e.rs a::b", Ended::Ok),
        ];
        let expected = expected.map(|(name, ended)| (name.to_owned(), ended));
        assert_eq!(tests(output), Tests::from(expected));
    }

    #[test]
    fn a_missing_test_is_a_change() {
        let before = Tests::from([("a".into(), Ended::Ok), ("b".into(), Ended::Failed)]);
        let after = Tests::from([("b".into(), Ended::Failed)]);
        assert_eq!(changes(&before, &after), [("a".into(), Ended::Ok, Ended::Missing)]);
    }
}
