//! An error of which both attributes and events tell, in any order: one log, and one for each further error that is
//! alike.

use std::error::Error;
use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::{JoinSet, yield_now};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::with_default;
use tracing::{Dispatch, Instrument, dispatcher, error, info_span, instrument};
use tracing_subscriber::prelude::*;
use track_errors::{testing, track_errors};

/// An event before the error leaves its function.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    Text,
    Error,
}

/// The error, of which an event may have told already.
fn declined(before: Before) -> io::Error {
    let error = io::Error::other("the card was declined");
    match before {
        Before::Nothing => {}
        Before::Text => error!("{error}"),
        Before::Error => error!(error = &error as &dyn Error, "paying"),
    }
    error
}

#[track_errors]
#[instrument(err)]
fn above(before: Before) -> io::Result<()> {
    Err(declined(before))
}

#[instrument(err)]
#[track_errors]
fn below(before: Before) -> io::Result<()> {
    Err(declined(before))
}

#[track_errors]
#[instrument(err)]
async fn above_async(before: Before) -> io::Result<()> {
    yield_now().await;
    let error = declined(before);
    yield_now().await;
    Err(error)
}

#[instrument(err)]
#[track_errors]
async fn below_async(before: Before) -> io::Result<()> {
    yield_now().await;
    let error = declined(before);
    yield_now().await;
    Err(error)
}

#[instrument(err)]
fn instrumented(before: Before) -> io::Result<()> {
    Err(declined(before))
}

#[instrument(err)]
fn instrumented_above(before: Before) -> io::Result<()> {
    above(before)
}

#[track_errors]
fn tracked_instrumented(before: Before) -> io::Result<()> {
    instrumented(before)
}

#[track_errors(report = "boundary")]
fn boundary(before: Before) -> io::Result<()> {
    above(before)
}

#[track_errors(report = "boundary")]
#[instrument(err)]
fn boundary_above(before: Before) -> io::Result<()> {
    below(before)
}

#[instrument(err)]
#[track_errors(report = "boundary")]
fn boundary_below(before: Before) -> io::Result<()> {
    below(before)
}

#[track_errors(report = "boundary")]
fn boundary_instrumented(before: Before) -> io::Result<()> {
    instrumented(before)
}

#[track_errors(report = "boundary")]
async fn boundary_async(before: Before) -> io::Result<()> {
    above_async(before).await
}

fn block_on(future: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

type Call = fn(Before) -> io::Result<()>;

const CALLS: [(&str, Call); 12] = [
    ("above", above),
    ("below", below),
    ("above_async", |before| block_on(above_async(before))),
    ("below_async", |before| block_on(below_async(before))),
    ("instrumented", instrumented),
    ("instrumented_above", instrumented_above),
    ("tracked_instrumented", tracked_instrumented),
    ("boundary", boundary),
    ("boundary_above", boundary_above),
    ("boundary_below", boundary_below),
    ("boundary_instrumented", boundary_instrumented),
    ("boundary_async", |before| block_on(boundary_async(before))),
];

fn layer() -> track_errors::tracing::Layer {
    track_errors::tracing::layer().log_error_events().log_text_events().take_over_instrument_err()
}

/// The number of logs of three calls in a row, on a thread of their own. `after`: tells of each error once more.
fn logs(call: Call, before: Before, in_span: bool, after: fn(&io::Error)) -> usize {
    let calls = || {
        let _request = in_span.then(|| info_span!("request").entered());
        for _ in 0..3 {
            after(&call(before).unwrap_err());
        }
    };
    let logged = || {
        let subscriber = tracing_subscriber::registry().with(layer());
        with_default(subscriber, || testing::capture(calls)).1.len()
    };
    thread::scope(|scope| scope.spawn(logged).join().unwrap())
}

#[track_caller]
fn assert_one_log_a_call(before: Before, in_span: &[bool], after: fn(&io::Error)) {
    for (name, call) in CALLS {
        for &in_span in in_span {
            let logs = logs(call, before, in_span, after);
            assert_eq!(logs, 3, "{name}, before: {before:?}, in a span: {in_span}");
        }
    }
}

#[test]
fn each_error_of_both_attributes_is_logged_once() {
    assert_one_log_a_call(Before::Nothing, &[true, false], |_| ());
}

#[test]
fn each_error_is_logged_once_if_an_event_tells_of_it_before() {
    assert_one_log_a_call(Before::Text, &[true, false], |_| ());
    assert_one_log_a_call(Before::Error, &[true, false], |_| ());
}

#[test]
fn each_error_is_logged_once_if_an_event_tells_of_it_after() {
    // Outside of any span, only while the log waits.
    assert_one_log_a_call(Before::Nothing, &[true], |error| error!("{error}"));
    let as_error = |error: &io::Error| error!(error = error as &dyn Error, "failed");
    assert_one_log_a_call(Before::Nothing, &[true], as_error);
}

#[test]
fn each_error_of_many_tasks_on_several_threads_is_logged_once() {
    const TASKS: usize = 50;
    let capture = testing::Capture::start();
    let handle = capture.handle();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer()));
    let runtime = Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let task = async {
                for before in [Before::Nothing, Before::Text, Before::Error] {
                    assert!(boundary_async(before).await.is_err());
                    assert!(above_async(before).await.is_err());
                    assert!(below_async(before).await.is_err());
                }
            };
            let span = dispatcher::with_default(&dispatch, || info_span!("request"));
            let task = task.instrument(span).with_subscriber(dispatch.clone());
            tasks.spawn(handle.follow(task));
        }
        while let Some(result) = tasks.join_next().await {
            result.unwrap();
        }
    });
    capture.take().assert_count(TASKS * 9);
}
