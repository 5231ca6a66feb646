//! In the edition 2021 the temporaries of a body's last expression live longer than its variables,
//! the body of an `unsafe fn` is an unsafe block, and `impl Trait` captures less.

#![allow(clippy::needless_question_mark, reason = "the `?` is the subject")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::future::Future;
use std::num::ParseIntError;
use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use support::{KIND, no_record, one_record, one_record_of};
use track_errors::track_errors;

fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

#[test]
fn a_temporary_of_the_tail_borrows_an_argument() {
    #[track_errors]
    fn locked(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
        Ok(*number.lock().unwrap())
    }
    #[track_errors]
    fn called(number: Arc<Mutex<Result<u32, String>>>) -> Result<u32, String> {
        number.lock().unwrap().clone()
    }
    #[track_errors]
    fn matched(number: RefCell<u32>) -> Result<u32, u32> {
        match *number.borrow() {
            0 => Err(7),
            number => Ok(number),
        }
    }
    #[track_errors]
    fn pattern((number, _): (RefCell<u32>, u32)) -> Result<u32, u32> {
        match *number.borrow() {
            0 => Err(7),
            number => Ok(number),
        }
    }

    assert_eq!(no_record(|| locked(Arc::new(Mutex::new(1)))), Ok(1));
    assert_eq!(
        one_record(|| called(Arc::new(Mutex::new(Err("x".to_owned()))))).0,
        Err("x".to_owned())
    );
    assert_eq!(one_record(|| matched(RefCell::new(0))).0, Err(7));
    assert_eq!(one_record(|| pattern((RefCell::new(0), 1))).0, Err(7));
}

#[test]
fn a_temporary_of_the_tail_of_an_async_function_borrows_an_argument() {
    #[track_errors]
    async fn locked(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
        Ok(*number.lock().unwrap())
    }
    #[track_errors]
    async fn called(number: Mutex<Result<u32, String>>) -> Result<u32, String> {
        number.lock().unwrap().clone()
    }
    #[track_errors]
    async fn pattern((number, _): (RefCell<u32>, u32)) -> Result<u32, u32> {
        match *number.borrow() {
            0 => Err(7),
            number => Ok(number),
        }
    }

    assert_eq!(no_record(|| block_on(locked(Arc::new(Mutex::new(1))))), Ok(1));
    assert_eq!(one_record_of(called(Mutex::new(Err("x".to_owned())))).0, Err("x".to_owned()));
    assert_eq!(one_record_of(pattern((RefCell::new(0), 1))).0, Err(7));
}

#[test]
fn temporaries_of_the_tail_are_dropped_when_they_would_be() {
    struct Tell<'a>(&'a RefCell<Vec<&'static str>>, &'static str);
    impl Tell<'_> {
        fn fail(&self) -> Result<(), u32> {
            Err(1)
        }
    }
    impl Drop for Tell<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    fn plain(log: &RefCell<Vec<&'static str>>, _argument: Tell<'_>) -> Result<(), u32> {
        let _variable = Tell(log, "variable");
        Tell(log, "temporary").fail()
    }
    #[track_errors]
    fn tracked(log: &RefCell<Vec<&'static str>>, _argument: Tell<'_>) -> Result<(), u32> {
        let _variable = Tell(log, "variable");
        Tell(log, "temporary").fail()
    }

    async fn plain_async(log: &RefCell<Vec<&'static str>>, _argument: Tell<'_>) -> Result<(), u32> {
        let _variable = Tell(log, "variable");
        match 1 {
            1 => Tell(log, "temporary").fail(),
            _ => Ok(()),
        }
    }
    #[track_errors]
    async fn tracked_async(
        log: &RefCell<Vec<&'static str>>,
        _argument: Tell<'_>,
    ) -> Result<(), u32> {
        let _variable = Tell(log, "variable");
        match 1 {
            1 => Tell(log, "temporary").fail(),
            _ => Ok(()),
        }
    }

    let drops = |f: for<'a> fn(&'a RefCell<_>, Tell<'a>) -> Result<(), u32>| {
        let log = RefCell::default();
        assert_eq!(f(&log, Tell(&log, "argument")), Err(1));
        log.into_inner()
    };
    assert_eq!(drops(plain), ["variable", "temporary", "argument"]);
    assert_eq!(one_record(|| drops(tracked)).0, ["variable", "temporary", "argument"]);
    assert_eq!(
        one_record(|| drops(|log, argument| block_on(tracked_async(log, argument)))).0,
        drops(|log, argument| block_on(plain_async(log, argument)))
    );
}

#[test]
fn the_body_of_an_unsafe_function_is_an_unsafe_block() {
    #[allow(unsafe_op_in_unsafe_fn, reason = "this is the subject of the test")]
    #[track_errors]
    unsafe fn parse(text: *const &str) -> Result<u32, ParseIntError> {
        Ok((*text).parse::<u32>()?)
    }
    #[allow(unsafe_op_in_unsafe_fn, reason = "this is the subject of the test")]
    #[track_errors]
    async unsafe fn later(text: *const &str) -> Result<u32, ParseIntError> {
        Ok((*text).parse::<u32>()?)
    }

    // SAFETY: these are references.
    let (value, record) = one_record(|| unsafe { parse(&"twelve") });
    assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    // SAFETY: as above.
    let (value, record) = one_record_of(unsafe { later(&"twelve") });
    assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
}

#[test]
fn impl_trait_captures_what_it_names() {
    #[track_errors]
    fn parse<'a>(text: &'a str) -> impl Future<Output = Result<u32, ParseIntError>> + 'a {
        async move { Ok(text.parse::<u32>()?) }
    }
    #[track_errors]
    fn owned(text: &str) -> impl Future<Output = Result<u32, ParseIntError>> {
        let text = text.to_owned();
        async move { Ok(text.parse::<u32>()?) }
    }

    let future = {
        let text = String::from("twelve");
        owned(&text)
    };
    assert_eq!(one_record_of(future).0, Err(not_a_number()));
    assert_eq!(one_record_of(parse("twelve")).0, Err(not_a_number()));
}
