//! Every form of returned value, and errors of every type: no bounds are required.

#![allow(clippy::needless_question_mark, reason = "the `?` is the subject")]

mod aliases;
mod containers;
mod errors;
#[path = "../support/mod.rs"]
mod support;

use std::convert::Infallible;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::io;
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use futures::executor::block_on;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use support::{KIND, MESSAGE, facts, no_record, not_a_number, one_record, one_record_of, place};
use track_errors::{testing, track_errors};

#[test]
fn a_panic_in_the_body_is_a_panic_and_no_error() {
    #[track_errors]
    fn sync() -> Result<(), ()> {
        std::panic::panic_any(7_u8)
    }
    #[track_errors]
    async fn later() -> Result<(), ()> {
        std::panic::panic_any(7_u8)
    }

    no_record(|| {
        let payload = std::panic::catch_unwind(sync).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&7_u8));
        let payload = std::panic::catch_unwind(|| block_on(later())).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&7_u8));
    });
}

#[test]
fn a_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors]
    fn parse(text: &str) -> Result<u32, ParseIntError> {
        Ok(text.parse::<u32>()?)
    }

    let (failed, records) =
        testing::capture(|| (0..100).filter(|_| parse("twelve").is_err()).count());
    assert_eq!((failed, records.len()), (100, 100));
}

#[test]
fn without_any_mark_the_place_is_that_of_the_function() {
    #[track_errors]
    fn hand_back(value: Result<(), u8>) -> Result<(), u8> {
        value
    }
    let (line, column) = (line!() - 3, 8);

    let (value, record) = one_record(|| hand_back(Err(1)));
    assert_eq!((value, place(&record)), (Err(1), (line, column)));
}

#[test]
fn a_future_can_be_polled_by_hand() {
    #[track_errors]
    async fn fail() -> Result<(), u8> {
        Err(1)
    }

    let (value, _) = one_record(|| pin!(fail()).poll(&mut Context::from_waker(Waker::noop())));
    assert_eq!(value, Poll::Ready(Err(1)));
}
