//! A program whose error logs are events of `tracing`, as JSON on stdout. The tests run it as a process; its
//! argument names the scenario.

use std::thread;

use tracing_subscriber::prelude::*;
use track_errors::track_errors;

#[track_errors(service = "shop", rate_limit = "off", backtrace = "trail")]
fn fails(text: &str, number: u32) -> Result<(), String> {
    Err(format!("{text} {number}"))
}

fn main() {
    let json = tracing_subscriber::fmt::layer().json().flatten_event(true);
    tracing_subscriber::registry().with(track_errors::tracing::layer()).with(json).init();
    track_errors::builder().record_sink(track_errors::tracing::sink()).init();
    match std::env::args().nth(1).as_deref() {
        Some("threads") => thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    for at in 0..250 {
                        let request = 250 * number + at;
                        let _span = tracing::info_span!("request", request).entered();
                        tracing::info!(request, "a line of the program");
                        assert!(fails("request", request).is_err());
                    }
                });
            }
        }),
        #[cfg(unix)]
        Some("fork") => {
            assert!(fails("the parent", 1).is_err());
            // SAFETY: no other thread of the program runs, and this crate documents that it may be called in the
            // child.
            let child = unsafe { libc::fork() };
            assert!(child >= 0, "the fork failed");
            if child == 0 {
                let _span = tracing::info_span!("child", pid = true).entered();
                assert!(fails("the child", 2).is_err());
                std::process::exit(0);
            }
            let mut status = 0;
            // SAFETY: `status` is a valid place for the status of our own child.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended by itself");
            assert!(fails("the parent", 3).is_err());
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}
