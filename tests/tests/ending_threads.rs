//! Errors while a thread ends: in destructors of thread-locals that are older than those of this crate, and
//! so run when its own are gone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc;
use std::thread;

use track_errors::{boundary_fn, testing, track_errors};

mod recorded;

use recorded::{functions, messages, only, records};

/// Counts the bytes that are in use.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to `System` unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[track_errors]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    Ok(number)
}

#[track_errors]
fn read(text: &str) -> Result<u32, String> {
    let number = parse(text).map_err(|error| format!("reading settings: {error}"))?;
    Ok(number)
}

#[track_errors]
fn start(text: &str) -> Result<u32, String> {
    let number = read(text)?;
    Ok(number)
}

#[track_errors(report = "boundary")]
fn handle(text: &str) -> Result<u32, String> {
    if parse("handled").is_err() {
        return read(text);
    }
    Ok(0)
}

struct AtTheEnd(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

/// What `f` returns at the end of a thread, in the destructor of a thread-local that is older than those of
/// this crate.
fn at_the_end_of_a_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    thread_local! {
        static OLDER: AtTheEnd = const { AtTheEnd(RefCell::new(None)) };
    }
    let (tell, told) = mpsc::channel();
    let ends = thread::spawn(move || {
        let f = move || tell.send(f()).expect("the test waits");
        OLDER.with(|older| older.0.replace(Some(Box::new(f))));
        // The thread-locals of this crate begin here, and are destroyed first.
        assert_eq!(records(|| start("one")).len(), 1);
        assert_eq!(records(|| handle("two")).len(), 1);
    });
    ends.join().expect("the thread does not panic");
    told.recv().expect("the destructor ran")
}

#[test]
fn an_error_that_climbs_is_logged_once() {
    let record = only(at_the_end_of_a_thread(|| records(|| start("late"))));
    assert_eq!(record.message, "invalid digit found in string");
    assert_eq!(functions(&record), ["parse", "read", "start"], "the steps of its way");
}

#[test]
fn errors_side_by_side_are_logged_once_each() {
    let records = at_the_end_of_a_thread(|| {
        records(|| (0..100).for_each(|_| assert!(start("late").is_err())))
    });
    assert_eq!(records.len(), 100);
}

#[test]
fn the_mark_of_the_question_mark_is_found() {
    let record = only(at_the_end_of_a_thread(|| records(|| parse("late"))));
    assert_eq!(record.kind, "std::num::ParseIntError");
    let source: Vec<_> = include_str!("ending_threads.rs").lines().collect();
    let line = record.location.line as usize;
    assert!(source[line - 1].contains("text.parse::<u32>()?"), "line {line}");
}

#[test]
fn a_boundary_decides_about_what_it_holds() {
    let record = only(at_the_end_of_a_thread(|| records(|| handle("late"))));
    assert_eq!(record.message, "reading settings: invalid digit found in string");
}

#[test]
fn a_boundary_of_code_decides_about_what_it_holds() {
    at_the_end_of_a_thread(|| {
        records(|| boundary_fn(|| Ok::<_, String>(parse("late").is_err())).call())
    })
    .assert_none();
    let record = only(at_the_end_of_a_thread(|| records(|| boundary_fn(|| start("late")).call())));
    assert_eq!(record.message, "reading settings: invalid digit found in string");
}

#[test]
fn captures_are_nested_as_anywhere() {
    let (inner, outer) = at_the_end_of_a_thread(|| {
        let (inner, outer) = testing::capture(|| {
            assert!(parse("before").is_err());
            let inner = records(|| start("inside"));
            assert!(parse("after").is_err());
            inner
        });
        (inner, outer)
    });
    assert_eq!(inner.len(), 1);
    assert_eq!(messages(&outer), ["invalid digit found in string"; 2]);
}

#[test]
fn threads_that_fail_while_they_end_leave_nothing_behind() {
    let fails_late = || drop(at_the_end_of_a_thread(|| records(|| start("late"))));
    let in_use_after = |threads: usize| {
        (0..threads).for_each(|_| fails_late());
        IN_USE.load(Ordering::Relaxed)
    };
    let before = in_use_after(100);
    let after = in_use_after(400);
    // The other tests of this file run at the same time.
    assert!(after - before < 200_000, "{before} bytes, then {after}");
}
