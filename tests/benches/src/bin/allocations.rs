//! How many allocations, and how many bytes, an `Err` costs the calling thread, on a stack of 30
//! frames, once the process is warm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use track_errors_benches::peers;
use track_errors_benches::{at_depth, print};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
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

const ERRORS: usize = 100;

fn main() {
    for peer in peers::measured() {
        (peer.set_up)();
        let (allocations, bytes) = at_depth(30, || {
            (peer.fail)();
            (peer.settle)();
            let before = (ALLOCATIONS.get(), BYTES.get());
            for _ in 0..ERRORS {
                (peer.fail)();
            }
            (ALLOCATIONS.get() - before.0, BYTES.get() - before.1)
        });
        (peer.settle)();
        let per_error = |sum: usize| sum as f64 / ERRORS as f64;
        let values = [("count", per_error(allocations)), ("bytes", per_error(bytes))];
        print("allocations", peer.name, &values);
    }
}
