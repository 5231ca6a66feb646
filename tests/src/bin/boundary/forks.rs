//! Processes that fork while a boundary holds an error.

use std::pin::pin;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::thread;

use track_errors::{boundary, boundary_fn, track_errors};
use track_errors_tests::executors::poll_once;

use super::{HELD, die_if_it_hangs, expected, fail, fail_limited, holds_while, init};

/// What the child does with the error that is held during the fork; the parent returns it.
#[track_errors(report = "boundary")]
fn forks(in_child: impl FnOnce(String) -> Result<(), String>) -> Result<(), String> {
    let Err(error) = fail(HELD) else { return Ok(()) };
    if is_child() { in_child(error) } else { Err(error) }
}

/// The same, but the error leaves another function before it leaves the boundary.
#[track_errors(report = "boundary")]
fn forks_further_in() -> Result<(), String> {
    #[track_errors(service = "boundary")]
    fn outer() -> Result<(), String> {
        let Err(error) = fail(HELD) else { return Ok(()) };
        is_child();
        Err(format!("further out: {error}"))
    }
    outer()
}

#[track_errors(report = "boundary")]
async fn forks_later() -> Result<(), String> {
    let Err(error) = fail(HELD) else { return Ok(()) };
    let mut is_first = true;
    std::future::poll_fn(|_| match std::mem::take(&mut is_first) {
        true => Poll::Pending,
        false => Poll::Ready(()),
    })
    .await;
    Err(error)
}

/// Forks; the parent waits for the child, and prints when it has ended.
fn is_child() -> bool {
    // SAFETY: the child calls only what `fork` allows in a program with threads, and this crate, which
    // documents that it may be called there.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "the fork failed");
    if child == 0 {
        return true;
    }
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended by itself");
    false
}

pub(crate) fn fork(scenario: &str) {
    match scenario {
        "fork-and-return-in-both" => assert!(forks(Err).is_err()),
        "fork-and-handle-in-the-child" => drop(forks(|_| Ok(()))),
        "fork-and-exit-in-the-child" => drop(forks(|_| std::process::exit(0))),
        "fork-and-panic-in-the-child" => drop(forks(|error| {
            let caught = std::panic::catch_unwind(|| panic!("on purpose: {error}"));
            assert!(caught.is_err());
            Ok(())
        })),
        "fork-and-climb-in-both" => assert!(forks_further_in().is_err()),
        "fork-between-polls" => {
            let mut future = pin!(forks_later());
            assert!(poll_once(future.as_mut()).is_pending());
            is_child();
            assert!(poll_once(future.as_mut()).is_ready());
        }
        "fork-and-fail-anew-in-both" => drop(holds_while(|| {
            let who = if is_child() { "the child" } else { "the parent" };
            assert!(thread::spawn(move || fail(&format!("new in {who}"))).join().is_ok());
        })),
        "fork-and-hold-anew-in-the-child" => {
            let result = forks(|_| fail("new in the child"));
            assert!(result.is_err());
        }
        // The first error of the process takes an id, and is not logged.
        "fork-after-an-expected-error" => {
            assert!(expected().is_err());
            let who = if is_child() { "the child" } else { "the parent" };
            assert!(fail(&format!("new in {who}")).is_err());
        }
        "fork-with-sync-delivery" => {
            track_errors::builder().delivery(track_errors::Delivery::Sync).init();
            assert!(fail("before the fork").is_err());
            let who = if is_child() { "the child" } else { "the parent" };
            assert!(fail(&format!("new in {who}")).is_err());
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}

/// A child is a copy of one thread. Locks that another thread holds during the fork stay locked in it.
pub(crate) fn fork_while_a_thread_opens_boundaries() {
    const FORKS: u32 = 200;
    fn open_boundaries(number: u32) {
        let handles = || {
            assert!(fail_limited(number).is_err());
            Ok::<_, String>(())
        };
        assert!(boundary_fn(handles).call().is_ok());
        assert!(boundary_fn(|| number).failed_if(|_| true).call() == number);
        let mut future = pin!(boundary(async move { handles() }));
        assert!(poll_once(future.as_mut()).is_ready());
    }
    init();
    let (began, begins) = channel();
    thread::spawn(move || {
        for number in 0.. {
            open_boundaries(number);
            if number == 0 {
                began.send(()).expect("the scenario waits");
            }
        }
    });
    begins.recv().expect("the thread runs");
    for number in 0..FORKS {
        // SAFETY: as in `is_child`.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "the fork failed");
        if child == 0 {
            die_if_it_hangs();
            open_boundaries(number);
            std::process::exit(0);
        }
        let mut status = 0;
        // SAFETY: `status` is a valid place for the status of our own child.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "child {number} ended by itself");
    }
}

/// The first scopes of the process are opened while it forks: by other threads, in a handler that runs after
/// that of this crate.
pub(crate) fn fork_while_the_first_scopes_open() {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    static FORKS: AtomicBool = AtomicBool::new(false);
    static OPENED: AtomicU32 = AtomicU32::new(0);

    fn open_a_scope() {
        let handles = || {
            assert!(fail_limited(0).is_err());
            Ok::<_, String>(())
        };
        assert!(boundary_fn(handles).call().is_ok());
    }
    /// Lets the threads open scopes: many, or none if they wait for the fork.
    extern "C" fn prepare() {
        FORKS.store(true, Ordering::SeqCst);
        let deadline = Instant::now() + Duration::from_millis(50);
        while OPENED.load(Ordering::SeqCst) < 1_000 && Instant::now() < deadline {
            thread::yield_now();
        }
    }
    // SAFETY: it keeps a pointer to a function of this program, which does not unwind.
    assert_eq!(unsafe { libc::pthread_atfork(Some(prepare), None, None) }, 0);
    init();
    // Registers the handlers of this crate, which run before `prepare`; no boundary is open yet.
    assert!(fail("outside of any boundary").is_err());
    for _ in 0..3 {
        thread::spawn(|| {
            while !FORKS.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            loop {
                open_a_scope();
                OPENED.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    // SAFETY: as in `is_child`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "the fork failed");
    if child == 0 {
        die_if_it_hangs();
        (0..64).for_each(|_| open_a_scope());
        std::process::exit(0);
    }
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended by itself");
}
