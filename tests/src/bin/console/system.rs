//! Signals, limits, descriptors and the end of the process.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use libc::{c_int, sigset_t};

/// Handler calls on the thread of [`count_on_this_thread`], and on others.
static CALLS: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
/// The thread of [`count_on_this_thread`].
static THREAD: AtomicI32 = AtomicI32::new(0);

fn this_thread() -> i32 {
    // SAFETY: the call has no arguments and touches no memory.
    unsafe { libc::gettid() }
}

extern "C" fn handler(_: c_int) {
    let is_other = this_thread() != THREAD.load(Ordering::Relaxed);
    CALLS[usize::from(is_other)].fetch_add(1, Ordering::Relaxed);
}

/// Installs a handler that counts its calls.
pub(crate) fn count_on_this_thread(signal: c_int) {
    THREAD.store(this_thread(), Ordering::Relaxed);
    CALLS.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
    // SAFETY: the handler only uses atomics and `gettid`.
    unsafe {
        libc::signal(signal, handler as *const () as libc::sighandler_t);
    }
}

/// Calls of the handler on the thread that installed it, and on others.
pub(crate) fn counted() -> (u32, u32) {
    (CALLS[0].load(Ordering::Relaxed), CALLS[1].load(Ordering::Relaxed))
}

pub(crate) fn default_action(signal: c_int) {
    // SAFETY: no handler is involved.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
    }
}

fn set_of(signal: c_int) -> sigset_t {
    // SAFETY: zeros are a valid set, and the calls write to it alone.
    unsafe {
        let mut set: sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        set
    }
}

/// Blocks a signal in this thread, or lets it through again.
pub(crate) fn set_blocked(signal: c_int, is_blocked: bool) {
    let how = if is_blocked { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
    let set = set_of(signal);
    // SAFETY: the call reads the set.
    unsafe {
        libc::pthread_sigmask(how, &raw const set, ptr::null_mut());
    }
}

fn is_pending(signal: c_int) -> bool {
    // SAFETY: zeros are a valid set; the first call writes to it, the second one reads it.
    unsafe {
        let mut set: sigset_t = mem::zeroed();
        libc::sigpending(&raw mut set);
        libc::sigismember(&raw const set, signal) == 1
    }
}

/// Raises a signal for the whole process: SIGPROF by a timer, as a profiler does, others by `kill`.
pub(crate) fn raise_for_process(signal: c_int) {
    if signal != libc::SIGPROF {
        // SAFETY: the call touches no memory.
        unsafe {
            libc::kill(libc::getpid(), signal);
        }
        return;
    }
    let once = libc::itimerval {
        it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 },
        it_value: libc::timeval { tv_sec: 0, tv_usec: 1 },
    };
    // SAFETY: the call reads the value.
    unsafe {
        libc::setitimer(libc::ITIMER_PROF, &raw const once, ptr::null_mut());
    }
    while !is_pending(signal) && counted() == (0, 0) {
        std::hint::spin_loop();
    }
}

/// Sets the soft limit of a resource.
pub(crate) fn limit(resource: libc::__rlimit_resource_t, value: u64) {
    // SAFETY: the calls write to the value and read it.
    unsafe {
        let mut limit: libc::rlimit = mem::zeroed();
        assert_eq!(libc::getrlimit(resource, &raw mut limit), 0);
        limit.rlim_cur = value;
        assert_eq!(libc::setrlimit(resource, &raw const limit), 0);
    }
}

/// Makes the pipe behind stdout as small as it can be.
pub(crate) fn shrink_stdout() {
    // SAFETY: the call touches no memory.
    let size = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_SETPIPE_SZ, 1) };
    assert!(size >= 4096, "{size}");
}

/// Has a function called at the end, before what was registered earlier.
pub(crate) fn at_exit(call: extern "C" fn()) {
    // SAFETY: the call keeps the pointer to a function of this program.
    unsafe {
        libc::atexit(call);
    }
}

/// The standard library has cleaned up behind `main` by then.
pub(crate) extern "C" fn say_that_main_is_over() {
    eprintln!("main is over");
}

/// Forks. A child that hangs is ended after a while.
pub(crate) fn fork() -> libc::pid_t {
    // SAFETY: the child only prints, and ends itself; `alarm` touches no memory.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(30);
        }
        child
    }
}

pub(crate) fn exit_at_once() -> ! {
    // SAFETY: the call ends the process.
    unsafe { libc::_exit(0) }
}

pub(crate) fn wait_for(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended by itself");
}
