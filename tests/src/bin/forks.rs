//! A program that forks: in the first moments of a process, while locks of the system are taken, before it ends
//! without an exit handler, and around sinks that hang. The tests run it as a process; its first argument names
//! the scenario.

#[cfg(unix)]
mod unix {
    use std::hint::spin_loop;
    use std::io::{self, Write};
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;
    use std::time::{Duration, Instant};

    use track_errors::{Batch, Sink, boundary_fn, inherit_fn, track_errors};

    #[track_errors(service = "forks", rate_limit = "off")]
    fn fail(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }

    #[track_errors(service = "forks")]
    fn succeed(number: u64) -> Result<u64, String> {
        Ok(number)
    }

    #[track_errors(service = "forks", rate_limit = 5)]
    fn limited(number: u64) -> Result<(), String> {
        Err(format!("number {number}"))
    }

    /// After 15 seconds a signal ends the process.
    fn end_if_it_hangs() {
        // SAFETY: it only sets a timer.
        unsafe { libc::alarm(15) };
    }

    /// Forks. The child runs `f` and ends by `exit`.
    fn fork(f: impl FnOnce()) -> libc::pid_t {
        // SAFETY: the child calls only what `fork` allows in a program with threads, and this crate, which
        // documents that it may be called there.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "the fork failed");
        if child == 0 {
            end_if_it_hangs();
            f();
            std::process::exit(0);
        }
        child
    }

    /// Ends the process without its exit handlers.
    fn end_at_once() -> ! {
        // SAFETY: it only ends the process.
        unsafe { libc::_exit(0) }
    }

    fn flush() {
        assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
    }

    fn wait_for(child: libc::pid_t) {
        let mut status = 0;
        // SAFETY: `status` is a valid place for the status of our own child.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child hangs, or ended by itself");
    }

    /// A process that forks while its threads have their first errors. The child of the fork fails too.
    fn first_moments(number: u64) {
        static GO: AtomicBool = AtomicBool::new(false);
        static OVER: AtomicBool = AtomicBool::new(false);
        let threads: [Box<dyn FnOnce() + Send>; 4] = [
            Box::new(move || drop(fail(&format!("{number}: a thread")))),
            Box::new(move || {
                if number.is_multiple_of(4) {
                    track_errors::builder().init();
                }
                drop(fail(&format!("{number}: another thread")));
            }),
            Box::new(move || {
                let fails = move || {
                    let inherited = inherit_fn(move || fail(&format!("{number}: in a boundary")));
                    thread::spawn(inherited).join().expect("no panic")
                };
                drop(boundary_fn(fails).call());
            }),
            Box::new(move || {
                while !OVER.load(Ordering::Relaxed) {
                    drop(succeed(number));
                }
            }),
        ];
        let threads = threads.map(|run| {
            thread::spawn(move || {
                while !GO.load(Ordering::Relaxed) {
                    spin_loop();
                }
                run();
            })
        });
        GO.store(true, Ordering::Relaxed);
        // The forks are spread over the first half millisecond.
        let moment = Duration::from_micros(number * 7_919 % 500);
        let start = Instant::now();
        while start.elapsed() < moment {
            spin_loop();
        }
        wait_for(fork(|| drop(fail(&format!("{number}: the child")))));
        OVER.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    }

    /// Forks while another thread of the program holds the loader's lock.
    fn loader_is_locked() {
        struct Signals(Sender<()>, Receiver<()>);
        unsafe extern "C" fn visit(
            _: *mut libc::dl_phdr_info,
            _: libc::size_t,
            signals: *mut libc::c_void,
        ) -> libc::c_int {
            // SAFETY: the pointer of the call below.
            let Signals(locked, end) = unsafe { &*signals.cast::<Signals>() };
            locked.send(()).expect("the scenario waits");
            end.recv().expect("the fork is over");
            1
        }
        let (locked, is_locked) = channel();
        let (end, ends) = channel();
        let thread = thread::spawn(move || {
            let mut signals = Signals(locked, ends);
            // SAFETY: `visit` gets the pointer to `signals`, which outlives the call.
            unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut signals).cast()) };
        });
        is_locked.recv().expect("the thread runs");
        let child = fork(|| {
            drop(fail("the child"));
            drop(fail("the child, again"));
        });
        end.send(()).expect("the thread waits");
        thread.join().expect("no panic");
        wait_for(child);
    }

    /// Fails in a function that the C library calls.
    fn fail_below_a_library(text: &str) {
        unsafe extern "C" fn compare(left: *const libc::c_void, _: *const libc::c_void) -> i32 {
            // SAFETY: `qsort` passes elements of the array below.
            drop(fail(unsafe { *left.cast::<&str>() }));
            0
        }
        let mut texts = [text; 2];
        // SAFETY: an array of two elements of this size; `compare` matches.
        unsafe { libc::qsort(texts.as_mut_ptr().cast(), 2, size_of::<&str>(), Some(compare)) };
        std::hint::black_box(texts);
    }

    /// Forks while the panic of another thread is being printed.
    fn panic_is_printed() {
        let (began, begins) = channel();
        let (end, ends) = channel::<()>();
        let signals = std::sync::Mutex::new((began, ends));
        std::panic::set_hook(Box::new(move |_| {
            let (began, ends) = &*signals.lock().expect("one panic");
            began.send(()).expect("the scenario waits");
            ends.recv().expect("the fork is over");
        }));
        let thread = thread::spawn(|| panic!("on purpose"));
        begins.recv().expect("the thread panics");
        let child = fork(|| drop(fail("the child")));
        wait_for(child);
        end.send(()).expect("the thread waits");
        assert!(thread.join().is_err());
    }

    /// Takes nothing until it receives a signal; signals that it has begun.
    struct Blocked(Sender<()>, Receiver<()>);

    impl Sink for Blocked {
        fn name(&self) -> &str {
            "blocked"
        }

        fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
            // The scenario may have stopped to listen.
            let _: Result<(), _> = self.0.send(());
            let _: Result<(), _> = self.1.recv();
            io::stdout().write_all(batch.bytes())
        }
    }

    fn sink_hangs() {
        let (began, begins) = channel();
        let (end, ends) = channel::<()>();
        track_errors::builder().init_with_sink(Blocked(began, ends));
        drop(fail("before the forks"));
        begins.recv().expect("the sink is called");
        drop(fail("waits in the queue"));
        for number in 0..20 {
            // The sink is in use: the child writes to stderr.
            wait_for(fork(|| drop(fail(&format!("child {number}")))));
        }
        drop(end);
    }

    /// Forks in each call; the child ends at once, or fails.
    struct Forks;

    impl Sink for Forks {
        fn name(&self) -> &str {
            "forks"
        }

        fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
            wait_for(fork(|| ()));
            wait_for(fork(|| {
                thread::spawn(|| drop(fail("a thread of the child"))).join().expect("no panic");
            }));
            io::stdout().write_all(batch.bytes())
        }
    }

    /// Writes only when it is flushed.
    struct Buffered(Vec<u8>);

    impl Sink for Buffered {
        fn name(&self) -> &str {
            "buffered"
        }

        fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
            self.0.extend_from_slice(batch.bytes());
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            io::stdout().write_all(&std::mem::take(&mut self.0))
        }
    }

    /// Each process fails a few times, and forks twice in between.
    fn family(depth: u32) {
        for number in 0..40 {
            drop(fail(&format!("depth {depth}, number {number}")));
            if depth > 0 && [0, 20].contains(&number) {
                wait_for(fork(|| family(depth - 1)));
            }
        }
    }

    /// `true`, with a closure that runs in the child before it, which makes the standard library fork.
    fn command(before: impl Fn() + Send + Sync + 'static) -> Command {
        let mut command = Command::new("true");
        // SAFETY: as in `fork`.
        unsafe {
            command.pre_exec(move || {
                before();
                Ok(())
            });
        }
        command
    }

    pub(super) fn run(scenario: &str, number: u64) {
        match scenario {
            "first-moments" => (0..number).for_each(|at| wait_for(fork(|| first_moments(at)))),
            // Symbols, settings and the worker are there before the forks.
            "first-moments-of-children" => {
                drop(fail("the first error"));
                flush();
                (0..number).for_each(|at| wait_for(fork(|| first_moments(at))));
            }
            "loader-is-locked" => loader_is_locked(),
            // All threads of the parent but one are this crate's.
            "alone" => {
                drop(fail("the program"));
                flush();
                wait_for(fork(|| fail_below_a_library("the child")));
            }
            "panic-is-printed" => {
                end_if_it_hangs();
                panic_is_printed();
            }
            // The parent has no thread and no error when it forks.
            "family" => wait_for(fork(|| family(5))),
            "daemonize" => {
                drop(fail("the program"));
                fork(|| {
                    drop(fail("the child"));
                    fork(|| drop(fail("the daemon")));
                    end_at_once();
                });
                end_at_once();
            }
            "daemonize-with-counts" => {
                (0..number).for_each(|number| drop(limited(number)));
                fork(|| ());
                end_at_once();
            }
            "daemonize-with-a-buffer" => {
                track_errors::builder().init_with_sink(Buffered(Vec::new()));
                drop(fail("the program"));
                fork(|| drop(fail("the daemon")));
                end_at_once();
            }
            "sink-hangs" => {
                end_if_it_hangs();
                sink_hangs();
            }
            "sink-forks" => {
                end_if_it_hangs();
                track_errors::builder().init_with_sink(Forks);
                drop(fail("the program"));
                // In the child of a process that is in `std::process::exit`, that function waits for ever.
                flush();
            }
            "spawn" => {
                drop(fail("the program"));
                assert!(Command::new("true").status().expect("it starts").success());
            }
            "spawn-by-fork" => {
                drop(fail("the program"));
                let fails = || {
                    drop(fail("before exec"));
                    flush();
                };
                assert!(command(fails).status().expect("it starts").success());
                end_at_once();
            }
            "exec" => {
                drop(fail("the program"));
                flush();
                let error = Command::new("true").exec();
                unreachable!("{error}");
            }
            "end-at-once" => {
                drop(fail("the program"));
                flush();
                end_at_once();
            }
            other => unreachable!("unknown scenario {other:?}"),
        }
    }
}

fn main() {
    #[cfg(unix)]
    {
        let mut arguments = std::env::args().skip(1);
        let scenario = arguments.next().unwrap_or_default();
        let number = arguments.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        unix::run(&scenario, number);
    }
}
