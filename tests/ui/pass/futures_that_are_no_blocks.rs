//! Returned futures that are not an async block at the end of the body, and names of the user that
//! could collide with bindings of the expansion.

#![deny(warnings)]
#![allow(non_upper_case_globals, reason = "the names are those of bindings in the expansion")]

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use track_errors::track_errors;

const SITE: &str = "shop";
static error: u8 = 1;
const value: u8 = 2;
const call: u8 = 3;

#[track_errors(service = SITE)]
fn ready() -> impl Future<Output = Result<u8, ()>> {
    std::future::ready(Ok(error + value + call))
}

#[track_errors]
fn bound(n: u8) -> impl Future<Output = Result<u8, ()>> {
    let future = async move {
        if n > 9 {
            return Err(());
        }
        Ok(n)
    };
    future
}

#[track_errors]
fn polled(n: u8) -> impl Future<Output = Result<u8, String>> {
    std::future::poll_fn(move |_| Poll::Ready(Ok(n)))
}

#[track_errors]
fn chosen(n: u8) -> impl Future<Output = Result<u8, String>> {
    match n {
        0 => async { Ok(1) },
        _ => unreachable!(),
    }
}

#[track_errors]
fn boxed() -> Pin<Box<dyn Future<Output = Result<(), ()>>>> {
    Box::pin(std::future::ready(Err(())))
}

fn with<F: Future>(future: F) -> F {
    future
}

#[track_errors]
fn handed_on(text: &str) -> impl Future<Output = Result<u8, Box<dyn Error>>> {
    with(async move {
        let number = text.parse::<u8>()?;
        Ok(number)
    })
}

fn main() {
    drop((ready(), bound(1), polled(1), chosen(0), boxed(), handed_on("1")));
}
