//! The `Ok` path: what a call costs that does not fail, compared with the same functions without the
//! attribute and with `#[tracing::instrument(err)]` and a JSON subscriber.
//!
//! Every iteration makes 1,000 calls. Functions are measured as the compiler chooses to inline them, and
//! with `inline(never)`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use track_errors::{BacktraceMode, Output, track_errors};
use track_errors_benches::functions::{CALLS, Fault, polled, sync, varints};
use track_errors_benches::{functions, peers};

functions!(plain_inlined, #[inline],);
functions!(plain_called, #[inline(never)],);
functions!(tracked_inlined, #[inline], #[track_errors]);
functions!(tracked_called, #[inline(never)], #[track_errors]);
functions!(traced_called, #[inline(never)], #[tracing::instrument(err, skip_all)]);

/// Measures all functions of a module.
macro_rules! measure {
    ($group:ident, $functions:ident, $name:literal, $bytes:ident) => {
        $group.bench_function(concat!($name, "/sync"), |b| {
            b.iter(|| sync(CALLS, $functions::one));
        });
        $group.bench_function(concat!($name, "/sync_nested_5"), |b| {
            b.iter(|| sync(CALLS, $functions::five));
        });
        $group.bench_function(concat!($name, "/async"), |b| {
            b.iter(|| polled(CALLS, $functions::one_async));
        });
        $group.bench_function(concat!($name, "/async_nested_5"), |b| {
            b.iter(|| polled(CALLS, $functions::five_async));
        });
        $group.bench_function(concat!($name, "/varints"), |b| {
            b.iter(|| $functions::sum_of_varints(black_box(&$bytes)).unwrap());
        });
    };
}

/// The values of the fields.
struct Order {
    id: u64,
    name: String,
}

/// The same function without fields, with fields that are copied, with fields that are formatted on every
/// call because the body may change them, and all of these with `tracing`.
macro_rules! with_fields {
    // The fields name the parameters.
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
    #[track_errors(fields(text))] tracked_formatted,
    #[tracing::instrument(err, skip_all, fields(order.id = order.id, name = order.name, count))] traced_kept,
    #[tracing::instrument(err, skip_all, fields(text))] traced_formatted,
}

fn ok(criterion: &mut Criterion) {
    let bytes = varints();
    track_errors::builder().backtrace(BacktraceMode::Trail).output(Output::None).init();
    let mut group = criterion.benchmark_group("ok");
    group.throughput(Throughput::Elements(CALLS));
    measure!(group, plain_called, "plain", bytes);
    measure!(group, tracked_called, "track_errors", bytes);
    measure!(group, plain_inlined, "plain_inlined", bytes);
    measure!(group, tracked_inlined, "track_errors_inlined", bytes);
    peers::tracing_json();
    measure!(group, traced_called, "tracing", bytes);
    let order = Order { id: 7, name: "tea".to_owned() };
    let mut text = "4711-0815".to_owned();
    for (name, f) in [
        ("plain", no_fields as fn(&Order, u64, &mut String) -> Result<u64, Fault>),
        ("track_errors", tracked_no_fields),
        ("track_errors, kept", tracked_kept),
        ("track_errors, formatted", tracked_formatted),
        ("tracing, kept", traced_kept),
        ("tracing, formatted", traced_formatted),
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

criterion_group!(benches, ok);
criterion_main!(benches);
