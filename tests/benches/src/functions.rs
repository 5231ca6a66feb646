//! Functions whose successful calls are measured: by `benches/ok_path.rs` in time, by
//! `src/bin/instructions.rs` in instructions.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Calls in an iteration of a benchmark, and numbers in [`varints`].
pub const CALLS: u64 = 1_000;

/// How a call could fail.
#[derive(Debug)]
pub enum Fault {
    /// The bytes end within a number.
    Truncated,
    /// The number has too many bytes.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Truncated => "truncated",
            Fault::TooLarge => "too large",
        })
    }
}

impl std::error::Error for Fault {}

/// A module of the measured functions, with or without an attribute, inlined or not.
///
/// Each program has its own copy, because the compiler inlines little across crates.
#[macro_export]
macro_rules! functions {
    ($name:ident, #[$inline:meta], $(#[$track:meta])?) => {
        #[allow(dead_code, reason = "not every program calls all of them")]
        mod $name {
            use super::*;
            use $crate::functions::Fault;

            $(#[$track])?
            #[$inline]
            pub fn one(n: u64) -> Result<u64, Fault> {
                if n > 1 << 40 { Err(Fault::TooLarge) } else { Ok(n + 1) }
            }

            $(#[$track])?
            #[$inline]
            pub fn two(n: u64) -> Result<u64, Fault> {
                Ok(one(n)? ^ 2)
            }

            $(#[$track])?
            #[$inline]
            fn three(n: u64) -> Result<u64, Fault> {
                Ok(two(n)? ^ 3)
            }

            $(#[$track])?
            #[$inline]
            fn four(n: u64) -> Result<u64, Fault> {
                Ok(three(n)? ^ 4)
            }

            $(#[$track])?
            #[$inline]
            pub fn five(n: u64) -> Result<u64, Fault> {
                Ok(four(n)? ^ 5)
            }

            $(#[$track])?
            pub async fn one_async(n: u64) -> Result<u64, Fault> {
                if n > 1 << 40 { Err(Fault::TooLarge) } else { Ok(n + 1) }
            }

            $(#[$track])?
            async fn two_async(n: u64) -> Result<u64, Fault> {
                Ok(one_async(n).await? ^ 2)
            }

            $(#[$track])?
            async fn three_async(n: u64) -> Result<u64, Fault> {
                Ok(two_async(n).await? ^ 3)
            }

            $(#[$track])?
            async fn four_async(n: u64) -> Result<u64, Fault> {
                Ok(three_async(n).await? ^ 4)
            }

            $(#[$track])?
            pub async fn five_async(n: u64) -> Result<u64, Fault> {
                Ok(four_async(n).await? ^ 5)
            }

            $(#[$track])?
            pub async fn wait(waits: u64) -> Result<u64, Fault> {
                $crate::functions::Leaf(waits).await;
                Ok(waits)
            }

            $(#[$track])?
            #[$inline]
            fn byte(bytes: &mut &[u8]) -> Result<u8, Fault> {
                let (&byte, rest) = bytes.split_first().ok_or(Fault::Truncated)?;
                *bytes = rest;
                Ok(byte)
            }

            $(#[$track])?
            #[$inline]
            fn varint(bytes: &mut &[u8]) -> Result<u64, Fault> {
                let mut value = 0;
                for shift in (0..64).step_by(7) {
                    let byte = byte(bytes)?;
                    value |= u64::from(byte & 0x7f) << shift;
                    if byte < 0x80 {
                        return Ok(value);
                    }
                }
                Err(Fault::TooLarge)
            }

            $(#[$track])?
            #[inline(never)]
            pub fn sum_of_varints(bytes: &[u8]) -> Result<u64, Fault> {
                let mut bytes = bytes;
                let mut sum = 0_u64;
                while !bytes.is_empty() {
                    sum = sum.wrapping_add(varint(&mut bytes)?);
                }
                Ok(sum)
            }
        }
    };
}

/// Stands for a socket or a timer: pending for this many polls.
#[derive(Debug)]
pub struct Leaf(pub u64);

impl Future for Leaf {
    type Output = ();

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        black_box(cx.waker());
        Poll::Pending
    }
}

/// Makes this many calls.
#[inline(always)]
pub fn sync(calls: u64, call: impl Fn(u64) -> Result<u64, Fault>) -> u64 {
    (0..calls).map(|n| call(black_box(n)).unwrap_or(0)).fold(0, u64::wrapping_add)
}

/// Makes this many futures and polls each once.
#[inline(always)]
pub fn polled<F: Future<Output = Result<u64, Fault>>>(calls: u64, call: impl Fn(u64) -> F) -> u64 {
    let mut cx = Context::from_waker(Waker::noop());
    let poll = |n| {
        let future = pin!(call(black_box(n)));
        let future: Pin<&mut dyn Future<Output = Result<u64, Fault>>> = future;
        match black_box(future).poll(&mut cx) {
            Poll::Ready(value) => value.unwrap_or(0),
            Poll::Pending => 0,
        }
    };
    (0..calls).map(poll).fold(0, u64::wrapping_add)
}

/// Polls one future this many times in vain, and once more until it is ready.
#[inline(always)]
pub fn polled_in_vain(polls: u64, future: impl Future<Output = Result<u64, Fault>>) -> u64 {
    let mut cx = Context::from_waker(Waker::noop());
    let mut future: Pin<&mut dyn Future<Output = Result<u64, Fault>>> = pin!(future);
    let mut pending = 0;
    while black_box(&mut future).as_mut().poll(&mut cx).is_pending() {
        pending += 1;
    }
    assert_eq!(pending, polls);
    pending
}

/// As many numbers as calls in the other measurements, most of them of one or two bytes.
pub fn varints() -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..CALLS {
        let mut rest = (n * n * n) >> (n % 24);
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}
