//! No name of the prelude is in scope, and modules of the user are named like `core` and `std`.
#![deny(warnings)]
#![no_implicit_prelude]

mod core {}
mod std {}
mod track_errors {}

use ::std::result::Result;
use ::std::result::Result::{Err, Ok};

#[::track_errors::track_errors]
fn sync(fail: bool) -> Result<u8, u8> {
    let value = source(fail)?;
    Ok(value)
}

#[::track_errors::track_errors(service = "x", level = "critical", kind = "K")]
async fn later(fail: bool) -> Result<u8, u8> {
    let value = source(fail)?;
    Ok(value)
}

#[::track_errors::track_errors]
fn future(fail: bool) -> impl ::std::future::Future<Output = Result<u8, u8>> {
    async move {
        let value = source(fail)?;
        Ok(value)
    }
}

#[::track_errors::track_errors]
fn boxed(
    fail: bool,
) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Result<u8, u8>>>> {
    ::std::boxed::Box::pin(async move {
        let value = source(fail)?;
        Ok(value)
    })
}

fn source(fail: bool) -> Result<u8, u8> {
    if fail { Err(1) } else { Ok(2) }
}

fn main() {
    ::std::assert_eq!(sync(false), Ok(2));
    ::std::mem::drop((later(false), future(false), boxed(false)));
}
