//! Every shape of function that returns a future: the value is unchanged, and the error is logged once,
//! when the future is ready, with its kind, its message, the function's path and the line.

#![allow(clippy::needless_question_mark, reason = "the `?` is the subject")]

mod async_functions;
mod async_trait;
mod boxed_future;
mod impl_future;
#[path = "../support/mod.rs"]
mod support;

use std::future::{Future, ready};
use std::num::ParseIntError;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use support::{KIND, MESSAGE, facts, no_record, not_a_number, one_record, one_record_of};
use track_errors::{testing, track_errors};

/// Is pending once.
async fn pause() {
    let mut ready = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut ready, true) {
            Poll::Ready(())
        } else {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}
