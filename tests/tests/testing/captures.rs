//! Which capture gets an error, on one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures::executor::block_on;
use tokio::task::yield_now;
use track_errors::testing::{Capture, capture, capture_async_with, capture_with};
use track_errors::{BoundaryEnd, inherit, track_errors};
use track_errors_tests::executors::{current_thread, poll_once};

use super::{fail, fail_later, messages, settings};

#[test]
fn a_guard_captures_what_its_thread_logs_until_it_is_dropped() {
    let outer = Capture::start_with(settings());
    let errors = Capture::start_with(settings());
    assert!(fail("one").is_err());
    assert!(fail("two").is_err());
    assert_eq!(messages(&errors.records()), ["one", "two"]);
    drop(errors);
    assert!(fail("three").is_err());
    assert_eq!(messages(&outer.records()), ["three"]);
}

#[test]
fn records_are_there_until_they_are_taken() {
    let errors = Capture::start_with(settings());
    assert!(fail("one").is_err());
    assert_eq!(messages(&errors.records()), ["one"]);
    assert!(fail("two").is_err());
    assert_eq!(messages(&errors.records()), ["one", "two"]);
    assert_eq!(messages(&errors.take()), ["one", "two"]);
    assert!(fail("three").is_err());
    assert_eq!(messages(&errors.take()), ["three"]);
    errors.records().assert_none();
}

#[test]
fn a_capture_in_a_capture_has_its_errors_for_itself() {
    let (inner, outer) = capture_with(settings(), || {
        assert!(fail("before").is_err());
        let ((), inner) = capture_with(settings(), || assert!(fail("inside").is_err()));
        assert!(fail("after").is_err());
        inner
    });
    assert_eq!(messages(&inner), ["inside"]);
    assert_eq!(messages(&outer), ["before", "after"]);
}

#[test]
fn two_futures_on_one_thread_are_captured_apart() {
    let errors = Capture::start_with(settings());
    let ((_, first), (_, second)) = block_on(async {
        tokio::join!(
            capture_async_with(settings(), async {
                fail_later("one").await.unwrap_err();
                fail_later("three").await
            }),
            capture_async_with(settings(), fail_later("two")),
        )
    });
    assert_eq!(messages(&first), ["one", "three"]);
    assert_eq!(messages(&second), ["two"]);
    errors.records().assert_none();
}

#[test]
fn between_two_polls_of_a_captured_future_the_thread_is_not_captured() {
    let errors = Capture::start_with(settings());
    let mut future = pin!(capture_async_with(settings(), fail_later("inside")));
    assert!(poll_once(future.as_mut()).is_pending());
    assert!(fail("between").is_err());
    let (_, records) = block_on(future);
    assert_eq!(messages(&records), ["inside"]);
    assert_eq!(messages(&errors.records()), ["between"]);
}

#[test]
fn a_captured_future_that_is_dropped_leaves_its_thread_as_it_was() {
    struct FailsWhenDropped;
    impl Drop for FailsWhenDropped {
        fn drop(&mut self) {
            assert!(fail("while it was dropped").is_err());
        }
    }

    let errors = Capture::start_with(settings());
    let mut future = Box::pin(capture_async_with(settings(), async {
        let _local = FailsWhenDropped;
        std::future::pending::<()>().await;
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    drop(future);
    errors.records().assert_none();
    assert!(fail("after").is_err());
    assert_eq!(messages(&errors.records()), ["after"]);
}

#[test]
fn a_captured_future_that_panics_leaves_its_thread_as_it_was() {
    let errors = Capture::start_with(settings());
    let mut future = Box::pin(capture_async_with(settings(), async {
        assert!(fail("inside").is_err());
        yield_now().await;
        panic!("for a test");
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut()).is_ready())).is_err());
    assert!(fail("after").is_err());
    drop(future);
    assert_eq!(messages(&errors.records()), ["after"]);
}

#[test]
fn a_closure_that_panics_ends_its_capture() {
    let errors = Capture::start_with(settings());
    let panicked = catch_unwind(|| {
        capture(|| {
            assert!(fail("inside").is_err());
            panic!("for a test");
        })
    });
    assert!(panicked.is_err());
    assert!(fail("after").is_err());
    assert_eq!(messages(&errors.records()), ["after"]);
}

#[test]
fn a_guard_in_a_captured_future_lives_across_an_await() {
    let (inner, outer) = block_on(capture_async_with(settings(), async {
        let errors = Capture::start_with(settings());
        fail_later("inside").await.unwrap_err();
        let inner = errors.take();
        drop(errors);
        fail_later("after").await.unwrap_err();
        inner
    }));
    assert_eq!(messages(&inner), ["inside"]);
    assert_eq!(messages(&outer), ["after"]);
}

#[test]
fn all_tasks_of_a_runtime_on_the_test_thread_are_captured() {
    let errors = Capture::start_with(settings());
    current_thread().block_on(async {
        tokio::spawn(fail_later("in a task")).await.expect("no panic").unwrap_err();
        tokio::task::LocalSet::new().run_until(fail_later("in a local set")).await.unwrap_err();
    });
    assert_eq!(messages(&errors.records()), ["in a task", "in a local set"]);
}

#[test]
fn a_task_that_inherits_belongs_to_the_capture_in_which_it_was_made() {
    let errors = Capture::start_with(settings());
    let (_, records) = current_thread().block_on(capture_async_with(settings(), async {
        let inherits = tokio::spawn(inherit(fail_later("inherits")));
        let does_not = tokio::spawn(fail_later("does not"));
        (inherits.await.expect("no panic"), does_not.await.expect("no panic"))
    }));
    assert_eq!(messages(&records), ["inherits"]);
    assert_eq!(messages(&errors.records()), ["does not"]);
}

#[track_errors(service = "testing", report = "boundary")]
async fn job(attempts: u32) -> Result<(), String> {
    for attempt in 1..attempts {
        let _: Result<(), String> = fail_later(&format!("attempt {attempt}")).await;
    }
    fail_later(&format!("attempt {attempts}")).await
}

#[test]
fn what_a_boundary_returns_is_captured_when_it_ends() {
    let errors = Capture::start_with(settings());
    let mut running = pin!(job(2));
    assert!(poll_once(running.as_mut()).is_pending());
    assert!(poll_once(running.as_mut()).is_pending());
    errors.records().assert_none();
    block_on(running).unwrap_err();
    errors.records().assert_one().message("attempt 2");
}

#[test]
fn a_boundary_that_is_cancelled_in_a_captured_future_is_captured() {
    let ((), records) = block_on(capture_async_with(settings(), async {
        let mut running = Box::pin(job(2));
        assert!(poll_once(running.as_mut()).is_pending());
        assert!(poll_once(running.as_mut()).is_pending());
    }));
    let record = records.assert_one().message("attempt 1");
    assert_eq!(record.boundary.as_ref().map(|boundary| boundary.end), Some(BoundaryEnd::Cancelled));
}

#[test]
fn what_comes_after_the_end_of_a_capture_goes_to_the_one_around_it() {
    let outer = Capture::start_with(settings());
    let inner = Capture::start_with(settings());
    let handle = inner.handle();
    let late = handle.follow(fail_later("in a future"));
    let mut running = Box::pin(handle.follow(job(2)));
    assert!(poll_once(running.as_mut()).is_pending());
    assert!(poll_once(running.as_mut()).is_pending());
    drop(inner);
    handle.run(|| fail("in a closure")).unwrap_err();
    block_on(late).unwrap_err();
    drop(running);
    assert_eq!(messages(&outer.records()), ["in a closure", "in a future", "attempt 1"]);
}

#[test]
fn no_limit_holds_errors_of_a_capture_back() {
    let errors = Capture::start_with(settings());
    for _ in 0..1_000 {
        assert!(fail("again").is_err());
    }
    errors.records().assert_count(1_000);
}
