//! The stacks that are walked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::hint::black_box;
use std::panic;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use crate::stack::{LastWalk, StackMarker};

static FAILED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to `System` unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// More frames than any stack here has.
const ROOM: usize = 11_000;

#[inline(never)]
fn by_system(out: &mut Vec<usize>) {
    // SAFETY: neither this thread nor another one resolves symbols.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            out.push(frame.ip() as usize);
            out.len() < ROOM
        });
    }
    out.retain(|address| *address != 0);
}

#[inline(never)]
fn compare(what: &str) {
    StackMarker::here(|marker| compare_from(marker, what));
}

/// A walk without another one before, one behind the thread's last one, and the same again.
fn compare_from(marker: StackMarker, what: &str) {
    thread_local! {
        static LAST: RefCell<LastWalk> = const { RefCell::new(LastWalk::new()) };
    }
    let mut theirs = Vec::with_capacity(ROOM);
    by_system(&mut theirs);
    let mut first = LastWalk::new();
    compare_walk(marker, what, &mut first, &theirs, false);
    // A signal handler has the last walk to itself; a destructor at the end of a thread finds none.
    let with_last = |last: &RefCell<LastWalk>| {
        let mut last = last.borrow_mut();
        compare_walk(marker, what, &mut last, &theirs, false);
        compare_walk(marker, what, &mut last, &theirs, true);
    };
    let _: Result<(), _> = LAST.try_with(with_last);
}

fn compare_walk(
    marker: StackMarker,
    what: &str,
    last: &mut LastWalk,
    theirs: &[usize],
    is_again: bool,
) {
    let before = ALLOCATIONS.get();
    last.walk(marker, ROOM);
    let allocations = ALLOCATIONS.get() - before;
    let ours: Vec<_> = last.addresses().take(ROOM).collect();

    // The first address is in the caller of `compare`; both walkers were called in the same call of it.
    let start = theirs.iter().position(|address| ours.first() == Some(address));
    let same = start.is_some_and(|start| {
        let theirs = &theirs[start..];
        // On musl the system walker leaves out libc, which has no unwind tables.
        let more = usize::from(cfg!(target_env = "musl"));
        // This many frames belong to `compare` and the functions that it calls.
        let own = 1..=8;
        own.contains(&start) && ours.starts_with(theirs) && ours.len() - theirs.len() <= more
    });
    report(what, same && (allocations == 0 || !is_again), ours.len());
}

/// How many addresses the walk writes from the caller of the calling function on.
macro_rules! count_addresses {
    () => {
        StackMarker::here(|marker| {
            let mut last = LastWalk::new();
            last.walk(marker, 64);
            last.addresses().take(64).count()
        })
    };
}

fn report(what: &str, is_right: bool, frames: usize) {
    println!("{} {what}, {frames} frames", if is_right { "right:" } else { "WRONG:" });
    if !is_right {
        FAILED.store(true, Relaxed);
    }
}

#[inline(never)]
fn calls(depth: usize, then: &dyn Fn()) -> usize {
    let kept = black_box([depth; 3]);
    if depth == 0 {
        then();
        0
    } else {
        calls(depth - 1, then) + black_box(kept)[2]
    }
}

#[inline(never)]
fn aligned_frame() {
    #[repr(align(128))]
    struct Aligned(#[expect(dead_code, reason = "only its place matters")] [u8; 256]);
    let aligned = Aligned([1; 256]);
    black_box(&aligned);
    compare("a frame that is aligned");
    black_box(&aligned);
}

#[inline(never)]
fn large_frame() {
    let large = [1_u8; 700_000];
    black_box(&large);
    compare("a frame of 700 kB");
    black_box(&large);
}

struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        compare(self.0);
    }
}

thread_local! {
    static AT_END: OnDrop = const { OnDrop("a destructor at the end of a thread") };
}

fn unwinding() {
    panic::set_hook(Box::new(|_| compare("the panic hook")));
    let caught = panic::catch_unwind(|| {
        let _guard = OnDrop("a destructor during unwinding");
        calls(3, &|| panic!("to be unwound"));
    });
    drop(panic::take_hook());
    assert!(caught.is_err());
}

fn threads() {
    let on_stack = |size: usize, what: fn()| {
        let thread = thread::Builder::new().stack_size(size).spawn(what);
        thread.expect("a thread starts").join().expect("it does not panic");
    };
    on_stack(64 << 20, || {
        AT_END.with(|_| ());
        compare("a thread");
        calls(10_000, &|| compare("10,000 calls"));
    });
    on_stack(16 << 10, || {
        let count = count_addresses!();
        report("a thread with 16 KiB", count > 1, count);
    });

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    runtime.expect("a runtime starts").block_on(async {
        compare("Tokio, block_on");
        let worker = tokio::spawn(async { compare("Tokio, a worker") });
        let blocking = tokio::task::spawn_blocking(|| compare("Tokio, a blocking thread"));
        worker.await.expect("it does not panic");
        blocking.await.expect("it does not panic");
    });
}

fn callback_through_libc() {
    unsafe extern "C" fn compare_items(_: *const c_void, _: *const c_void) -> c_int {
        static IS_FIRST: AtomicBool = AtomicBool::new(true);
        if IS_FIRST.swap(false, Relaxed) {
            compare("a callback through libc");
        }
        0
    }
    let mut items = [3_u32, 1, 2];
    // SAFETY: three items of four bytes, and a function that reads none.
    unsafe { libc::qsort(items.as_mut_ptr().cast(), 3, 4, Some(compare_items)) };
}

fn signals() {
    extern "C" fn on_this_stack(_: c_int) {
        compare("a signal handler");
    }
    extern "C" fn on_own_stack(_: c_int) {
        compare("a signal handler on a stack of its own");
    }
    let memory = vec![0_u8; 1 << 20].leak();
    let own = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: 1 << 20 };
    // SAFETY: both handlers run at once, in `raise`, and are removed; the memory is never freed.
    unsafe {
        let mut before = std::mem::zeroed();
        libc::sigaltstack(&raw const own, &raw mut before);
        let cases = [(on_this_stack as extern "C" fn(c_int), 0), (on_own_stack, libc::SA_ONSTACK)];
        for (handler, flags) in cases {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as usize;
            action.sa_flags = flags;
            libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut());
            libc::raise(libc::SIGUSR1);
        }
        libc::signal(libc::SIGUSR1, libc::SIG_DFL);
        libc::sigaltstack(&raw const before, ptr::null_mut());
    }
}

fn forked_child() {
    // SAFETY: the child has only this thread, and no other held a lock that `compare` takes.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            compare("a forked child");
            libc::_exit(c_int::from(FAILED.load(Relaxed)));
        }
        let mut status = 0;
        libc::waitpid(child, &raw mut status, 0);
        report("the exit of the child", status == 0, 0);
    }
}

/// Stacks that only assembly can make.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly {
    use super::*;

    std::arch::global_asm!(
        r"
    # Calls rdi; no unwind table says where the caller is.
    without_tables:
        push rbx
        sub rsp, 48
        call rdi
        add rsp, 48
        pop rbx
        ret

    # Calls rdi; the CFA is relative to a register that the cached walker does not follow.
    relative_to_rbx:
        .cfi_startproc
        push rbx
        .cfi_def_cfa_offset 16
        .cfi_offset rbx, -16
        mov rbx, rsp
        .cfi_def_cfa_register rbx
        sub rsp, 48
        call rdi
        mov rsp, rbx
        .cfi_def_cfa_register rsp
        pop rbx
        .cfi_def_cfa_offset 8
        ret
        .cfi_endproc

    # Calls rdi on the stack that ends at rsi, as a library for coroutines does.
    on_stack:
        .cfi_startproc
        push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        mov rbp, rsp
        .cfi_def_cfa_register rbp
        mov rsp, rsi
        call rdi
        mov rsp, rbp
        pop rbp
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc

    # Calls rdi while rsi stands for the saved frame pointer and rdx for the return address.
    with_broken_frame:
        .cfi_startproc
        push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        mov rbp, rsp
        .cfi_def_cfa_register rbp
        push [rbp]
        push [rbp + 8]
        mov [rbp], rsi
        mov [rbp + 8], rdx
        call rdi
        pop [rbp + 8]
        pop [rbp]
        pop rbp
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc
        "
    );
    unsafe extern "C" {
        fn without_tables(then: extern "C" fn());
        fn relative_to_rbx(then: extern "C" fn());
        fn on_stack(then: extern "C" fn(), end: *mut c_void);
        fn with_broken_frame(then: extern "C" fn(), fp: u64, ra: u64);
    }

    pub(super) fn all() {
        extern "C" fn no_tables() {
            compare("a callback through code without unwind tables");
        }
        extern "C" fn rbx() {
            compare("a callback through a frame relative to rbx");
        }
        extern "C" fn coroutine() {
            compare("a stack of a coroutine");
        }
        extern "C" fn broken() {
            let count = count_addresses!();
            report("a broken stack", (1..10).contains(&count), count);
        }
        extern "C" fn made_code() {
            compare("a callback through code made at run time");
        }

        let memory = vec![0_u128; 1 << 16].leak();
        // SAFETY: each calls its function once and returns; the memory is never freed.
        unsafe {
            without_tables(no_tables);
            relative_to_rbx(rbx);
            on_stack(coroutine, memory.as_mut_ptr_range().end.cast());
            let some_code = compare as fn(&str) as usize as u64;
            // The system walker reads through any pointer that it finds.
            let survives = HAS_CACHED_WALKER;
            let frame_pointers: &[u64] =
                if survives { &[0, 8, u64::MAX, 0x7FFF_FFFF_0000] } else { &[] };
            for &fp in frame_pointers {
                for ra in [0, 0x1234, u64::MAX, 1 << 63, some_code + 9] {
                    with_broken_frame(broken, fp, ra);
                }
            }
        }

        // push rbp; mov rbp, rsp; call rdi; pop rbp; ret
        let code = [0x55, 0x48, 0x89, 0xE5, 0xFF, 0xD7, 0x5D, 0xC3];
        // SAFETY: the code is that of the comment, in a page that is executable.
        unsafe {
            let (rw, rx) = (libc::PROT_READ | libc::PROT_WRITE, libc::PROT_READ | libc::PROT_EXEC);
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let page = libc::mmap(ptr::null_mut(), 4096, rw, flags, -1, 0);
            assert_ne!(page, libc::MAP_FAILED);
            ptr::copy_nonoverlapping(code.as_ptr(), page.cast::<u8>(), code.len());
            libc::mprotect(page, 4096, rx);
            let call: extern "C" fn(extern "C" fn()) = std::mem::transmute(page);
            call(made_code);
        }
    }
}

/// Whether this build has a walker besides the system's.
const HAS_CACHED_WALKER: bool = cfg!(all(
    feature = "cached-unwind",
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little",
    any(target_arch = "x86_64", target_arch = "aarch64")
));

pub(crate) fn main() {
    println!("cached walker: {HAS_CACHED_WALKER}");
    // Twice: with an empty cache and with a full one.
    for _ in 0..2 {
        compare("the main thread");
        aligned_frame();
        large_frame();
        calls(30, &|| compare("30 calls"));
        if cfg!(panic = "unwind") {
            unwinding();
        }
        threads();
        callback_through_libc();
        signals();
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        assembly::all();
    }
    forked_child();
    println!("done");
    std::process::exit(i32::from(FAILED.load(Relaxed)));
}
