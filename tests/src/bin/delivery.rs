//! A program that logs under load, with misbehaving sinks, across a fork, and until it is killed. The tests
//! run it as a process; its first argument names the scenario.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use track_errors::{Batch, Overflow, RateLimit, Sink, track_errors};

#[track_errors(service = "delivery")]
fn limited(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "delivery", rate_limit = "off")]
fn unlimited(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(service = "delivery", rate_limit = 5)]
fn five_a_second(number: u64) -> Result<(), String> {
    Err(format!("number {number}"))
}

#[track_errors(report = "boundary", handled = "warn")]
fn handles() -> Result<(), String> {
    for number in 1..=3 {
        assert!(unlimited(number).is_err());
    }
    Ok(())
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

/// Takes nothing until it receives a signal.
struct Blocked(Mutex<Receiver<()>>);

impl Sink for Blocked {
    fn name(&self) -> &str {
        "blocked"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        // After the signal the sender is gone, and `recv` returns at once.
        let _gone: Result<(), _> = self.0.lock().expect("no panic").recv();
        io::stdout().write_all(batch.bytes())
    }
}

/// Panics at its first batch, asks for a retry at the second, fails at the third.
#[derive(Default)]
struct Moody(u32);

impl Sink for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.0 += 1;
        match self.0 {
            1 => panic!("on purpose: a sink that panics"),
            2 => Err(io::ErrorKind::WouldBlock.into()),
            4 => Err(io::Error::other("no reason")),
            _ => io::stdout().write_all(batch.bytes()),
        }
    }
}

/// Takes one batch, which its destination never gets. Then that is away; if an event is awaited, it hangs at the next
/// offer.
struct Away {
    taken: Vec<u8>,
    offers: u32,
    hangs: Option<Sender<()>>,
}

impl Away {
    fn new(hangs: Option<Sender<()>>) -> Self {
        Away { taken: Vec::new(), offers: 0, hangs }
    }
}

impl Sink for Away {
    fn name(&self) -> &str {
        "away"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.offers += 1;
        if self.offers == 1 {
            self.taken = batch.bytes().to_vec();
            return Ok(());
        }
        if let Some(hangs) = self.hangs.as_ref().filter(|_| self.offers > 2) {
            let _no_receiver: Result<(), _> = hangs.send(());
            loop {
                std::thread::park();
            }
        }
        Err(io::ErrorKind::NotConnected.into())
    }

    fn unsent(&self) -> Vec<u8> {
        self.taken.clone()
    }
}

/// Calls a tracked function that fails while it writes.
struct Tracked;

impl Sink for Tracked {
    fn name(&self) -> &str {
        "tracked"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        assert!(unlimited(0).is_err());
        io::stdout().write_all(batch.bytes())
    }

    /// A flush that fails in a tracked function too.
    fn flush(&mut self) -> io::Result<()> {
        assert!(unlimited(0).is_err());
        Ok(())
    }
}

/// Waits for a thread on which a tracked function fails.
struct Waits;

impl Sink for Waits {
    fn name(&self) -> &str {
        "waits"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        std::thread::spawn(|| assert!(unlimited(0).is_err())).join().expect("no panic");
        io::stdout().write_all(batch.bytes())
    }
}

/// Takes nothing.
struct Refuses;

impl Sink for Refuses {
    fn name(&self) -> &str {
        "refuses"
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        Err(io::Error::other("no reason"))
    }
}

/// Signals that it begins, and then takes longer than a fork waits.
#[cfg(unix)]
struct Slow(Sender<()>);

#[cfg(unix)]
impl Sink for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let _no_receiver: Result<(), _> = self.0.send(());
        std::thread::sleep(Duration::from_millis(500));
        io::stdout().write_all(batch.bytes())
    }
}

fn main() {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    match &*scenario {
        "limited" => {
            for number in 0..1000 {
                assert!(limited(number).is_err());
            }
            flush();
        }
        "limited-by-eight-threads" => {
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for number in 0..1000 {
                            assert!(limited(number).is_err());
                            assert!(five_a_second(number).is_err());
                        }
                    });
                }
            });
            flush();
        }
        "overflow" => {
            let (go, wait) = channel();
            track_errors::builder().init_with_sink(Blocked(Mutex::new(wait)));
            for number in 0..20_000 {
                assert!(unlimited(number).is_err());
            }
            assert!(!track_errors::flush(Duration::from_millis(1)), "the sink is blocked");
            drop(go);
            flush();
        }
        "overflow-blocks" => {
            let (go, wait) = channel();
            let builder = track_errors::builder().overflow(Overflow::Block);
            builder.init_with_sink(Blocked(Mutex::new(wait)));
            drop(go);
            for number in 0..20_000 {
                assert!(unlimited(number).is_err());
            }
            flush();
        }
        "blocked-at-exit" => {
            let (go, wait) = channel::<()>();
            track_errors::builder().init_with_sink(Blocked(Mutex::new(wait)));
            // Some are in the sink, some wait for it.
            for number in 0..200 {
                assert!(unlimited(number).is_err());
            }
            // The sink never receives the signal to continue.
            std::mem::forget(go);
        }
        "away-and-hangs-at-exit" => {
            let (hangs, is_hanging) = channel();
            track_errors::builder().init_with_sink(Away::new(Some(hangs)));
            assert!(unlimited(0).is_err());
            flush();
            assert!(unlimited(1).is_err());
            is_hanging.recv().expect("it hangs at the second offer");
            assert!(unlimited(2).is_err());
        }
        #[cfg(target_os = "linux")]
        "away-without-threads-at-exit" => {
            track_errors::builder().init_with_sink(Away { offers: 1, ..Away::new(None) });
            for number in 0..3 {
                assert!(unlimited(number).is_err());
            }
            // Short of the stack of a thread.
            leave_memory(1024 * 1024);
        }
        "sync-blocked-at-exit" => {
            let (hangs, is_hanging) = channel();
            let builder = track_errors::builder().delivery(track_errors::Delivery::Sync);
            builder.init_with_sink(Away { offers: 2, ..Away::new(Some(hangs)) });
            std::thread::spawn(|| unlimited(0));
            is_hanging.recv().expect("it hangs at once");
        }
        "replaced-while-away" => {
            track_errors::builder().init_with_sink(Away { offers: 1, ..Away::new(None) });
            assert!(unlimited(0).is_err());
            track_errors::builder().init();
            assert!(unlimited(1).is_err());
        }
        "moody" => {
            track_errors::builder().init_with_sink(Moody::default());
            for number in 0..5 {
                assert!(unlimited(number).is_err());
                flush();
            }
        }
        "tracked-sink" => {
            track_errors::builder().init_with_sink(Tracked);
            assert!(unlimited(1).is_err());
            flush();
        }
        "sync" => {
            let delivery = track_errors::Delivery::Sync;
            track_errors::builder().delivery(delivery).rate_limit(RateLimit::Off).init();
            for number in 0..3 {
                println!("before {number}");
                assert!(limited(number).is_err());
            }
            std::process::abort();
        }
        "reinstalled" => {
            track_errors::builder().env("first").init();
            assert!(unlimited(1).is_err());
            track_errors::builder().env("second").init();
            assert!(unlimited(2).is_err());
        }
        "sync-sink-that-fails-in-flush" => {
            let builder = track_errors::builder().delivery(track_errors::Delivery::Sync);
            builder.init_with_sink(Tracked);
            assert!(unlimited(1).is_err());
            flush();
        }
        "sync-sink-that-fails-while-a-boundary-handles" => {
            let builder = track_errors::builder().delivery(track_errors::Delivery::Sync);
            builder.init_with_sink(Tracked);
            assert!(handles().is_ok());
            assert_eq!(track_errors::counters().dropped, 0, "it waits for nothing");
        }
        "sync-sink-that-waits-for-a-thread" => {
            let builder = track_errors::builder().delivery(track_errors::Delivery::Sync);
            builder.init_with_sink(Waits);
            assert!(unlimited(1).is_err());
        }
        "nothing-takes-it" => {
            track_errors::builder().init_with_sink(Refuses);
            // SAFETY: nothing else in this program uses the descriptor of stderr.
            #[cfg(unix)]
            unsafe {
                libc::close(2);
            }
            for number in 0..3 {
                assert!(limited(number).is_err());
            }
            flush();
            let counters = track_errors::counters();
            println!("logged {}, dropped {}", counters.logged, counters.dropped);
        }
        #[cfg(unix)]
        "fork" => fork(),
        #[cfg(unix)]
        "fork-and-end" => {
            assert!(unlimited(1).is_err());
            flush();
            let start = Instant::now();
            // SAFETY: the child ends at once.
            let child = unsafe { libc::fork() };
            if child == 0 {
                std::process::exit(0);
            }
            wait_for(child);
            let in_time = start.elapsed() < Duration::from_secs(2);
            eprintln!("{}", if in_time { "in time" } else { "late" });
        }
        #[cfg(unix)]
        "fork-in-sink" => {
            let (began, begins) = channel();
            track_errors::builder().init_with_sink(Slow(began));
            assert!(unlimited(1).is_err());
            begins.recv().expect("the sink begins to write");
            // SAFETY: as in `fork`.
            let child = unsafe { libc::fork() };
            if child == 0 {
                assert!(unlimited(2).is_err());
                std::process::exit(0);
            }
            wait_for(child);
        }
        "until-killed" => {
            for number in 0..400 {
                assert!(unlimited(number).is_err());
            }
            loop {
                std::thread::park();
            }
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}

/// Fails, forks while eight threads fail, and fails in the child and in the parent.
#[cfg(unix)]
fn fork() {
    // Symbols are read, and the worker runs.
    assert!(unlimited(0).is_err());
    flush();
    std::thread::scope(|scope| {
        for thread in 1..=8 {
            scope.spawn(move || {
                for number in 0..50 {
                    assert!(unlimited(1000 * thread + number).is_err());
                }
            });
        }
        // SAFETY: the child calls only what `fork` allows in a program with threads, and this crate, which
        // documents that it may be called there.
        let child = unsafe { libc::fork() };
        if child == 0 {
            assert!(unlimited(111_111).is_err());
            // `exit` runs the exit handlers, but not the end of the scope, which waits for threads that the
            // child does not have.
            std::process::exit(0);
        }
        assert!(child > 0, "the fork failed");
        assert!(unlimited(222_222).is_err());
        wait_for(child);
    });
}

/// Leaves so many bytes of address space.
#[cfg(target_os = "linux")]
fn leave_memory(bytes: u64) {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: u64 =
        statm.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a number");
    // SAFETY: the calls have no pointers but to a limit.
    unsafe {
        let page = u64::try_from(libc::sysconf(libc::_SC_PAGESIZE)).expect("it is positive");
        let bytes = pages * page + bytes;
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
        assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &raw const limit), 0);
    }
    assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "it has no room for a thread");
}

#[cfg(unix)]
fn wait_for(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended by itself");
}
