//! A body has the same lints as without the attribute.
#![deny(warnings)]

use std::io;

use track_errors::track_errors;

fn usage() -> ! {
    std::process::exit(2)
}

#[track_errors]
fn a_tail_that_never_returns(argument: Option<u32>) -> Result<u32, io::Error> {
    match argument {
        Some(argument) => Ok(argument),
        None => usage(),
    }
}

#[track_errors]
async fn an_async_tail_that_never_returns(argument: Option<u32>) -> Result<u32, io::Error> {
    if let Some(argument) = argument { Ok(argument) } else { usage() }
}

#[track_errors]
fn an_exit(argument: Option<u32>) -> Result<u32, io::Error> {
    let Some(argument) = argument else { std::process::exit(1) };
    if argument > 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    std::process::exit(2)
}

#[rustfmt::skip]
mod on_one_line {
    use super::*;

    #[track_errors]
    pub fn sync() -> Result<u32, ()> { Ok(1) }

    #[track_errors]
    pub async fn later(number: u32) -> Result<u32, ()> { Ok(number) }

    #[track_errors]
    pub async fn pattern((number, _): (u32, u32)) -> Result<u32, ()> { Ok(number) }

    #[track_errors]
    pub fn call() -> Result<u32, ()> { sync() }

    #[track_errors]
    pub fn returned() -> Result<u32, ()> { return sync() }

    #[track_errors]
    pub fn matched(fail: bool) -> Result<u32, ()> { match fail { true => sync(), _ => call() } }
}

#[track_errors]
fn only_a_panic() -> io::Result<()> {
    panic!("no value at all")
}

#[track_errors]
fn a_loop_without_an_end(mut count: u32) -> Result<u32, u32> {
    loop {
        count += 1;
        if count > 10 {
            return Err(count);
        }
    }
}

#[track_errors]
fn every_path_returns(fail: bool) -> Result<u32, u32> {
    if fail {
        return Err(1);
    } else {
        return Ok(2);
    }
}

#[track_errors]
async fn every_async_path_returns(fail: bool) -> Result<u32, u32> {
    if fail {
        return Err(1);
    } else {
        return Ok(2);
    }
}

#[track_errors]
fn an_error_that_cannot_be(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.to_owned())
}

#[track_errors]
fn unused_by_name(_first: u32, _: u32, _last: String) -> Result<(), ()> {
    Ok(())
}

#[track_errors]
async fn unused_by_name_async(_first: u32, _: u32, _last: String) -> Result<(), ()> {
    Ok(())
}

#[track_errors]
fn unused_on_purpose(#[allow(unused_variables)] first: u32) -> Result<(), ()> {
    Ok(())
}

#[track_errors]
#[expect(unused_variables, reason = "the compiler still sees that it is unused")]
fn unused_is_still_noticed(first: u32) -> Result<(), ()> {
    Ok(())
}

#[track_errors]
#[expect(unused_variables, reason = "the compiler still sees that it is unused")]
async fn unused_is_still_noticed_async(first: u32) -> Result<(), ()> {
    Ok(())
}

#[track_errors]
#[expect(unused_mut, reason = "the compiler still sees that it is never changed")]
fn unused_mut_is_still_noticed(mut first: u32) -> Result<u32, ()> {
    Ok(first)
}

#[track_errors]
#[expect(unreachable_code, reason = "the compiler still sees that it cannot be reached")]
fn unreachable_is_still_noticed() -> Result<u32, ()> {
    return Ok(1);
    Ok(2)
}

#[track_errors]
#[deprecated]
#[must_use = "a reason"]
#[inline(always)]
#[doc(alias = "x")]
fn attributes_stay() -> Result<u32, ()> {
    Ok(1)
}

#[track_errors]
fn inner_attributes_stay() -> Result<u32, ()> {
    #![allow(unused_variables)]
    //! And inner documentation.
    let unused = 1;
    Ok(1)
}

#[allow(deprecated)]
fn main() {
    let _ = a_tail_that_never_returns(Some(1));
    let _ = an_async_tail_that_never_returns(Some(1));
    let _ = an_exit as fn(_) -> _;
    let _ = (on_one_line::sync(), on_one_line::later(1), on_one_line::pattern((1, 1)));
    let _ = (on_one_line::call(), on_one_line::returned(), on_one_line::matched(true));
    let _ = only_a_panic as fn() -> io::Result<()>;
    let _ = a_loop_without_an_end(20);
    let _ = every_path_returns(false);
    let _ = every_async_path_returns(false);
    let _ = an_error_that_cannot_be("");
    let _ = unused_by_name(1, 2, String::new());
    let _ = unused_by_name_async(1, 2, String::new());
    let _ = unused_on_purpose(1);
    let _ = unused_is_still_noticed(1);
    let _ = unused_is_still_noticed_async(1);
    let _ = unused_mut_is_still_noticed(1);
    let _ = unreachable_is_still_noticed();
    let _ = attributes_stay();
    let _ = inner_attributes_stay();
}
