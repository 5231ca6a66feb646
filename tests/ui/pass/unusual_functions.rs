//! Functions that are legal, and unlike what one writes.
#![deny(warnings)]
#![allow(
    improper_ctypes_definitions,
    dead_code,
    non_snake_case,
    non_camel_case_types,
    non_upper_case_globals,
    unused_macros
)]
use track_errors::track_errors;

struct W<const N: usize>([u8; N]);

impl<const N: usize> W<N> {
    #[track_errors]
    fn a(self: &Self, error: u8, Self(x): Self) -> Result<u8, u8> {
        Err(x[0] + error + self.0[0])
    }
    #[track_errors]
    fn b(mut self, W([first, ..]): W<2>) -> Result<[u8; N], impl Sized + use<N>> {
        self.0 = [first; N];
        if first == 1 { Err(1u8) } else { Ok(self.0) }
    }
    #[track_errors]
    fn c(f: impl Fn() -> Result<u8, u8>) -> Result<u8, u8>
    where
        Self: Sized,
    {
        f()
    }
    #[track_errors]
    unsafe extern "C-unwind" fn d(&self) -> Result<u8, u8> {
        Err(self.0[0])?
    }
}

/// All parts of the function are arguments of a macro.
macro_rules! make {
    ($self:ident, $name:ident, $ret:ty, $p:pat, $t:ty, $body:block) => {
        #[track_errors]
        fn $name(&$self, $p: $t) -> $ret $body
    };
}

impl W<1> {
    make!(self, e, Result<u8, u8>, (x, _), (u8, u8), { Err(self.0[0] + x) });
    make!(self, e2, Result<u8, u8>, Wrap(x), Wrap, { Err(self.0[0] + x) });
}

macro_rules! make_caller {
    ($self:ident, $name:ident, $ret:ty, $p:pat, $t:ty, $body:block) => {
        #[track_errors]
        #[track_caller]
        fn $name(&$self, $p: $t) -> $ret $body
    };
}

impl W<3> {
    make_caller!(self, e, Result<u8, u8>, (x, _), (u8, u8), {
        if x == 1 {
            return Err(1);
        }
        Err::<u8, u8>(self.0[0] + x)?;
        Ok(1)
    });
}

struct Wrap(u8);

/// A label with the name of ours.
#[track_errors]
#[track_caller]
fn labels(x: u8) -> Result<u8, u8> {
    'body: {
        if x == 0 {
            break 'body;
        }
        return Err(x);
    }
    '__track_errors_body: loop {
        if x == 0 {
            break '__track_errors_body;
        }
    }
    Ok(x)
}

/// Attributes on the function and on its parameters.
#[track_errors]
#[must_use]
#[inline(always)]
#[cold]
fn attrs(#[cfg(all())] x: u8, #[allow(unused_variables)] y: u8) -> Result<u8, u8> {
    Err(x)
}

/// A `let` chain.
#[track_errors]
fn chains(x: Option<u8>) -> Result<u8, u8> {
    if let Some(y) = x
        && let z = f(y)?
        && z > 1
    {
        Ok(z)
    } else {
        Err(1)
    }
}

fn f(x: u8) -> Result<u8, u8> {
    Ok(x)
}

/// An async closure, and a tracked function, inside.
#[track_errors]
async fn closures(x: u8) -> Result<u8, u8> {
    let c = async |y: u8| -> Result<u8, u8> {
        let z = f(y)?;
        Ok(z)
    };
    #[track_errors]
    fn inner() -> Result<u8, u8> {
        f(1)
    }
    inner()?;
    c(x).await
}

/// Names of std that mean something else.
mod shadow {
    #[allow(unused_imports)]
    use self::R as Result;
    use track_errors::track_errors;
    pub type R = ::std::result::Result<u8, u8>;
    mod core {}
    mod std {}
    mod alloc {}
    macro_rules! module_path {
        () => {
            1u8
        };
    }
    #[track_errors]
    pub fn g() -> Result {
        Err(1)
    }
    #[track_errors]
    #[track_caller]
    pub fn h() -> Result {
        let x = g()?;
        if x == 1 {
            return Ok(1);
        }
        Err(module_path!())
    }
}

// Constants with the names of the expansion's variables.
const value: u8 = 1;
const residual: u8 = 1;
const place: u8 = 2;
const body: u8 = 3;
#[track_errors]
#[track_caller]
fn consts((a, _): (u8, u8), x: Result<u8, u8>) -> Result<u8, u8> {
    let y = x?;
    match y {
        1 => f(1),
        2 => f(2),
        3 => f(3),
        4 => f(4),
        5 => f(5),
        _ => Err(a + value + residual + place + body),
    }
}

/// Default bodies.
trait Tr {
    #[track_errors]
    fn m<T: Into<u8>>(&self, t: T) -> Result<u8, u8>
    where
        Self: Sized,
    {
        Err(t.into())
    }
    #[track_errors]
    #[track_caller]
    fn n(self: Box<Self>) -> Result<u8, u8>
    where
        Self: Sized,
    {
        Err(1)
    }
}

impl Tr for u8 {}
/// Never returns `Ok`.
#[track_errors]
#[track_caller]
fn never(x: u8) -> Result<std::convert::Infallible, u8> {
    if x == 1 {
        Err(x)?
    }
    loop {
        return Err(2);
    }
}

#[track_errors]
#[track_caller]
fn boxed(x: u8) -> Result<Box<dyn Fn(u8) -> u8>, Box<dyn std::error::Error + Send + Sync>> {
    if x == 1 {
        return Ok(Box::new(|y| y + 1));
    }
    if x == 2 {
        Err("x")?
    }
    if x == 3 {
        return Err("a".into());
    }
    Ok(Box::new(move |y| y + x))
}

#[track_errors]
#[track_caller]
fn tails(s: &str) -> Result<usize, std::num::ParseIntError> {
    let v = std::cell::RefCell::new(vec![s]);
    v.borrow().first().map_or(Ok(0), |s| s.parse::<usize>())
}

#[track_errors]
#[track_caller]
fn refs<'a>(s: &'a mut Vec<u8>, n: Option<&'a str>) -> Result<&'a mut u8, String> {
    let _n = n.ok_or("none")?;
    let r = &s.first().ok_or_else(String::new)?;
    let _x = **r;
    s.first_mut().ok_or_else(|| "e".to_string())
}

#[cfg(target_arch = "x86_64")]
#[track_errors]
#[target_feature(enable = "avx2")]
fn simd(x: i32) -> Result<i32, u8> {
    let c = || std::arch::x86_64::_mm256_set1_epi32(x);
    let _ = c();
    Err(1)
}

#[cfg(target_arch = "x86_64")]
#[track_errors]
#[track_caller]
#[target_feature(enable = "avx2")]
fn simd2(x: i32) -> Result<i32, u8> {
    let _v = std::arch::x86_64::_mm256_set1_epi32(x);
    Err(1)?
}

#[track_errors(report = "boundary")]
#[track_caller]
fn bound(x: u8) -> Result<u8, u8> {
    let y = f(x)?;
    if y == 1 {
        return Err(3);
    }
    Ok(y)
}

#[track_errors(fields(x, y = y.len()), when = |e| *e != 1, level = "warn")]
#[track_caller]
fn fields(x: u8, y: String, (a, _): (u8, u8)) -> Result<u8, u8> {
    let z = f(x)?;
    if y.len() == 1 {
        return Err(a);
    }
    drop(y);
    Ok(z)
}

fn main() {
    assert_eq!(W([1]).e((1, 2)), Err(2));
    assert_eq!(labels(1), Err(1));
    let _ = W([1]).e2(Wrap(1));
    let _ = W([1, 2, 3]).e((1, 1));
    let _ = shadow::h();
    let _ = consts((1, 1), Ok(9));
    assert_eq!(never(1), Err(1));
    assert_eq!(never(3), Err(2));
    let _ = boxed(1);
    let _ = tails("x");
    let _ = refs(&mut vec![1], Some(""));
    let _ = bound(1);
    let _ = fields(1, "x".into(), (1, 1));
}
