//! Runs one scenario many times, for the script `instructions` beside this crate's manifest to count under
//! callgrind. The arguments are the scenario, the variant and the count.

use std::hint::black_box;
use std::time::Duration;

use track_errors::{BacktraceMode, Output, Overflow, RateLimit, track_errors};
use track_errors_benches::functions::{CALLS, Fault, polled, polled_in_vain, sync, varints};
use track_errors_benches::{descend, functions, levels};

functions!(plain_inlined, #[inline],);
functions!(plain_called, #[inline(never)],);
functions!(tracked_inlined, #[inline], #[track_errors]);
functions!(tracked_called, #[inline(never)], #[track_errors]);
functions!(boundary_inlined, #[inline], #[track_errors(report = "boundary")]);
functions!(boundary_called, #[inline(never)], #[track_errors(report = "boundary")]);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, variant, count] = &*arguments else { panic!("<scenario> <variant> <count>") };
    let count = count.parse().expect("a number");
    // Only records are written.
    let output = if scenario == "record" { Output::File("/dev/null".into()) } else { Output::None };
    track_errors::builder()
        .backtrace(BacktraceMode::Native)
        .rate_limit(RateLimit::Off)
        .overflow(Overflow::Block)
        .output(output)
        .init();
    black_box(match &**variant {
        "plain" => plain(scenario, count),
        "tracked" => tracked(scenario, count),
        "boundary" => boundary(scenario, count),
        "native" => written(count, levels::logged::one),
        "trail" => written(count, levels::trail::one),
        "inside" => inside(scenario, count).unwrap_or(0),
        "suppressed" => fail(scenario, count, levels::suppressed::one, levels::suppressed::three),
        _ => panic!("no variant is {variant:?}"),
    });
}

/// A function that runs each scenario with the functions of two modules, and fails with two more.
macro_rules! variant {
    ($name:ident, $inlined:ident, $called:ident, $errors:ident) => {
        // Not inlined, so that `inside` runs the same code.
        #[inline(never)]
        fn $name(scenario: &str, count: u64) -> u64 {
            match scenario {
                "call" => sync(count, $called::one),
                "call that calls" => sync(count, $called::two),
                "poll, ready" => polled(count, |_| $called::wait(0)),
                "poll, pending" => polled_in_vain(count, $called::wait(count)),
                "awaited, ready" => polled(count, |_| async { $called::wait(0).await }),
                "awaited, pending" => polled_in_vain(count, async { $called::wait(count).await }),
                "varint" => {
                    let bytes = varints();
                    let sum = || $inlined::sum_of_varints(black_box(&bytes)).unwrap_or(0);
                    (0..count / CALLS).map(|_| sum()).fold(0, u64::wrapping_add)
                }
                _ => fail(scenario, count, levels::$errors::one, levels::$errors::three),
            }
        }
    };
}

variant!(plain, plain_inlined, plain_called, plain);
variant!(tracked, tracked_inlined, tracked_called, logged);
variant!(boundary, boundary_inlined, boundary_called, logged);

/// Runs the tracked functions inside a boundary.
#[track_errors(report = "boundary")]
#[inline(never)]
fn inside(scenario: &str, count: u64) -> Result<u64, Fault> {
    Ok(tracked(scenario, count))
}

/// Errors of the first thread, on a stack of 30 frames, until the worker wrote all.
fn written(count: u64, fail: fn()) -> u64 {
    descend(30, &mut || (0..count).for_each(|_| fail()));
    assert!(track_errors::flush(Duration::from_secs(600)), "written within ten minutes");
    count
}

fn fail(scenario: &str, count: u64, one: fn(), three: fn()) -> u64 {
    let fail = match scenario {
        "error, 1 level" => one,
        "error, 3 levels" => three,
        _ => panic!("no scenario is {scenario:?}"),
    };
    (0..count).for_each(|_| fail());
    count
}
