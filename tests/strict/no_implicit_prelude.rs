//! No name of the prelude is in scope, and modules and macros of the crate shadow other names.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs)]
#![forbid(unsafe_code)]
#![no_implicit_prelude]

mod alloc {}
mod core {}
mod std {}
mod track_errors {}

use ::std::result::Result;
use ::std::result::Result::{Err, Ok};

const fn source(fail: bool) -> Result<u8, u8> {
    if fail { Err(1) } else { Ok(2) }
}

/// Sync.
///
/// # Errors
///
/// If it is told to.
#[::track_errors::track_errors(service = "x", level = "critical", kind = "K", report = "every")]
pub fn sync(fail: bool) -> Result<u8, u8> {
    let value = source(fail)?;
    if value == 7 {
        return source(true);
    }
    source(value == 8)
}

/// Async.
///
/// # Errors
///
/// If it is told to.
#[::track_errors::track_errors(rate_limit = 3)]
pub async fn later(fail: bool, (first, _): (u8, u8), _: u8) -> Result<u8, u8> {
    ::std::future::ready(()).await;
    let value = source(fail)?;
    Ok(value + first)
}

/// A future.
#[::track_errors::track_errors]
pub fn future(fail: bool) -> impl ::std::future::Future<Output = Result<u8, u8>> {
    async move {
        ::std::future::ready(()).await;
        let value = source(fail)?;
        Ok(value)
    }
}

/// A future in a box.
#[must_use]
#[::track_errors::track_errors]
pub fn boxed(
    fail: bool,
) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Result<u8, u8>>>> {
    ::std::boxed::Box::pin(async move {
        ::std::future::ready(()).await;
        let value = source(fail)?;
        Ok(value)
    })
}

/// A type.
#[derive(::std::fmt::Debug)]
pub struct Shop(u8);

#[::track_errors::track_errors]
impl Shop {
    /// By value.
    ///
    /// # Errors
    ///
    /// If it is told to.
    pub fn method(mut self, fail: bool) -> Result<Self, u8> {
        self.0 = source(fail)?;
        Ok(self)
    }
}
