use std::panic::catch_unwind;
use std::{fmt, thread};

use track_errors::track_errors;

#[track_errors(service = "corpus")]
fn on_a_thread() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn in_a_destructor() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn of_a_panicking_thread() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn of_a_small_stack() -> fmt::Result {
    Err(fmt::Error)?
}

/// Calls a tracked function when it is dropped.
struct Guard(fn() -> fmt::Result);
impl Drop for Guard {
    fn drop(&mut self) {
        super::raised(self.0());
    }
}

pub(super) fn raise() {
    thread::spawn(|| super::raised(on_a_thread())).join().expect("no panic");
    let long = "long ".repeat(20_000);
    for name in ["worker-1", "größe \"5\"\\ 💥", "two\nlines\u{1b}[31m\u{2028}", "", &long] {
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(|| super::raised(on_a_thread())).expect("the thread starts");
        thread.join().expect("no panic");
    }
    thread_local!(static GUARD: Guard = const { Guard(in_a_destructor) });
    thread::spawn(|| GUARD.with(|_| ())).join().expect("no panic");
    let panicked = catch_unwind(|| {
        let _guard = Guard(of_a_panicking_thread);
        panic!("on purpose: an error while a thread panics");
    });
    assert!(panicked.is_err());
    let small = thread::Builder::new().stack_size(64 * 1024);
    let small = small.spawn(|| super::raised(of_a_small_stack())).expect("the thread starts");
    small.join().expect("no panic");
}
