//! Code that runs while a subscriber holds its locks, and forks.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tracing::field::{Empty, debug};
use tracing::subscriber::with_default;
use tracing::{Span, info_span};
use tracing_subscriber::prelude::*;
use track_errors::testing;
use track_errors_integration_tests::{fields, one_error};

use crate::{fail, registry};

/// Fails in a tracked function while it is formatted, also in a span of its own, and in the current one again.
struct FailsInside;

impl fmt::Debug for FailsInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = fail();
        let _ = info_span!("inside").in_scope(fail);
        let _ = Span::current().in_scope(fail);
        f.write_str("formatted")
    }
}

#[test]
fn a_value_whose_debug_fails_in_a_tracked_function_can_be_recorded_into_the_current_span() {
    // `fmt` formats the value under the lock of the span's extensions.
    let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let subscriber = tracing_subscriber::registry().with(fmt).with(track_errors::tracing::layer());
    with_default(subscriber, || {
        let _request = info_span!("request", id = 1, value = Empty).entered();
        let (_, records) = testing::capture(|| {
            Span::current().record("value", debug(FailsInside));
        });
        let spans: Vec<_> = records.iter().map(|record| record.spans.join(" ")).collect();
        assert_eq!(spans, ["request", "request inside", "request"]);
        assert_eq!(fields(&one_error(fail)), ["id=Int(1)", "value=Text(\"formatted\")"]);
    });
}

#[cfg(unix)]
#[test]
fn a_forked_child_has_the_spans_of_its_thread_and_makes_new_ones() {
    const FORKS: usize = 40;

    let subscriber = tracing::Dispatch::new(registry());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let _default = tracing::dispatcher::set_default(&subscriber);
                while !is_over.load(Ordering::Relaxed) {
                    let span = info_span!("busy", id = 1, value = Empty).entered();
                    span.record("value", 2);
                }
            });
        }
        let _default = tracing::dispatcher::set_default(&subscriber);
        let _request = info_span!("request", id = 7).entered();
        for _ in 0..FORKS {
            // SAFETY: the child only runs code of this crate and of `tracing`, which is what the test is about,
            // and then ends at once.
            let child = unsafe { libc::fork() };
            assert!(child >= 0);
            if child == 0 {
                let record = one_error(|| info_span!("child", own = 8).in_scope(fail));
                let is_whole = record.spans == ["request", "child"]
                    && fields(&record) == ["own=Int(8)", "id=Int(7)"];
                // SAFETY: it ends the process, without handlers.
                unsafe { libc::_exit(if is_whole { 0 } else { 1 }) };
            }
            let mut status = 0;
            // SAFETY: it waits for the child from above, and writes its status.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0));
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
