//! The `Ok` path: what a call costs that does not fail, next to the same functions without the
//! attribute and with `#[tracing::instrument(err)]` and a JSON subscriber.
//!
//! Every iteration makes 1,000 calls. Functions are measured as a program has them, free to be
//! inlined, and with `inline(never)`, where a call stays a call. The group `ok_frames` has to be the
//! last: it switches frames on, for the whole process and for good.

use std::fmt;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use track_errors::{BacktraceMode, Output, track_errors};
use track_errors_benches::peers;

/// Calls in an iteration.
const CALLS: u64 = 1_000;

#[derive(Debug)]
enum Fault {
    Truncated,
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

/// The functions that are measured, with or without an attribute, and inlined or not.
macro_rules! functions {
    ($name:ident, #[$inline:meta], $(#[$track:meta])?) => {
        mod $name {
            use super::*;

            $(#[$track])?
            #[$inline]
            pub fn one(n: u64) -> Result<u64, Fault> {
                if n > 1 << 40 { Err(Fault::TooLarge) } else { Ok(n + 1) }
            }

            $(#[$track])?
            #[$inline]
            fn two(n: u64) -> Result<u64, Fault> {
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
            #[$inline]
            fn varint(bytes: &mut &[u8]) -> Result<u64, Fault> {
                let mut value = 0;
                for shift in (0..64).step_by(7) {
                    let (&byte, rest) = bytes.split_first().ok_or(Fault::Truncated)?;
                    *bytes = rest;
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

            /// All of these.
            pub fn measure(group: &mut Group<'_>, name: &str, bytes: &[u8]) {
                group.bench_function(format!("{name}/sync"), |b| b.iter(|| sync(one)));
                group.bench_function(format!("{name}/sync_nested_5"), |b| b.iter(|| sync(five)));
                group.bench_function(format!("{name}/async"), |b| b.iter(|| polled(one_async)));
                group.bench_function(format!("{name}/async_nested_5"), |b| {
                    b.iter(|| polled(five_async));
                });
                group.bench_function(format!("{name}/varints"), |b| {
                    b.iter(|| sum_of_varints(black_box(bytes)).unwrap());
                });
            }
        }
    };
}

functions!(plain_inlined, #[inline],);
functions!(plain_called, #[inline(never)],);
functions!(tracked_inlined, #[inline], #[track_errors]);
functions!(tracked_called, #[inline(never)], #[track_errors]);
functions!(traced_called, #[inline(never)], #[tracing::instrument(err, skip_all)]);

/// What fields are made of.
struct Order {
    id: u64,
    name: String,
}

/// The same function with other fields: without, with those that are kept as they are, with those that
/// are put into words at once, because the body may change them, and all of them with `tracing`.
macro_rules! with_fields {
    // The parameters get their names where the fields use them.
    ($order:ident $count:ident $text:ident: $($(#[$track:meta])? $name:ident,)*) => {
        with_fields! { @ ($order $count $text) $($(#[$track])? $name,)* }
    };
    (@ $names:tt $($(#[$track:meta])? $name:ident,)*) => {
        $(with_fields! { @ $names @ $(#[$track])? $name })*
    };
    (@ ($order:ident $count:ident $text:ident) @ $(#[$track:meta])? $name:ident) => {
        $(#[$track])?
        #[inline(never)]
        fn $name($order: &Order, $count: u64, $text: &mut String) -> Result<u64, Fault> {
            $text.truncate(8);
            if $count > 1 << 40 { Err(Fault::TooLarge) } else { Ok($order.id + $count) }
        }
    };
}

with_fields! {
    order count text:
    no_fields,
    #[track_errors] tracked_no_fields,
    #[track_errors(fields(order.id, name = order.name, count))] tracked_kept,
    #[track_errors(fields(text))] tracked_in_words,
    #[tracing::instrument(err, skip_all, fields(order.id = order.id, name = order.name, count))] traced_kept,
    #[tracing::instrument(err, skip_all, fields(text))] traced_in_words,
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

#[inline(always)]
fn sync(call: impl Fn(u64) -> Result<u64, Fault>) -> u64 {
    (0..CALLS).map(|n| call(black_box(n)).unwrap_or(0)).fold(0, u64::wrapping_add)
}

#[inline(always)]
fn polled<F: Future<Output = Result<u64, Fault>>>(call: impl Fn(u64) -> F) -> u64 {
    let mut cx = Context::from_waker(Waker::noop());
    let poll = |n| {
        let future = pin!(call(black_box(n)));
        let future: Pin<&mut dyn Future<Output = Result<u64, Fault>>> = future;
        match black_box(future).poll(&mut cx) {
            Poll::Ready(value) => value.unwrap_or(0),
            Poll::Pending => 0,
        }
    };
    (0..CALLS).map(poll).fold(0, u64::wrapping_add)
}

/// As many numbers as calls in the other measurements, most of them of one or two bytes.
fn varints() -> Vec<u8> {
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

fn ok(criterion: &mut Criterion) {
    let bytes = varints();
    track_errors::builder().backtrace(BacktraceMode::Trail).output(Output::None).init();
    let mut group = criterion.benchmark_group("ok");
    group.throughput(Throughput::Elements(CALLS));
    plain_called::measure(&mut group, "plain", &bytes);
    tracked_called::measure(&mut group, "track_errors", &bytes);
    plain_inlined::measure(&mut group, "plain_inlined", &bytes);
    tracked_inlined::measure(&mut group, "track_errors_inlined", &bytes);
    peers::tracing_json();
    traced_called::measure(&mut group, "tracing", &bytes);
    let order = Order { id: 7, name: "tea".to_owned() };
    let mut text = "4711-0815".to_owned();
    for (name, f) in [
        ("plain", no_fields as fn(&Order, u64, &mut String) -> Result<u64, Fault>),
        ("track_errors", tracked_no_fields),
        ("track_errors, kept", tracked_kept),
        ("track_errors, in words", tracked_in_words),
        ("tracing, kept", traced_kept),
        ("tracing, in words", traced_in_words),
    ] {
        group.bench_function(format!("fields/{name}"), |b| {
            b.iter(|| {
                let call =
                    |n| f(black_box(&order), black_box(n), black_box(&mut text)).unwrap_or(0);
                (0..CALLS).map(call).fold(0, u64::wrapping_add)
            });
        });
    }
    group.finish();
}

fn ok_frames(criterion: &mut Criterion) {
    let bytes = varints();
    track_errors::builder().backtrace(BacktraceMode::Off).output(Output::None).init();
    let mut group = criterion.benchmark_group("ok_frames");
    group.throughput(Throughput::Elements(CALLS));
    plain_called::measure(&mut group, "plain", &bytes);
    tracked_called::measure(&mut group, "track_errors", &bytes);
    group.finish();
}

criterion_group!(benches, ok, ok_frames);
criterion_main!(benches);
