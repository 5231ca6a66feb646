//! Every name that an expansion could use means something else here.
#![deny(warnings)]
#![allow(non_camel_case_types, non_snake_case, dead_code, unused_macros)]

use track_errors::track_errors;

struct Result;
struct Option;
struct Box;
struct Pin;
struct String;
enum Poll {}
struct Some;
struct None;
struct Ok;
struct Err;
struct str;
struct u32;
struct bool;
struct Probe;
struct SITE;
trait Future {}
trait Fn {}
trait FnOnce {}
trait Send {}
trait Outcome {}

fn drop() {}
fn call() {}
fn enter() {}
fn finish() {}
fn mark() {}
fn capture() {}
fn future() {}

macro_rules! module_path {
    () => {
        compile_error!("a macro of the user")
    };
}

type Outer = std::result::Result<i8, i8>;

#[track_errors(service = "x", level = "warn", kind = "K")]
fn sync(value: Outer) -> Outer {
    let value = value?;
    Outer::Ok(value)
}

#[track_errors(service = "x", level = "warn", kind = "K")]
async fn later(value: Outer) -> Outer {
    let value = value?;
    Outer::Ok(value)
}

#[track_errors]
fn returned(value: Outer) -> impl std::future::Future<Output = Outer> {
    async move { Outer::Ok(value?) }
}

fn main() {
    assert_eq!(sync(Outer::Ok(1)), Outer::Ok(1));
    std::mem::drop((later(Outer::Ok(1)), returned(Outer::Ok(1))));
}
