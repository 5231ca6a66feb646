//! As long as nothing fails, tracking allocates nothing. A separate test program, because a program has
//! one global allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use track_errors::{BacktraceMode, ReportPolicy, testing, track_errors};

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every method passes its arguments to `System` unchanged. The counter is a cell without a
// destructor, so using it never allocates, at any time in the life of a thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller upholds the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates on this thread.
fn allocations<T>(f: impl FnOnce() -> T) -> u64 {
    let before = ALLOCATIONS.get();
    std::hint::black_box(f());
    ALLOCATIONS.get() - before
}

#[track_errors(service = "allocations")]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[track_errors(service = "allocations")]
fn add(texts: &[&str]) -> Result<u32, ParseIntError> {
    let mut sum = 0;
    for text in texts {
        sum += parse(text)?;
    }
    Ok(sum)
}

#[track_errors(service = "allocations")]
async fn parse_later(text: &str) -> Result<u32, ParseIntError> {
    let mut waits = 2;
    std::future::poll_fn(|_| {
        if waits == 0 {
            return Poll::Ready(());
        }
        waits -= 1;
        Poll::Pending
    })
    .await;
    parse(text)
}

#[track_errors(service = "allocations")]
async fn add_later(texts: &[&str]) -> Result<u32, ParseIntError> {
    let mut sum = 0;
    for text in texts {
        sum += parse_later(text).await?;
    }
    Ok(sum)
}

#[track_errors(service = "allocations", report = "boundary")]
fn parse_at_the_boundary(text: &str) -> Result<u32, ParseIntError> {
    parse(text)
}

#[track_errors(service = "allocations", report = "boundary")]
async fn parse_later_at_the_boundary(text: &str) -> Result<u32, ParseIntError> {
    parse_later(text).await
}

/// Polls until the future is ready, and returns how many polls that took.
fn run<F: Future>(mut future: Pin<&mut F>) -> u32 {
    let mut polls = 1;
    while future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        polls += 1;
    }
    polls
}

const NUMBERS: [&str; 3] = ["1", "22", "333"];

#[test]
fn a_sync_call_that_succeeds_allocates_nothing() {
    assert_eq!(allocations(|| add(&NUMBERS).expect("numbers")), 0);
}

#[test]
fn polling_a_future_that_succeeds_allocates_nothing() {
    let allocated = allocations(|| {
        let future = pin!(add_later(&NUMBERS));
        assert_eq!(run(future), 1 + 2 * 3);
    });
    assert_eq!(allocated, 0);
}

#[test]
fn a_boundary_that_succeeds_allocates_nothing_under_any_policy() {
    for report in ReportPolicy::ALL {
        let settings = track_errors::builder().report(report).backtrace(BacktraceMode::Trail);
        let (allocated, records) = testing::capture_with(settings, || {
            allocations(|| {
                add(&NUMBERS).expect("numbers");
                parse_at_the_boundary("7").expect("a number");
                run(pin!(add_later(&NUMBERS)));
                run(pin!(parse_later_at_the_boundary("7")))
            })
        });
        assert_eq!((allocated, records.len()), (0, 0), "{report}");
    }
}

#[test]
fn calls_that_succeed_after_an_error_allocate_nothing() {
    let (allocated, records) = testing::capture(|| {
        parse("twelve").expect_err("no number");
        allocations(|| add(&NUMBERS).expect("numbers"))
    });
    assert_eq!((allocated, records.len()), (0, 1));
}

#[test]
fn the_first_call_of_a_thread_allocates_nothing() {
    let thread = std::thread::spawn(|| {
        allocations(|| {
            add(&NUMBERS).expect("numbers");
            run(pin!(add_later(&NUMBERS)))
        })
    });
    assert_eq!(thread.join().expect("no panic"), 0);
}

#[test]
fn an_error_allocates() {
    let (allocated, records) = testing::capture(|| allocations(|| parse("twelve")));
    assert!(allocated > 0, "nothing is counted");
    assert_eq!(records.len(), 1);
}
