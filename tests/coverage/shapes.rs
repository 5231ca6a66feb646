//! Functions of which some lines run and some do not. `run` compiles them with and without the attribute.

use std::future::Future;
use std::num::ParseIntError;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[track_errors::track_errors(service = "coverage")]
fn sync(text: &str, mut sum: u32) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    if number > 10 {
        sum += 10;
        return Ok(sum);
    }
    for _ in 0..number {
        sum += 1;
    }
    Ok(sum)
}

#[track_errors::track_errors(service = "coverage")]
fn tails(number: u32) -> Result<u32, ParseIntError> {
    match number {
        0 => sync("1", 1),
        1 => {
            let sum = sync("2", 2)?;
            sync("3", sum)
        }
        _ => {
            let never = sync("4", 4)?;
            sync("5", never)
        }
    }
}

#[track_errors::track_errors(service = "coverage")]
fn parameters((a, _): (u32, u32), _: u32, [b, ..]: [u32; 2]) -> Result<u32, String> {
    if a > b {
        Err(format!("{a} is more than {b}"))
    } else {
        Ok(a)
    }
}

#[track_errors::track_errors(service = "coverage")]
async fn later(text: &str) -> Result<u32, ParseIntError> {
    let number = text
        .parse::<u32>()?;
    std::future::ready(()).await;
    if number == 7 {
        return sync("7", number);
    }
    sync("1", number)
}

#[track_errors::track_errors(service = "coverage")]
fn future(fail: bool) -> impl Future<Output = Result<u32, String>> {
    async move {
        std::future::ready(()).await;
        if fail {
            return Err(String::from("it was told to"));
        }
        Ok(1)
    }
}

#[track_errors::track_errors(service = "coverage")]
fn never_called(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    Ok(number)
}

#[track_errors::track_errors(service = "coverage")]
async fn never_polled(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    Ok(number)
}

struct Shop(u32);

impl Shop {
    #[track_errors::track_errors(service = "coverage")]
    fn method(self, fail: bool) -> Result<u32, u32> {
        let closure = |number: u32| {
            if fail {
                return Err(number);
            }
            Ok(number)
        };
        let number = closure(self.0)?;
        Ok(number + 1)
    }
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits here"),
    }
}

fn main() {
    let _ = (sync("1", 1), sync("11", 1), sync("x", 1));
    let _ = (tails(0), tails(1));
    let _ = (parameters((1, 2), 3, [4, 5]), parameters((9, 2), 3, [4, 5]));
    let _ = (ready(later("1")), ready(later("x")));
    let _ = ready(future(false));
    let _ = Shop(1).method(false);
    drop(never_polled("1"));
    if std::env::args().count() > 1 {
        let _ = never_called("1");
    }
}
