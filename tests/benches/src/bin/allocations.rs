//! How many allocations, and how many bytes, an `Err` costs the failing thread and the other threads, on a stack of 30
//! frames, in a steady state: as many errors were written before.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use track_errors_benches::peers;
use track_errors_benches::{at_depth, print};

struct Counting;

/// Of all threads.
static ALL: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    ALL.fetch_add(1, Ordering::Relaxed);
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    BYTES.set(BYTES.get() + bytes);
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Few enough for any queue.
const ERRORS: usize = 100;
const ROUNDS: usize = 10;

/// Allocations and their bytes.
struct Counts {
    this_thread: usize,
    bytes: usize,
    all: usize,
}

fn counts() -> Counts {
    let all = ALL.load(Ordering::Relaxed);
    Counts { this_thread: ALLOCATIONS.get(), bytes: BYTES.get(), all }
}

fn main() {
    for peer in peers::measured() {
        (peer.set_up)();
        let values = at_depth(30, || {
            let (mut this_thread, mut bytes, mut others) = (0, 0, 0);
            for round in 0..=ROUNDS {
                let before = counts();
                (0..black_box(ERRORS)).for_each(|_| (peer.fail)());
                let failed = counts();
                (peer.settle)();
                let written = counts();
                // The first round fills what is kept and used again.
                if round > 0 {
                    this_thread += failed.this_thread - before.this_thread;
                    bytes += failed.bytes - before.bytes;
                    let all = written.all - before.all;
                    others += all - (written.this_thread - before.this_thread);
                }
            }
            let per_error = |sum: usize| sum as f64 / (ROUNDS * ERRORS) as f64;
            [
                ("count", per_error(this_thread)),
                ("bytes", per_error(bytes)),
                ("others", per_error(others)),
            ]
        });
        print("allocations", peer.name, &values);
    }
}
