//! The program that fails, and its lines as they arrive.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Lines, Read, Seek, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;
use track_errors_tests::{admission, process};

use crate::receiver::{Receiver, until};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Datadog,
    Otlp,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Datadog => "datadog",
            Format::Otlp => "otlp",
        }
    }

    /// The number and the id of the error in a line, which has to be valid.
    fn error(self, line: &str) -> (u64, String) {
        let check = match self {
            Format::Datadog => admission::check_datadog,
            Format::Otlp => admission::check_otlp,
        };
        if let Err(broken) = check(line) {
            panic!("{broken:?}: {line}");
        }
        let json: Value = serde_json::from_str(line).expect("JSON");
        let (message, id) = match self {
            Format::Datadog => (&json["error"]["message"], &json["track_errors"]["id"]),
            Format::Otlp => {
                let record = &json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
                let attribute = |name: &str| {
                    let mut all = record["attributes"].as_array().expect("a list").iter();
                    &all.find(|found| found["key"] == name).expect(name)["value"]["stringValue"]
                };
                (attribute("exception.message"), attribute("track_errors.id"))
            }
        };
        let (number, _) = message.as_str().expect("a text").split_once(':').expect("a number");
        (number.parse().expect("a number"), id.as_str().expect("a text").to_owned())
    }
}

/// The numbers of errors, and their ids.
pub(crate) type Errors = HashMap<u64, String>;

/// `tests/src/bin/receivers.rs`. It ends with the test.
pub(crate) struct Program {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: PathBuf,
}

impl Program {
    pub(crate) fn start(receiver: &Receiver, output: &str, format: Format) -> Self {
        let settings = [
            ("TRACK_ERRORS_OUTPUT", output),
            ("TRACK_ERRORS_FORMAT", format.name()),
            // Other tests cover stacks, which are slow in debug builds.
            ("TRACK_ERRORS_BACKTRACE", "trail"),
        ];
        let stderr = receiver.file("stderr");
        let mut process = process::program(env!("CARGO_BIN_EXE_receivers"), settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr).expect("a new file"))
            .spawn()
            .expect("the program starts");
        let stdin = process.stdin.take();
        let stdout = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        Program { process, stdin, stdout, stderr }
    }

    /// Four threads begin to fail, each so many times.
    pub(crate) fn begin(&mut self, each: u64) {
        self.send(&each.to_string());
    }

    fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("it is open until the end");
        writeln!(stdin, "{line}").expect("the program reads");
    }

    /// All threads have failed.
    pub(crate) fn failed(&mut self) -> Errors {
        let lines = self.stdout.by_ref().map(|line| line.expect("UTF-8"));
        let errors = lines.take_while(|line| line != "done").map(|line| {
            let (number, id) = line.split_once(' ').expect("two words");
            (number.parse().expect("a number"), id.to_owned())
        });
        errors.collect()
    }

    pub(crate) fn fail(&mut self, each: u64) -> Errors {
        self.begin(each);
        self.failed()
    }

    /// Its lines are on their way to the receiver, also if that reads nothing.
    pub(crate) fn flush(&mut self) {
        self.send("flush");
        self.failed();
    }

    /// Returns from `main`.
    pub(crate) fn end_without_a_line_on_stderr(mut self) {
        self.stdin = None;
        let status = self.process.wait().expect("it ends");
        let stderr = fs::read_to_string(&self.stderr).expect("UTF-8");
        assert!(status.success() && !stderr.lines().any(|line| line.starts_with('{')), "{stderr}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Without effect after the end.
        let _ended: Result<(), _> = self.process.kill();
        self.process.wait().expect("it ends");
    }
}

/// The lines in the receiver's file.
pub(crate) struct Arrived {
    path: PathBuf,
    format: Format,
    /// Bytes of the file that were looked at.
    seen: u64,
    errors: Errors,
    lines: HashMap<String, String>,
    duplicates: usize,
}

impl Arrived {
    pub(crate) fn new(receiver: &Receiver, format: Format) -> Self {
        let (errors, lines) = (HashMap::new(), HashMap::new());
        Arrived { path: receiver.lines(), format, seen: 0, errors, lines, duplicates: 0 }
    }

    /// Each line once.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.values().map(|line| &**line)
    }

    #[track_caller]
    pub(crate) fn assert_no_duplicates(&self) {
        assert_eq!(self.duplicates, 0);
    }

    /// Until so many different lines have arrived.
    pub(crate) fn wait_for_lines(&mut self, count: usize) {
        until("enough lines have arrived", || {
            self.look();
            (self.lines.len() >= count).then_some(())
        });
    }

    /// Until the line of each error has arrived, each with the error's id. No other line has.
    pub(crate) fn wait_for(&mut self, errors: &Errors) {
        self.wait_for_lines(errors.len());
        assert!(self.errors == *errors, "the ids differ from those of the program");
    }

    /// Cuts off the part of a line with which the file of a killed receiver may end.
    pub(crate) fn cut_torn_line(&self) {
        let bytes = fs::read(&self.path).expect("the receiver wrote it");
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let file = File::options().write(true).open(&self.path).expect("it is writable");
        file.set_len(end as u64).expect("it is a file");
    }

    /// Looks at the whole lines that have arrived since.
    fn look(&mut self) {
        let Ok(mut file) = File::open(&self.path) else { return };
        file.seek(std::io::SeekFrom::Start(self.seen)).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is readable");
        let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') else { return };
        self.seen += last as u64 + 1;
        for line in std::str::from_utf8(&bytes[..last]).expect("UTF-8").split('\n') {
            let (number, id) = self.format.error(line);
            let known = self.errors.entry(number).or_insert_with(|| id.clone());
            assert_eq!(*known, id, "an error has one id");
            match self.lines.insert(id, line.to_owned()) {
                None => {}
                Some(first) => {
                    assert_eq!(first, line, "a line that comes twice is the same");
                    self.duplicates += 1;
                }
            }
        }
    }
}
