//! A task that waits while its boundary holds an error keeps at most a kilobyte, all included. A separate
//! test program, because a program has one global allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use track_errors::{Output, Overflow, RateLimit, track_errors};

/// Counts the bytes that are allocated and not freed.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every method passes its arguments to `System` unchanged. The counter is an atomic, which
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size, Ordering::Relaxed);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[track_errors(service = "waiting")]
async fn charge(card: &str) -> Result<u32, String> {
    card.parse().map_err(|_| format!("the card {card} was declined"))
}

/// A tracked function between the error and the boundary.
#[track_errors(service = "waiting")]
async fn pay(card: &str) -> Result<u32, String> {
    charge(card).await
}

/// Never ends after the first attempt.
#[track_errors(report = "boundary")]
async fn order(card: &str) -> Result<u32, String> {
    let first = pay(card).await.is_ok();
    pending::<()>().await;
    Ok(u32::from(first))
}

type Task = Pin<Box<dyn Future<Output = Result<u32, String>>>>;

/// Tasks that were polled once, at the stack depth of a typical handler.
fn tasks(count: usize, card: &'static str, depth: u32) -> Vec<Task> {
    if depth > 0 {
        return std::hint::black_box(tasks(count, card, depth - 1));
    }
    let mut tasks = Vec::with_capacity(count);
    for _ in 0..count {
        let mut task: Task = Box::pin(order(card));
        let poll = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Pending));
        tasks.push(task);
    }
    tasks
}

/// What tasks keep.
struct Kept {
    bytes: usize,
    /// Errors that were logged for lack of room.
    logged: u64,
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
}

/// Measures this many waiting tasks, and drops them.
fn measure(count: usize, card: &'static str) -> Kept {
    const DEPTH: u32 = 16;
    let logged = || track_errors::counters().logged;
    let (bytes_before, logged_before) = (LIVE.load(Ordering::Relaxed), logged());
    let tasks = tasks(count, card, DEPTH);
    // Lines in the queue do not belong to a task.
    flush();
    let bytes = LIVE.load(Ordering::Relaxed) - bytes_before;
    let kept = Kept { bytes, logged: logged() - logged_before };
    drop(tasks);
    flush();
    kept
}

#[test]
fn a_waiting_task_keeps_at_most_a_kilobyte_for_an_error_that_its_boundary_holds() {
    let settings = track_errors::builder().rate_limit(RateLimit::Off).overflow(Overflow::Block);
    settings.output(Output::None).init();
    // Lists and tables that are never freed.
    measure(1, "gold");
    // The first ones fit into the bound of the process; some of the others are logged at once.
    for (count, all_are_held) in [(10_000, true), (50_000, false)] {
        let logged_before = track_errors::counters().logged;
        let kept = measure(count, "gold");
        let bytes = (kept.bytes - measure(count, "47").bytes) / count;
        assert!(bytes <= 1024, "{bytes} bytes a task");
        assert!(kept.logged == 0 || !all_are_held, "{} of {count} were logged", kept.logged);
        // Each error was logged once, at the latest when its task was dropped.
        assert_eq!(track_errors::counters().logged - logged_before, count as u64);
    }
}
