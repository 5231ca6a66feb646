//! The program of the matrix, as a process.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use track_errors_tests::process;

use super::account::Report;

/// A setting with this value.
pub(crate) const TRAIL: (&str, &str) = ("TRACK_ERRORS_BACKTRACE", "trail");

/// The program runs.
pub(crate) struct Program {
    child: Child,
    channel: BufReader<UnixStream>,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    report: Report,
}

/// The program has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) report: Report,
    /// What it said after the last answer that the test read.
    pub(crate) answers: Vec<String>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Reads to the end, on a thread: the program must not wait for the test.
fn read(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).expect("it can be read");
        text
    })
}

impl Program {
    /// With this sink or these hooks, and settings.
    pub(crate) fn start(user_code: &str, settings: &[(&str, &str)]) -> Self {
        let settings = [TRAIL].iter().chain(settings).copied();
        let mut command = process::program(env!("CARGO_BIN_EXE_faults"), settings);
        command.arg(user_code);
        Program::spawn(command)
    }

    /// With lines in this file.
    pub(crate) fn with_file(path: &Path) -> Self {
        Program::start("", &[("TRACK_ERRORS_OUTPUT", path.to_str().expect("UTF-8"))])
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let (channel, its_channel) = UnixStream::pair().expect("a pair of sockets");
        command.stdin(OwnedFd::from(its_channel)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // The command has the program's end of the channel, which must be the only one.
        drop(command);
        let stdout = read(child.stdout.take().expect("a pipe"));
        let stderr = read(child.stderr.take().expect("a pipe"));
        let channel = BufReader::new(channel);
        let mut program = Program { child, channel, stdout, stderr, report: Report::default() };
        program.is_ready();
        program
    }

    /// Waits until the program has begun. It reads no command before.
    #[track_caller]
    pub(crate) fn is_ready(&mut self) {
        assert_eq!(self.answer().as_deref(), Some("ready"));
    }

    /// Sends a command, and reads no answer.
    pub(crate) fn send(&mut self, command: &str) {
        writeln!(self.channel.get_mut(), "{command}").expect("the program listens");
    }

    /// The next answer; `None` at the end of the program.
    pub(crate) fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        loop {
            line.clear();
            // A program that ends while it has not read a command resets the connection.
            let length = self.channel.read_line(&mut line).unwrap_or(0);
            if length == 0 {
                return None;
            }
            if !self.report.add(&line) {
                return Some(line.trim_end().to_owned());
            }
        }
    }

    /// Has the program do it.
    #[track_caller]
    pub(crate) fn tell(&mut self, command: &str) -> &mut Self {
        self.send(command);
        assert_eq!(self.answer().as_deref(), Some("done"), "{command}");
        self
    }

    /// Flushes; whether that was in time.
    #[track_caller]
    pub(crate) fn flush(&mut self, millis: u64) -> bool {
        self.send(&format!("flush {millis}"));
        self.answer().expect("an answer") == "true"
    }

    /// All that was logged has been handed over.
    #[track_caller]
    pub(crate) fn flushed(&mut self) -> &mut Self {
        assert!(self.flush(60_000), "the flush is in time");
        self
    }

    /// Ends the program as `main` ends it.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        self.send("end");
        let ended = self.wait();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.answers, [""; 0]);
        ended
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is our child");
    }

    /// Waits until the program has ended.
    pub(crate) fn wait(mut self) -> Ended {
        let mut answers = Vec::new();
        answers.extend(std::iter::from_fn(|| self.answer()));
        Ended {
            status: self.child.wait().expect("it is our child"),
            report: self.report,
            answers,
            stdout: self.stdout.join().expect("no panic"),
            stderr: self.stderr.join().expect("no panic"),
        }
    }
}

/// A new folder of a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => {}
    }
    std::fs::create_dir_all(&path).expect("the folder of the tests is ours");
    path
}
