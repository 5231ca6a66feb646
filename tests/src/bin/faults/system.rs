//! What the system takes from the program: descriptors, room in files, memory, privileges, the clock; and the ways
//! in which it copies, replaces and ends a process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::File;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

pub(crate) fn at_exit(handler: extern "C" fn()) {
    // SAFETY: `atexit` only keeps the pointer to a function of this program.
    assert_eq!(unsafe { libc::atexit(handler) }, 0);
}

/// Runs `in_child` in a forked child. Returns the child.
pub(crate) fn fork(in_child: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the child calls only what `fork` allows in a program with threads, and this crate, which documents
    // that it may be called there.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "the fork failed");
    if child == 0 {
        // SAFETY: it only sets a timer, whose signal ends a child that hangs.
        unsafe { libc::alarm(30) };
        in_child();
    }
    child
}

pub(crate) fn wait_for(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status of our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child hangs, or ended by itself");
}

/// Becomes a user without privileges.
pub(crate) fn lose_privileges() {
    // SAFETY: the calls have no pointers but an empty list, and change the whole process.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!(libc::setgroups(0, ptr::null()), 0);
            assert_eq!(libc::setgid(65_534), 0);
            assert_eq!(libc::setuid(65_534), 0);
        }
    }
}

fn limit(resource: libc::__rlimit_resource_t, to: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls have a valid place for a limit.
    unsafe {
        assert_eq!(libc::getrlimit(resource, &raw mut limit), 0);
        limit.rlim_cur = to.min(limit.rlim_max);
        assert_eq!(libc::setrlimit(resource, &raw const limit), 0);
    }
}

/// No file of the process may grow beyond this.
pub(crate) fn limit_files(bytes: u64) {
    limit(libc::RLIMIT_FSIZE, bytes);
}

static DESCRIPTORS: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Opens files until the process may open no more.
pub(crate) fn use_up_descriptors() {
    limit(libc::RLIMIT_NOFILE, 64);
    let mut open = DESCRIPTORS.lock().expect("no panic");
    while let Ok(file) = File::open("/dev/null") {
        open.push(file);
    }
}

pub(crate) fn free_descriptors() {
    DESCRIPTORS.lock().expect("no panic").clear();
}

/// Seconds that are added to the time of day.
static SHIFT: AtomicI64 = AtomicI64::new(0);

pub(crate) fn shift_clock(seconds: i64) {
    SHIFT.store(seconds, Ordering::Relaxed);
}

/// The clock of this program, in place of the C library's: the time of day can be set without the machine's.
///
/// # Safety
///
/// As for the C library's: `time` points to a place for the time.
// SAFETY: it has the signature and the behaviour of the function of this name.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(
    clock: libc::clockid_t,
    time: *mut libc::timespec,
) -> libc::c_int {
    // SAFETY: the caller's pointer is for this call.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
    if result == 0 && clock == libc::CLOCK_REALTIME {
        // SAFETY: the call above has written to it.
        unsafe { (*time).tv_sec += SHIFT.load(Ordering::Relaxed) };
    }
    result as libc::c_int
}

/// The largest block of memory that the program gets.
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

pub(crate) fn limit_allocations(bytes: usize) {
    LARGEST.store(bytes, Ordering::Relaxed);
}

/// The system's allocator, which may refuse large blocks.
struct Limited;

// SAFETY: it is the system's allocator, or refuses.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.load(Ordering::Relaxed) {
            return ptr::null_mut();
        }
        // SAFETY: the caller's duties are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > LARGEST.load(Ordering::Relaxed) {
            return ptr::null_mut();
        }
        // SAFETY: see above.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;
