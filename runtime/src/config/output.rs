//! Destination of lines, and the thread that writes them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::address;
use crate::base::named::{ParseSettingError, typos};

/// Where error log lines go.
///
/// As text, in `TRACK_ERRORS_OUTPUT`: `stdout`, `stderr`, `test`, `none` (in any case), or the path of a file to
/// append to. A path has a separator or a dot (`./errors`), so that a misspelt word is an error and no file.
/// With the feature `net` also the address of a receiver: `tcp://host:port`, `unix:///path`.
///
/// ```
/// use track_errors::Output;
///
/// assert_eq!("stderr".parse(), Ok(Output::Stderr));
/// assert_eq!("logs/errors.jsonl".parse(), Ok(Output::File("logs/errors.jsonl".into())));
/// assert!("stdot".parse::<Output>().is_err());
/// assert!("tcp://localhost".parse::<Output>().is_err(), "it lacks a port");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Output {
    /// The standard output of the process. The default outside of tests: container runtimes and the Datadog Agent
    /// collect it.
    #[default]
    Stdout,
    /// The standard error of the process.
    Stderr,
    /// The output of the running test, which `cargo test` shows if the test fails, and with `--nocapture`: a line for
    /// people, without stack, whatever the [`Format`](crate::Format). The failing thread writes it, as with
    /// [`Delivery::Sync`], and looks for no native frames, unless [`Builder::backtrace`](crate::Builder::backtrace) says
    /// so: a test would wait for symbols.
    ///
    /// The default in a program that Cargo built to run tests (`target/debug/deps/shop-0f1e2d3c4b5a6978`), unless a
    /// [`RecordSink`](crate::RecordSink) is set. Programs that a test starts have the usual default.
    Test,
    /// Nowhere: errors are described and counted, but no line is written.
    None,
    /// The end of this file; created if it does not exist. Several processes may share it. A relative path is relative
    /// to the process's working directory at the first call of this crate. [`FileOptions`](crate::FileOptions) has more.
    File(PathBuf),
    /// A TCP connection to a receiver of lines, such as the Datadog Agent, rsyslog or syslog-ng. The worker connects
    /// with the first error, and again when the connection breaks; errors wait meanwhile. Each line arrives at least
    /// once: after a broken connection some are sent again. Not encrypted: the receiver is on the same host or pod.
    #[cfg(feature = "net")]
    Tcp {
        /// A name, which each connection looks up, or an address (IPv6 without brackets).
        host: String,
        /// Not 0.
        port: u16,
    },
    /// The same through the Unix stream socket of this path.
    #[cfg(all(feature = "net", unix))]
    Unix(PathBuf),
}

impl Output {
    const WORDS: [Output; 4] = [Output::Stdout, Output::Stderr, Output::Test, Output::None];
    pub(super) const ACCEPTED: &str = if cfg!(feature = "net") {
        "stdout, stderr, test, none, the path of a file, such as ./errors.jsonl, tcp://host:port or \
         unix:///path"
    } else {
        "stdout, stderr, test, none or the path of a file, such as ./errors.jsonl"
    };

    /// The file of this path, or the stream of the process that has it: opened as a file, a pipe would be refused, and
    /// a file would be written at another position than by `print!`.
    pub(super) fn at_path(path: PathBuf) -> Self {
        match path.to_str() {
            Some("/dev/stdout") => Output::Stdout,
            Some("/dev/stderr") => Output::Stderr,
            _ => Output::File(path),
        }
    }

    /// What is wrong with a word that is none of these.
    fn unknown_word(word: &str) -> String {
        let words = Output::WORDS.map(|output| output.to_string());
        let lower = word.to_lowercase();
        let typos = words.iter().filter_map(|known| Some((typos(&lower, known)?, known)));
        match typos.min() {
            Some((_, meant)) => format!("is no output (did you mean {meant}?)"),
            None => format!("is no output (a file of this name is ./{word})"),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Stdout => f.pad("stdout"),
            Output::Stderr => f.pad("stderr"),
            Output::Test => f.pad("test"),
            Output::None => f.pad("none"),
            Output::File(path) => path.display().fmt(f),
            #[cfg(feature = "net")]
            Output::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            #[cfg(feature = "net")]
            Output::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            #[cfg(all(feature = "net", unix))]
            Output::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl FromStr for Output {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim();
        for output in Output::WORDS {
            if word.eq_ignore_ascii_case(&output.to_string()) {
                return Ok(output);
            }
        }
        let problem = match word.split_once("://") {
            _ if word.is_empty() => "is empty".into(),
            _ if word.contains('\0') => "contains a NUL, which no path can".into(),
            Some((scheme, rest)) if is_scheme(scheme) => match address::parse(scheme, rest) {
                Ok(output) => return Ok(output),
                Err(problem) => problem,
            },
            _ if is_address(word) => {
                "is an address without its scheme, as in tcp://localhost:5140".into()
            }
            _ if !word.contains(['/', '\\', '.']) => Output::unknown_word(word).into(),
            // White space around a path may be intended.
            _ => return Ok(Output::File(PathBuf::from(text))),
        };
        Err(ParseSettingError::new(text, problem, Output::ACCEPTED))
    }
}

/// Whether a text without `://` is the address of a receiver rather than a path.
fn is_address(text: &str) -> bool {
    let begins = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    ["tcp:", "tcp//", "unix:", "unix//"].into_iter().any(begins)
        || text.parse::<std::net::SocketAddr>().is_ok()
}

/// Whether a text before `://` is the scheme of a URL, and not part of a path.
fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// What happens to an error when the worker's queue is full: 8,192 records or 8 MiB wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The error is counted, not logged; the next log of its function has the number. The default.
    #[default]
    DropNewest,
    /// The failing function waits for room, as long as the sink hangs or its destination is away.
    Block,
}

/// The thread that resolves the stack, formats the line and writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// A thread of this crate, which starts with the first error. The default.
    #[default]
    Worker,
    /// The failing thread, before its function returns: slow, but in order with everything else that the
    /// thread writes. (For addresses that it does not know yet it waits for a short thread that reads symbols.) The log
    /// lacks functions further out, unless a boundary holds the error. A boundary logs held errors when it ends, and not
    /// after 30 seconds.
    Sync,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_word_or_a_path() {
        for (text, output) in [
            ("stdout", Output::Stdout),
            (" STDERR ", Output::Stderr),
            ("None", Output::None),
            ("TEST", Output::Test),
            ("/var/log/errors.jsonl", Output::File("/var/log/errors.jsonl".into())),
            ("./stdout", Output::File("./stdout".into())),
            ("./stdot", Output::File("./stdot".into())),
            ("errors.jsonl", Output::File("errors.jsonl".into())),
            ("C:\\logs\\errors", Output::File("C:\\logs\\errors".into())),
        ] {
            assert_eq!(text.parse(), Ok(output), "{text}");
        }
    }

    #[test]
    fn a_misspelt_word_is_no_file_and_the_error_has_the_word_that_may_be_meant() {
        for (word, problem) in [
            ("stdot", "is no output (did you mean stdout?)"),
            (" STDER ", "is no output (did you mean stderr?)"),
            ("nonw", "is no output (did you mean none?)"),
            ("errors", "is no output (a file of this name is ./errors)"),
        ] {
            let error = word.parse::<Output>().unwrap_err();
            assert_eq!(error.problem, problem);
        }
    }

    #[test]
    fn an_address_without_its_scheme_is_no_file() {
        for text in
            ["127.0.0.1:5140", "[::1]:5140", "tcp:127.0.0.1:5140", "TCP//a.b:1", "unix:/run/x"]
        {
            let problem = text.parse::<Output>().unwrap_err().problem;
            assert!(problem.starts_with("is an address without its scheme"), "{text}: {problem}");
        }
    }

    #[test]
    fn what_is_no_output_is_an_error() {
        for wrong in ["", "  ", "a\0b", "http://x/y", "tpc://localhost:1"] {
            assert!(wrong.parse::<Output>().is_err(), "{wrong:?}");
        }
    }
}
