//! Which spans an error belongs to.

use std::pin::pin;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::yield_now;
use tracing::{Instrument, Span, info_span, instrument};
use track_errors::{inherit_fn, testing, track_errors};
use track_errors_integration_tests::{fields, one_error};

use crate::{fail, registry, with_layer};

#[test]
fn the_names_of_the_spans_are_in_the_log_the_outermost_first() {
    with_layer(|| {
        let _outer = info_span!("request").entered();
        let _inner = info_span!("query").entered();
        assert_eq!(one_error(fail).spans, ["request", "query"]);
    });
}

#[test]
fn a_span_that_was_left_is_no_longer_in_the_log() {
    with_layer(|| {
        let outer = info_span!("outer").entered();
        info_span!("inner").in_scope(|| ());
        assert_eq!(one_error(fail).spans, ["outer"]);
        drop(outer);
        assert_eq!(one_error(fail).spans, [""; 0]);
    });
}

#[test]
fn spans_that_are_left_out_of_order_are_left() {
    with_layer(|| {
        let first = info_span!("first");
        let second = info_span!(parent: None, "second");
        let first_entered = first.enter();
        let second_entered = second.enter();
        drop(first_entered);
        assert_eq!(one_error(fail).spans, ["second"]);
        drop(second_entered);
        assert_eq!(one_error(fail).spans, [""; 0]);
    });
}

#[test]
fn a_span_that_is_entered_twice_is_left_once() {
    with_layer(|| {
        let span = info_span!("request");
        let outer = span.enter();
        span.in_scope(|| assert_eq!(one_error(fail).spans, ["request"]));
        assert_eq!(one_error(fail).spans, ["request"]);
        drop(outer);
        assert_eq!(one_error(fail).spans, [""; 0]);
    });
}

#[test]
fn an_explicit_parent_counts_and_what_it_follows_from_does_not() {
    with_layer(|| {
        let request = info_span!("request", id = 1);
        let cause = info_span!("cause", id = 2);
        let _unrelated = info_span!("unrelated", id = 3).entered();
        let job = info_span!(parent: &request, "job");
        job.follows_from(&cause);
        job.in_scope(|| {
            let record = one_error(fail);
            assert_eq!(record.spans, ["request", "job"]);
            assert_eq!(fields(&record), ["id=Int(1)"]);
        });
    });
}

#[test]
fn a_span_without_a_parent_is_alone() {
    with_layer(|| {
        let _outer = info_span!("outer").entered();
        let _root = info_span!(parent: None, "root").entered();
        assert_eq!(one_error(fail).spans, ["root"]);
    });
}

#[test]
fn a_span_can_be_entered_on_another_thread() {
    let subscriber = tracing::Dispatch::new(registry());
    tracing::dispatcher::with_default(&subscriber, || {
        let _request = info_span!("request", id = 7).entered();
        let job = info_span!("job");
        thread::scope(|scope| {
            scope.spawn(|| {
                let record = job.in_scope(|| one_error(fail));
                assert_eq!(record.spans, ["request", "job"]);
                assert_eq!(fields(&record), ["id=Int(7)"]);
                assert_eq!(one_error(fail).spans, [""; 0]);
            });
        });
    });
}

#[test]
fn the_arguments_of_an_instrumented_function_are_in_its_errors() {
    #[track_errors(service = "shop")]
    #[instrument(fields(kind = "sync"))]
    fn pay(order: u32) -> Result<(), String> {
        Err(format!("order {order}"))
    }

    #[track_errors(service = "shop")]
    #[instrument(fields(kind = "async"))]
    async fn pay_later(order: u32) -> Result<(), String> {
        yield_now().await;
        Err(format!("order {order}"))
    }

    with_layer(|| {
        assert_eq!(fields(&one_error(|| pay(1))), ["order=Int(1)", "kind=Text(\"sync\")"]);
        let runtime = Builder::new_current_thread().build().unwrap();
        let record = one_error(|| runtime.block_on(pay_later(2)));
        assert_eq!(fields(&record), ["order=Int(2)", "kind=Text(\"async\")"]);
    });
}

#[test]
fn an_instrumented_future_has_its_span_in_each_poll() {
    #[track_errors(service = "shop")]
    async fn work(number: u32) -> Result<(), String> {
        yield_now().await;
        Err(format!("number {number}"))
    }

    with_layer(|| {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (_, records) = testing::capture(|| {
            runtime.block_on(async {
                let one = work(1).instrument(info_span!("task", task = 1));
                let two = work(2).instrument(info_span!("task", task = 2));
                tokio::join!(one, two)
            })
        });
        let mut found: Vec<_> =
            records.iter().map(|record| (&*record.message, fields(record))).collect();
        // `join!` does not say which it polls first.
        found.sort();
        assert_eq!(
            found,
            [
                ("number 1", vec!["task=Int(1)".to_owned()]),
                ("number 2", vec!["task=Int(2)".to_owned()])
            ]
        );
    });
}

#[test]
fn a_future_that_is_dropped_leaves_no_span_behind() {
    with_layer(|| {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        {
            let mut future = pin!(std::future::pending::<()>().instrument(info_span!("dropped")));
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(one_error(fail).spans, [""; 0]);
        assert!(Span::current().is_none());
    });
}

#[test]
fn no_more_than_sixteen_spans_are_named_and_the_outermost_still_has_its_fields() {
    with_layer(|| {
        let _request = info_span!("request", id = 1).entered();
        let _spans: Vec<_> = (0..40).map(|_| info_span!("step").entered()).collect();
        let record = one_error(fail);
        assert_eq!(record.spans, ["step"; 16]);
        assert_eq!(fields(&record), ["id=Int(1)"]);
    });
}

#[test]
fn an_id_that_the_registry_uses_again_has_the_fields_of_the_new_span() {
    with_layer(|| {
        for number in 0..10_000_u64 {
            let _span = info_span!("request", number).entered();
            if number % 1_000 == 0 {
                assert_eq!(fields(&one_error(fail)), [format!("number=Int({number})")]);
            }
        }
    });
}

#[test]
fn an_error_of_a_thread_outside_of_any_span_has_those_of_the_boundary_that_returns_it() {
    #[track_errors(report = "boundary")]
    fn handle() -> Result<(), String> {
        thread::spawn(inherit_fn(fail)).join().expect("it does not panic")
    }
    with_layer(|| {
        let _request = info_span!("request", id = 7).entered();
        let record = one_error(handle);
        assert_eq!(record.spans, ["request"]);
        assert_eq!(fields(&record), ["id=Int(7)"]);
    });
}
