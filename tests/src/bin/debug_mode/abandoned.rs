//! Calls that hang, futures that are never polled again or are dropped, and very many open calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use track_errors::debug::DebugOptions;

use super::{
    fail, hang, hang_in_a_poll, hang_until_a_line_comes, panic_later, poll, succeed, wait,
};

pub(crate) fn run(scenario: &str) {
    match scenario {
        "hangs" => {
            track_errors::builder().init();
            assert!(hang().is_ok());
        }
        "hangs-in-a-poll" => {
            track_errors::builder().init();
            let mut future = Box::pin(hang_in_a_poll());
            assert!(poll(future.as_mut()).is_ready());
        }
        "hangs-by-the-builder" => {
            let options = DebugOptions::new().abandoned(Duration::from_millis(1));
            track_errors::builder().debug(options).init();
            assert!(hang().is_ok());
        }
        "is-never-polled-again" => {
            track_errors::builder().init();
            let flag = AtomicBool::new(false);
            let mut future = Box::pin(wait(&flag));
            assert!(poll(future.as_mut()).is_pending());
            hang_until_a_line_comes();
            flag.store(true, Ordering::Relaxed);
            assert!(poll(future.as_mut()).is_ready());
        }
        "finishes" => {
            track_errors::builder().init();
            let flag = AtomicBool::new(true);
            let mut future = Box::pin(wait(&flag));
            assert!(poll(future.as_mut()).is_ready());
            assert!(succeed().is_ok());
            fail();
        }
        "is-dropped" => {
            track_errors::builder().init();
            let flag = AtomicBool::new(false);
            let mut future = Box::pin(wait(&flag));
            assert!(poll(future.as_mut()).is_pending());
            drop(future);
            // Never polled, it was never open.
            drop(wait(&flag));
        }
        "panics-in-a-poll" => {
            track_errors::builder().init();
            let flag = AtomicBool::new(false);
            let mut future = Box::pin(panic_later(&flag));
            assert!(poll(future.as_mut()).is_pending());
            flag.store(true, Ordering::Relaxed);
            let mut polled = std::panic::AssertUnwindSafe(&mut future);
            assert!(std::panic::catch_unwind(move || poll(polled.as_mut())).is_err());
        }
        "opens-very-many" => {
            track_errors::builder().init();
            let flag = AtomicBool::new(false);
            let open = || {
                let mut future = Box::pin(wait(&flag));
                assert!(poll(future.as_mut()).is_pending());
                future
            };
            let futures: Vec<_> = (0..100_007).map(|_| open()).collect();
            let full = resident();
            drop(futures);
            // What is open after this takes the places of what was.
            let futures: Vec<_> = (0..100_000).map(|_| open()).collect();
            let again = resident();
            println!("{full} {again}");
            std::mem::forget(futures);
        }
        "abandons-under-load" => {
            track_errors::builder().init();
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let flag = AtomicBool::new(false);
                        for _ in 0..200 {
                            let mut future = Box::pin(wait(&flag));
                            assert!(poll(future.as_mut()).is_pending());
                            fail();
                            assert!(succeed().is_ok());
                        }
                    });
                }
            });
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}

/// Memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
