//! The user can use the same names as the expansion.
#![deny(warnings)]
#![allow(non_snake_case)]

use track_errors::track_errors;

#[track_errors]
fn arguments(
    __arg0: u8,
    (__arg1, __returned): (u8, u8),
    _: u8,
    error: u8,
    value: u8,
) -> Result<u8, u8> {
    let SITE = __arg0 + __arg1 + __returned;
    let __returned = SITE;
    Err(error + value + SITE + __returned)?
}

#[track_errors]
async fn async_arguments(
    __arg0: u8,
    (__arg1, __returned): (u8, u8),
    _: u8,
    error: u8,
    value: u8,
) -> Result<u8, u8> {
    let SITE = __arg0 + __arg1 + __returned;
    let __returned = SITE;
    Err(error + value + SITE + __returned)?
}

#[track_errors]
async fn listed(error: u8, value: u8, _: u8) -> Result<u8, u8> {
    Err(error + value)?
}

/// A method `view` and a method `new` on everything.
trait Everything {
    fn view(&self) {}
    fn new(&self) {}
    fn finish(&self) {}
    fn returned(&self) {}
    fn tried(&self) {}
}
impl<T> Everything for T {}

#[track_errors]
fn methods_on_everything(value: Result<u8, u8>) -> Result<u8, u8> {
    let value = value?;
    value.view();
    value.new();
    value.finish();
    value.returned();
    value.tried();
    Ok(value)
}

fn main() {
    assert_eq!(arguments(1, (2, 3), 4, 5, 6), Err(23));
    drop(async_arguments(1, (2, 3), 4, 5, 6));
    drop(listed(1, 2, 3));
    assert_eq!(methods_on_everything(Ok(1)), Ok(1));
}
