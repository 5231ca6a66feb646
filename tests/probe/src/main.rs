//! A small program that the tests build in several ways, to compare its stacks. The first argument says
//! which function fails.

mod chain;
mod deep;

use std::future::Future;
use std::hint::black_box;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use track_errors::track_errors;

#[track_errors(service = "probe")]
#[inline(never)]
fn read(path: &str) -> io::Result<usize> {
    let text = std::fs::read_to_string(path)?; // fails in `read`
    Ok(text.len())
}

#[inline(never)]
fn untracked(path: &str) -> io::Result<usize> {
    black_box(read(black_box(path)))
}

#[track_errors(service = "probe")]
#[inline(never)]
fn outer(path: &str) -> io::Result<usize> {
    let length = untracked(path)?; // calls `untracked`
    Ok(length + 1)
}

#[track_errors(service = "probe")]
async fn read_later(path: &str) -> io::Result<usize> {
    let text = std::future::ready(std::fs::read_to_string(path)).await?; // fails in `read_later`
    Ok(text.len())
}

#[track_errors(service = "probe")]
async fn outer_later(path: &str) -> io::Result<usize> {
    let length = read_later(path).await?;
    Ok(length + 1)
}

/// Fails after it has waited once.
#[track_errors(service = "probe")]
async fn read_after_wait(path: &str) -> io::Result<usize> {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let text = std::fs::read_to_string(path)?; // fails in `read_after_wait`
    Ok(text.len())
}

#[track_errors(service = "probe")]
async fn outer_after_wait(path: &str) -> io::Result<usize> {
    let length = read_after_wait(path).await?;
    Ok(length + 1)
}

#[inline(never)]
fn handles(path: &str) -> bool {
    let read = std::fs::read_to_string(path);
    if let Err(error) = &read {
        track_errors::report(error).message("reading failed").emit(); // reported in `handles`
    }
    read.is_err()
}

#[inline(never)]
fn handles_by_macro(path: &str) -> bool {
    let read = std::fs::read_to_string(path);
    if let Err(error) = &read {
        track_errors::error!(error, "reading failed"); // reported in `handles_by_macro`
    }
    read.is_err()
}

#[inline(never)]
fn panics(path: &str) {
    assert!(path.is_empty(), "on purpose: {path}"); // panics in `panics`
}

fn main() {
    let path = "/there/is/no/such/file";
    let failed = match std::env::args().nth(1).as_deref() {
        Some("panic") => {
            assert!(outer(path).is_err());
            panic!("on purpose, after the error");
        }
        Some("logged-panic") => {
            track_errors::builder().panics(true).init();
            std::panic::catch_unwind(|| panics(black_box("a path"))).is_err()
        }
        Some("by-hand") => handles(path),
        Some("by-macro") => handles_by_macro(path),
        Some("sync") => outer(path).is_err(),
        Some("async") => {
            let future = pin!(outer_later(path));
            let poll = future.poll(&mut Context::from_waker(Waker::noop()));
            matches!(poll, Poll::Ready(Err(_)))
        }
        Some("deep") => {
            let mut future: Pin<Box<dyn Future<Output = _>>> = Box::pin(deep::f1());
            let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            matches!(poll, Poll::Ready(Err(_)))
        }
        // The task begins on this thread and ends on another.
        Some("moved") => {
            let mut future = Box::pin(outer_after_wait(path));
            let mut context = Context::from_waker(Waker::noop());
            assert!(future.as_mut().poll(&mut context).is_pending());
            let ready = std::thread::spawn(move || {
                let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                matches!(poll, Poll::Ready(Err(_)))
            });
            ready.join().expect("the thread does not panic")
        }
        Some("called") => chain::called::handler(black_box(path)).is_err(),
        Some("spawned") => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
            let runtime = runtime.expect("a runtime starts");
            let task = runtime.spawn(chain::spawned::handler(black_box(path)));
            runtime.block_on(task).expect("the task does not panic").is_err()
        }
        other => unreachable!("not a scenario: {other:?}"),
    };
    assert!(failed);
}
