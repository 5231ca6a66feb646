//! What the tests of the debug mode share: the program that they run, and the lines of its log.

// Each test program uses a part of it.
#![allow(dead_code, reason = "each test program uses a part")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use track_errors_tests::process;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_debug_mode");
/// What no line of the log may hold.
pub(crate) const MESSAGE: &str = "Mustermann";

/// The output of a run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of the debug mode on stderr.
    pub(crate) fn lines(&self) -> Vec<Line> {
        lines(&self.stderr)
    }

    /// How many error logs are on stdout.
    pub(crate) fn logged(&self) -> usize {
        self.stdout.lines().filter(|line| line.starts_with('{')).count()
    }
}

/// The program with these settings and no others. Other tests are about stacks, which are slow in a debug
/// build.
pub(crate) fn command(scenario: &str, settings: &[(&str, &str)]) -> Command {
    command_of(Path::new(PROGRAM), scenario, settings)
}

pub(crate) fn command_of(program: &Path, scenario: &str, settings: &[(&str, &str)]) -> Command {
    let settings = [("TRACK_ERRORS_BACKTRACE", "trail")].iter().chain(settings).copied();
    let mut command = process::program(program.to_str().expect("UTF-8"), settings);
    command.arg(scenario);
    command
}

pub(crate) fn run(scenario: &str, settings: &[(&str, &str)]) -> Run {
    finish(&mut command(scenario, settings))
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = loop {
        match command.output() {
            // A program that was copied just now: a child of another test, between its fork and its
            // exec, still has the file open for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::yield_now();
            }
            output => break output.expect("the program starts"),
        }
    };
    assert!(output.status.success(), "{output:?}");
    Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A program that does a step for each line on its stdin.
pub(crate) struct Steps {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Steps {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Steps { child, stdout }
    }

    /// Waits for a line on stdout.
    pub(crate) fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        while line.trim_end() != expected {
            line.clear();
            let read = self.stdout.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "the program ended without {expected:?}");
        }
    }

    pub(crate) fn send(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{line}").expect("the program listens");
    }

    /// Does one step.
    pub(crate) fn step(&mut self, name: &str) {
        self.send(name);
        self.wait_for("done");
    }

    /// The end of the program; what it wrote on stderr.
    pub(crate) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().expect("the program ends");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(output.status.success(), "{stderr}");
        stderr
    }
}

/// One line in the text layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) level: String,
    pub(crate) file: String,
    pub(crate) message: String,
}

impl Line {
    /// Parses a line; panics if it is not in the layout.
    pub(crate) fn parse(line: &str) -> Self {
        // `2026-11-20 17:44:45,001 DEBUG [track_errors] [pipeline/writer.rs:128] - message`
        let (time, rest) = line.split_at_checked(23).expect(line);
        let shape: String =
            time.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
        assert_eq!(shape, "0000-00-00 00:00:00,000", "{line}");
        let (level, rest) = rest[1..].split_once(" [track_errors] [").expect(line);
        assert!(["DEBUG", "INFO", "WARN", "ERROR"].contains(&level), "{line}");
        let (place, message) = rest.split_once("] - ").expect(line);
        let (file, number) = place.rsplit_once(':').expect(line);
        assert!(number.parse::<u32>().is_ok(), "{line}");
        Line { level: level.to_owned(), file: file.to_owned(), message: message.to_owned() }
    }
}

/// The lines of the log, without other lines of the text (error logs, panics).
pub(crate) fn lines(text: &str) -> Vec<Line> {
    text.lines().filter(|line| line.contains(" [track_errors] [")).map(Line::parse).collect()
}

/// The lines about one subject.
pub(crate) fn about(lines: &[Line], beginning: &str) -> Vec<String> {
    let messages = lines.iter().map(|line| &line.message);
    messages.filter(|message| message.starts_with(beginning)).cloned().collect()
}

/// The lines about faults of the log itself: without a time, on stderr.
pub(crate) fn reports(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.starts_with("[track_errors] ")).collect()
}

/// The id in a line: `… #f951e59d2e202be5 …`.
pub(crate) fn id(message: &str) -> &str {
    let at = message.find('#').expect(message) + 1;
    &message[at..at + 16]
}

/// A directory of its own for each test, removed at its end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = path.join(format!("debug-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory for the test");
        Directory(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names of what is in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Best effort: what is left is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
