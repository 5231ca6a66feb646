//! rsyslog and syslog-ng, with the configurations of the guide.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Rsyslog,
    SyslogNg,
}

impl Kind {
    /// The program, and the language of its code block in the guide.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Kind::Rsyslog => ("rsyslogd", "rsyslog"),
            Kind::SyslogNg => ("syslog-ng", "syslog-ng"),
        }
    }

    /// Where the program is: in `PATH`, or where Debian installs it, which is not in the `PATH` of every user.
    fn program(self) -> Option<PathBuf> {
        let (program, _) = self.names();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
        folders.map(|folder| folder.join(program)).find(|file| file.is_file())
    }

    /// Its configuration in the guide, with an address and files of a test.
    fn configuration(self, port: u16, folder: &Path) -> String {
        let page = include_str!("../../../runtime/guide/receivers.md");
        let (_, language) = self.names();
        let block =
            page.split_once(&format!("```{language}\n")).expect("a block of its language").1;
        let mut text = block.split_once("\n```").expect("the end of the block").0.to_owned() + "\n";
        for (name, replacement) in [
            ("5140", port.to_string()),
            ("/run/errors.sock", folder.join(SOCKET).display().to_string()),
            ("/var/log/checkout/errors.jsonl", folder.join(LINES).display().to_string()),
        ] {
            assert_eq!(
                text.matches(name).count(),
                1,
                "{name} is in the guide's configuration once"
            );
            text = text.replace(name, &replacement);
        }
        text
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Transport {
    Tcp,
    Unix,
}

const CONFIGURATION: &str = "receiver.conf";
const LINES: &str = "errors.jsonl";
const LOG: &str = "receiver.log";
const SOCKET: &str = "errors.sock";

/// A receiver in a folder of its own. It ends, and its folder is deleted, at the end of the test.
pub(crate) struct Receiver {
    kind: Kind,
    program: PathBuf,
    port: u16,
    folder: PathBuf,
    process: Option<Child>,
}

impl Receiver {
    /// Not started yet. None if the program is not installed, unless `RECEIVERS_REQUIRED` is set.
    pub(crate) fn new(kind: Kind) -> Option<Self> {
        let Some(program) = kind.program() else {
            let (program, _) = kind.names();
            assert!(std::env::var_os("RECEIVERS_REQUIRED").is_none(), "{program} is not installed");
            // Past the capture of the test's output, so that it is seen.
            writeln!(io::stderr(), "skipped: a test with {program}, which is not installed")
                .expect("stderr is open");
            return None;
        };
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("receiver-{}-{port}", std::process::id()));
        fs::create_dir(&folder).expect("a new folder");
        fs::write(folder.join(CONFIGURATION), kind.configuration(port, &folder))
            .expect("it is new");
        Some(Receiver { kind, program, port, folder, process: None })
    }

    /// Runs it in the foreground, until it accepts connections.
    pub(crate) fn start(&mut self) {
        let file = |name: &str| self.folder.join(name);
        let log = File::options().create(true).append(true).open(file(LOG)).expect("the log opens");
        let mut command = Command::new(&self.program);
        command.arg("-f").arg(file(CONFIGURATION));
        match self.kind {
            Kind::Rsyslog => command.args(["-n", "-i", "NONE"]),
            Kind::SyslogNg => {
                command.args(["--foreground", "--stderr", "--no-caps", "--persist-file"]);
                command.arg(file("persist")).arg("--pidfile").arg(file("pid"));
                command.arg("--control").arg(file("control"))
            }
        };
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a descriptor")).stderr(log);
        self.process = Some(command.spawn().expect("the receiver starts"));
        until("the receiver accepts connections", || {
            let process = self.process.as_mut().expect("it was started");
            assert_eq!(process.try_wait().expect("it is ours"), None, "the receiver ended");
            TcpStream::connect(("127.0.0.1", self.port)).ok()?;
            UnixStream::connect(file(SOCKET)).ok()
        });
    }

    /// Ends it by `signal`.
    pub(crate) fn end(&mut self, signal: libc::c_int) {
        self.signal(signal);
        self.process.take().expect("it runs").wait().expect("it ends");
    }

    /// It reads nothing more.
    pub(crate) fn pause(&self) {
        self.signal(libc::SIGSTOP);
    }

    fn signal(&self, signal: libc::c_int) {
        let process = self.process.as_ref().expect("it runs");
        let id = libc::pid_t::try_from(process.id()).expect("a process id");
        // SAFETY: the process is ours and not waited for yet, so that the id is its own.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
    }

    /// What a program that sends to it has in `TRACK_ERRORS_OUTPUT`.
    pub(crate) fn output(&self, transport: Transport) -> String {
        match transport {
            Transport::Tcp => format!("tcp://127.0.0.1:{}", self.port),
            Transport::Unix => format!("unix://{}", self.socket().display()),
        }
    }

    pub(crate) fn address(&self) -> (&str, u16) {
        ("127.0.0.1", self.port)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(SOCKET)
    }

    /// The file to which it writes what it receives.
    pub(crate) fn lines(&self) -> PathBuf {
        self.folder.join(LINES)
    }

    /// A file of this name that is deleted with the receiver.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.end(libc::SIGKILL);
        }
        if thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.folder.join(LOG)).unwrap_or_default());
        }
        fs::remove_dir_all(&self.folder).expect("the folder is ours");
    }
}

/// A port below those that the system gives to clients: while the receiver is away, the connection of no client has
/// it, not even the one that looks for the receiver.
fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u32 = 10_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = (std::process::id().wrapping_mul(16) % COUNT) as u16;
    loop {
        let port = FIRST + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Looks again and again, for at most two minutes, since a file and a port that will be open announce nothing.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in two minutes: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
