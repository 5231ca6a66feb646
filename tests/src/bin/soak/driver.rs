//! Starts the program that fails and the receiver, kills the receiver now and then, and looks at the program meanwhile.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use track_errors_tests::process;

use super::account::Lines;
use super::report::Report;
use super::resources::{Halves, Sample};
use super::table::Table;

/// More than the queue holds.
const BURST: u64 = 12_000;
/// One kill of so many comes with a burst.
const KILLS_A_BURST: u64 = 3;
/// One kill of so many finds lines that the receiver's system has, and that it has not read.
const KILLS_A_STOP: u64 = 2;
/// Errors while the receiver is away for good.
const LAST_BURST: u64 = 1_000;
/// How often to look at the program.
const LOOK: Duration = Duration::from_millis(100);
/// How long to wait for an answer or a connection.
const PATIENCE: Duration = Duration::from_secs(120);
const PROGRAM: &str = "/proc/self/exe";

/// What the arguments say.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seconds: u64,
    pub(crate) errors: u64,
    pub(crate) kills: u64,
    /// For how many seconds some receivers read nothing before they are killed.
    stop: u64,
    /// Where the lines go.
    folder: PathBuf,
}

impl Plan {
    /// `--minutes 10`, or `--seconds 600`; `--errors 5000000`; `--kills 10`; `--stop 1`, in seconds; `--folder path`.
    pub(crate) fn parse(arguments: &[&str]) -> Plan {
        let folder = std::env::temp_dir().join(format!("soak-{}", std::process::id()));
        let mut plan = Plan { seconds: 600, errors: 5_000_000, kills: 10, stop: 1, folder };
        for pair in arguments.chunks(2) {
            let [name, value] = *pair else { panic!("{pair:?} has no value") };
            let number = || value.parse::<u64>().expect("a number");
            match name {
                "--minutes" => plan.seconds = 60 * number(),
                "--seconds" => plan.seconds = number(),
                "--errors" => plan.errors = number(),
                "--kills" => plan.kills = number(),
                "--stop" => plan.stop = number(),
                "--folder" => plan.folder = value.into(),
                _ => panic!("unknown argument {name}"),
            }
        }
        plan
    }

    fn bursts(&self) -> u64 {
        self.kills.div_ceil(KILLS_A_BURST)
    }

    /// How many errors the threads make.
    fn paced(&self) -> u64 {
        (self.errors - LAST_BURST)
            .checked_sub(self.bursts() * BURST)
            .expect("more errors than in bursts")
    }
}

/// A process that is killed if the driver panics.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _: Result<(), _> = self.0.kill();
        let _: Result<_, _> = self.0.wait();
    }
}

impl Process {
    /// It runs no more until it is killed.
    fn stop(&self) {
        let id = libc::pid_t::try_from(self.0.id()).expect("the system's own number");
        // SAFETY: the call has no pointers, and the process is our child, which we have not waited for.
        assert_eq!(unsafe { libc::kill(id, libc::SIGSTOP) }, 0);
    }
}

/// The lines that a process prints; the end comes with its end.
type Said = mpsc::Receiver<String>;

fn lines(stdout: ChildStdout) -> Said {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn start(mut command: Command) -> (Process, Said) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let lines = lines(child.stdout.take().expect("a pipe"));
    (Process(child), lines)
}

/// A free port of an address that no other program uses. A system that connects to it does so from 127.0.0.1, so a
/// connection to a receiver that is away never meets itself.
fn free_address() -> String {
    let [.., high, low] = std::process::id().to_be_bytes();
    let listener = std::net::TcpListener::bind(format!("127.77.{high}.{low}:0"));
    let address = listener.and_then(|listener| listener.local_addr());
    address.expect("loopback has many addresses").to_string()
}

/// What is seen of the program that fails.
struct Watch {
    process: u32,
    begin: Instant,
    samples: Vec<Sample>,
}

impl Watch {
    fn look(&mut self) {
        self.samples.extend(Sample::of(self.process, self.begin.elapsed()));
    }

    /// Looks at the program until then.
    fn until(&mut self, end: Instant) {
        loop {
            self.look();
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break;
            }
            thread::sleep(rest.min(LOOK));
        }
    }

    fn during(&mut self, time: Duration) {
        self.until(Instant::now() + time);
    }

    /// Looks at the program until a process says this.
    fn until_said(&mut self, expected: &str, said: &Said) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.look();
            match said.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if Instant::now() < end => {}
                line => {
                    assert_eq!(line.as_deref(), Ok(expected));
                    break;
                }
            }
        }
    }
}

/// The program that fails.
struct Program {
    process: Process,
    commands: ChildStdin,
    answers: Said,
    watch: Watch,
}

impl Program {
    fn start(plan: &Plan, address: &str, stderr: &Path) -> Self {
        let output = format!("tcp://{address}");
        let mut command = process::program(PROGRAM, [("TRACK_ERRORS_OUTPUT", &*output)]);
        command.arg("fail").arg(plan.paced().to_string()).arg(plan.seconds.to_string());
        command.stdin(Stdio::piped()).stderr(File::create(stderr).expect("a file"));
        let (mut process, answers) = start(command);
        let commands = process.0.stdin.take().expect("a pipe");
        let watch = Watch { process: process.0.id(), begin: Instant::now(), samples: Vec::new() };
        Program { process, commands, answers, watch }
    }

    /// Has the program do it.
    fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("the program listens");
        self.watch.until_said("done", &self.answers);
    }

    /// Ends the program. Returns what it reports, and what was seen of it.
    fn end(self) -> (Report, Watch) {
        let Program { mut process, commands, answers, watch } = self;
        drop(commands);
        let report = answers.recv().expect("a report");
        assert!(process.0.wait().expect("it is our child").success(), "the program ends well");
        (serde_json::from_str(&report).expect("a report"), watch)
    }
}

/// The receiver.
struct Receiver {
    process: Process,
    said: Said,
}

impl Receiver {
    fn start(address: &str, file: &Path) -> Self {
        let mut command = process::program(PROGRAM, []);
        command.arg("receive").arg(address).arg(file).stdin(Stdio::piped());
        let (process, said) = start(command);
        assert_eq!(said.recv().as_deref(), Ok("listening"));
        Receiver { process, said }
    }

    /// Kills it. Returns how many connections it had, beside the first one.
    fn kill(self) -> usize {
        drop(self.process);
        self.said.iter().count()
    }
}

pub(crate) fn run(plan: &Plan) -> ExitCode {
    fs::create_dir_all(&plan.folder).expect("a folder for the lines");
    let [received, stderr] = ["received", "stderr"].map(|name| plan.folder.join(name));
    // A receiver appends to what one before it wrote.
    File::create(&received).expect("a file");
    let address = free_address();
    let mut receiver = Receiver::start(&address, &received);
    let mut program = Program::start(plan, &address, &stderr);
    program.watch.until_said("connected", &receiver.said);

    let duration = Duration::from_secs(plan.seconds);
    let mut connections = 1;
    for number in 0..plan.kills {
        let part = (number + 1) as f64 / (plan.kills + 1) as f64;
        program.watch.until(program.watch.begin + duration.mul_f64(part));
        if number % KILLS_A_STOP == 1 {
            receiver.process.stop();
            program.watch.during(Duration::from_secs(plan.stop));
        }
        connections += receiver.kill();
        if number % KILLS_A_BURST == 0 {
            program.tell(&format!("burst {BURST}"));
            program.watch.during(duration / 100);
        }
        receiver = Receiver::start(&address, &received);
        program.watch.until_said("connected", &receiver.said);
        connections += 1;
    }
    program.watch.until(program.watch.begin + duration);
    program.tell("end");
    connections += receiver.kill();
    program.tell(&format!("burst {LAST_BURST}"));
    let (report, watch) = program.end();

    let took = watch.begin.elapsed();
    let mut told = Lines::default();
    let [at_receiver, on_stderr] =
        [&received, &stderr].map(|path| told.add(path).expect("a file can be read"));
    let halves = Halves::of(&watch.samples);
    let table = Table { plan, report, told, at_receiver, on_stderr, halves, connections, took };
    println!("{table}");
    let faults = table.faults();
    for fault in &faults {
        println!("FAULT: {fault}");
    }
    if faults.is_empty() {
        for path in [&received, &stderr] {
            fs::remove_file(path).expect("the file is ours");
        }
        // Another folder than ours may hold more.
        let _: Result<(), _> = fs::remove_dir(&plan.folder);
        ExitCode::SUCCESS
    } else {
        println!("the lines are in {}", plan.folder.display());
        ExitCode::FAILURE
    }
}
