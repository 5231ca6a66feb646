//! Captures on several threads.

use std::sync::mpsc::channel;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::{spawn_blocking, yield_now};
use track_errors::testing::{Capture, capture_async_with};
use track_errors::{boundary, inherit, inherit_fn};
use track_errors_tests::executors::{multi_thread, poll_once};

use super::collect::{Collector, trail_only};
use super::{fail, fail_later, messages, settings};

#[test]
fn a_future_is_captured_on_every_thread_that_polls_it() {
    let mut future = Box::pin(capture_async_with(settings(), async {
        for number in 0..8 {
            assert!(fail(&format!("poll {number}")).is_err());
            yield_now().await;
        }
        thread::current().id()
    }));
    // Each poll on a thread of its own.
    let mut before = thread::current().id();
    let records = loop {
        let poll = thread::scope(|scope| {
            let poll = scope.spawn(|| (thread::current().id(), poll_once(future.as_mut())));
            poll.join().expect("no panic")
        });
        assert_ne!(poll.0, before);
        before = poll.0;
        if let std::task::Poll::Ready((last, records)) = poll.1 {
            assert_eq!(last, before);
            break records;
        }
    };
    let expected: Vec<_> = (0..8).map(|number| format!("poll {number}")).collect();
    assert_eq!(messages(&records), expected);
}

#[test]
fn of_a_hundred_tasks_on_four_threads_each_captures_its_own_errors() {
    multi_thread().block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                tokio::spawn(capture_async_with(settings(), async move {
                    for attempt in 0..10 {
                        let message = format!("{number}: {attempt}");
                        tokio::spawn(inherit(async move { fail_later(&message).await }))
                            .await
                            .expect("no panic")
                            .unwrap_err();
                    }
                }))
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let ((), records) = task.await.expect("no panic");
            let expected: Vec<_> = (0..10).map(|attempt| format!("{number}: {attempt}")).collect();
            assert_eq!(messages(&records), expected);
        }
    });
}

#[test]
fn tasks_and_threads_with_the_handle_are_captured() {
    let errors = Capture::start_with(settings());
    let handle = errors.handle();
    let in_thread = thread::spawn({
        let handle = handle.clone();
        move || handle.run(|| fail("in a thread"))
    });
    in_thread.join().expect("no panic").unwrap_err();
    multi_thread().block_on(async {
        let task = tokio::spawn(handle.follow(fail_later("in a task")));
        task.await.expect("no panic").unwrap_err();
        let blocking = spawn_blocking(inherit_fn(|| fail("in a blocking thread")));
        blocking.await.expect("no panic").unwrap_err();
    });
    let records = errors.records();
    assert_eq!(messages(&records), ["in a thread", "in a task", "in a blocking thread"]);
}

#[test]
fn a_runtime_whose_threads_are_adopted_is_captured_as_a_whole() {
    let errors = Capture::start_with(settings());
    let handle = errors.handle();
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .on_thread_start(move || handle.adopt_thread())
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for task in (0..50).map(|_| tokio::spawn(fail_later("in a task"))).collect::<Vec<_>>() {
            task.await.expect("no panic").unwrap_err();
        }
        spawn_blocking(|| fail("in a blocking thread")).await.expect("no panic").unwrap_err();
    });
    errors.records().matching(|record| record.message == "in a task").assert_count(50);
    errors.records().matching(|record| record.message == "in a blocking thread").assert_one();
}

#[test]
fn an_error_of_a_thread_that_inherits_stays_in_the_capture_when_a_boundary_decides_elsewhere() {
    let errors = Capture::start_with(settings());
    let handle = errors.handle();
    let ended = thread::spawn(move || {
        let job =
            async { thread::spawn(inherit_fn(|| fail("in a thread"))).join().expect("no panic") };
        futures::executor::block_on(handle.follow(boundary(job)))
    });
    ended.join().expect("no panic").unwrap_err();
    errors.records().assert_one().message("in a thread");
}

#[test]
fn an_error_after_the_end_of_its_test_is_logged() {
    let collector = Collector::install(trail_only());
    let errors = Capture::start_with(settings());
    let (ended, end) = channel::<()>();
    let late = thread::spawn(inherit_fn(move || {
        assert!(end.recv().is_err(), "the capture has ended");
        fail("late")
    }));
    drop(errors);
    drop(ended);
    late.join().expect("no panic").unwrap_err();
    let messages: Vec<_> = collector.drain().into_iter().map(|line| line.message).collect();
    assert_eq!(messages, ["late"]);
}

#[test]
fn an_error_that_a_boundary_holds_beyond_the_end_of_its_test_is_logged() {
    let collector = Collector::install(trail_only());
    let errors = Capture::start_with(settings());
    let mut running = Box::pin(boundary(async {
        let _: Result<(), String> = fail_later("held").await;
        std::future::pending::<Result<(), String>>().await
    }));
    assert!(poll_once(running.as_mut()).is_pending());
    assert!(poll_once(running.as_mut()).is_pending());
    drop(errors);
    drop(running);
    let messages: Vec<_> = collector.drain().into_iter().map(|line| line.message).collect();
    assert_eq!(messages, ["held"]);
}
