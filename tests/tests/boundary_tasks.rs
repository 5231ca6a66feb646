//! Boundaries whose errors come from other threads, and their counters.

mod attempts;
mod collect;
mod recorded;

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

use tokio::task::{spawn_blocking, yield_now};
use track_errors::{counters, inherit, inherit_fn, track_errors};
use track_errors_tests::executors::{multi_thread, poll_once};

use attempts::store;
use collect::{Collector, Line, trail_only};
use recorded::functions_of;

#[track_errors(service = "store", fields(attempt))]
async fn store_later(attempt: i64) -> io::Result<()> {
    yield_now().await;
    Err(io::Error::other(format!("attempt number {attempt} was refused")))
}

/// The lines of `f` on all threads, and how many errors it counts as handled.
fn lines_and_handled<T>(f: impl FnOnce() -> T) -> (Vec<Line>, u64) {
    let collector = Collector::install(trail_only());
    let before = counters().handled;
    f();
    (collector.drain(), counters().handled - before)
}

#[track_caller]
fn logs_nothing_and_handles<T>(handled: u64, f: impl FnOnce() -> T) {
    let (lines, counted) = lines_and_handled(f);
    assert!(lines.is_empty(), "{lines:#?}");
    assert_eq!(counted, handled);
}

/// The one line of `f`, which handles nothing.
#[track_caller]
fn logs_one<T>(f: impl FnOnce() -> T) -> Line {
    let (mut lines, handled) = lines_and_handled(f);
    assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
    lines.remove(0)
}

// ------------------------------------------------------------------------------------------------
// Counters

#[test]
fn attempts_before_one_that_succeeds_are_counted_as_handled() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        store(1).or_else(|_| store(2)).or(Ok(()))
    }
    logs_nothing_and_handles(2, job);
}

#[test]
fn attempts_before_the_one_that_is_returned_are_counted_as_handled() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        store(1).or_else(|_| store(2)).or_else(|_| store(3))
    }
    let (lines, handled) = lines_and_handled(job);
    assert_eq!((lines.len(), handled), (1, 2), "{lines:#?}");
}

#[test]
fn held_errors_count_as_handled_when_the_boundary_expects_its_own_error() {
    #[track_errors(service = "job", report = "boundary", when = |_: &String| false)]
    fn job() -> Result<(), String> {
        let _: io::Result<()> = store(1);
        let _: io::Result<()> = store(2);
        Err("no job".to_owned())
    }
    let before = counters().expected;
    logs_nothing_and_handles(2, job);
    assert_eq!(counters().expected - before, 1, "its own");
}

#[test]
fn a_line_marks_its_presumed_cause() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> Result<(), String> {
        store(1).map_err(|_| "no job".to_owned())
    }
    let line = logs_one(job);
    assert_eq!((&*line.message, line.causes.len()), ("no job", 1));
    assert_eq!(line.json["error"]["causes"][0]["presumed"], true);
    assert!(line.stack.contains("\nPresumably caused by: "), "{}", line.stack);
}

#[test]
fn attempts_that_a_boundary_logs_as_handled_are_counted_as_handled() {
    #[track_errors(service = "job", report = "boundary", handled = "warn")]
    fn job() -> io::Result<()> {
        store(1).or_else(|_| store(2)).or(Ok(()))
    }
    let (lines, handled) = lines_and_handled(job);
    assert_eq!((lines.len(), handled), (2, 2), "{lines:#?}");
    for line in lines {
        assert_eq!(line.json["status"], "warn");
        assert_eq!(*line.note("handled"), true);
    }
}

#[test]
fn the_next_line_of_a_function_counts_its_handled_errors() {
    #[track_errors(service = "store")]
    fn store() -> io::Result<()> {
        Err(io::Error::other("refused"))
    }
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        store().or_else(|_| store()).or(Ok(()))
    }
    let (lines, _) = lines_and_handled(|| {
        assert!(job().is_ok());
        assert!(store().is_err());
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(*lines[0].note("handled_count"), 2);
    assert_eq!(lines[0].note("unlogged_kinds"), &serde_json::json!(["std::io::Error (2)"]));
}

#[test]
fn an_error_logged_because_of_a_panic_is_not_counted_as_handled() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        store(1).expect("the store works");
        Ok(())
    }
    logs_one(|| assert!(thread::spawn(job).join().is_err()));
}

// ------------------------------------------------------------------------------------------------
// Threads

#[test]
fn a_thread_is_outside_of_the_boundary_that_started_it() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        thread::spawn(|| store(1)).join().expect("no panic").or(Ok(()))
    }
    assert_eq!(logs_one(job).message, "attempt number 1 was refused");
}

#[test]
fn a_thread_that_inherits_is_in_the_boundary_that_started_it() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        thread::spawn(inherit_fn(|| store(1))).join().expect("no panic").or(Ok(()))
    }
    logs_nothing_and_handles(1, job);
}

#[test]
fn an_error_of_a_thread_that_inherits_is_logged_once_when_the_boundary_returns_it() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> Result<(), String> {
        let result = thread::spawn(inherit_fn(|| store(1))).join().expect("no panic");
        result.map_err(|error| format!("giving up: {error}"))
    }
    let line = logs_one(job);
    assert_eq!(line.message, "giving up: attempt number 1 was refused");
    assert_eq!(*line.field("attempt"), 1);
    assert_eq!(functions_of(&line.stack), ["store", "job"]);
}

#[test]
fn a_thread_that_outlives_its_inherited_boundary_logs_at_the_origin() {
    #[track_errors(service = "job", report = "boundary")]
    fn job(start: impl FnOnce()) -> io::Result<()> {
        start();
        Ok(())
    }
    let line = logs_one(|| {
        let (returned, wait) = mpsc::channel::<()>();
        let mut running = None;
        assert!(
            job(|| {
                running = Some(thread::spawn(inherit_fn(move || {
                    assert!(wait.recv().is_err(), "the boundary has returned");
                    store(1)
                })));
            })
            .is_ok()
        );
        drop(returned);
        assert!(running.expect("a thread").join().expect("no panic").is_err());
    });
    assert_eq!(line.message, "attempt number 1 was refused");
}

#[test]
fn a_job_that_inherits_no_boundary_belongs_to_the_one_in_which_it_runs() {
    #[track_errors(service = "job", report = "boundary")]
    fn job(call: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        call().or(Ok(()))
    }
    logs_nothing_and_handles(1, || job(inherit_fn(|| store(1))));
}

#[test]
fn a_rayon_job_is_outside_the_boundary_unless_it_inherits() {
    #[track_errors(service = "job", report = "boundary")]
    fn job(pool: &rayon::ThreadPool) -> io::Result<()> {
        let inherits = inherit_fn(|| store(2));
        let _ = pool.install(|| rayon::join(|| store(1), inherits));
        Ok(())
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let (lines, handled) = lines_and_handled(|| job(&pool));
    assert_eq!((lines.len(), handled), (1, 1), "{lines:#?}");
    assert_eq!(lines[0].message, "attempt number 1 was refused");
}

#[test]
fn one_of_two_rayon_errors_is_logged_with_its_own_fields() {
    #[track_errors(service = "job", report = "boundary")]
    fn job(pool: &rayon::ThreadPool) -> io::Result<()> {
        let (first, second) = (inherit_fn(|| store(1)), inherit_fn(|| store(2)));
        let (first, _) = pool.install(|| rayon::join(first, second));
        first
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let (lines, handled) = lines_and_handled(|| job(&pool));
    assert_eq!((lines.len(), handled), (1, 1), "{lines:#?}");
    assert_eq!(lines[0].message, "attempt number 1 was refused");
    assert_eq!(*lines[0].field("attempt"), 1);
}

// ------------------------------------------------------------------------------------------------
// Tasks

/// An async boundary that starts work on another thread and handles or returns its error, with or without
/// `inherit`.
macro_rules! elsewhere {
    ($($outside:ident $inside:ident $returned:ident: $work:expr, $inheriting:expr;)*) => {$(
        #[test]
        fn $outside() {
            #[track_errors(service = "job", report = "boundary")]
            async fn job() -> io::Result<()> {
                $work.await.expect("no panic").or(Ok(()))
            }
            logs_one(|| multi_thread().block_on(job()));
        }

        #[test]
        fn $inside() {
            #[track_errors(service = "job", report = "boundary")]
            async fn job() -> io::Result<()> {
                $inheriting.await.expect("no panic").or(Ok(()))
            }
            logs_nothing_and_handles(1, || multi_thread().block_on(job()));
        }

        #[test]
        fn $returned() {
            #[track_errors(service = "job", report = "boundary")]
            async fn job() -> io::Result<()> {
                $inheriting.await.expect("no panic")
            }
            let line = logs_one(|| multi_thread().block_on(job()));
            assert_eq!(*line.field("attempt"), 1);
        }
    )*};
}

elsewhere! {
    a_task_is_outside_of_the_boundary_that_spawned_it
    a_task_that_inherits_is_in_the_boundary_that_spawned_it
    an_error_of_a_task_that_inherits_is_logged_once_when_the_boundary_returns_it:
        tokio::spawn(store_later(1)), tokio::spawn(inherit(store_later(1)));
    a_blocking_task_is_outside_of_the_boundary_that_spawned_it
    a_blocking_task_that_inherits_is_in_the_boundary_that_spawned_it
    an_error_of_a_blocking_task_that_inherits_is_logged_once_when_the_boundary_returns_it:
        spawn_blocking(|| store(1)), spawn_blocking(inherit_fn(|| store(1)));
}

#[test]
fn an_aborted_task_that_inherits_leaves_its_errors_to_the_boundary() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let (failed, wait) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(inherit(async {
            let _: io::Result<()> = store_later(1).await;
            failed.send(()).expect("the boundary waits");
            pending::<()>().await;
        }));
        wait.await.expect("it failed");
        task.abort();
        assert!(task.await.is_err());
        Ok(())
    }
    logs_nothing_and_handles(1, || multi_thread().block_on(job()));
}

#[test]
fn a_task_of_a_task_is_in_the_boundary_if_both_inherit() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let task = tokio::spawn(inherit(async {
            tokio::spawn(inherit(store_later(1))).await.expect("no panic")
        }));
        task.await.expect("no panic")
    }
    let line = logs_one(|| multi_thread().block_on(job()));
    assert_eq!(functions_of(&line.stack), ["store_later", "job"]);
}

#[test]
fn a_boundary_can_hold_on_one_thread_and_decide_on_another() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> Result<(), String> {
        let _: io::Result<()> = store(1);
        let result = store(2);
        yield_now().await;
        result.map_err(|error| format!("giving up: {error}"))
    }
    let (lines, handled) = lines_and_handled(|| {
        let mut job = Box::pin(job());
        assert!(poll_once(job.as_mut()).is_pending());
        let end = thread::spawn(move || poll_once(pin!(job)).map(|result| result.is_err()));
        assert_eq!(end.join().expect("no panic"), Poll::Ready(true));
    });
    assert_eq!((lines.len(), handled), (1, 1), "{lines:#?}");
    assert_eq!(lines[0].message, "giving up: attempt number 2 was refused");
}

#[test]
fn a_boundary_dropped_on_another_thread_logs_its_held_errors() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        store(1).or(pending().await)
    }
    logs_one(|| {
        let mut job = Box::pin(job());
        assert!(poll_once(job.as_mut()).is_pending());
        thread::spawn(move || drop(job)).join().expect("no panic");
    });
}

#[test]
fn boundaries_on_a_dropped_runtime_log_their_held_errors_once() {
    #[track_errors(service = "job", report = "boundary", fields(job))]
    async fn job(job: i64, failed: tokio::sync::mpsc::UnboundedSender<()>) -> io::Result<()> {
        let result = store_later(job).await;
        failed.send(()).expect("the test waits");
        result.or(pending().await)
    }
    let (lines, handled) = lines_and_handled(|| {
        let runtime = multi_thread();
        runtime.block_on(async {
            let (failed, mut wait) = tokio::sync::mpsc::unbounded_channel();
            for number in 0..20 {
                tokio::spawn(job(number, failed.clone()));
            }
            for _ in 0..20 {
                wait.recv().await.expect("a job that failed");
            }
        });
        drop(runtime);
    });
    assert_eq!((lines.len(), handled), (20, 0), "{lines:#?}");
}

#[test]
fn a_flush_does_not_log_held_errors() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        assert!(track_errors::flush(std::time::Duration::from_secs(60)));
        Ok(())
    }
    logs_nothing_and_handles(1, job);
}
