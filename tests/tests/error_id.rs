//! `ErrorId::of`: the id of the log of an error at hand.

mod recorded;

use std::error::Error;
use std::{fmt, io};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::executor::block_on;
use tokio::task::yield_now;
use tower::ServiceExt;
use track_errors::{ErrorId, error, report, testing, track_errors};
use track_errors_tests::executors::multi_thread;

use recorded::{only, records};

#[track_errors]
fn charge(card: u8) -> Result<(), io::Error> {
    Err(io::Error::other(format!("card {card} declined")))
}

#[derive(Debug)]
struct OrderError {
    source: io::Error,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the order failed")
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl From<io::Error> for OrderError {
    fn from(source: io::Error) -> Self {
        OrderError { source }
    }
}

#[test]
fn an_error_of_a_tracked_function_has_the_id_of_its_log() {
    let mut id = None;
    let record = only(records(|| id = ErrorId::of(&charge(7).unwrap_err())));
    assert_eq!(id, Some(record.id));
}

#[test]
fn a_converted_error_has_the_id_of_the_one_inside() {
    let mut ids = Vec::new();
    let record = only(records(|| {
        let error = OrderError::from(charge(7).unwrap_err());
        ids.push(ErrorId::of(&error));
        ids.push(ErrorId::of(&anyhow::Error::new(error).context("serving")));
    }));
    assert_eq!(ids, [Some(record.id); 2]);
}

#[test]
fn asking_for_the_id_uses_nothing_up() {
    let record = only(records(|| {
        let error = charge(7).unwrap_err();
        assert_eq!(ErrorId::of(&error), ErrorId::of(&error));
        error!(error, "order failed");
        assert!(ErrorId::of(&error).is_some());
    }));
    assert_eq!(record.log_message.as_deref(), Some("order failed"));
}

#[test]
fn an_error_that_was_reported_by_hand_has_the_id_of_that_log() {
    let error = io::Error::other("by hand");
    let mut ids = [None; 2];
    records(|| ids = [report(&error).emit(), ErrorId::of(&error)]);
    assert!(ids[0].is_some() && ids[0] == ids[1]);
}

#[test]
fn an_error_that_no_tracked_function_has_seen_has_none() {
    records(|| {
        charge(7).unwrap_err();
        assert_eq!(ErrorId::of(&io::Error::other("card 8 declined")), None);
    });
}

#[test]
fn an_expected_error_has_none() {
    #[track_errors(when = |_| false)]
    fn expected() -> Result<(), io::Error> {
        Err(io::Error::other("it is expected"))
    }
    records(|| assert_eq!(ErrorId::of(&expected().unwrap_err()), None));
}

#[test]
fn inside_of_a_boundary_it_is_the_id_of_the_log_that_the_boundary_may_write() {
    #[track_errors(report = "boundary")]
    fn handler(ids: &mut Vec<ErrorId>, returns: bool) -> Result<(), io::Error> {
        let error = charge(7).unwrap_err();
        ids.extend(ErrorId::of(&error));
        if returns { Err(error) } else { Ok(()) }
    }
    let mut ids = Vec::new();
    let record = only(records(|| handler(&mut ids, true)));
    assert_eq!(ids, [record.id]);
    assert_eq!(records(|| handler(&mut ids, false)).len(), 0);
    assert_eq!(ids.len(), 2);
}

#[test]
fn an_error_that_a_boundary_handled_has_none_outside_of_it() {
    #[track_errors(report = "boundary")]
    async fn handler() -> Result<Option<io::Error>, io::Error> {
        Ok(charge(7).err())
    }
    records(|| {
        let error = block_on(handler()).expect("it was handled").expect("the error");
        assert_eq!(ErrorId::of(&error), None);
    });
}

// ------------------------------------------------------------------------------------------------
// A service

/// A response with the id in its body.
impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let id = ErrorId::of(&self).map(|id| id.to_string()).unwrap_or_default();
        (StatusCode::INTERNAL_SERVER_ERROR, id).into_response()
    }
}

#[track_errors(report = "boundary")]
async fn order_at_once() -> Result<(), OrderError> {
    Ok(charge(1)?)
}

#[track_errors(report = "boundary")]
async fn order_after_waiting() -> Result<(), OrderError> {
    for _ in 0..20 {
        yield_now().await;
    }
    let charged = charge(2);
    yield_now().await;
    Ok(charged?)
}

#[track_errors]
async fn order_without_a_boundary() -> Result<(), OrderError> {
    yield_now().await;
    Ok(charge(3)?)
}

/// Ids in bodies of 20 concurrent requests each, and ids of the logs.
async fn serve() -> (Vec<String>, Vec<String>) {
    let router = Router::new()
        .route("/at_once", get(order_at_once))
        .route("/after_waiting", get(order_after_waiting))
        .route("/without_a_boundary", get(order_without_a_boundary));
    let capture = testing::Capture::start();
    let handle = capture.handle();
    let requests = ["/at_once", "/after_waiting", "/without_a_boundary"].repeat(20);
    let responses = requests.into_iter().map(|path| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request);
        tokio::spawn(handle.follow(async move {
            let body = response.await.expect("a response").into_body();
            String::from_utf8(to_bytes(body, 64).await.expect("a body").to_vec()).expect("an id")
        }))
    });
    let responses: Vec<_> = responses.collect();
    let mut ids = Vec::new();
    for response in responses {
        ids.push(response.await.expect("no panic"));
    }
    let logged = capture.records().iter().map(|record| record.id.to_string()).collect();
    (ids, logged)
}

#[test]
fn each_response_of_a_service_has_the_id_of_its_own_log() {
    let runtime = multi_thread();
    let (mut ids, mut logged) = runtime.block_on(serve());
    ids.sort();
    logged.sort();
    assert_eq!(ids.len(), 60);
    assert_eq!(ids, logged);
}
