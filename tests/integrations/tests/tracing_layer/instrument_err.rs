//! `#[tracing::instrument(err)]` beside the attribute.

use std::sync::{Arc, Mutex};

use tokio::runtime::Builder;
use tokio::task::yield_now;
use tracing::subscriber::with_default;
use tracing::{Event, Subscriber, info_span, instrument};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;
use track_errors::{Level, testing, track_errors};
use track_errors_integration_tests::fields;

/// Counts the events that another layer gets.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<usize>>);

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        *self.0.lock().unwrap() += 1;
    }
}

/// What is logged, and how many events another layer gets.
fn logged(f: impl FnOnce()) -> (testing::Records, usize) {
    let events = Events::default();
    let layer = track_errors::tracing::layer().take_over_instrument_err();
    let subscriber = tracing_subscriber::registry().with(events.clone()).with(layer);
    let (_, records) = with_default(subscriber, || testing::capture(f));
    let events = *events.0.lock().unwrap();
    (records, events)
}

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn an_error_of_a_function_with_both_attributes_is_logged_once_with_its_type() {
    #[track_errors(service = "shop")]
    #[instrument(err)]
    fn above(order: u32) -> Result<u32, std::num::ParseIntError> {
        Ok("x".parse::<u32>()? + order)
    }

    #[instrument(err)]
    #[track_errors(service = "shop")]
    fn below(order: u32) -> Result<u32, std::num::ParseIntError> {
        Ok("x".parse::<u32>()? + order)
    }

    #[track_errors(service = "shop")]
    #[instrument(err)]
    async fn above_async(order: u32) -> Result<u32, std::num::ParseIntError> {
        yield_now().await;
        Ok("x".parse::<u32>()? + order)
    }

    #[instrument(err)]
    #[track_errors(service = "shop")]
    async fn below_async(order: u32) -> Result<u32, std::num::ParseIntError> {
        yield_now().await;
        Ok("x".parse::<u32>()? + order)
    }

    let calls: [fn() -> bool; 4] = [
        || above(7).is_err(),
        || below(7).is_err(),
        || block_on(above_async(7)).is_err(),
        || block_on(below_async(7)).is_err(),
    ];
    for call in calls {
        let (records, events) = logged(|| assert!(call()));
        records.assert_one().kind("std::num::ParseIntError").service("shop");
        assert_eq!(events, 0, "no layer gets the event");
    }
}

#[test]
fn a_short_text_is_recognised_too() {
    #[track_errors(service = "shop")]
    #[instrument(err)]
    fn above() -> Result<(), String> {
        Err("no".to_owned())
    }

    #[instrument(err)]
    #[track_errors(service = "shop")]
    fn below() -> Result<(), String> {
        Err("no".to_owned())
    }

    for call in [above, below] {
        let (records, _) = logged(|| assert!(call().is_err()));
        records.assert_one().message("no").service("shop");
    }
}

#[test]
fn an_error_that_no_attribute_sees_is_logged_in_place_of_the_event() {
    #[instrument(err, skip_all, fields(id = 1))]
    fn alone(order: u32) -> Result<(), String> {
        Err(format!("no order {order}"))
    }

    let (records, events) = logged(|| assert!(alone(7).is_err()));
    let record = records.assert_one().kind("tracing::Event").message("no order 7");
    assert_eq!(record.function, concat!(module_path!(), "::alone"));
    assert_eq!(fields(&record), ["id=Int(1)"]);
    assert_eq!(events, 0);
}

#[test]
fn an_error_that_climbs_through_several_functions_is_logged_once() {
    #[track_errors(service = "shop")]
    #[instrument(err)]
    fn inner() -> Result<(), String> {
        Err("no card".to_owned())
    }

    #[instrument(err)]
    fn middle() -> Result<(), String> {
        inner()
    }

    #[track_errors(service = "shop")]
    #[instrument(err)]
    fn outer() -> Result<(), String> {
        middle().map_err(|error| format!("payment failed: {error}"))
    }

    let (records, events) = logged(|| assert!(outer().is_err()));
    records.assert_one().message("no card");
    assert_eq!(events, 0);
}

#[test]
fn a_loop_that_fails_three_times_logs_three_times() {
    #[instrument(err)]
    fn alone() -> Result<(), String> {
        Err("no card".to_owned())
    }

    let (records, _) = logged(|| {
        let _request = info_span!("request").entered();
        for _ in 0..3 {
            assert!(alone().is_err());
        }
    });
    records.assert_count(3);
}

#[test]
fn the_level_of_the_event_is_that_of_the_log() {
    #[instrument(err(Debug, level = "warn"))]
    fn alone() -> Result<(), String> {
        Err("no card".to_owned())
    }

    let (records, events) = logged(|| assert!(alone().is_err()));
    records.assert_one().level(Level::Warn).message("\"no card\"");
    assert_eq!(events, 0);
}

#[test]
fn other_events_go_to_all_layers() {
    #[instrument]
    fn speaks(error: &str) {
        tracing::error!(error);
        tracing::error!(error, order = 7);
        tracing::error!("no card");
    }

    let (records, events) = logged(|| speaks("no card"));
    records.assert_none();
    assert_eq!(events, 3);
}

#[test]
fn an_event_whose_span_is_disabled_goes_to_the_other_layers() {
    #[instrument(err)]
    fn alone() -> Result<(), String> {
        Err("no card".to_owned())
    }

    let events = Events::default();
    let layer = track_errors::tracing::layer().take_over_instrument_err();
    let subscriber =
        tracing_subscriber::registry().with(LevelFilter::ERROR).with(events.clone()).with(layer);
    let (_, records) = with_default(subscriber, || testing::capture(alone));
    records.assert_none();
    assert_eq!(*events.0.lock().unwrap(), 1);
}

#[test]
fn filters_of_other_layers_judge_the_next_event_by_itself() {
    #[instrument(err)]
    fn alone() -> Result<(), String> {
        Err("no card".to_owned())
    }

    let (first, second) = (Events::default(), Events::default());
    let hides_all_but_mine =
        || filter_fn(|metadata| metadata.target() == "mine" || metadata.is_span());
    let layer = track_errors::tracing::layer().take_over_instrument_err();
    let subscriber = tracing_subscriber::registry()
        .with(first.clone().with_filter(hides_all_but_mine()))
        .with(layer)
        .with(second.clone().with_filter(hides_all_but_mine()));
    let (_, records) = with_default(subscriber, || {
        testing::capture(|| {
            for _ in 0..3 {
                assert!(alone().is_err());
                tracing::error!(target: "mine", "for both");
            }
        })
    });
    records.assert_count(3);
    assert_eq!([first, second].map(|events| *events.0.lock().unwrap()), [3, 3]);
}

#[test]
fn a_layer_with_a_filter_takes_events_over_too() {
    #[instrument(err)]
    fn alone() -> Result<(), String> {
        Err("no card".to_owned())
    }

    let events = Events::default();
    let layer = track_errors::tracing::layer().take_over_instrument_err();
    let subscriber = tracing_subscriber::registry()
        .with(events.clone())
        .with(layer.with_filter(LevelFilter::INFO));
    let (_, records) = with_default(subscriber, || testing::capture(alone));
    records.assert_one();
    assert_eq!(*events.0.lock().unwrap(), 0);
}

#[test]
fn what_a_boundary_handles_is_not_logged_because_of_an_event() {
    #[track_errors(service = "shop")]
    #[instrument(err)]
    fn attempt() -> Result<(), String> {
        Err("no card".to_owned())
    }

    #[track_errors(service = "shop", report = "boundary")]
    fn handle() -> Result<(), String> {
        attempt().or(Ok(()))
    }

    #[track_errors(service = "shop", report = "boundary")]
    #[instrument(err)]
    fn handle_badly() -> Result<(), String> {
        attempt()
    }

    let (records, events) = logged(|| assert!(handle().is_ok()));
    records.assert_none();
    assert_eq!(events, 0);
    let (records, events) = logged(|| assert!(handle_badly().is_err()));
    records.assert_one().message("no card");
    assert_eq!(events, 0);
}
