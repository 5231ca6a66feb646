//! A program that a panic aborts, while boundaries hold errors or the queue has some. The tests build it with
//! `panic = "abort"`. Its first argument names the scenario.

// The errors of the matrix of faults.
#[expect(dead_code, reason = "the program of the matrix uses all of it")]
#[path = "../../src/bin/faults/work.rs"]
mod work;

use std::fmt;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::task::{Context, Waker};
use std::thread;

use track_errors::track_errors;

#[track_errors(service = "abort")]
fn fail(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

/// Holds an error while `then` runs.
#[track_errors(report = "boundary")]
fn holds_while(text: &str, then: impl FnOnce()) -> Result<(), String> {
    assert!(fail(text).is_err());
    then();
    Ok(())
}

#[track_errors(report = "boundary")]
async fn holds_for_ever(text: &str) -> Result<(), String> {
    assert!(fail(text).is_err());
    pending().await
}

/// An error whose `Display` panics.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("on purpose, while an error is described")
    }
}

impl std::error::Error for Unspeakable {}

#[track_errors(service = "abort")]
fn unspeakable() -> Result<(), Unspeakable> {
    Err(Unspeakable)
}

/// Runs `then` while this thread, another one and a future hold an error each.
fn three_hold_while(then: impl FnOnce()) {
    let mut future = pin!(holds_for_ever("held by a future"));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let (held, wait) = channel();
    thread::spawn(move || {
        holds_while("held by another thread", || {
            held.send(()).expect("main waits");
            loop {
                thread::park();
            }
        })
    });
    wait.recv().expect("the thread tells when it holds its error");
    drop(holds_while("held by this thread", then));
}

fn main() {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    match &*scenario {
        "panic" => three_hold_while(|| panic!("on purpose, while boundaries hold errors")),
        "panic-outside" => {
            let mut future = pin!(holds_for_ever("held by a future"));
            assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            panic!("on purpose, outside of any boundary");
        }
        "panic-after-errors" => {
            // It runs after the hook that is installed with the first error.
            std::panic::set_hook(Box::new(|_| eprint!("{}", work::report())));
            work::fail(4, 20);
            panic!("on purpose, after errors");
        }
        "panic-while-describing" => three_hold_while(|| assert!(unspeakable().is_err())),
        other => unreachable!("unknown scenario {other:?}"),
    }
}
