//! Every name that the expansion uses, or might use, means something else here.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs)]
#![forbid(unsafe_code)]
#![allow(
    dead_code,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unused_macros,
    clippy::missing_const_for_fn,
    clippy::module_name_repetitions,
    clippy::upper_case_acronyms,
    reason = "the names are the subject"
)]

mod alloc {}
mod core {}
mod std {}
mod track_errors {}
mod __private {}

struct Result;
struct Option;
struct Box;
struct Pin;
struct Site;
struct Probe;
struct Call;
struct Behind;
struct Location;
struct Some;
struct None;
struct Ok;
struct Err;
struct str;
struct u32;
struct bool;
struct usize;
enum Poll {}

trait Future {}
trait Fn {}
trait FnOnce {}
trait FnMut {}
trait Send {}
trait Sync {}
trait Drop {}
trait Error {}
trait From {}
trait Outcome {}
trait MarkAny {}

const SITE: i8 = 1;
const KEY: i8 = 2;
const __TRACK_ERRORS_SITE: i8 = 3;
static e: i8 = 4;
static error: i8 = 5;
static value: i8 = 6;
static call: i8 = 7;

fn drop() {}
fn enter() {}
fn finish() {}
fn finish_poll() {}
fn future() {}
fn capture() {}
fn mark() {}
fn mark_here() {}
fn mark_returned() {}
fn link() {}
fn outputs() {}
fn no_value() {}

macro_rules! shadow {
    ($($name:ident)*) => {
        $(macro_rules! $name {
            ($d:tt) => { compile_error! { "a macro of the user" } };
        })*
    };
}
shadow! { module_path file line column concat stringify panic matches assert debug_assert }
macro_rules! compile_error {
    ($($any:tt)*) => {
        "not the one of the compiler"
    };
}

/// A blanket impl of methods with common names.
#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention, reason = "the names, again")]
trait Everything {
    fn new(&self) {}
    fn wrap(&self) {}
    fn deref(&self) {}
    fn view(&self) {}
    fn tried(&self) {}
    fn branch(&self) {}
    fn finish(&self) {}
    fn service(&self) {}
    fn level(&self) {}
    fn kind(&self) {}
    fn report(&self) {}
    fn rate_limit(&self) {}
    fn into(&self) {}
    fn from(&self) {}
    fn poll(&self) {}
    fn into_future(&self) {}
}

impl<T> Everything for T {}

type Outer = ::std::result::Result<i8, i8>;

fn source(fail: ::core::primitive::bool) -> Outer {
    if fail { Outer::Err(1) } else { Outer::Ok(2) }
}

/// Sync.
///
/// # Errors
///
/// If it is told to.
#[::track_errors::track_errors(service = "x", level = "warn", kind = "K", report = "boundary", rate_limit = 3)]
pub fn sync(fail: ::core::primitive::bool) -> Outer {
    let text = compile_error!(anything);
    let number = source(fail)?;
    Everything::view(&text);
    if number == 3 {
        return source(fail);
    }
    source(number == SITE + KEY + e + error + value + call)
}

/// Async.
///
/// # Errors
///
/// If it is told to.
#[::track_errors::track_errors(service = "x", level = "warn", kind = "K", report = "every", rate_limit = "off")]
pub async fn later(fail: ::core::primitive::bool, (first, _): (i8, i8), _: i8) -> Outer {
    ::std::future::ready(()).await;
    let number = source(fail)?;
    Outer::Ok(number + first)
}

/// A future.
#[::track_errors::track_errors]
pub fn returned(fail: ::core::primitive::bool) -> impl ::std::future::Future<Output = Outer> {
    async move {
        ::std::future::ready(()).await;
        let number = source(fail)?;
        Outer::Ok(number)
    }
}

/// A type.
#[derive(Debug)]
pub struct Shop(i8);

impl Shop {
    /// By value.
    ///
    /// # Errors
    ///
    /// If it is told to.
    #[::track_errors::track_errors]
    pub fn method(mut self, fail: ::core::primitive::bool) -> ::std::result::Result<Self, i8> {
        self.0 += source(fail)?;
        ::std::result::Result::Ok(self)
    }
}
