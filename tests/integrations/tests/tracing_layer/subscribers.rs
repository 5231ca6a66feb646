//! Subscribers in which the layer is hard to find, or not there.

use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{
    Event, Level, Metadata, Subscriber, debug_span, info_span, subscriber::with_default,
};
use tracing_core::span::Current;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;
use track_errors_integration_tests::{fields, one_error};

use crate::{fail, with_layer};

#[test]
fn the_layer_works_inside_a_reload() {
    let (layer, handle) = reload::Layer::new(track_errors::tracing::layer());
    with_default(tracing_subscriber::registry().with(layer), || {
        let request = info_span!("request", id = 1).entered();
        assert_eq!(fields(&one_error(fail)), ["id=Int(1)"]);
        handle.reload(track_errors::tracing::layer()).unwrap();
        let record = one_error(fail);
        assert_eq!(fields(&record), [""; 0], "the new layer has not seen the span");
        assert_eq!(record.spans, ["request"]);
        let job = info_span!("job", id = 2).entered();
        assert_eq!(fields(&one_error(fail)), ["id=Int(2)"]);
        drop(job);
        drop(request);
        assert_eq!(one_error(fail).spans, [""; 0]);
    });
}

#[test]
fn a_span_that_a_filter_hides_from_the_layer_is_skipped_and_its_parent_is_not() {
    let layer = track_errors::tracing::layer().with_filter(LevelFilter::INFO);
    let all = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    with_default(tracing_subscriber::registry().with(all).with(layer), || {
        let _request = info_span!("request", id = 1).entered();
        let hidden = debug_span!("hidden", id = 2).entered();
        let record = one_error(fail);
        assert_eq!(
            (&*record.spans, &*fields(&record)),
            (&["request".into()][..], &["id=Int(1)".to_owned()][..])
        );
        let _inner = info_span!("inner").entered();
        assert_eq!(one_error(fail).spans, ["request", "inner"]);
        let _explicit = info_span!(parent: &*hidden, "explicit").entered();
        assert_eq!(one_error(fail).spans, ["request", "explicit"]);
    });
}

#[test]
fn a_filter_of_another_layer_hides_nothing() {
    let fmt = tracing_subscriber::fmt::layer()
        .with_writer(std::io::sink)
        .with_filter(EnvFilter::new("error"));
    with_default(
        tracing_subscriber::registry().with(fmt).with(track_errors::tracing::layer()),
        || {
            let _request = info_span!("request", id = 1).entered();
            assert_eq!(fields(&one_error(fail)), ["id=Int(1)"]);
        },
    );
}

#[test]
fn under_a_global_filter_of_level_error_the_fields_are_gone() {
    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::new("error"))
        .with(track_errors::tracing::layer());
    with_default(subscriber, || {
        let _request = info_span!("request", id = 1).entered();
        let record = one_error(fail);
        assert_eq!((&*fields(&record), &*record.spans), (&[][..], &[][..]));
    });
}

#[test]
fn a_subscriber_that_is_set_inside_a_span_has_spans_of_its_own() {
    with_layer(|| {
        let _outer = info_span!("outer", a = 1).entered();
        with_layer(|| {
            // No span of this subscriber yet.
            assert_eq!(one_error(fail).spans, ["outer"]);
            let _inner = info_span!("inner", b = 2).entered();
            assert_eq!(fields(&one_error(fail)), ["b=Int(2)"]);
        });
        assert_eq!(fields(&one_error(fail)), ["a=Int(1)"]);
    });
}

#[test]
fn a_registry_without_the_layer_has_the_names_of_its_spans() {
    with_layer(|| ());
    with_default(tracing_subscriber::registry(), || {
        let _request = info_span!("request", id = 1).entered();
        let _query = info_span!("query").entered();
        let record = one_error(fail);
        assert_eq!(
            (&*fields(&record), &*record.spans),
            (&[][..], &["request".into(), "query".into()][..])
        );
    });
}

#[test]
fn without_a_subscriber_there_is_no_context() {
    with_layer(|| ());
    let record = one_error(fail);
    assert_eq!((&*fields(&record), &*record.spans), (&[][..], &[][..]));
}

/// A subscriber by hand, which calls the code of its values under its lock.
struct Foreign {
    state: Arc<Mutex<u64>>,
}

struct Formats;

impl Visit for Formats {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        assert!(!format!("{value:?}").is_empty());
    }
}

impl Subscriber for Foreign {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, new: &Attributes<'_>) -> Id {
        let mut last = self.state.lock().unwrap();
        new.record(&mut Formats);
        *last += 1;
        Id::from_u64(*last)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn current_span(&self) -> Current {
        let _last = self.state.lock().unwrap();
        Current::none()
    }
}

/// Fails while it is formatted.
struct FailsInside;

impl std::fmt::Debug for FailsInside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = fail();
        f.write_str("formatted")
    }
}

#[test]
fn a_foreign_subscriber_has_no_spans_and_is_not_called_back() {
    with_layer(|| ());
    with_default(Foreign { state: Arc::default() }, || {
        let record = one_error(|| {
            let _span = tracing::span!(Level::INFO, "request", value = ?FailsInside);
            Err::<(), _>(())
        });
        assert_eq!((&*record.message, &*record.spans), ("no card", &[][..]));
        let _span = tracing::info_span!("request").entered();
        assert_eq!(one_error(fail).spans, [""; 0]);
    });
}

#[test]
fn an_error_inside_a_callback_of_the_subscriber_has_the_spans_of_its_thread() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    // A filter is called for each event, while the dispatcher of the scope is in use.
    let calling = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(
        filter_fn(move |metadata| {
            if metadata.is_event() && metadata.target() == module_path!() {
                seen.lock().unwrap().push(one_error(fail).spans);
            }
            true
        }),
    );
    with_default(
        tracing_subscriber::registry().with(calling).with(track_errors::tracing::layer()),
        || {
            let _request = info_span!("request").entered();
            tracing::error!("an event");
        },
    );
    let calls = calls.lock().unwrap();
    assert!(!calls.is_empty());
    assert!(calls.iter().all(|spans| spans == &["request"]), "{calls:?}");
}
